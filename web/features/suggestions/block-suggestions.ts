/** Suggested changes of block types. */
import { type Node, Slice } from '@tiptap/pm/model'
import type { Transaction } from '@tiptap/pm/state'
import { type Mapping, ReplaceAroundStep } from '@tiptap/pm/transform'
import type { BlockSuggestion } from '../../../domain/documents/richtext/schema.ts'
import { markInsertedBlocks } from './text-suggestions.ts'
import { readSuggestionOfBlock, isOwnBlock, isSuggestible, type SuggestionAttrs, getSuggestionAttrs, type Suggester } from './suggestion.ts'

const withoutSuggestion = (attrs: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(attrs).filter(([name]) => name !== 'suggestion'))
const isEqual = (one: object, other: object) => JSON.stringify(one) === JSON.stringify(other)

/** Returns the new block if a step only changes one text block's type or attributes; undefined for all other steps. */
function findChangedBlock(doc: Node, { from, to, gapFrom, gapTo, insert, slice }: ReplaceAroundStep): Node | undefined {
  const next = slice.content.firstChild
  const inPlace = gapFrom === from + 1 && gapTo === to - 1 && insert === 1 && slice.content.childCount === 1
  const oldBlock = doc.nodeAt(from)
  return inPlace && next && oldBlock?.isTextblock && next.isTextblock && oldBlock.nodeSize === to - from ? next : undefined
}

/** Returns the suggestion attribute that records what the block was; null if the change restores the original. */
function toChangeAttribute(oldBlock: Node, newBlock: Node, attrs: SuggestionAttrs): string | null {
  const suggestion = readSuggestionOfBlock(oldBlock)
  if (suggestion?.kind === 'insert') return String(oldBlock.attrs['suggestion'])
  const original = suggestion?.was ?? { type: oldBlock.type.name, attrs: withoutSuggestion(oldBlock.attrs) }
  // a block that was moved keeps the record of where it was
  if (!suggestion?.was?.within && original.type === newBlock.type.name && isEqual(original.attrs, withoutSuggestion(newBlock.attrs)))
    return null
  const { id, author, at } = suggestion ?? attrs
  return JSON.stringify({ id, author, at, kind: 'change', was: original } satisfies BlockSuggestion)
}

/** Applies a replace-around step as a suggestion. Returns the index of the new step, or null if it cannot be suggested. */
export function suggestReplaceAround(next: Transaction, step: ReplaceAroundStep, mapping: Mapping, suggester: Suggester): number | null {
  const mapped = step.map(mapping)
  if (!(mapped instanceof ReplaceAroundStep)) return null
  const { from, to, gapFrom, gapTo, insert, slice } = mapped
  const newBlock = findChangedBlock(next.doc, mapped)
  const oldBlock = newBlock && next.doc.nodeAt(from)
  const stepIndex = next.steps.length
  if (newBlock && oldBlock) {
    const mark = next.doc.type.schema.marks['insertion']
    const existing = readSuggestionOfBlock(oldBlock)
    const isTaken = existing && (existing.kind === 'delete' || existing.author !== suggester.author)
    if (isTaken || !mark || !(newBlock.type.allowsMarkType(mark) || existing?.kind === 'insert')) return null
    const attrs = getSuggestionAttrs(next.doc.resolve(from), next.doc.resolve(from), suggester)
    const suggestion = toChangeAttribute(oldBlock, newBlock, attrs)
    const block = newBlock.type.create({ ...newBlock.attrs, suggestion }, null, newBlock.marks)
    const content = slice.content.replaceChild(0, block)
    const done = next.maybeStep(new ReplaceAroundStep(from, to, gapFrom, gapTo, new Slice(content, 0, 0), insert, false))
    return done.failed ? null : stepIndex
  }
  // Lists and quotes: only around blocks of the author's own suggestion.
  let attrs: SuggestionAttrs | undefined
  let isOwn = true
  next.doc.nodesBetween(gapFrom, gapTo, (node) => {
    if (isOwnBlock(node, suggester.author)) attrs ??= readSuggestionOfBlock(node) as SuggestionAttrs
    else if (node.isTextblock) isOwn = false
    return isOwn && !isOwnBlock(node, suggester.author)
  })
  if (!isOwn || !attrs || next.maybeStep(mapped).failed) return null
  const end = mapped.getMap().map(to, 1)
  const nested: number[] = []
  next.doc.nodesBetween(from, end, (node, pos) => {
    if (pos >= from && isSuggestible(node) && node.attrs['suggestion']) nested.push(pos)
  })
  for (const pos of nested) next.setNodeAttribute(pos, 'suggestion', null)
  return markInsertedBlocks(next, from, end, { id: attrs.id, author: attrs.author, at: attrs.at }) ? stepIndex : null
}
