/** The text of a clause: what a client sends is read by the schema, and nothing else of it is kept. */
import type { JSONContent } from '@tiptap/core'
import { attributesOf } from '../documents/cleaning.ts'
import { isSafeLink, isVariableName, plain, proseSchema, variableLabel } from '../documents/prose.ts'
import { DomainError } from '../kernel/errors.ts'

/** What a clause may weigh: signs of its JSON, parts, parts within parts. A page has some 3,000 signs and 100 parts. */
const most = { signs: 100_000, parts: 3000, depth: 24 }

const refuse = (message: string) => new DomainError('invalid-input', `content: ${message}`, { fields: [{ path: 'content', message }] })

/** A clause's text as it is kept, and its words for searching. */
export interface Wording {
  content: JSONContent
  words: string
}

/**
 * Reads a text that a client sent.
 *
 * Suggestions are settled as they would be if accepted: a clause is no place to decide on them.
 * @param sent `{ type: 'doc', content: [...] }`, as the editor's JSON
 * @throws DomainError invalid-input where it is too large, holds what the schema does not know or allow, an unsafe link, or no words
 */
export function wordingFrom(sent: unknown): Wording {
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
    throw refuse(`is no text of ours: ${(error as Error).message.slice(0, 200)}`)
  }
  if (content.type !== 'doc') throw refuse('takes { "type": "doc", "content": [...] }')
  if (!words.trim()) throw refuse('has no words')
  return { content, words }
}

/** The same text with nothing in it that we do not know: types, texts, marks and attributes, all of known shapes. */
function readParts(sent: unknown): JSONContent {
  if (sent === null || typeof sent !== 'object' || Array.isArray(sent)) throw refuse('takes an object')
  let parts = 0
  const clean = (part: unknown, depth: number): JSONContent[] => {
    if (++parts > most.parts) throw refuse(`has more than ${most.parts} parts`)
    if (depth > most.depth) throw refuse(`is nested deeper than ${most.depth}`)
    if (part === null || typeof part !== 'object') throw refuse('has a part that is no object')
    const { type, text, attrs, marks, content } = part as Record<string, unknown>
    if (typeof type !== 'string') throw refuse('has a part without a type')
    const kept = Array.isArray(marks) ? marks.map(markFrom) : []
    if (kept.some((mark) => mark.type === 'deletion')) return []
    const cleanMarks = kept.filter((mark) => mark.type !== 'insertion')
    const known: JSONContent = { type }
    if (cleanMarks.length > 0) known.marks = cleanMarks
    if (type === 'text') {
      if (typeof text !== 'string' || text === '') throw refuse('has a text without words')
      return [{ ...known, text: plain(text) }]
    }
    const safe = attributesFrom(type, attrs)
    if (safe) known.attrs = safe
    if (Array.isArray(content)) known.content = content.flatMap((child) => clean(child, depth + 1))
    return [known]
  }
  const [whole] = clean(sent, 0)
  if (!whole || JSON.stringify(whole).length > most.signs) throw refuse(`is longer than ${most.signs} signs`)
  return whole
}

type KnownMark = NonNullable<JSONContent['marks']>[number]

function markFrom(mark: unknown): KnownMark {
  const { type, attrs } = (mark ?? {}) as { type?: unknown; attrs?: { href?: unknown } }
  if (typeof type !== 'string') throw refuse('has a mark without a type')
  if (type !== 'link') return { type }
  const href = attrs?.href
  if (typeof href !== 'string' || href.length > 2000 || !isSafeLink(href)) throw refuse('has a link that leads to no safe place')
  // what else a link has (its target, its rel) is the schema's to say
  return { type, attrs: { href } }
}

const levels: unknown[] = [1, 2, 3]

/** Attributes that a part may have, by its type; what it may not have is left out, what a clause would be wrong without is refused. */
function attributesFrom(type: string, attrs: unknown): Record<string, unknown> | undefined {
  const { suggestion: _settled, ...given } = Object(attrs) as Record<string, unknown>
  if (type === 'heading' && !levels.includes(given.level)) throw refuse('has a heading of a level that is not 1 to 3')
  if (type === 'variable' && !isVariableName(given.name)) throw refuse('has a variable without a good name')
  const known = Object.hasOwn(proseSchema.nodes, type) ? proseSchema.nodes[type] : undefined
  return known && attributesOf(known, given)
}
