/** The batch window of the journal: how long it collects updates before it writes them. */
import { setTimeout as wait } from 'node:timers/promises'

/**
 * Milliseconds for which a busy journal collects updates: a statement costs as much as everything else for a few edits. A journal is busy
 * if it can expect another update within that time, by the last `rateWindowMs` milliseconds.
 */
const batchWindowMs = 6
const rateWindowMs = 20
/**
 * A client that waits for each acknowledgement sends nothing during the batch window. Skip the window unless it recently collected more
 * updates. Try it again after `probeAfterBatches`.
 */
const minGain = 0.5
const probeAfterBatches = 16

export class BatchWindow {
  readonly #maxBatchRows: number
  #closedAt = 0
  /** Updates that arrived for each millisecond, recently. */
  #editsPerMs = 0
  /** Updates that a wait collected, recently. */
  #editsPerWait = 1
  #batchesSinceWait = 0

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
    const shouldWait = this.#shouldWait()
    if (remainingMs > 0 && shouldWait && queue.length < this.#maxBatchRows) {
      const { length } = queue
      await wait(remainingMs)
      this.#editsPerWait += 0.25 * (queue.length - length - this.#editsPerWait)
      this.#batchesSinceWait = 0
    }
    this.#close(queue.length)
  }

  /** Whether a wait is expected to collect more updates, or is due for another try. Counts the batches in between. */
  #shouldWait(): boolean {
    if (this.#editsPerMs * batchWindowMs < 1) return false
    return this.#editsPerWait >= minGain || ++this.#batchesSinceWait >= probeAfterBatches
  }

  #close(collected: number): void {
    const now = performance.now()
    const elapsedMs = now - this.#closedAt
    this.#editsPerMs += Math.min(1, elapsedMs / rateWindowMs) * (collected / elapsedMs - this.#editsPerMs)
    this.#closedAt = now
  }
}
