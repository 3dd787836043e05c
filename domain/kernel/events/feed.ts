/** The event feed of a node: every event in order, once, from the bus or, where messages were lost, from the table. */
import type { Bus } from '../bus.ts'
import type { Database } from '../db/database.ts'
import type { PublishedEvent } from './event.ts'
import type { Log } from '../log.ts'
import { readEventsAfter, newestPosition } from './kept-event.ts'
import { eventChannel } from './sequencer.ts'
import { coalesce } from '../scheduling.ts'

export interface Feed {
  /** Calls `listener` for every event from now on. @returns a function that removes it */
  listen(listener: (event: PublishedEvent) => void): () => void
  /** Resolves when every event that has a position now was delivered. @throws when the table cannot be read */
  catchUp(): Promise<void>
  /** The position delivered last. */
  readonly position: number
  stop(): Promise<void>
}

/**
 * How often a node reads the table, so that a lost message only delays an event. Milliseconds, while the bus reaches other nodes and while
 * it does not.
 */
const pollIntervalMs = { connected: 5000, disconnected: 500 }
const batchSize = 500

export interface FeedOptions {
  database: Database
  bus: Bus
  log: Log
}

/** Starts the feed at the newest event. */
export async function startFeed(options: FeedOptions): Promise<Feed> {
  const feed = new NodeFeed(options)
  await feed.start()
  return feed
}

class NodeFeed implements Feed {
  readonly #options: FeedOptions
  readonly #listeners = new Set<(event: PublishedEvent) => void>()
  #position = 0
  /** Whether events are being read from the table: messages of the bus wait for them. */
  #isReading = false
  #polledAt = 0
  #pollTimer: NodeJS.Timeout | undefined
  #unsubscribe = () => {}

  constructor(options: FeedOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const { bus, database } = this.#options
    // subscribe before reading the position, so that no event falls in between
    this.#unsubscribe = await bus.subscribe(eventChannel, (message) => this.#receive(message))
    this.#position = await newestPosition({ db: database.sql })
    this.#polledAt = Date.now()
    this.#pollTimer = setInterval(() => this.#pollWhenDue(), pollIntervalMs.disconnected)
  }

  listen(listener: (event: PublishedEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  get position(): number {
    return this.#position
  }

  readonly catchUp = coalesce(async () => {
    this.#isReading = true
    try {
      for (;;) {
        const missed = await readEventsAfter(this.#options.database.runPrepared, this.#position, batchSize)
        // a gap is events that were deleted while this node was suspended
        for (const event of missed) if (event.position > this.#position) this.#deliver(event)
        if (missed.length < batchSize) return
      }
    } finally {
      this.#isReading = false
    }
  })

  async stop(): Promise<void> {
    clearInterval(this.#pollTimer)
    this.#unsubscribe()
    await this.catchUp().catch(() => {})
  }

  /** Delivers the events of a message of the bus, or reads the table where earlier events are missing. */
  #receive(message: Buffer): void {
    const events = JSON.parse(message.toString('utf8')) as PublishedEvent[]
    for (const event of events) {
      if (event.position === this.#position + 1 && !this.#isReading) this.#deliver(event)
      else if (event.position > this.#position) this.#poll()
    }
  }

  #deliver(event: PublishedEvent): void {
    this.#position = event.position
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#options.log.error({ error: String(error), event: event.event }, 'event listener threw')
      }
    }
  }

  #pollWhenDue(): void {
    const { bus, database } = this.#options
    const isConnected = bus.isConnected || database.kind === 'pglite'
    const now = Date.now()
    if (isConnected && now - this.#polledAt < pollIntervalMs.connected) return
    this.#polledAt = now
    this.#poll()
  }

  #poll(): void {
    void this.catchUp().catch((error: unknown) =>
      this.#options.log.warn({ error: String(error) }, 'reading events failed; retrying within 5 s'),
    )
  }
}
