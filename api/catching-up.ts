/**
 * Reads what subscribers missed. Many come back at once, to a node that others type on: so few reads run at a time, what is near is read
 * once for all of them, and what is far by each one's audiences.
 */
import { replayable, readExtent, readFor, readStretch } from '../domain/kernel/replay.ts'
import type { Read } from '../domain/kernel/reading.ts'
import { fewAtOnce, unhurried } from '../domain/kernel/turn.ts'
import type { Form } from './event-frame.ts'
import { EventPage } from './event-page.ts'
import type { Outgoing } from './outgoing.ts'

/** Events of a page, and of a reading by audiences: a millisecond of work to read, after which others have their turn. */
const pageSize = 100
/** Who missed more positions than this is read for by their audiences first; so many pages are kept together. */
const near = 120 * pageSize
const readsAtOnce = 2
/** What is told in one go: about so many bytes, of at most so many pages. Then others have their turn. */
const enough = 32 * 1024
const mostPages = 20
/** Between two goes beside somebody who writes: whoever is let in meanwhile has what they missed before the next one is. Milliseconds. */
const rest = 2
/** What pages may take in memory together. Bytes. */
const mostKept = 16 * 1024 * 1024

/** A page in memory, and when it was asked for last, in askings. */
interface Kept {
  page: EventPage
  asked: number
}

export class CatchingUp {
  readonly #read: Read
  readonly #newest: () => number
  /** By number. */
  readonly #pages = new Map<number, Kept>()
  #askings = 0
  readonly #reading = new Map<number, Promise<EventPage>>()
  #kept = 0
  /** What was forgotten when it was looked at last. */
  #extent = { forgotten: 0, at: Number.NEGATIVE_INFINITY }
  readonly #oneOfFew = fewAtOnce(readsAtOnce)
  /** Has somebody go on when it is their turn. A thousand who come back wait for many turns each, so nothing is made for one: it would outlive the young. */
  readonly inTurn = unhurried(rest)

  /** @param newest the newest position that this node heard */
  constructor(read: Read, newest: () => number) {
    this.#read = read
    this.#newest = newest
  }

  /** What comes next after a position, where all of it is in memory; where some of it was forgotten, `read` says so. */
  kept(after: number): EventPage | undefined {
    const page = this.#isFar(after) ? undefined : this.#inMemory(after)
    return page && after >= page.forgotten ? page : undefined
  }

  /**
   * Reads what comes next after a position: all of it, or what some audiences hear of it.
   * @throws DomainError cannot-replay, unavailable
   */
  async read(after: number, audiences: ReadonlySet<string>): Promise<EventPage> {
    const page = this.#isFar(after) ? await this.#ofAudiences(after, audiences) : await this.#page(after)
    // read for others, it may be from before this position was given
    replayable({ newest: Math.max(page.newest, after), forgotten: page.forgotten }, after)
    return page
  }

  #isFar(after: number): boolean {
    return this.#newest() - after > near
  }

  /**
   * Tells what is heard after a position: of a page, and of those behind it that are in memory, until it is enough for one go.
   * @returns up to where nothing is missing now
   */
  tell(first: EventPage, after: number, audiences: ReadonlySet<string>, form: Form, out: Pick<Outgoing, 'put'>): number {
    let page: EventPage | undefined = first
    let upTo = after
    let bytes = 0
    const counted = (part: Buffer) => {
      bytes += part.length
      out.put(part)
    }
    for (let pages = 0; page && pages < mostPages && bytes < enough; pages++) {
      const before = page.size
      page.tell(audiences, upTo, form, counted)
      if (page.size > before && this.#pages.get(Math.floor(upTo / pageSize))?.page === page) this.#kept += page.size - before
      upTo = Math.max(upTo, page.upTo)
      page = this.#inMemory(upTo)
    }
    this.#forget()
    return upTo
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

  async #ofAudiences(after: number, audiences: ReadonlySet<string>): Promise<EventPage> {
    return new EventPage(await this.#oneOfFew(() => readFor(this.#read, audiences, after, pageSize)), after)
  }

  #inMemory(after: number): EventPage | undefined {
    const kept = this.#pages.get(Math.floor(after / pageSize))
    if (!kept || kept.page.upTo <= after) return undefined
    kept.asked = ++this.#askings
    return kept.page
  }

  async #page(after: number): Promise<EventPage> {
    const kept = this.#inMemory(after)
    if (kept) return kept
    const number = Math.floor(after / pageSize)
    let reading = this.#reading.get(number)
    if (!reading) {
      reading = this.#oneOfFew(() => this.#readPage(number)).finally(() => this.#reading.delete(number))
      this.#reading.set(number, reading)
    }
    return reading
  }

  async #readPage(number: number): Promise<EventPage> {
    const first = number * pageSize
    const page = new EventPage(await readStretch(this.#read, first, first + pageSize), first)
    this.#kept += page.size - (this.#pages.get(number)?.page.size ?? 0)
    this.#pages.set(number, { page, asked: ++this.#askings })
    this.#forget()
    return page
  }

  #forget() {
    if (this.#kept <= mostKept) return
    // sorted only here: a map that is kept in the order of asking is made anew again and again
    const oldestFirst = [...this.#pages].sort(([, one], [, other]) => one.asked - other.asked)
    for (const [number, { page }] of oldestFirst) {
      if (this.#kept <= mostKept) break
      this.#pages.delete(number)
      this.#kept -= page.size
    }
  }
}
