/** The text that a composition replaced and inserted, put into a document that others changed meanwhile. */
import type { Node, Slice } from '@tiptap/pm/model'
import { TextSelection } from '@tiptap/pm/state'
import type { EditorView } from '@tiptap/pm/view'

/** A place in a document, by what Yjs calls it, and by its position then. */
interface Place {
  relative: unknown
  pos: number
  /** The text before it in its paragraph. */
  before: string
}

/** One character for each position. */
const leafCharacter = '\ufffc'

const textBefore = (doc: Node, pos: number): string => {
  const { parent, parentOffset } = doc.resolve(pos)
  return parent.textBetween(0, parentOffset, undefined, leafCharacter)
}

/**
 * Follows a place whose paragraph was split before it: the editor that splits writes the text behind as new text, so the place stayed at the
 * end of the first part.
 */
function followSplit(doc: Node, pos: number, before: string): number {
  const head = textBefore(doc, pos)
  const $pos = doc.resolve(pos)
  if (!before.startsWith(head) || $pos.parentOffset < $pos.parent.content.size || $pos.depth === 0) return pos
  let moved = before.slice(head.length)
  let start = $pos.after()
  while (moved !== '') {
    const next = doc.resolve(start).nodeAfter
    if (!next?.isTextblock) return pos
    const text = next.textBetween(0, next.content.size, undefined, leafCharacter)
    if (text.startsWith(moved)) return start + 1 + moved.length
    if (!moved.startsWith(text)) return pos
    moved = moved.slice(text.length)
    start += next.nodeSize
  }
  return pos
}

export interface Replacement {
  from: Place
  to: Place
  /** The text that was replaced. */
  replaced: string
  slice: Slice
}

/**
 * Finds what differs between two documents.
 * @param isAnywhere false: only text in one paragraph
 */
export function findReplacement(
  before: Node,
  after: Node,
  toRelative: (pos: number) => unknown,
  isAnywhere: boolean,
): Replacement | undefined {
  const start = before.content.findDiffStart(after.content)
  const end = before.content.findDiffEnd(after.content)
  if (start === null || !end) return undefined
  // Equal letters on both sides are counted once, and never half of a character.
  const overlap = Math.max(0, start - Math.min(end.a, end.b))
  const from = start - (/[\ud800-\udbff]$/.test(textBefore(after, start)) ? 1 : 0)
  const half = /^[\udc00-\udfff]/.test(after.textBetween(end.b + overlap, Math.min(end.b + overlap + 1, after.content.size))) ? 1 : 0
  const [to, newTo] = [end.a + overlap + half, end.b + overlap + half]
  const $from = before.resolve(from)
  const isText = $from.parent.isTextblock && $from.sameParent(before.resolve(to)) && after.resolve(from).sameParent(after.resolve(newTo))
  if (!isText && !isAnywhere) return undefined
  return {
    from: { relative: toRelative(from), pos: from, before: textBefore(before, from) },
    to: { relative: toRelative(to), pos: to, before: textBefore(before, to) },
    replaced: before.textBetween(from, to, undefined, leafCharacter),
    slice: after.slice(from, newTo),
  }
}

/**
 * Inserts the text where its place is now, as an edit of the user. Where what it replaces has changed, it is inserted and nothing is
 * replaced.
 */
export function insertReplacement(
  view: EditorView,
  { from, to, replaced, slice }: Replacement,
  resolve: (relative: unknown, absolute: number) => number | null,
): void {
  const { doc, tr } = view.state
  const findPlace = ({ relative, pos, before }: Place) =>
    followSplit(doc, Math.max(0, Math.min(resolve(relative, pos) ?? pos, doc.content.size)), before)
  const start = findPlace(from)
  const end = from.pos === to.pos ? start : findPlace(to)
  const isSame = end >= start && doc.textBetween(start, end, undefined, leafCharacter) === replaced
  tr.replace(start, isSame ? end : start, slice)
  tr.setSelection(TextSelection.near(tr.doc.resolve(tr.mapping.map(start)), -1))
  view.dispatch(tr.scrollIntoView())
}
