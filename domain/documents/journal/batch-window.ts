/** The batch window of the journal: how long it collects updates before it writes them. */
import { setTimeout as wait } from 'node:timers/promises'

/** Milliseconds for which a busy journal collects updates: a statement costs as much as everything else for a few edits. */
const batchWindowMs = 6

/**
 * Decides how long a batch collects updates. A journal is busy when its last batch had more than one update. A single client that waits for
 * each acknowledgement never is, because it sends nothing while it waits.
 */
export class BatchWindow {
  readonly #maxBatchRows: number
  #closedAt = 0
  #lastBatchRows = 0

  /** @param maxBatchRows a queue of this length is written without a wait */
  constructor(maxBatchRows: number) {
    this.#maxBatchRows = maxBatchRows
  }

  /** When the last window ended and its batch began. */
  get closedAt(): number {
    return this.#closedAt
  }

  /** Waits while updates are added to the queue: one turn of the event loop when idle, the rest of the batch window when busy. */
  async collect(queue: { readonly length: number }): Promise<void> {
    await new Promise(setImmediate)
    const remainingMs = this.#closedAt + batchWindowMs - performance.now()
    if (remainingMs > 0 && this.#lastBatchRows > 1 && queue.length < this.#maxBatchRows) await wait(remainingMs)
    this.#lastBatchRows = queue.length
    this.#closedAt = performance.now()
  }
}
