/**
 * Follows the journal for one document in memory.
 *
 * Commits of other nodes arrive as ranges of the journal and are applied in the order of the journal, because Yjs cannot apply an update
 * whose predecessors are missing. A range that arrives early waits for those before it. When they do not come soon, the journal is read.
 */
import type { Commit, JournalRow } from '../../domain/documents/journal/journal.ts'
import { coalesce } from '../../domain/kernel/scheduling.ts'

/** Journal rows that a node committed together: those after `from`, up to and including `to`. */
export interface JournalRange extends Commit {
  /** One for each row; absent when the document has them already. */
  updates?: Uint8Array[]
}

/** How long an early range waits for those before it, which are usually on their way. */
const gapTimeoutMs = 40
/** Pause after a failed read of the journal. */
const retryDelayMs = 1000

export interface JournalFollowerOptions {
  /** Reads the rows after a sequence number, oldest first. */
  readRows(after: number): Promise<JournalRow[]>
  /** Applies the rows of a range, which is the next one. */
  apply(range: JournalRange): void
  /** The journal no longer has the missing rows. */
  onRowsGone(): void
  /** Called with the number of missing rows that were read. */
  onCaughtUp(rows: number): void
  /** The journal could not be read; it is tried again. */
  onReadError(error: unknown): void
}

export class JournalFollower {
  /** Every journal row up to this one is applied. */
  head = 0
  readonly #options: JournalFollowerOptions
  readonly #outOfOrder: JournalRange[] = []
  #isStarted = false
  #isClosed = false
  #timer: NodeJS.Timeout | undefined

  constructor(options: JournalFollowerOptions) {
    this.#options = options
  }

  /** The document has all rows up to `head`. Ranges are applied from here on. */
  start(head: number): void {
    this.head = head
    this.#isStarted = true
    this.#applyQueued()
    if (this.#outOfOrder.length > 0) this.#scheduleCatchUp()
  }

  /** Takes a committed range: applies it if it is next, otherwise when the rows before it are applied. */
  receiveRange(range: JournalRange): void {
    if (range.to <= this.head) return
    if (range.from > this.head || !this.#isStarted) {
      this.#outOfOrder.push(range)
      if (this.#isStarted) this.#scheduleCatchUp()
      return
    }
    this.#applyRange(range)
    if (this.#outOfOrder.length > 0) this.#applyQueued()
  }

  /** Reads missing rows from the journal. */
  readonly catchUp = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#readMissing().catch((error: unknown) => {
      if (this.#isClosed) return
      this.#options.onReadError(error)
      this.#timer ??= setTimeout(this.catchUp, retryDelayMs)
    })
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #scheduleCatchUp() {
    if (!this.#isClosed) this.#timer ??= setTimeout(this.catchUp, gapTimeoutMs)
  }

  readonly #readMissing = coalesce(async () => {
    if (this.#isClosed) return
    const read = await this.#options.readRows(this.head)
    const rows = read.filter(({ seq }) => seq > this.head)
    const last = rows.at(-1)
    if (!last || this.#isClosed) return
    // the missing rows were folded into edit sessions meanwhile: this node was away for very long
    if (rows[0]?.seq !== this.head + 1) return this.#options.onRowsGone()
    this.#options.onCaughtUp(rows.length)
    this.#applyRange({ from: this.head, to: last.seq, updates: rows.map(({ update }) => update) })
    this.#applyQueued()
  })

  #applyRange(range: JournalRange) {
    this.#options.apply(range)
    this.head = range.to
  }

  #applyQueued() {
    const { length } = this.#outOfOrder
    this.#outOfOrder.sort((one, other) => one.from - other.from)
    for (let next = this.#outOfOrder[0]; next && next.from <= this.head; next = this.#outOfOrder[0]) {
      this.#outOfOrder.shift()
      if (next.to > this.head) this.#applyRange(next)
    }
    if (length > 0 && this.#outOfOrder.length === 0) {
      clearTimeout(this.#timer)
      this.#timer = undefined
    }
  }
}
