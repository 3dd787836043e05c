/**
 * Sanitizes rich text: whatever a client wrote becomes a text of the schema. Unknown nodes are replaced by their text; content that a
 * browser would run is removed. Never throws: a hostile text must not block its readers.
 */
import type { JSONContent } from '@tiptap/core'
import { type ContentMatch, Fragment, Mark, type Node, type NodeType } from '@tiptap/pm/model'
import { z } from 'zod'
import { maxListLevel, referenceKinds } from './list-styles.ts'
import { headingLevel, isSafeLink, replaceForbidden, proseSchema } from './schema.ts'
import { repairTableNode, maxColumns, maxRows } from './tables.ts'

/** Maximum nesting of blocks; deeper content is kept as text. A list in a list takes two levels. */
const maxBlockDepth = 60
/** Maximum length of a name, id or address in an attribute. */
const maxAttributeCharacters = 2000

const shortText = z.string().max(maxAttributeCharacters).transform(replaceForbidden)
/** Ids of authors and suggestions; nothing that could be read as an address. */
const id = z.string().regex(/^[\w.-]{1,100}$/)
const orNull = <T>(type: z.ZodType<T>) => type.nullable().catch(null)
const number = (least: number, most: number, standard: number) => z.number().int().min(least).max(most).catch(standard)
const suggestionAttributes = { id: orNull(id), author: orNull(id), at: orNull(z.iso.datetime()) }

const attributes = z.record(z.string(), z.unknown())
const BlockSuggestionInput = z.object({
  id,
  kind: z.enum(['insert', 'delete', 'change']),
  author: id,
  at: z.iso.datetime(),
  was: z
    .object({
      type: shortText,
      attrs: z.record(z.string(), z.union([shortText, z.number(), z.boolean(), z.null()])),
      within: z.array(shortText).max(40).optional(),
      shared: z.tuple([z.number(), z.number()]).optional(),
    })
    .optional(),
})

function blockSuggestion(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > maxAttributeCharacters) return null
  try {
    return JSON.stringify(BlockSuggestionInput.parse(JSON.parse(text)))
  } catch {
    return null
  }
}

/** Attributes of paragraphs and headings. */
const textBlock = {
  dir: orNull(z.enum(['ltr', 'rtl'])),
  listStyle: orNull(id),
  listLevel: orNull(z.number().int().min(0).max(maxListLevel)),
  listStart: orNull(z.number().int().min(0).max(1_000_000)),
  bookmark: orNull(id),
}
/** Marks that a suggestion of a format added or removed. */
const changedMarks = z
  .array(z.object({ type: shortText, attrs: z.record(z.string(), z.unknown()).optional() }))
  .max(20)
  .catch([])
  .transform((marks) => sanitizeMarks(marks, proseSchema.nodes.paragraph as NodeType).map((mark) => mark.toJSON() as object))
const cell = { colspan: number(1, maxColumns, 1), rowspan: number(1, maxRows, 1) }
/** The types of attributes by node or mark. Other attributes get the schema's default. */
const attributeTypes: Record<string, Record<string, z.ZodType>> = {
  paragraph: textBlock,
  heading: { ...textBlock, level: z.unknown().transform(headingLevel) },
  taskItem: { checked: z.boolean().catch(false) },
  orderedList: { start: number(0, 1_000_000, 1) },
  codeBlock: { language: orNull(z.string().regex(/^[\w+#-]{1,40}$/)) },
  tableCell: cell,
  tableHeader: cell,
  variable: { name: shortText.catch('') },
  crossReference: { target: orNull(id), kind: z.enum(referenceKinds).catch('number'), text: shortText.catch('') },
  insertion: suggestionAttributes,
  deletion: suggestionAttributes,
  formatChange: { ...suggestionAttributes, added: changedMarks, removed: changedMarks },
  link: { href: z.string().max(maxAttributeCharacters).refine(isSafeLink).transform(replaceForbidden) },
}

/** The valid attributes of a node type; invalid ones get the schema's default. */
export function sanitizeAttributes(type: NodeType, given: unknown): Record<string, unknown> {
  const from = attributes.safeParse(given).data ?? {}
  const clean: Record<string, unknown> = {}
  for (const [name, taken] of Object.entries(attributeTypes[type.name] ?? {})) {
    const read = taken.safeParse(from[name])
    if (read.success) clean[name] = read.data
  }
  if (type.spec.attrs?.suggestion && from.suggestion) clean.suggestion = blockSuggestion(from.suggestion)
  return clean
}

function sanitizeMarks(given: unknown, parent: NodeType): readonly Mark[] {
  let marks: readonly Mark[] = Mark.none
  if (!Array.isArray(given)) return marks
  for (const one of given as { type?: unknown; attrs?: unknown }[]) {
    const type = typeof one?.type === 'string' && Object.hasOwn(proseSchema.marks, one.type) ? proseSchema.marks[one.type] : undefined
    if (!type || (parent.inlineContent && !parent.allowsMarkType(type))) continue
    const attrs = z.object(attributeTypes[type.name] ?? {}).safeParse(one.attrs ?? {})
    // a link without a safe address is dropped
    if (attrs.success) marks = type.create(attrs.data).addToSet(marks)
  }
  return marks
}

/** All text below a node. Not recursive, since a client may nest nodes as deep as it likes. */
function collectText(part: JSONContent): string {
  let words = ''
  const waiting: unknown[] = [part]
  while (waiting.length > 0) {
    const next = waiting.pop() as JSONContent | null
    if (typeof next?.text === 'string') words += next.text
    if (Array.isArray(next?.content)) for (const child of next.content.toReversed()) waiting.push(child)
  }
  return replaceForbidden(words)
}

const typeOf = (part: JSONContent): NodeType | undefined =>
  typeof part?.type === 'string' && Object.hasOwn(proseSchema.nodes, part.type) ? proseSchema.nodes[part.type] : undefined

/** Converts a node to schema nodes for a parent of a type: itself, or its children. */
function toNodes(part: JSONContent, parent: NodeType, depth: number): Node[] {
  if (typeof part !== 'object' || part === null) return []
  if (typeof part.text === 'string' || part.type === 'text') {
    const text = replaceForbidden(typeof part.text === 'string' ? part.text : '')
    return text ? [proseSchema.text(text, sanitizeMarks(part.marks, parent))] : []
  }
  const type = typeOf(part)
  const content: JSONContent[] = Array.isArray(part.content) ? part.content : []
  if (depth > maxBlockDepth) {
    const words = collectText(part)
    return words ? [proseSchema.text(words)] : []
  }
  if (!type || type.name === 'doc' || (parent.inlineContent && !type.isInline))
    return content.flatMap((child) => toNodes(child, parent, depth + 1))
  const children = content.flatMap((child) => toNodes(child, type, depth + 1))
  if (type.isLeaf)
    return [
      type.create(sanitizeAttributes(type, part.attrs), null, type.isInline ? sanitizeMarks(part.marks, parent) : undefined),
      ...children,
    ]
  return createNode(type, sanitizeAttributes(type, part.attrs), children)
}

/** Creates a node with the children that it can take; none for a table without cells. */
function createNode(type: NodeType, attrs: Record<string, unknown> | null, children: Node[]): Node[] {
  const node = type.create(attrs, fitChildren(type, children))
  const even = type.name === 'table' ? repairTableNode(node) : node
  return even ? [even] : []
}

/** Fits children into a parent: wrapped where that helps, else their content. */
function fitChildren(parent: NodeType, children: Node[]): Fragment {
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
    // adjacent inline nodes share a paragraph
    const side = [child]
    if (child.isInline) while (waiting.at(-1)?.isInline) side.push(waiting.pop() as Node)
    const wrapping = match.findWrapping(child.type)
    if (wrapping && wrapping.length > 0) {
      let inner: Node[] = side
      for (const type of wrapping.toReversed()) inner = createNode(type, null, inner)
      if (inner[0]) take(inner[0])
    } else if (parent.inlineContent && child.textContent) take(proseSchema.text(child.textContent))
    else for (const inner of child.content.content.toReversed()) waiting.push(inner)
  }
  const rest = match.fillBefore(Fragment.empty, true)
  return Fragment.fromArray(rest ? [...taken, ...rest.content] : taken)
}

/** Converts any content to a document that passes the schema's own check. */
export function sanitize(content: JSONContent): JSONContent {
  const parts: JSONContent[] = Array.isArray(content?.content) ? content.content : []
  const doc = proseSchema.topNodeType
  const node = doc.create(
    null,
    fitChildren(
      doc,
      parts.flatMap((part) => toNodes(part, doc, 1)),
    ),
  )
  return node.toJSON() as JSONContent
}
