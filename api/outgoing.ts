/** What leaves for a reader: what is told within one turn goes out in one write, and never too far ahead of who reads. */
import type { Line } from './line.ts'

/** Bytes; a reader who leaves more unread is let go, and comes back with its position. */
const mostUnread = 1024 * 1024
/** What was missed is written this far ahead of the reader. Bytes. */
const ahead = 64 * 1024
/** A reader who is read for and takes nothing for this long is let go. Milliseconds. */
const patience = 30_000

export class Outgoing {
  readonly #line: Line
  readonly #leaving: (outgoing: Outgoing) => void
  readonly #letGo: () => void
  /** Mostly one, and then without a list of its own, which thousands would leave behind with each event. */
  #parts: Buffer | Buffer[] | undefined

  /**
   * @param leaving has it written at the end of this turn
   * @param letGo ends a reader who does not read
   */
  constructor(line: Line, leaving: (outgoing: Outgoing) => void, letGo: () => void) {
    this.#line = line
    this.#leaving = leaving
    this.#letGo = letGo
  }

  put(bytes: Buffer): void {
    if (this.#parts === undefined) {
      this.#parts = bytes
      this.#leaving(this)
    } else if (Array.isArray(this.#parts)) this.#parts.push(bytes)
    else this.#parts = [this.#parts, bytes]
  }

  /** Writes what was put since the last time. */
  flush(): void {
    const parts = this.#parts
    if (parts === undefined) return
    this.#parts = undefined
    if (this.#line.unread > mostUnread) this.#letGo()
    else this.#line.write(parts)
  }

  /** Forgets what was put and not written. */
  drop(): void {
    this.#parts = undefined
  }

  /** Whether as much is unread as is written ahead. */
  get isAhead(): boolean {
    return this.#line.unread > ahead
  }

  /** Resolves when something was read; lets go who reads nothing. */
  async drained(): Promise<void> {
    const before = this.#line.unread
    await this.#line.drained(patience)
    if (this.#line.unread >= before) this.#letGo()
  }
}
