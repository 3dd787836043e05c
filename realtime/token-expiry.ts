/** When the token of an open connection expires, even if the wall clock is changed. */
export class TokenExpiry {
  readonly #expiresAt: number
  /** The same moment on the monotonic clock (`performance.now()`), which cannot be set back. */
  readonly #monotonicEnd: number

  /** @param expiresAt milliseconds since 1970 */
  constructor(expiresAt: number) {
    this.#expiresAt = expiresAt
    this.#monotonicEnd = performance.now() + expiresAt - Date.now()
  }

  /** The expiry of a renewed token. For the same token it never moves later, even if the wall clock was set back. */
  renew(expiresAt: number): TokenExpiry {
    return expiresAt === this.#expiresAt ? this : new TokenExpiry(expiresAt)
  }

  /** Milliseconds left, by the wall clock or the monotonic clock, whichever expires first. */
  remainingMs(now = Date.now()): number {
    return Math.min(this.#expiresAt - now, this.#monotonicEnd - performance.now())
  }
}
