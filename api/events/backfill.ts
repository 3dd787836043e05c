/**
 * Reads the events that reconnecting subscribers missed.
 *
 * A subscriber goes through three phases, as in atproto's outbox:
 * 1. Backfill. It is behind this node, and reads the table in pages. Pages of the recent past are read once and shared by all
 *    subscribers; what lies further back is read by each subscriber's audiences. A few reads run at a time, since many
 *    subscribers reconnect at once to a node on which others type.
 * 2. Cut-over. It has reached the newest position of this node. This is decided in one turn of the event loop, between two
 *    events of the hub, so none falls between the phases and none is sent twice.
 * 3. Live. The hub delivers each event as it comes (`hub.ts`). When its queue grows too long while its access is checked, the
 *    subscriber goes back to phase 1 from its position.
 *
 * The phases are `Subscriber.catchUp` and `Subscriber.deliver`; this file is what phase 1 reads from.
 */
import pLimit from 'p-limit'
import type { RunPrepared } from '../../domain/kernel/db/prepared-read.ts'
import { readEventRange, readAudienceEvents, readEventBatch, assertReplayable, type EventBatch } from '../../domain/kernel/events/replay.ts'
import { createThrottledQueue } from '../../domain/kernel/scheduling.ts'
import { type Encoding, EventFrame } from './transport.ts'

/** Reading a page takes about a millisecond. */
const pageSize = 100
/** A subscriber that is further behind reads only the events of its own audiences; up to here all subscribers share pages. */
const sharedPositions = 120 * pageSize
const concurrentReads = 2
/** A step writes about so many bytes, from at most so many pages, and then yields to others. */
const stepBytes = 32 * 1024
const stepPages = 20
/** Pause between steps while a client types on this node. It lets one subscriber finish before the next one starts. */
const pauseBetweenStepsMs = 2
/** Memory of all cached pages. */
const maxCachedBytes = 16 * 1024 * 1024
/** How long the oldest stored position is cached. */
const extentValidMs = 1000

/** Receives frames. */
interface FrameBuffer {
  put(frames: Buffer): void
}

interface CachedPage {
  page: EventPage
  /** Number of the request that used it last. */
  lastRequest: number
}

export class Backfill {
  readonly #read: RunPrepared
  readonly #newestPosition: () => number
  /** By page number. */
  readonly #cache = new Map<number, CachedPage>()
  readonly #reading = new Map<number, Promise<EventPage>>()
  #requests = 0
  #cachedBytes = 0
  /** What was deleted, as of the last query. */
  #extent = { forgotten: 0, hasGaps: false, at: Number.NEGATIVE_INFINITY }
  readonly #limitReads = pLimit(concurrentReads)
  /** Runs a subscriber's step in its turn. A thousand subscribers take many turns each, so a turn allocates nothing. */
  readonly inTurn = createThrottledQueue(pauseBetweenStepsMs)

  /** @param newestPosition the newest position that this node's subscribers have received */
  constructor(read: RunPrepared, newestPosition: () => number) {
    this.#read = read
    this.#newestPosition = newestPosition
  }

  /**
   * Checks that the events after a position are still stored. Subscribers that reconnect together share one query; what is deleted within the
   * next second is noticed with the first page.
   * @throws DomainError cannot-replay
   */
  async assertReadable(after: number): Promise<void> {
    const isKnown = performance.now() - this.#extent.at < extentValidMs
    if (isKnown && !this.#extent.hasGaps && after >= this.#extent.forgotten && after <= this.#newestPosition()) return
    const extent = await readEventRange(this.#read)
    this.#extent = { forgotten: extent.lastDeleted, hasGaps: extent.gaps.length > 0, at: performance.now() }
    assertReplayable(extent, after)
  }

  /** The page after a position, if it is cached and complete. If its beginning was deleted, `readPage` throws. */
  cachedPage(after: number): EventPage | undefined {
    const page = this.#isFarBehind(after) ? undefined : this.#findCached(after)
    return page && after >= page.forgotten ? page : undefined
  }

  /**
   * Reads the page after a position: all events, or those of some audiences.
   * @throws DomainError cannot-replay, unavailable
   */
  async readPage(after: number, audiences: ReadonlySet<string>): Promise<EventPage> {
    const page = this.#isFarBehind(after) ? await this.#readForAudiences(after, audiences) : await this.#readShared(after)
    // a shared page may be older than this position
    assertReplayable({ newest: Math.max(page.newest, after), lastDeleted: page.forgotten, gaps: [] }, after)
    return page
  }

  /**
   * Writes the events of some audiences after a position: from a page and the cached pages after it, up to the size of a step.
   * @returns the position up to which nothing is missing now
   */
  writeStep(first: EventPage, after: number, audiences: ReadonlySet<string>, encoding: Encoding, buffer: FrameBuffer): number {
    let page: EventPage | undefined = first
    let upTo = after
    let bytes = 0
    const countAndPut = (frames: Buffer) => {
      bytes += frames.length
      buffer.put(frames)
    }
    for (let pages = 0; page && pages < stepPages && bytes < stepBytes; pages++) {
      const before = page.sizeBytes
      page.write(audiences, upTo, encoding, countAndPut)
      if (page.sizeBytes > before && this.#cache.get(pageOf(upTo))?.page === page) this.#cachedBytes += page.sizeBytes - before
      upTo = Math.max(upTo, page.upTo)
      page = this.#findCached(upTo)
    }
    this.#evict()
    return upTo
  }

  #isFarBehind(after: number): boolean {
    return this.#newestPosition() - after > sharedPositions
  }

  #findCached(after: number): EventPage | undefined {
    const cached = this.#cache.get(pageOf(after))
    if (!cached || cached.page.upTo <= after) return undefined
    cached.lastRequest = ++this.#requests
    return cached.page
  }

  async #readForAudiences(after: number, audiences: ReadonlySet<string>): Promise<EventPage> {
    return new EventPage(await this.#limitReads(() => readAudienceEvents(this.#read, audiences, after, pageSize)), after)
  }

  /** Reads a shared page. Subscribers that need it meanwhile share the query. */
  async #readShared(after: number): Promise<EventPage> {
    const cached = this.#findCached(after)
    if (cached) return cached
    const number = pageOf(after)
    let reading = this.#reading.get(number)
    if (!reading) {
      reading = this.#limitReads(() => this.#readIntoCache(number)).finally(() => this.#reading.delete(number))
      this.#reading.set(number, reading)
    }
    return reading
  }

  async #readIntoCache(number: number): Promise<EventPage> {
    const first = number * pageSize
    const page = new EventPage(await readEventBatch(this.#read, first, first + pageSize), first)
    this.#cachedBytes += page.sizeBytes - (this.#cache.get(number)?.page.sizeBytes ?? 0)
    this.#cache.set(number, { page, lastRequest: ++this.#requests })
    this.#evict()
    return page
  }

  /** Evicts the least recently used pages. They are sorted only here, because reordering the map on each request would reallocate it. */
  #evict() {
    if (this.#cachedBytes <= maxCachedBytes) return
    const oldestFirst = [...this.#cache].sort(([, one], [, other]) => one.lastRequest - other.lastRequest)
    for (const [number, { page }] of oldestFirst) {
      if (this.#cachedBytes <= maxCachedBytes) break
      this.#cache.delete(number)
      this.#cachedBytes -= page.sizeBytes
    }
  }
}

const pageOf = (position: number): number => Math.floor(position / pageSize)

/** Consecutive events, indexed by audience, and encoded once for all subscribers of the same audience. */
export class EventPage {
  /** Nothing is missing up to here. */
  readonly upTo: number
  readonly newest: number
  readonly forgotten: number
  readonly #after: number
  readonly #frames: EventFrame[]
  readonly #byAudience = new Map<string, EventFrame[]>()
  readonly #encoded: Record<Encoding, Map<string, Buffer>> = { webSocket: new Map(), serverSent: new Map() }
  #sizeBytes = 0

  /** @param after the position after which the page begins */
  constructor({ events, readThrough, newest, lastDeleted }: EventBatch, after: number) {
    this.upTo = readThrough
    this.newest = newest
    this.forgotten = lastDeleted
    this.#after = after
    this.#frames = events.map((event) => new EventFrame(event))
    for (const frame of this.#frames) {
      this.#sizeBytes += frame.sizeBytes
      for (const audience of frame.audience) {
        const frames = this.#byAudience.get(audience)
        if (frames) frames.push(frame)
        else this.#byAudience.set(audience, [frame])
      }
    }
  }

  /** Approximate memory. It grows when events are encoded. */
  get sizeBytes(): number {
    return this.#sizeBytes
  }

  /** Writes the events of some audiences after a position, in order. */
  write(audiences: ReadonlySet<string>, after: number, encoding: Encoding, put: (frames: Buffer) => void): void {
    const only = this.#onlyAudienceOf(audiences)
    if (only === undefined) return
    if (only !== null && after <= this.#after) return put(this.#encode(only, encoding))
    for (const frame of this.#frames) if (frame.position > after && frame.audience.some((name) => audiences.has(name))) put(frame[encoding])
  }

  /** The only one of some audiences that has events in this page; null for several, undefined for none. */
  #onlyAudienceOf(audiences: ReadonlySet<string>): string | null | undefined {
    const has = (audience: string) => this.#byAudience.has(audience) && audiences.has(audience)
    let only: string | undefined
    // iterate over the smaller one
    for (const audience of audiences.size < this.#byAudience.size ? audiences : this.#byAudience.keys()) {
      if (!has(audience)) continue
      if (only !== undefined) return null
      only = audience
    }
    return only
  }

  #encode(audience: string, encoding: Encoding): Buffer {
    let encoded = this.#encoded[encoding].get(audience)
    if (!encoded) {
      encoded = Buffer.concat((this.#byAudience.get(audience) ?? []).map((frame) => frame[encoding]))
      this.#encoded[encoding].set(audience, encoded)
      this.#sizeBytes += encoded.length
    }
    return encoded
  }
}
