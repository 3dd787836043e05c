/**
 * Suggestion mode: what a person does to the text, done as suggestions instead.
 *
 * Pure ProseMirror: a transaction goes in, and one comes out that takes no word of others away and adds none unmarked. A change that the
 * schema has no suggestion for is refused as a whole, so that nothing slips past those who decide.
 */
import { Slice } from '@tiptap/pm/model'
import { type EditorState, Selection, TextSelection, type Transaction } from '@tiptap/pm/state'
import { AddMarkStep, Mapping, RemoveMarkStep, ReplaceAroundStep, ReplaceStep, type Step } from '@tiptap/pm/transform'
import { suggestAround, suggestLook } from './suggested-block.ts'
import { suggestReplaced } from './suggested-words.ts'
import type { Suggester } from './suggestion.ts'

/** From the document before a step of the one transaction to the other as it is now. `twins[i]` is the step there that stands for `i` here. */
function across(tr: Transaction, step: number, next: Transaction, twins: (number | undefined)[]): Mapping {
  const mapping = new Mapping()
  for (let before = step - 1; before >= 0; before--)
    mapping.appendMap((tr.mapping.maps[before] as (typeof tr.mapping.maps)[number]).invert())
  for (const [place, map] of next.mapping.maps.entries()) {
    const twin = twins.indexOf(place)
    mapping.appendMap(map, twin >= 0 && twin < step ? step - 1 - twin : undefined)
  }
  return mapping
}

/** Does one step as a suggestion. Answers the number of the step that stands for it, or null where that cannot be. */
function suggest(next: Transaction, step: Step, mapping: Mapping, who: Suggester): number | undefined | null {
  if (step instanceof ReplaceStep) {
    const from = mapping.map(step.from, 1)
    return suggestReplaced(next, from, Math.max(from, mapping.map(step.to, step.to === step.from ? 1 : -1)), step.slice, who)
  }
  if (step instanceof ReplaceAroundStep) return suggestAround(next, step, mapping, who)
  if (step instanceof AddMarkStep || step instanceof RemoveMarkStep) {
    if (/^(insertion|deletion)$/.test(step.mark.type.name)) return undefined
    const on = step instanceof AddMarkStep
    return suggestLook(next, mapping.map(step.from, 1), mapping.map(step.to, -1), step.mark, on, who) ? undefined : null
  }
  return null
}

/** Where the caret stands afterwards: behind what came; before what went back, behind what went on. */
function select(state: EditorState, tr: Transaction, next: Transaction, mapping: Mapping) {
  const last = tr.steps.at(-1)
  const went = last instanceof ReplaceStep && last.slice.size === 0
  const onward = went && state.selection.empty && state.selection.head <= last.from
  const side = went && !onward ? -1 : 1
  const place = (pos: number, toward: number) => next.doc.resolve(Math.min(mapping.map(pos, toward), next.doc.content.size))
  if (tr.selection.empty || !(tr.selection instanceof TextSelection)) {
    next.setSelection(Selection.near(place(tr.selection.head, side), side))
  } else {
    next.setSelection(TextSelection.between(place(tr.selection.anchor, 1), place(tr.selection.head, -1)))
  }
}

/** The same transaction as a suggestion, or null where its change cannot be suggested. */
export function asSuggestion(state: EditorState, tr: Transaction, who: Suggester): Transaction | null {
  const next = state.tr
  // One doing is one suggestion, however many steps it takes.
  let id: string | undefined
  const once: Suggester = { ...who, newId: () => (id ??= who.newId()) }
  const twins: (number | undefined)[] = []
  for (const [place, step] of tr.steps.entries()) {
    const twin = suggest(next, step, across(tr, place, next, twins), once)
    if (twin === null) return null
    twins[place] = twin
  }
  select(state, tr, next, across(tr, tr.steps.length, next, twins))
  if (tr.storedMarksSet) next.setStoredMarks(tr.storedMarks)
  if (tr.scrolledIntoView) next.scrollIntoView()
  for (const key of ['uiEvent', 'paste', 'composition']) if (tr.getMeta(key) !== undefined) next.setMeta(key, tr.getMeta(key))
  return next
}

/**
 * What is typed while editing is no suggestion, though the caret stands beside or in one: words at the end of a suggestion are not part of
 * it, and new words in struck ones are not struck. Answers the transaction itself where nothing needs mending.
 */
export function asEdit(state: EditorState, tr: Transaction): Transaction {
  const [step] = tr.steps
  if (tr.steps.length !== 1 || !(step instanceof ReplaceStep) || tr.getMeta('uiEvent')) return tr
  const word = step.slice.content.firstChild
  if (!word?.isText || step.slice.content.childCount > 1) return tr
  const behind = state.doc.resolve(step.to).nodeAfter
  const wrong = word.marks.filter(
    (mark) => mark.type.name === 'deletion' || (mark.type.name === 'insertion' && !(behind && mark.isInSet(behind.marks))),
  )
  if (wrong.length === 0) return tr
  const plain = word.mark(word.marks.filter((mark) => !wrong.includes(mark)))
  const next = state.tr.replace(step.from, step.to, new Slice(step.slice.content.replaceChild(0, plain), 0, 0))
  next.setSelection(TextSelection.create(next.doc, step.from + plain.nodeSize))
  if (tr.scrolledIntoView) next.scrollIntoView()
  if (tr.getMeta('composition') !== undefined) next.setMeta('composition', tr.getMeta('composition'))
  return next
}
