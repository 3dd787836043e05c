/** Changes that are broadcast and journaled only as a whole. */
import { DomainError } from '../../domain/kernel/errors.ts'

/** A change threw. Nothing of it was broadcast or journaled, and the document was discarded. */
export class ApplyError extends Error {}

/** Collects the updates of a change until it has succeeded. */
export class AtomicChanges<Origin> {
  #collected: { update: Uint8Array; origin: Origin }[] | undefined
  readonly #onUpdate: (update: Uint8Array, origin: Origin) => void

  /** @param onUpdate receives each update of a change that succeeded, in order */
  constructor(onUpdate: (update: Uint8Array, origin: Origin) => void) {
    this.#onUpdate = onUpdate
  }

  /** Takes an update that Yjs emitted. */
  collect(update: Uint8Array, origin: Origin): void {
    if (this.#collected) this.#collected.push({ update, origin })
    else this.#onUpdate(update, origin)
  }

  /** Runs a change. @throws what `change` throws; then its updates are dropped */
  run<T>(change: () => T): T {
    // an observer makes a change within a change
    if (this.#collected) return change()
    const collected: { update: Uint8Array; origin: Origin }[] = []
    this.#collected = collected
    let result: T
    try {
      result = change()
    } finally {
      this.#collected = undefined
    }
    for (const { update, origin } of collected) this.#onUpdate(update, origin)
    return result
  }
}

/** Returns the result of `change`, or the refusal that it throws: an exception must not pass through a transaction of Yjs. */
export function catchRefusal<T>(change: () => T): { result?: T; refusal?: DomainError } {
  try {
    return { result: change() }
  } catch (error) {
    if (error instanceof DomainError) return { refusal: error }
    throw error
  }
}
