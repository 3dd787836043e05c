/** Suggested insertions and deletions of text and blocks. */
import { Fragment, type Mark, type Node, type ResolvedPos, Slice } from '@tiptap/pm/model'
import type { Transaction } from '@tiptap/pm/state'
import { canJoin, replaceStep, type Step } from '@tiptap/pm/transform'
import type { BlockSuggestion } from '../../../domain/documents/richtext/schema.ts'
import {
  readSuggestionOfBlock,
  isAllOwn,
  isInOwnBlock,
  isOwnBlock,
  isMarkable,
  isOwnWord,
  isSuggestible,
  type SuggestionAttrs,
  getSuggestionAttrs,
  type Suggester,
} from './suggestion.ts'

const isSuggestionMark = ({ type }: Mark) => /^(insertion|deletion|formatChange)$/.test(type.name)

/** Returns the content without its suggestion marks and attributes. */
function withoutSuggestions(content: Fragment): Fragment {
  const nodes: Node[] = []
  content.forEach((node) => {
    if (node.isInline) return void nodes.push(node.mark(node.marks.filter((mark) => !isSuggestionMark(mark))))
    const attrs = 'suggestion' in node.attrs ? { ...node.attrs, suggestion: null } : node.attrs
    nodes.push(node.type.create(attrs, withoutSuggestions(node.content), node.marks))
  })
  return Fragment.fromArray(nodes)
}

/**
 * Marks what a step has inserted as suggested: text by a mark, blocks by their attribute. Returns false if a part can carry neither, or if
 * text was lost.
 */
function markInserted(next: Transaction, step: Step, hasText: string, attrs: SuggestionAttrs): boolean {
  const insertion = next.doc.type.schema.marks['insertion']
  if (!insertion) return false
  let insertedText = ''
  let isMarked = true
  step.getMap().forEach((_, __, from, to) => {
    if (from === to) return
    insertedText += next.doc.textBetween(from, to)
    next.addMark(from, to, insertion.create(attrs))
    isMarked &&= markInsertedBlocks(next, from, to, attrs)
    next.doc.nodesBetween(from, to, (node, pos) => {
      if (isMarkable(node) && !insertion.isInSet(node.marks)) isMarked &&= isInOwnBlock(next.doc.resolve(pos), attrs.author)
    })
  })
  return isMarked && insertedText === hasText
}

/** Whether text in a range can carry a mark. Text of a code block cannot. */
function canHoldMarks(doc: Node, from: number, to: number): boolean {
  const mark = doc.type.schema.marks['insertion']
  const holdsMarks = ({ inlineContent, type }: Node) => !inlineContent || (mark !== undefined && type.allowsMarkType(mark))
  let possible = holdsMarks(doc.resolve(from).parent) && holdsMarks(doc.resolve(to).parent)
  doc.nodesBetween(from, to, (node, pos) => {
    // A whole block is deleted by its own attribute.
    if (pos < from) possible &&= holdsMarks(node)
    return possible
  })
  return possible
}

/** Whether the content has placeholders for unsupported content: they carry no mark, so they would be inserted without a suggestion. */
function hasPlaceholders(content: Fragment): boolean {
  let hasPlaceholder = false
  content.descendants((node) => {
    hasPlaceholder ||= node.isInline && !isMarkable(node)
  })
  return hasPlaceholder
}

/** Sets a suggestion on a block. Blocks inside an inserted or deleted block have none of their own. */
function setBlockSuggestion(next: Transaction, pos: number, kind: 'insert' | 'delete', attrs: SuggestionAttrs) {
  next.setNodeAttribute(pos, 'suggestion', JSON.stringify({ ...attrs, kind } satisfies BlockSuggestion))
}

/**
 * Suggests the deletion of a range: text of others gets a mark, blocks that begin there an attribute, and the author's own suggestions are
 * deleted. Returns where the range ends afterwards, or null if a part cannot be deleted by suggestion.
 */
function markDeleted(next: Transaction, from: number, to: number, attrs: SuggestionAttrs): number | null {
  const { doc } = next
  const deletion = doc.type.schema.marks['deletion']
  const isOwn: { from: number; to: number; block: boolean }[] = []
  const markedBlocks: number[] = []
  let isPossible = true
  let [hasText, hasPlaceholder] = [false, false]
  doc.nodesBetween(from, to, (node, pos) => {
    if (isMarkable(node)) {
      hasText = true
      const part = { from: Math.max(pos, from), to: Math.min(pos + node.nodeSize, to), block: false }
      if (isOwnWord(node, attrs.author)) isOwn.push(part)
      else if (deletion && !deletion.isInSet(node.marks)) next.addMark(part.from, part.to, deletion.create(attrs))
      return false
    }
    // Placeholders carry no mark: they stay.
    if (node.isInline) hasPlaceholder = true
    if (pos < from || node.isInline) return true
    const isTablePart = node.type.name.startsWith('table')
    // A cell is deleted on its own only with its column. Rows and tables that end after the range are not deleted.
    if (isTablePart && (pos + node.nodeSize > to || (/^table(Cell|Header)$/.test(node.type.name) && pos !== from))) {
      isPossible &&= !/^table(Cell|Header)$/.test(node.type.name)
    } else if (isOwnBlock(node, attrs.author)) isOwn.push({ from: pos, to: pos + node.nodeSize, block: true })
    else if (isSuggestible(node) && !beginsOwnItem(doc.resolve(pos), attrs.author)) {
      const within = markedBlocks.some((start) => start < pos && start + (doc.nodeAt(start)?.nodeSize ?? 0) > pos)
      if (!within && !readSuggestionOfBlock(node)) setBlockSuggestion(next, pos, 'delete', attrs)
      markedBlocks.push(pos)
      return !isTablePart
    } else if (node.isAtom) isPossible = false
    return isPossible
  })
  if (!isPossible || (hasPlaceholder && !hasText && markedBlocks.length + isOwn.length === 0)) return null
  const before = next.mapping.maps.length
  for (const part of isOwn.toReversed()) {
    const map = next.mapping.slice(before)
    const start = map.map(part.from)
    if (!part.block) next.delete(start, map.map(part.to))
    else if (isDeletedWhole(next.doc.nodeAt(start))) next.delete(start, map.map(part.to))
    else if (canJoin(next.doc, start)) {
      next.join(start)
      const $before = next.doc.resolve(start - 1)
      if ($before.nodeBefore?.isTextblock && $before.nodeAfter?.isTextblock) next.join(start - 1)
    }
  }
  return next.mapping.slice(before).map(to, -1)
}

/** Whether a block is the first in a list item that the author's own suggestion inserted: it is joined with the item. */
const beginsOwnItem = ($pos: ResolvedPos, author: string): boolean =>
  /^(listItem|taskItem)$/.test($pos.parent.type.name) && $pos.index() === 0 && isOwnBlock($pos.parent, author)

/** Whether an own block is deleted with its content; others are joined with the block before them. */
const isDeletedWhole = (node: Node | null): boolean => !node || node.content.size === 0 || node.isLeaf || node.type.name.startsWith('table')

/** Marks the outermost inserted blocks of a range. Returns false if one cannot carry a suggestion. */
export function markInsertedBlocks(next: Transaction, from: number, to: number, attrs: SuggestionAttrs): boolean {
  let isPossible = true
  next.doc.nodesBetween(from, to, (node, pos) => {
    if (pos < from || pos >= to || node.isInline) return !node.isInline
    if (isSuggestible(node)) {
      setBlockSuggestion(next, pos, 'insert', attrs)
      return false
    }
    isPossible &&= /^(bullet|ordered|task)List$/.test(node.type.name)
    return isPossible
  })
  return isPossible
}

/**
 * Suggests a replacement: the old content is marked as deleted, the new content is marked as inserted after it. Returns the index of the
 * inserting step (undefined if nothing is inserted), or null if it cannot be suggested.
 */
export function suggestReplace(next: Transaction, from: number, to: number, slice: Slice, suggester: Suggester): number | undefined | null {
  if (hasPlaceholders(slice.content)) return null
  const isSplit = slice.content.firstChild?.isBlock ?? false
  const attrs = getSuggestionAttrs(next.doc.resolve(from), next.doc.resolve(to), suggester, isSplit)
  const isOwn = isAllOwn(next.doc, from, to, suggester.author)
  const inOwnBlock = isOwnBlock(next.doc.resolve(from).parent, suggester.author) && next.doc.resolve(from).sameParent(next.doc.resolve(to))
  if (!inOwnBlock && !canHoldMarks(next.doc, from, to)) return null
  let end = to
  if (!isOwn) {
    const deletedEnd = markDeleted(next, from, to, attrs)
    if (deletedEnd === null) return null
    end = deletedEnd
    if (slice.size === 0) return undefined
  }
  const step = replaceStep(next.doc, isOwn ? from : end, end, new Slice(withoutSuggestions(slice.content), slice.openStart, slice.openEnd))
  // Content that does not fit there, or changes nothing, gives no step.
  if (!step) return slice.size === 0 ? undefined : null
  const stepIndex = next.steps.length
  next.step(step)
  if (!markInserted(next, step, slice.content.textBetween(0, slice.content.size), attrs)) return null
  if (isSplit) moveTail(next, step, attrs)
  return stepIndex
}

/** After a split, own inserted text at the start of the new block belongs to the suggestion of that block. */
function moveTail(next: Transaction, step: Step, attrs: SuggestionAttrs) {
  const insertion = next.doc.type.schema.marks['insertion']
  let end = 0
  step.getMap().forEach((_, __, ___, to) => (end = to))
  const $end = next.doc.resolve(end)
  if (!insertion || !$end.parent.isTextblock || $end.parentOffset > 0) return
  let pos = end
  for (let index = 0; index < $end.parent.childCount; index++) {
    const node = $end.parent.child(index)
    const own = node.marks.find((mark) => mark.type === insertion && mark.attrs['author'] === attrs.author)
    if (!own) return
    next.removeMark(pos, pos + node.nodeSize, own)
    next.addMark(pos, pos + node.nodeSize, insertion.create(attrs))
    pos += node.nodeSize
  }
}
