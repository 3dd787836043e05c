/** Suggested changes of format: the text gets the new format, and a mark that records how to undo it. */
import { Mark, type Node } from '@tiptap/pm/model'
import type { Transaction } from '@tiptap/pm/state'
import { suggestibleFormats } from '../../../domain/documents/richtext/suggestion-attributes.ts'
import { isMarkable, isOwnWord, type Suggester } from './suggestion.ts'

interface MarkJson {
  type: string
  attrs?: Record<string, unknown>
}

const isFormat = ({ type }: Mark) => suggestibleFormats.includes(type.name)

/** The formats that a node had before the author's own suggestion on it. */
function findOriginalFormats({ marks, type: { schema } }: Node, own: Mark | undefined): readonly Mark[] {
  const formats = marks.filter(isFormat)
  if (!own) return formats
  const added = (own.attrs['added'] as MarkJson[]).map(({ type }) => type)
  const removed = (own.attrs['removed'] as MarkJson[]).map((mark) => Mark.fromJSON(schema, mark))
  const kept = formats.filter(({ type }) => !added.includes(type.name))
  return removed.reduce((set, mark) => mark.addToSet(set), kept as readonly Mark[])
}

const without = (some: readonly Mark[], others: readonly Mark[]): MarkJson[] =>
  some.filter((mark) => !mark.isInSet(others)).map((mark) => mark.toJSON() as MarkJson)

/**
 * Suggests to add a format to a range, or to remove it. The author's own inserted text changes at once. Formatting back to the original
 * removes the suggestion. Returns false if the format cannot be suggested.
 */
export function suggestFormatting(
  next: Transaction,
  from: number,
  to: number,
  mark: Mark,
  isAdded: boolean,
  suggester: Suggester,
): boolean {
  const formatChange = next.doc.type.schema.marks['formatChange']
  if (!isFormat(mark) || !formatChange) return false
  next.doc.nodesBetween(from, to, (node, pos) => {
    if (!isMarkable(node) || mark.isInSet(node.marks) === isAdded) return
    const [start, end] = [Math.max(from, pos), Math.min(to, pos + node.nodeSize)]
    const before = node.marks
    if (isAdded) next.addMark(start, end, mark)
    else next.removeMark(start, end, mark)
    if (isOwnWord(node, suggester.author)) return
    const own = before.find(({ type, attrs }) => type === formatChange && attrs['author'] === suggester.author)
    const original = findOriginalFormats(node, own)
    const changed = (next.doc.nodeAt(start) as Node).marks.filter(isFormat)
    const [added, removed] = [without(changed, original), without(original, changed)]
    if (own) next.removeMark(start, end, own)
    if (added.length + removed.length === 0) return
    const { id, at } = own ? own.attrs : { id: suggester.newId(), at: suggester.now() }
    next.addMark(start, end, formatChange.create({ id: id as unknown, author: suggester.author, at: at as unknown, added, removed }))
  })
  return true
}
