/** Suggested changes of the lists and quotes around blocks: the blocks stay as they are, and record which containers they were in. */
import type { Node } from '@tiptap/pm/model'
import type { Transaction } from '@tiptap/pm/state'
import { ReplaceStep } from '@tiptap/pm/transform'
import type { BlockSuggestion } from '../../../domain/documents/richtext/schema.ts'
import { containerNames } from '../../../domain/documents/richtext/suggestion-attributes.ts'
import { isAllOwn, isOwnBlock, isSuggestible, readSuggestionOfBlock, type Suggester } from './suggestion.ts'

interface PlacedBlock {
  node: Node
  pos: number
  /** Names of the lists, items and quotes around it, the outermost first. */
  within: string[]
  containers: Node[]
}

/** The blocks with text, tables and other leaf blocks, with the containers around them in the text or cell. */
function listBlocks(doc: Node): PlacedBlock[] {
  const blocks: PlacedBlock[] = []
  doc.descendants((node, pos) => {
    const isTable = node.type.name === 'table'
    if (!node.isTextblock && !node.isAtom && !isTable) return true
    const $pos = doc.resolve(pos)
    const ancestors = Array.from({ length: $pos.depth }, (_, index) => $pos.node(index + 1))
    const around = ancestors.slice(ancestors.findLastIndex(({ type }) => type.name.startsWith('table')) + 1)
    const containers = around.filter(({ type }) => containerNames.includes(type.name))
    blocks.push({ node, pos, containers, within: containers.map(({ type }) => type.name) })
    return isTable
  })
  return blocks
}

/** The blocks in a table are compared by themselves. */
const isSameBlock = (one: Node, other: Node) => one.eq(other) || (one.type.name === 'table' && other.type.name === 'table')

/** How many containers two blocks are in together. */
function countShared(one: PlacedBlock | undefined, other: PlacedBlock | undefined): number {
  const index = one?.containers.findIndex((container, depth) => container !== other?.containers[depth]) ?? 0
  return index < 0 ? (one?.containers.length ?? 0) : index
}

const withoutSuggestion = ({ attrs }: Node) => Object.fromEntries(Object.entries(attrs).filter(([name]) => name !== 'suggestion'))

/** Where a block was. */
interface Origin {
  /** The containers around it. */
  containers: Node[]
  within: string[]
  shared: [before: number, after: number]
}

/** The suggestion attribute of a block whose containers changed; undefined if another suggestion on it excludes that. */
function toContainerSuggestion({ node, within, containers }: PlacedBlock, before: Origin, suggester: Suggester): string | null | undefined {
  const existing = readSuggestionOfBlock(node)
  const isOwn = (block: Node) => isOwnBlock(block, suggester.author)
  if (isOwn(node) || containers.some(isOwn)) return node.attrs['suggestion'] as string | null
  // it leaves a list item that the author inserted, and is an insertion itself
  const inserted = before.containers.find(isOwn)
  if (inserted) return String(inserted.attrs['suggestion'])
  if (existing && (existing.kind !== 'change' || existing.author !== suggester.author)) return undefined
  const was: NonNullable<BlockSuggestion['was']> = existing?.was ?? { type: node.type.name, attrs: withoutSuggestion(node) }
  const original = was.within ?? before.within
  const shared = was.shared ?? before.shared
  const isRestored = existing && original.join() === within.join() && was.type === node.type.name
  if (isRestored && JSON.stringify(was.attrs) === JSON.stringify(withoutSuggestion(node))) return null
  const { id, at } = existing ?? { id: suggester.newId(), at: suggester.now() }
  return JSON.stringify({
    id,
    kind: 'change',
    author: suggester.author,
    at,
    was: { ...was, within: original, shared },
  } satisfies BlockSuggestion)
}

/** The document after the author's own text was deleted that begins a transaction: an input rule deletes the `-` that it makes a list of. */
function skipOwnDeletions({ steps, docs, doc }: Transaction, author: string): Node {
  const first = steps.findIndex((step, index) => {
    const isDeletion = step instanceof ReplaceStep && step.slice.size === 0
    return !isDeletion || !isAllOwn(docs[index] as Node, step.from, step.to, author)
  })
  return docs[first] ?? doc
}

/**
 * Suggests a transaction that only moves blocks into lists and quotes, out of them, or to another level.
 * @returns the transaction with suggestions on the moved blocks; undefined if it changes something else
 */
export function suggestContainers(tr: Transaction, suggester: Suggester): Transaction | undefined {
  const [before, after] = [listBlocks(skipOwnDeletions(tr, suggester.author)), listBlocks(tr.doc)]
  if (before.length !== after.length || !after.every(({ node }, index) => isSameBlock(node, (before[index] as PlacedBlock).node)))
    return undefined
  const isInPlace = (index: number) => before[index]?.within.join() === after[index]?.within.join()
  const moved = after.flatMap((block, index) => {
    const old = before[index] as PlacedBlock
    const shared: Origin['shared'] = [countShared(old, before[index - 1]), countShared(old, before[index + 1])]
    // beside a block that moves, what it shares changes, too
    const isSplit = isInPlace(index - 1) && countShared(block, after[index - 1]) !== shared[0]
    return isInPlace(index) && !isSplit ? [] : [{ block, origin: { containers: old.containers, within: old.within, shared } }]
  })
  // containers themselves carry no record of a change, such as the start of a list
  if (moved.length === 0) return undefined
  const next = tr
  for (const { block, origin } of moved) {
    if (!isSuggestible(block.node)) return undefined
    const suggestion = toContainerSuggestion(block, origin, suggester)
    if (suggestion === undefined) return undefined
    next.setNodeAttribute(block.pos, 'suggestion', suggestion)
  }
  return next
}
