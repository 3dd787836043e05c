/**
 * Cleaning: whatever somebody wrote into a text, as a text that the schema knows. What is unknown goes, and leaves its words; what would run
 * in a browser goes whole. Never an error: a hostile text must not keep its readers from it.
 */
import type { JSONContent } from '@tiptap/core'
import { type ContentMatch, Fragment, Mark, type Node, type NodeType } from '@tiptap/pm/model'
import { z } from 'zod'
import { isSafeLink, plain, proseSchema } from './prose.ts'

/** Blocks in blocks, at most; what lies deeper is kept as words. A list in a list takes two, and nobody outlines twenty deep. */
const deepest = 60
/** Longest name, id or address in an attribute, signs. */
const longest = 2000

const word = z.string().max(longest).transform(plain)
/** Who and which: ids, and nothing that could be read as an address. */
const id = z.string().regex(/^[\w.-]{1,100}$/)
const orNull = <T>(type: z.ZodType<T>) => type.nullable().catch(null)
const number = (least: number, most: number, standard: number) => z.number().int().min(least).max(most).catch(standard)
const suggested = { id: orNull(id), author: orNull(id), at: orNull(z.iso.datetime()) }

const attributes = z.record(z.string(), z.unknown())
const BlockSuggested = z.object({
  id,
  kind: z.enum(['insert', 'delete', 'change']),
  author: id,
  at: z.iso.datetime(),
  was: z.object({ type: word, attrs: z.record(z.string(), z.union([word, z.number(), z.boolean(), z.null()])) }).optional(),
})

function blockSuggestion(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > longest) return null
  try {
    return JSON.stringify(BlockSuggested.parse(JSON.parse(text)))
  } catch {
    return null
  }
}

const cell = { colspan: number(1, 100, 1), rowspan: number(1, 1000, 1) }
/** What each attribute may be, by node or mark; one that does not stand here gets the schema's own value. */
const known: Record<string, Record<string, z.ZodType>> = {
  heading: { level: number(1, 3, 3) },
  orderedList: { start: number(0, 1_000_000, 1) },
  codeBlock: { language: orNull(z.string().regex(/^[\w+#-]{1,40}$/)) },
  tableCell: cell,
  tableHeader: cell,
  variable: { name: word.catch('') },
  insertion: suggested,
  deletion: suggested,
  link: { href: z.string().max(longest).refine(isSafeLink).transform(plain) },
}

/** The attributes that a node of a type may have, of those that somebody gave it; what is of a wrong shape is left to the schema. */
export function attributesOf(type: NodeType, given: unknown): Record<string, unknown> {
  const from = attributes.safeParse(given).data ?? {}
  const clean: Record<string, unknown> = {}
  for (const [name, taken] of Object.entries(known[type.name] ?? {})) {
    const read = taken.safeParse(from[name])
    if (read.success) clean[name] = read.data
  }
  if (type.spec.attrs?.suggestion && from.suggestion) clean.suggestion = blockSuggestion(from.suggestion)
  return clean
}

function marksOf(given: unknown, parent: NodeType): readonly Mark[] {
  let marks: readonly Mark[] = Mark.none
  if (!Array.isArray(given)) return marks
  for (const one of given as { type?: unknown; attrs?: unknown }[]) {
    const type = typeof one?.type === 'string' && Object.hasOwn(proseSchema.marks, one.type) ? proseSchema.marks[one.type] : undefined
    if (!type || (parent.inlineContent && !parent.allowsMarkType(type))) continue
    const attrs = z.object(known[type.name] ?? {}).safeParse(one.attrs ?? {})
    // a link without a good address is no link
    if (attrs.success) marks = type.create(attrs.data).addToSet(marks)
  }
  return marks
}

/** All words below a part, without descending by calls: it may be as deep as somebody liked. */
function wordsOf(part: JSONContent): string {
  let words = ''
  const waiting: unknown[] = [part]
  while (waiting.length > 0) {
    const next = waiting.pop() as JSONContent | null
    if (typeof next?.text === 'string') words += next.text
    if (Array.isArray(next?.content)) for (const child of next.content.toReversed()) waiting.push(child)
  }
  return plain(words)
}

const typeOf = (part: JSONContent): NodeType | undefined =>
  typeof part?.type === 'string' && Object.hasOwn(proseSchema.nodes, part.type) ? proseSchema.nodes[part.type] : undefined

/** A part as nodes for a parent of a type: itself, or what is left of it. */
function nodesOf(part: JSONContent, parent: NodeType, depth: number): Node[] {
  if (typeof part !== 'object' || part === null) return []
  if (typeof part.text === 'string' || part.type === 'text') {
    const text = plain(typeof part.text === 'string' ? part.text : '')
    return text ? [proseSchema.text(text, marksOf(part.marks, parent))] : []
  }
  const type = typeOf(part)
  const content: JSONContent[] = Array.isArray(part.content) ? part.content : []
  if (depth > deepest) {
    const words = wordsOf(part)
    return words ? [proseSchema.text(words)] : []
  }
  if (!type || type.name === 'doc' || (parent.inlineContent && !type.isInline))
    return content.flatMap((child) => nodesOf(child, parent, depth + 1))
  const children = content.flatMap((child) => nodesOf(child, type, depth + 1))
  if (type.isLeaf)
    return [type.create(attributesOf(type, part.attrs), null, type.isInline ? marksOf(part.marks, parent) : undefined), ...children]
  return [type.create(attributesOf(type, part.attrs), fitted(type, children))]
}

/** Children as a parent takes them: wrapped where that helps, else only what they hold. */
function fitted(parent: NodeType, children: Node[]): Fragment {
  let match: ContentMatch = parent.contentMatch
  const taken: Node[] = []
  const take = (child: Node): boolean => {
    const next = match.matchType(child.type)
    if (!next) return false
    taken.push(parent.inlineContent ? child.mark(parent.allowedMarks(child.marks)) : child)
    match = next
    return true
  }
  const waiting = children.toReversed()
  for (let child = waiting.pop(); child; child = waiting.pop()) {
    if (take(child)) continue
    const before = match.fillBefore(Fragment.from(child))
    if (before) {
      before.forEach((filler) => void take(filler))
      take(child)
      continue
    }
    // inline things that stand side by side share their paragraph
    const side = [child]
    if (child.isInline) while (waiting.at(-1)?.isInline) side.push(waiting.pop() as Node)
    const wrapping = match.findWrapping(child.type)
    if (wrapping && wrapping.length > 0) {
      let inner: Node[] = side
      for (const type of wrapping.toReversed()) inner = [type.create(null, fitted(type, inner))]
      if (inner[0]) take(inner[0])
    } else if (parent.inlineContent && child.textContent) take(proseSchema.text(child.textContent))
    else for (const inner of child.content.content.toReversed()) waiting.push(inner)
  }
  const rest = match.fillBefore(Fragment.empty, true)
  return Fragment.fromArray(rest ? [...taken, ...rest.content] : taken)
}

/** A text as the schema knows it, whatever it was: a document that passes the schema's own check. */
export function cleaned(content: JSONContent): JSONContent {
  const parts: JSONContent[] = Array.isArray(content?.content) ? content.content : []
  const doc = proseSchema.topNodeType
  const node = doc.create(
    null,
    fitted(
      doc,
      parts.flatMap((part) => nodesOf(part, doc, 1)),
    ),
  )
  return node.toJSON() as JSONContent
}
