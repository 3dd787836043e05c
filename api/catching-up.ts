/**
 * Reads what subscribers missed. Many come back at once, to a node that others type on: so few reads run at a time, what is near is read
 * once for all of them, and what is far by each one's audiences.
 */
import { type Extent, replayable, readExtent, readFor, readStretch } from '../domain/kernel/replay.ts'
import type { Read } from '../domain/kernel/reading.ts'
import { fewAtOnce, oneATurn } from '../domain/kernel/turn.ts'
import { EventFrame } from './event-frame.ts'

/** Events of a page, and of a reading by audiences: a millisecond of work to read, after which others have their turn. */
const pageSize = 100
/** Who missed more positions than this is read for by their audiences first; so many pages are kept together. */
const near = 120 * pageSize
const readsAtOnce = 2
/** What pages may take in memory together. Bytes. */
const mostKept = 16 * 1024 * 1024

/** Frames after a position, oldest first; nothing is missing up to `upTo`. */
export interface Missed {
  frames: EventFrame[]
  upTo: number
}

interface Page extends Missed, Extent {
  size: number
}

export class CatchingUp {
  readonly #read: Read
  readonly #newest: () => number
  /** By number, in the order in which they were asked for last. */
  readonly #pages = new Map<number, Page>()
  readonly #reading = new Map<number, Promise<Page>>()
  #kept = 0
  /** What was forgotten when it was looked at last. */
  #extent = { forgotten: 0, at: Number.NEGATIVE_INFINITY }
  readonly #oneOfFew = fewAtOnce(readsAtOnce)
  readonly #inTurn = oneATurn()

  /** @param newest the newest position that this node heard */
  constructor(read: Read, newest: () => number) {
    this.#read = read
    this.#newest = newest
  }

  /**
   * What comes next after a position. Of a page that others read too, frames are among it that are for other audiences.
   * @throws DomainError cannot-replay, unavailable
   */
  async next(after: number, audiences: ReadonlySet<string>): Promise<Missed> {
    const missed = this.#newest() - after > near ? await this.#ofAudiences(after, audiences) : await this.#shared(after)
    await this.#turn()
    return missed
  }

  /** Resolves when it is this page's turn. */
  #turn(): Promise<void> {
    return new Promise(this.#inTurn)
  }

  /**
   * Of many who come back at once one asks the table; what is forgotten in the second after, the first page says.
   * @throws DomainError cannot-replay when what comes after a position cannot be had
   */
  async reaches(after: number): Promise<void> {
    const known = performance.now() - this.#extent.at < 1000
    if (known && after >= this.#extent.forgotten && after <= this.#newest()) return
    const extent = await readExtent(this.#read)
    this.#extent = { forgotten: extent.forgotten, at: performance.now() }
    replayable(extent, after)
  }

  async #ofAudiences(after: number, audiences: ReadonlySet<string>): Promise<Missed> {
    const { events, upTo, ...extent } = await this.#oneOfFew(() => readFor(this.#read, audiences, after, pageSize))
    replayable(extent, after)
    return { frames: events.map((event) => new EventFrame(event)), upTo }
  }

  async #shared(after: number): Promise<Missed> {
    const page = await this.#page(after)
    // read for others, it may be from before this position was given
    replayable({ newest: Math.max(page.newest, after), forgotten: page.forgotten }, after)
    return page
  }

  async #page(after: number): Promise<Page> {
    const number = Math.floor(after / pageSize)
    const kept = this.#pages.get(number)
    if (kept && kept.upTo > after) {
      this.#pages.delete(number)
      this.#pages.set(number, kept)
      return kept
    }
    let reading = this.#reading.get(number)
    if (!reading) {
      reading = this.#oneOfFew(() => this.#readPage(number)).finally(() => this.#reading.delete(number))
      this.#reading.set(number, reading)
    }
    return reading
  }

  async #readPage(number: number): Promise<Page> {
    const first = number * pageSize
    const { events, ...where } = await readStretch(this.#read, first, first + pageSize)
    const frames = events.map((event) => new EventFrame(event))
    const page = { ...where, frames, size: frames.reduce((sum, frame) => sum + frame.size, 0) }
    this.#kept += page.size - (this.#pages.get(number)?.size ?? 0)
    this.#pages.delete(number)
    this.#pages.set(number, page)
    for (const [oldest, { size }] of this.#pages) {
      if (this.#kept <= mostKept) break
      this.#pages.delete(oldest)
      this.#kept -= size
    }
    return page
  }
}
