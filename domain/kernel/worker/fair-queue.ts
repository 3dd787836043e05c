/** A queue that is fair between people: they take turns, however much one of them requests. */
import { DomainError } from '../errors.ts'

interface Waiting {
  person: string
  start: () => void
}

/** Runs the work of several people, a bounded number at once. The work of one person runs in the order of its requests. */
export class FairQueue {
  readonly #slots: number
  #running = 0
  /** By person; the first is next. */
  readonly #waiting = new Map<string, Waiting[]>()
  /** How much of each person's work is running or waiting. */
  readonly #counts = new Map<string, number>()

  /** @param slots how many run at once */
  constructor(slots = 1) {
    this.#slots = slots
  }

  /**
   * Runs work when it is the person's turn.
   * @param maxWaiting limit of one person's running and waiting work
   * @throws DomainError rate-limited above the limit; else what the work throws
   */
  async run<T>(person: string, work: () => Promise<T>, maxWaiting = Number.POSITIVE_INFINITY): Promise<T> {
    const count = this.#counts.get(person) ?? 0
    if (count >= maxWaiting)
      throw new DomainError(
        'rate-limited',
        `You have ${maxWaiting} requests for large documents in progress. Try again when one has finished.`,
        {
          retryAfter: 5,
        },
      )
    this.#counts.set(person, count + 1)
    try {
      await this.#waitForTurn(person)
      try {
        return await work()
      } finally {
        this.#running--
        this.#startNext()
      }
    } finally {
      const left = (this.#counts.get(person) ?? 1) - 1
      if (left > 0) this.#counts.set(person, left)
      else this.#counts.delete(person)
    }
  }

  #waitForTurn(person: string): Promise<void> {
    return new Promise((start) => {
      const queued = this.#waiting.get(person)
      if (queued) queued.push({ person, start })
      else this.#waiting.set(person, [{ person, start }])
      this.#startNext()
    })
  }

  #startNext() {
    if (this.#running >= this.#slots) return
    const next = this.#waiting.entries().next().value
    if (!next) return
    const [person, [first, ...others]] = next
    this.#waiting.delete(person)
    // behind everyone else who waits
    if (others.length > 0) this.#waiting.set(person, others)
    this.#running++
    first?.start()
  }
}
