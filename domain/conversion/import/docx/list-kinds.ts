/** Decides which numbered paragraphs become lists: ordered lists, bullet lists and task lists. The others stay numbered paragraphs. */
import type { Block, ParagraphBlock } from './blocks.ts'

/** The place of a paragraph in a list. */
export interface ListPlace {
  type: 'bulletList' | 'orderedList' | 'taskList'
  /** Items of one ordered list have the same one. */
  key: string
  /** Depth, compared with the other lists around it. */
  depth: number
  start: number
}

/** The lists that paragraphs belong to. */
export type ListPlaces = ReadonlyMap<ParagraphBlock, ListPlace>

/** Paragraphs that are counted from one start. */
interface Sequence {
  container: readonly Block[]
  definition: string
  indexes: number[]
  isPlain: boolean
}

/** Decides on all paragraphs of blocks, also those in tables. */
export function placeInLists(blocks: readonly Block[]): ListPlaces {
  const places = new Map<ParagraphBlock, ListPlace>()
  const containers = [...allContainers(blocks)]
  for (const container of containers) placeBulletsAndTasks(container, places)
  const sequences = new Map<string, Sequence>()
  const notPlain = new Set(containers.flatMap((container) => addSequences(container, places, sequences)))
  for (const sequence of sequences.values()) if (notPlain.has(sequence.definition)) sequence.isPlain = false
  // a list in which a list is not plain is not plain either
  for (let changed = true; changed; ) {
    changed = false
    for (const sequence of sequences.values()) {
      if (!sequence.isPlain || isUnbroken(sequence, places, sequences)) continue
      sequence.isPlain = false
      changed = true
    }
  }
  for (const [key, { container, indexes, isPlain }] of sequences) {
    if (!isPlain) continue
    for (const index of indexes) {
      const block = container[index] as ParagraphBlock
      const { level, count } = block.numbering as ParagraphBlock['numbering'] & object
      places.set(block, { type: 'orderedList', key, depth: level, start: count })
    }
  }
  return places
}

function* allContainers(blocks: readonly Block[]): Generator<readonly Block[]> {
  yield blocks
  for (const block of blocks)
    if (block.kind === 'table') for (const { cells } of block.rows) for (const cell of cells) yield* allContainers(cell.blocks)
}

const isTask = (block: Block | undefined): block is ParagraphBlock =>
  block?.kind === 'paragraph' && block.checked !== undefined && (!block.numbering || block.numbering.format === 'bullet')

function placeBulletsAndTasks(container: readonly Block[], places: Map<ParagraphBlock, ListPlace>): void {
  for (const [at, block] of container.entries()) {
    if (block.kind !== 'paragraph' || block.type !== 'paragraph') continue
    const { numbering } = block
    // one paragraph with a check box is no list, unless it is in a list
    if (isTask(block) && (numbering || isTask(container[at - 1]) || isTask(container[at + 1])))
      places.set(block, { type: 'taskList', key: '', depth: numbering?.level ?? taskDepth(container, at), start: 1 })
    else if (numbering?.format === 'bullet') places.set(block, { type: 'bulletList', key: '', depth: numbering.level, start: 1 })
  }
}

/** The depth of a check box that is no list item: how many smaller indents its neighbours have. */
function taskDepth(container: readonly Block[], at: number): number {
  const indents = new Set<number>()
  for (let index = at; isTask(container[index]); index--) indents.add((container[index] as ParagraphBlock).indent)
  const own = (container[at] as ParagraphBlock).indent
  return [...indents].filter((indent) => indent < own).length
}

/** Collects the numbered paragraphs. @returns the definitions that number some paragraph in a way that list items do not show */
function addSequences(container: readonly Block[], places: ListPlaces, sequences: Map<string, Sequence>): string[] {
  const notPlain: string[] = []
  for (const [index, block] of container.entries()) {
    if (block.kind !== 'paragraph' || !block.numbering || places.has(block)) continue
    const { sequence: key, definition } = block.numbering
    const sequence = sequences.get(key) ?? { container, definition, indexes: [], isPlain: true }
    sequences.set(key, sequence)
    sequence.isPlain &&= sequence.container === container
    if (!isPlainItem(block)) notPlain.push(definition)
    sequence.indexes.push(index)
  }
  return notPlain
}

/** Whether a list item of the editor shows the number of a paragraph as Word does. */
function isPlainItem({ type, numbering, bookmark, suggestion }: ParagraphBlock): boolean {
  if (type !== 'paragraph' || !numbering || bookmark !== undefined || suggestion?.kind === 'change') return false
  return numbering.format === 'decimal' && numbering.text === `%${numbering.level + 1}.`
}

/** Whether only deeper lists, and paragraphs that go on with an item, are between the paragraphs of a sequence. */
function isUnbroken({ container, indexes }: Sequence, places: ListPlaces, sequences: ReadonlyMap<string, Sequence>): boolean {
  const items = indexes.map((index) => container[index] as ParagraphBlock)
  const least = items[0]?.numbering?.level ?? 0
  const own = new Set<Block>(items)
  if (items.some(({ numbering, quoted }) => (numbering?.level ?? 0) < least || quoted !== items[0]?.quoted)) return false
  for (let index = indexes[0] as number; index < (indexes.at(-1) as number); index++) {
    const block = container[index] as Block
    if (own.has(block) || continuesItem(container, index, places)) continue
    if (block.kind !== 'paragraph') return false
    const depth =
      places.get(block)?.depth ?? (block.numbering && sequences.get(block.numbering.sequence)?.isPlain ? block.numbering.level : -1)
    if (depth <= least) return false
  }
  return true
}

/** Whether a block is a further paragraph or table of the list item before it: it has no number, and begins where that item's text does. */
export function continuesItem(container: readonly Block[], index: number, places: ListPlaces): boolean {
  const block = container[index]
  if (!block || block.indent <= 0 || (block.kind === 'paragraph' && (block.numbering || places.has(block)))) return false
  if (block.kind === 'paragraph' && (block.type === 'heading' || block.type === 'horizontalRule')) return false
  for (let at = index - 1; at >= 0; at--) {
    const before = container[at] as Block
    if (before.kind === 'paragraph' && (before.numbering || places.has(before))) {
      const isItem = places.has(before) || before.numbering?.format === 'decimal'
      return isItem && before.indent === block.indent
    }
    if (before.indent !== block.indent) return false
  }
  return false
}
