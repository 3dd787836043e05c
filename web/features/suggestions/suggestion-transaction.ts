/**
 * Turns transactions into suggestions.
 *
 * Pure ProseMirror: the resulting transaction deletes no text of others and inserts none unmarked. A change that cannot be expressed as a
 * suggestion is rejected as a whole.
 */
import { type MarkType, type Node, ReplaceError, Slice } from '@tiptap/pm/model'
import { type EditorState, Selection, TextSelection, type Transaction } from '@tiptap/pm/state'
import { AddMarkStep, Mapping, RemoveMarkStep, ReplaceAroundStep, ReplaceStep, type Step } from '@tiptap/pm/transform'
import { suggestReplaceAround } from './block-suggestions.ts'
import { suggestContainers } from './container-suggestions.ts'
import { suggestFormatting } from './format-suggestions.ts'
import { suggestReplace } from './text-suggestions.ts'
import { readSuggestionOfBlock, type Suggester } from './suggestion.ts'

/**
 * Maps positions from before a step of `tr` to the present document of `next`. `counterparts[i]` is the step of `next` that stands for step
 * `i`.
 */
function mapToNext(tr: Transaction, step: number, next: Transaction, counterparts: (number | undefined)[]): Mapping {
  const mapping = new Mapping()
  for (let before = step - 1; before >= 0; before--)
    mapping.appendMap((tr.mapping.maps[before] as (typeof tr.mapping.maps)[number]).invert())
  for (const [position, map] of next.mapping.maps.entries()) {
    const counterpart = counterparts.indexOf(position)
    mapping.appendMap(map, counterpart >= 0 && counterpart < step ? step - 1 - counterpart : undefined)
  }
  return mapping
}

/** Applies one step as a suggestion. Returns the index of its counterpart, or null if it cannot be suggested. */
function suggestStep(next: Transaction, step: Step, mapping: Mapping, suggester: Suggester): number | undefined | null {
  if (step instanceof ReplaceStep) {
    const from = mapping.map(step.from, 1)
    return suggestReplace(next, from, Math.max(from, mapping.map(step.to, step.to === step.from ? 1 : -1)), step.slice, suggester)
  }
  if (step instanceof ReplaceAroundStep) return suggestReplaceAround(next, step, mapping, suggester)
  if (step instanceof AddMarkStep || step instanceof RemoveMarkStep) {
    if (/^(insertion|deletion|formatChange)$/.test(step.mark.type.name)) return undefined
    const isAdded = step instanceof AddMarkStep
    return suggestFormatting(next, mapping.map(step.from, 1), mapping.map(step.to, -1), step.mark, isAdded, suggester) ? undefined : null
  }
  return null
}

/** Places the caret: after an insertion, before text deleted backward, after text deleted forward. */
function mapSelection(state: EditorState, tr: Transaction, next: Transaction, mapping: Mapping) {
  const last = tr.steps.at(-1)
  const isDeletion = last instanceof ReplaceStep && last.slice.size === 0
  const isForward = isDeletion && state.selection.empty && state.selection.head <= last.from
  const side = isDeletion && !isForward ? -1 : 1
  const position = (pos: number, toward: number) => next.doc.resolve(Math.min(mapping.map(pos, toward), next.doc.content.size))
  if (tr.selection.empty || !(tr.selection instanceof TextSelection)) {
    next.setSelection(Selection.near(position(tr.selection.head, side), side))
  } else {
    next.setSelection(TextSelection.between(position(tr.selection.anchor, 1), position(tr.selection.head, -1)))
  }
}

/** Whether a step only inserts or deletes text within a block. */
const isTyping = (step: Step, doc: Node) =>
  step instanceof ReplaceStep &&
  step.slice.content.content.every((node) => node.isText) &&
  doc.resolve(step.from).sameParent(doc.resolve(step.to))

/** The text without suggested insertions: those with a mark and, in code blocks, which take no marks, those whose block is inserted. */
function readAcceptedText(doc: Node): string {
  const insertion = doc.type.schema.marks['insertion'] as MarkType
  let words = ''
  const collect = (parent: Node, comes: boolean) => {
    parent.forEach((node) => {
      const isNew = comes || readSuggestionOfBlock(node)?.kind === 'insert'
      if (!node.isText) return collect(node, isNew)
      if (!insertion.isInSet(node.marks) && !(comes && !parent.type.allowsMarkType(insertion))) words += node.text
    })
  }
  collect(doc, false)
  return words
}

/** Returns the transaction as a suggestion, or null if it cannot be suggested without losing text or inserting it unmarked. */
export function toSuggestion(state: EditorState, tr: Transaction, suggester: Suggester): Transaction | null {
  try {
    // One transaction is one suggestion, however many steps it has.
    let id: string | undefined
    const sharedIdSuggester: Suggester = { ...suggester, newId: () => (id ??= suggester.newId()) }
    const next = suggestContainers(tr, sharedIdSuggester) ?? suggestTransaction(state, tr, sharedIdSuggester)
    if (!next || tr.steps.every((step, position) => isTyping(step, tr.docs[position] as Node))) return next
    next.doc.check()
    return readAcceptedText(next.doc) === readAcceptedText(state.doc) ? next : null
  } catch (error) {
    if (error instanceof RangeError || error instanceof ReplaceError || (error as Error).name === 'TransformError') return null
    throw error
  }
}

function suggestTransaction(state: EditorState, tr: Transaction, suggester: Suggester): Transaction | null {
  const next = state.tr
  const counterparts: (number | undefined)[] = []
  for (const [position, step] of tr.steps.entries()) {
    const counterpart = suggestStep(next, step, mapToNext(tr, position, next, counterparts), suggester)
    if (counterpart === null) return null
    counterparts[position] = counterpart
  }
  mapSelection(state, tr, next, mapToNext(tr, tr.steps.length, next, counterparts))
  if (tr.storedMarksSet) next.setStoredMarks(tr.storedMarks)
  if (tr.scrolledIntoView) next.scrollIntoView()
  for (const key of ['uiEvent', 'paste', 'composition']) if (tr.getMeta(key) !== undefined) next.setMeta(key, tr.getMeta(key))
  return next
}

/**
 * Removes suggestion marks from text that is typed while editing. Text at the end of a suggestion is not part of it, and text inserted into
 * deleted text is not deleted. Returns the same transaction if nothing changes.
 */
export function toPlainEdit(state: EditorState, tr: Transaction): Transaction {
  const [step] = tr.steps
  if (tr.steps.length !== 1 || !(step instanceof ReplaceStep) || tr.getMeta('uiEvent')) return tr
  const word = step.slice.content.firstChild
  if (!word?.isText || step.slice.content.childCount > 1) return tr
  const nodeAfter = state.doc.resolve(step.to).nodeAfter
  const wrongMarks = word.marks.filter(
    (mark) => mark.type.name === 'deletion' || (mark.type.name === 'insertion' && !(nodeAfter && mark.isInSet(nodeAfter.marks))),
  )
  if (wrongMarks.length === 0) return tr
  const plainNode = word.mark(word.marks.filter((mark) => !wrongMarks.includes(mark)))
  const next = state.tr.replace(step.from, step.to, new Slice(step.slice.content.replaceChild(0, plainNode), 0, 0))
  next.setSelection(TextSelection.create(next.doc, step.from + plainNode.nodeSize))
  if (tr.scrolledIntoView) next.scrollIntoView()
  if (tr.getMeta('composition') !== undefined) next.setMeta('composition', tr.getMeta('composition'))
  return next
}
