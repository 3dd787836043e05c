/**
 * Keeps server edits within the schema (`schema.ts`). An editor that cannot convert a block to a node of the schema deletes it from Yjs, for
 * everyone. So no server edit may leave such a block: the repair runs at the end of each edit, in the same transaction.
 *
 * Only blocks that the transaction touched are checked. Blocks that the schema does not know stay unchanged.
 */
import { type ContentMatch, Fragment, type Node, type NodeType } from '@tiptap/pm/model'
import * as Y from 'yjs'
import { headingLevel, proseSchema, textName } from './schema.ts'
import { getRoot } from './raw-json.ts'
import { typeOf } from './schema-check.ts'
import { repairTable, findTouchedTables, findAddedTypes } from './tables.ts'

const nodeType = (name: string): NodeType | undefined => (Object.hasOwn(proseSchema.nodes, name) ? proseSchema.nodes[name] : undefined)

/** The content match of a parent before one of its children; undefined where the schema does not know the parent. */
function matchBefore(child: Y.XmlElement): ContentMatch | undefined {
  let match = typeOf(child.parent)?.contentMatch
  for (const sibling of (child.parent as Y.XmlFragment).toArray()) {
    if (sibling === child) break
    const own = typeOf(sibling)
    // siblings that do not fit are skipped
    match = (own && match?.matchType(own)) ?? match
  }
  return match
}

/** Whether a block may have another type at its place. A list item, for example, begins with a paragraph. */
export function canChangeTypeTo(element: Y.XmlElement, type: string): boolean {
  const wanted = nodeType(type)
  return Boolean(wanted && matchBefore(element)?.matchType(wanted))
}

/** Whether a block of a type may directly follow another block. */
export function canInsertAfter(element: Y.XmlElement, type: string): boolean {
  const [own, wanted] = [typeOf(element), nodeType(type)]
  return Boolean(own && wanted && matchBefore(element)?.matchType(own)?.matchType(wanted))
}

/**
 * Makes a change, and in the same transaction repairs the blocks that it left against the schema.
 * @param also blocks to repair even if the change does not touch them
 * @returns the result of the change
 */
export function editWithinSchema<T>(document: Y.Doc, change: (document: Y.Doc) => T, also: Iterable<Y.XmlElement> = []): T {
  // read before the change: an unread root has no type yet, and becomes another object when it gets one
  const root = getRoot(() => document.getXmlFragment(textName))
  return document.transact((transaction) => {
    const made = change(document)
    if (root) repair(transaction, root, also)
    return made
  })
}

/** Adds required blocks, wraps or lifts blocks that do not fit, and removes only empty blocks. No text is lost. */
function repair(transaction: Y.Transaction, root: Y.XmlFragment, also: Iterable<Y.XmlElement>): void {
  const depths = new Map<unknown, number | undefined>()
  const fillTables = () => {
    for (const table of findTouchedTables(transaction)) if (depthOf(table, root, depths) !== undefined) repairTable(table)
  }
  fillTables()
  const waiting: Set<Y.XmlFragment>[] = []
  const note = (type: unknown) => {
    const parent = type instanceof Y.XmlText ? type.parent : type
    if (!(parent instanceof Y.XmlFragment) || parent._item?.deleted) return
    const depth = depthOf(parent, root, depths)
    if (depth === undefined) return
    waiting[depth] ??= new Set()
    waiting[depth].add(parent)
  }
  for (const type of transaction.changed.keys()) note(type)
  for (const type of findAddedTypes(transaction)) note(type)
  for (const block of also) note(block)
  // innermost blocks first: an empty block is removed, then its parent is checked
  for (let depth = waiting.length - 1; depth >= 0; depth--) {
    for (const parent of waiting[depth] ?? []) {
      const outer = parent.parent
      if (!parent._item?.deleted && !repairBlock(parent)) note(outer)
    }
  }
  fillTables()
}

/** The depth of a part in a root; undefined where it is not in that root. */
function depthOf(part: unknown, root: Y.XmlFragment, known: Map<unknown, number | undefined>): number | undefined {
  known.set(root, 0)
  const between: unknown[] = []
  let one: unknown = part
  while (one instanceof Y.AbstractType && !known.has(one)) {
    between.push(one)
    one = one.parent
  }
  let depth = known.get(one)
  for (const part of between.toReversed()) {
    if (depth !== undefined) depth++
    known.set(part, depth)
  }
  return depth
}

/** Repairs one block, or the outermost level of the text. @returns false where the block was removed */
function repairBlock(parent: Y.XmlFragment): boolean {
  const type = typeOf(parent)
  if (!type) return true
  if (parent instanceof Y.XmlElement) setDefaults(parent, type)
  joinTexts(parent, type)
  fitChildren(parent, type)
  return complete(parent, type)
}

/** Sets the attributes that an editor would write, so that opening the document is no edit. */
function setDefaults(element: Y.XmlElement, type: NodeType) {
  const given = element.getAttributes() as Record<string, unknown>
  for (const [name, { default: standard }] of Object.entries(type.spec.attrs ?? {}) as [string, { default?: unknown }][])
    if (standard !== null && standard !== undefined && given[name] === undefined) element.setAttribute(name, standard as string)
  if (type.name === 'heading' && given.level !== undefined && given.level !== headingLevel(given.level))
    element.setAttribute('level', headingLevel(given.level) as unknown as string)
}

type Delta = { insert: string | object; attributes?: Record<string, unknown> }[]

/** Merges adjacent texts as an editor does, removes empty ones beside other content, and removes marks in code. */
function joinTexts(parent: Y.XmlFragment, type: NodeType) {
  const children = parent.toArray()
  const gone: number[] = []
  let before: Y.XmlText | undefined
  for (const [index, child] of children.entries()) {
    if (!(child instanceof Y.XmlText)) {
      before = undefined
      continue
    }
    if (child.length === 0 ? children.length > 1 : before !== undefined) {
      if (before && child.length > 0)
        before.applyDelta([...(before.length > 0 ? [{ retain: before.length }] : []), ...(child.toDelta() as Delta)], { sanitize: false })
      gone.push(index)
    } else before = child
  }
  for (const index of gone.toReversed()) parent.delete(index, 1)
  if (type.spec.marks !== '') return
  for (const child of parent.toArray()) {
    if (!(child instanceof Y.XmlText)) continue
    const marks = new Set((child.toDelta() as Delta).flatMap(({ attributes }) => Object.keys(attributes ?? {})))
    if (marks.size > 0) child.format(0, child.length, Object.fromEntries([...marks].map((mark) => [mark, null])))
  }
}

/** Makes each child fit: inserts what must precede it, wraps it, or replaces it by its content. */
function fitChildren(parent: Y.XmlFragment, type: NodeType) {
  let match = type.contentMatch
  let index = 0
  const waiting = parent.toArray().toReversed() as (Y.XmlElement | Y.XmlText)[]
  for (let child = waiting.pop(); child; child = waiting.pop()) {
    const own = typeOf(child)
    const next = own && match.matchType(own)
    if (!own || next || (child instanceof Y.XmlText && child.length === 0)) {
      match = next ?? match
      index++
      continue
    }
    const before = match.fillBefore(Fragment.from(own.isText ? proseSchema.text('x') : own.create()))
    if (before && before.size > 0) {
      parent.insert(index, before.content.map(elementOf))
      index += before.childCount
      match = (match.matchFragment(before) as ContentMatch).matchType(own) as ContentMatch
      index++
      continue
    }
    const wrapping = match.findWrapping(own)
    const instead = wrapping?.length
      ? [
          wrapped(
            child,
            wrapping.map(({ name }) => name),
          ),
        ]
      : lifted(child, parent)
    parent.delete(index, 1)
    if (instead.length > 0) parent.insert(index, instead)
    waiting.push(...instead.toReversed())
  }
  if (type.inlineContent) joinTexts(parent, type)
}

/** A copy of a child inside new blocks, the outermost first. Yjs cannot move a type. */
function wrapped(child: Y.XmlElement | Y.XmlText, types: string[]): Y.XmlElement {
  let inner: Y.XmlElement | Y.XmlText = copyPart(child)
  for (const name of types.toReversed()) {
    const outer: Y.XmlElement = elementOf((proseSchema.nodes[name] as NodeType).create())
    outer.insert(0, [inner])
    inner = outer
  }
  return inner as Y.XmlElement
}

/** The content that replaces a child. In code, which may contain only text, a break and a field become text. */
function lifted(child: Y.XmlElement | Y.XmlText, parent: Y.XmlFragment): (Y.XmlElement | Y.XmlText)[] {
  if (child instanceof Y.XmlText) return []
  const code = parent instanceof Y.XmlElement && parent.nodeName === 'codeBlock'
  if (code && child.nodeName === 'hardBreak') return [new Y.XmlText('\n')]
  if (code && child.nodeName === 'variable') return [new Y.XmlText(`{{${String(child.getAttribute('name') ?? '')}}}`)]
  return child.toArray().map((one) => copyPart(one as Y.XmlElement | Y.XmlText))
}

/** Adds required content at the end. @returns false where the block was empty and was removed; a cell and the text itself stay */
function complete(parent: Y.XmlFragment, type: NodeType): boolean {
  let match: ContentMatch = type.contentMatch
  const children = parent.toArray()
  for (const child of children) {
    const own = typeOf(child)
    // an unknown child counts as the required content
    if (!own) return true
    match = match.matchType(own) ?? match
  }
  if (match.validEnd) return true
  const isCell = type.spec.tableRole === 'cell' || type.spec.tableRole === 'header_cell'
  const outer = parent.parent
  if (children.length === 0 && parent instanceof Y.XmlElement && !isCell && outer instanceof Y.XmlFragment) {
    outer.delete(outer.toArray().indexOf(parent), 1)
    return false
  }
  const rest = match.fillBefore(Fragment.empty, true)
  if (rest) parent.insert(parent.length, rest.content.map(elementOf))
  return true
}

/** A node as an editor writes it to Yjs. */
function elementOf(node: Node): Y.XmlElement {
  const element = new Y.XmlElement(node.type.name)
  for (const [name, value] of Object.entries(node.attrs)) if (value !== null) element.setAttribute(name, value as string)
  element.insert(0, node.content.content.map(elementOf))
  return element
}

/** Copies a part of a live document. Yjs' own `clone` drops a line break at the end of a text. */
export function copyPart(part: Y.XmlElement | Y.XmlText): Y.XmlElement | Y.XmlText {
  if (part instanceof Y.XmlText) {
    const copy = new Y.XmlText()
    copy.applyDelta(part.toDelta() as Delta, { sanitize: false })
    return copy
  }
  const copy = new Y.XmlElement(part.nodeName)
  for (const [name, value] of Object.entries(part.getAttributes())) copy.setAttribute(name, value as string)
  copy.insert(
    0,
    part.toArray().map((child) => copyPart(child as Y.XmlElement | Y.XmlText)),
  )
  return copy
}
