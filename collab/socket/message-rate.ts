/** Limits the messages of a client: a token bucket. */

/** So many seconds' worth of messages may arrive at once. */
const burstSeconds = 10

export class MessageRate {
  readonly #perSecond: number
  #tokens: number
  #refilledAt = performance.now()

  constructor(perSecond: number) {
    this.#perSecond = perSecond
    this.#tokens = perSecond * burstSeconds
  }

  /** Takes a token. Returns false when the client has exceeded its rate. */
  take(): boolean {
    // the clock is read only when few tokens are left
    if (this.#tokens < this.#perSecond) {
      const now = performance.now()
      this.#tokens = Math.min(this.#perSecond * burstSeconds, this.#tokens + ((now - this.#refilledAt) / 1000) * this.#perSecond)
      this.#refilledAt = now
    }
    return --this.#tokens >= 0
  }
}
