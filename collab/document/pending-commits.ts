/** Counts the edits of a document that wait for their commits, and calls back when they are committed. */

export class PendingCommits {
  #added = 0
  #committed = 0
  #waiters: { edits: number; callback: (committed: boolean) => void }[] = []

  /** Whether an edit waits for its commit. */
  get hasPending(): boolean {
    return this.#committed < this.#added
  }

  /** An edit was given to the journal. */
  add(): void {
    this.#added++
  }

  /** The oldest pending edit is committed. */
  markCommitted(): void {
    this.#committed++
  }

  /** Calls back with true at the first `notifyWaiters` after every edit so far is committed. */
  whenCommitted(callback: (committed: boolean) => void): void {
    this.#waiters.push({ edits: this.#added, callback })
  }

  /** Present waiters also wait for the edits that were added since. */
  extendWaiters(): void {
    for (const one of this.#waiters) one.edits = this.#added
  }

  /** Calls waiters whose edits are committed. */
  notifyWaiters(): void {
    while (this.#waiters[0] && this.#waiters[0].edits <= this.#committed) this.#waiters.shift()?.callback(true)
  }

  /** Calls all waiters with false: the journal refused an edit, or the document was discarded. */
  rejectWaiters(): void {
    for (const { callback } of this.#waiters.splice(0)) callback(false)
  }
}
