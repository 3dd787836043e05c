/** Blocks that become others, and words that look different, as suggestions. */
import { type Mark, type Node, Slice } from '@tiptap/pm/model'
import type { Transaction } from '@tiptap/pm/state'
import { type Mapping, ReplaceAroundStep } from '@tiptap/pm/transform'
import type { BlockSuggestion } from '../domain/documents/prose.ts'
import { layInserted, suggestReplaced } from './suggested-words.ts'
import { blockSuggestionOf, isOwnBlock, isOwnWord, isSuggestible, type Lead, leadFor, type Suggester } from './suggestion.ts'

const bare = (attrs: Record<string, unknown>) => Object.fromEntries(Object.entries(attrs).filter(([name]) => name !== 'suggestion'))
const same = (one: object, other: object) => JSON.stringify(one) === JSON.stringify(other)

/** One block that keeps its words and becomes another, as a step does it; undefined for every other step. */
function changedBlock(doc: Node, { from, to, gapFrom, gapTo, insert, slice }: ReplaceAroundStep): Node | undefined {
  const next = slice.content.firstChild
  const inPlace = gapFrom === from + 1 && gapTo === to - 1 && insert === 1 && slice.content.childCount === 1
  const old = doc.nodeAt(from)
  return inPlace && next && old?.isTextblock && next.isTextblock && old.nodeSize === to - from ? next : undefined
}

/** Says on a block what it was, once; nothing, where it is again what it was. */
function changeOf(old: Node, now: Node, lead: Lead): string | null {
  const lies = blockSuggestionOf(old)
  if (lies?.kind === 'insert') return String(old.attrs['suggestion'])
  const was = lies?.was ?? { type: old.type.name, attrs: bare(old.attrs) }
  if (was.type === now.type.name && same(was.attrs, bare(now.attrs))) return null
  const { id, author, at } = lies ?? lead
  return JSON.stringify({ id, author, at, kind: 'change', was } satisfies BlockSuggestion)
}

/** Does as a suggestion what a step does around its content. Answers the number of the new step, or null where it cannot be suggested. */
export function suggestAround(next: Transaction, step: ReplaceAroundStep, mapping: Mapping, who: Suggester): number | null {
  const mapped = step.map(mapping)
  if (!(mapped instanceof ReplaceAroundStep)) return null
  const { from, to, gapFrom, gapTo, insert, slice } = mapped
  const now = changedBlock(next.doc, mapped)
  const old = now && next.doc.nodeAt(from)
  const place = next.steps.length
  if (now && old) {
    const mark = next.doc.type.schema.marks['insertion']
    const lies = blockSuggestionOf(old)
    const taken = lies && (lies.kind === 'delete' || lies.author !== who.author)
    if (taken || !mark || !(now.type.allowsMarkType(mark) || lies?.kind === 'insert')) return null
    const lead = leadFor(next.doc.resolve(from), next.doc.resolve(from), who)
    const suggestion = changeOf(old, now, lead)
    const block = now.type.create({ ...now.attrs, suggestion }, null, now.marks)
    const content = slice.content.replaceChild(0, block)
    const done = next.maybeStep(new ReplaceAroundStep(from, to, gapFrom, gapTo, new Slice(content, 0, 0), insert, false))
    return done.failed ? null : place
  }
  // Lists and quotes: only around blocks that are one's own suggestion.
  let lead: Lead | undefined
  let own = true
  next.doc.nodesBetween(gapFrom, gapTo, (node) => {
    if (isOwnBlock(node, who.author)) lead ??= blockSuggestionOf(node) as Lead
    else if (node.isTextblock) own = false
    return own && !isOwnBlock(node, who.author)
  })
  if (!own || !lead || next.maybeStep(mapped).failed) return null
  const end = mapped.getMap().map(to, 1)
  const nested: number[] = []
  next.doc.nodesBetween(from, end, (node, pos) => {
    if (pos >= from && isSuggestible(node) && node.attrs['suggestion']) nested.push(pos)
  })
  for (const pos of nested) next.setNodeAttribute(pos, 'suggestion', null)
  return layInserted(next, from, end, { id: lead.id, author: lead.author, at: lead.at }) ? place : null
}

/** Words in another look: the words as they were go, the same in the new look come. One's own are changed at once. */
export function suggestLook(next: Transaction, from: number, to: number, mark: Mark, on: boolean, who: Suggester): boolean {
  const runs: { from: number; to: number }[] = []
  next.doc.nodesBetween(from, to, (node, pos) => {
    if (!node.isText) return
    const [start, end] = [Math.max(from, pos), Math.min(to, pos + node.nodeSize)]
    const has = mark.isInSet(node.marks)
    if (has === on || node.marks.some(({ type }) => type.name === 'deletion')) return
    const last = runs.at(-1)
    if (isOwnWord(node, who.author)) {
      if (on) next.addMark(start, end, mark)
      else next.removeMark(start, end, mark)
    } else if (last?.to === start) last.to = end
    else runs.push({ from: start, to: end })
  })
  for (const run of runs.toReversed()) {
    const slice = next.doc.slice(run.from, run.to)
    let content = slice.content
    for (let at = 0; at < content.childCount; at++) {
      const word = content.child(at)
      content = content.replaceChild(at, word.mark(on ? mark.addToSet(word.marks) : mark.removeFromSet(word.marks)))
    }
    if (suggestReplaced(next, run.from, run.to, new Slice(content, 0, 0), who) === null) return false
  }
  return true
}
