/**
 * Format clean-ups that Yjs makes after rows of other nodes.
 *
 * When a document takes an edit of somebody else, Yjs deletes format marks that have become redundant. Every node that has the document
 * makes the same deletions, but the journal needs them once. The node whose own edit precedes those rows journals them. The others keep
 * them until its row arrives. If it does not arrive, they journal what is left: that node may have died.
 */
import { type ClockRange, encodeDeletions } from '../../domain/documents/journal/update-codec.ts'
import { readUpdateRanges } from '../../domain/documents/journal/clock-ranges.ts'

/**
 * How long deletions wait for the row of the node that should journal them. When this node should, a random part of `own`, so that one of
 * two such nodes is first. Otherwise `other`, in which that node commits its row if it lives.
 */
const waitMs = { own: 100, other: 500 }

export class FormatCleanUps {
  #pending: ClockRange[] = []
  #timer: NodeJS.Timeout | undefined
  #dueAt = 0
  readonly #journalUpdate: (update: Uint8Array) => void
  readonly #onSettled: () => void

  /**
   * @param journalUpdate receives deletions that no row contained
   * @param onSettled called when every pending deletion is in a row, or was given to `journalUpdate`
   */
  constructor(journalUpdate: (update: Uint8Array) => void, onSettled: () => void) {
    this.#journalUpdate = journalUpdate
    this.#onSettled = onSettled
  }

  /** Whether deletions are pending that the journal does not have, as far as this node knows. */
  get hasPending(): boolean {
    return this.#pending.length > 0
  }

  /**
   * Keeps the deletions of a clean-up. Returns false for an update that also inserts: it is not a clean-up.
   * @param isOwn whether an edit of this node precedes the rows that caused it
   */
  defer(update: Uint8Array, isOwn: boolean): boolean {
    const { written, deleted } = readUpdateRanges(update)
    if (written.length > 0) return false
    this.#pending.push(...deleted)
    const delayMs = isOwn ? Math.random() * waitMs.own : waitMs.other
    const dueAt = performance.now() + delayMs
    if (this.#timer && this.#dueAt <= dueAt) return true
    clearTimeout(this.#timer)
    this.#dueAt = dueAt
    this.#timer = setTimeout(this.#flush, delayMs)
    return true
  }

  /** Rows of the journal arrived. What they delete needs no other row. */
  dropJournaled(rows: readonly Uint8Array[]): void {
    if (!this.hasPending) return
    for (const row of rows)
      for (const deleted of readUpdateRanges(row).deleted) this.#pending = this.#pending.flatMap((range) => subtractRange(range, deleted))
    if (this.hasPending) return
    this.close()
    this.#onSettled()
  }

  /** Drops what is pending. */
  close(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#pending = []
  }

  readonly #flush = (): void => {
    const update = encodeDeletions(this.#pending)
    this.close()
    this.#journalUpdate(update)
    this.#onSettled()
  }
}

/** The parts of a range of clocks that are outside another range. */
function subtractRange(range: ClockRange, removed: ClockRange): ClockRange[] {
  const { client, clock } = range
  const end = clock + range.length
  const removedEnd = removed.clock + removed.length
  if (client !== removed.client || removedEnd <= clock || removed.clock >= end) return [range]
  const remaining: ClockRange[] = []
  if (clock < removed.clock) remaining.push({ client, clock, length: removed.clock - clock })
  if (removedEnd < end) remaining.push({ client, clock: removedEnd, length: end - removedEnd })
  return remaining
}
