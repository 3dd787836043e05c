/** The text of a clause: validated against the schema; everything else that a client sent is dropped. */
import type { JSONContent } from '@tiptap/core'
import { sanitizeAttributes } from '../documents/richtext/sanitize.ts'
import {
  headingLevel,
  isSafeLink,
  isVariableName,
  maxHeadingLevel,
  replaceForbidden,
  proseSchema,
  variableLabel,
} from '../documents/richtext/schema.ts'
import { DomainError } from '../kernel/errors.ts'

/** Maximum size of a clause: characters of its JSON, nodes, and nesting. A page has some 3,000 characters and 100 nodes. */
const maxContent = { signs: 100_000, parts: 3000, depth: 24 }

const invalidContent = (message: string) =>
  new DomainError('invalid-input', `content: ${message}`, { fields: [{ path: 'content', message }] })

/** A clause's text, and its words for searching. */
export interface ClauseContent {
  content: JSONContent
  words: string
}

/**
 * Parses a text that a client sent. Suggestions are accepted: a clause is no place to decide on them.
 * @param sent `{ type: 'doc', content: [...] }`, the editor's JSON
 * @throws DomainError invalid-input where it is too large, contains something that the schema does not allow, an unsafe link, or no words
 */
export function parseClauseContent(sent: unknown): ClauseContent {
  const given = readParts(sent)
  let content: JSONContent
  let words: string
  try {
    const node = proseSchema.nodeFromJSON(given)
    node.check()
    content = node.toJSON() as JSONContent
    words = node.textBetween(0, node.content.size, '\n', (leaf) =>
      leaf.type.name === 'variable' ? variableLabel(String(leaf.attrs.name)) : ' ',
    )
  } catch (error) {
    throw invalidContent(`is not valid rich text: ${(error as Error).message.slice(0, 200)}`)
  }
  if (content.type !== 'doc') throw invalidContent('must be { "type": "doc", "content": [...] }')
  if (!words.trim()) throw invalidContent('has no words')
  return { content, words }
}

/** The same text with known types, texts, marks and attributes only. */
function readParts(sent: unknown): JSONContent {
  if (sent === null || typeof sent !== 'object' || Array.isArray(sent)) throw invalidContent('must be an object')
  let parts = 0
  const clean = (part: unknown, depth: number): JSONContent[] => {
    if (++parts > maxContent.parts) throw invalidContent(`has more than ${maxContent.parts} nodes`)
    if (depth > maxContent.depth) throw invalidContent(`is nested deeper than ${maxContent.depth}`)
    if (part === null || typeof part !== 'object') throw invalidContent('has a node that is not an object')
    const { type, text, attrs, marks, content } = part as Record<string, unknown>
    if (typeof type !== 'string') throw invalidContent('has a node without a type')
    const kept = Array.isArray(marks) ? marks.map(parseMark) : []
    if (kept.some((mark) => mark.type === 'deletion')) return []
    const cleanMarks = kept.filter((mark) => mark.type !== 'insertion' && mark.type !== 'formatChange')
    const known: JSONContent = { type }
    if (cleanMarks.length > 0) known.marks = cleanMarks
    if (type === 'text') {
      if (typeof text !== 'string' || text === '') throw invalidContent('has a text node without text')
      return [{ ...known, text: replaceForbidden(text) }]
    }
    const safe = parseAttributes(type, attrs)
    if (safe) known.attrs = safe
    if (Array.isArray(content)) known.content = content.flatMap((child) => clean(child, depth + 1))
    return [known]
  }
  const [whole] = clean(sent, 0)
  if (!whole || JSON.stringify(whole).length > maxContent.signs) throw invalidContent(`is longer than ${maxContent.signs} characters`)
  return whole
}

type KnownMark = NonNullable<JSONContent['marks']>[number]

function parseMark(mark: unknown): KnownMark {
  const { type, attrs } = (mark ?? {}) as { type?: unknown; attrs?: { href?: unknown } }
  if (typeof type !== 'string') throw invalidContent('has a mark without a type')
  if (type !== 'link') return { type }
  const href = attrs?.href
  if (typeof href !== 'string' || href.length > 2000 || !isSafeLink(href))
    throw invalidContent('has an unsafe link; use https:, http: or mailto:')
  // other attributes of a link (target, rel) come from the schema
  return { type, attrs: { href } }
}

/** The valid attributes of a node. Unknown ones are dropped; invalid ones that a clause needs are refused. */
function parseAttributes(type: string, attrs: unknown): Record<string, unknown> | undefined {
  const { suggestion: _settled, ...given } = Object(attrs) as Record<string, unknown>
  if (type === 'heading' && given.level !== headingLevel(given.level))
    throw invalidContent(`has a heading whose level is not 1 to ${maxHeadingLevel}`)
  if (type === 'variable' && !isVariableName(given.name)) throw invalidContent('has a variable without a valid name')
  const known = Object.hasOwn(proseSchema.nodes, type) ? proseSchema.nodes[type] : undefined
  return known && sanitizeAttributes(known, given)
}
