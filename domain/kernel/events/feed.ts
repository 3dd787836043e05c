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

/** Starts the feed at the newest event. */
export async function startFeed({ database, bus, log }: { database: Database; bus: Bus; log: Log }): Promise<Feed> {
  const listeners = new Set<(event: PublishedEvent) => void>()
  let position = 0
  let reading = false

  function deliver(event: PublishedEvent) {
    position = event.position
    for (const listener of listeners) {
      try {
        listener(event)
      } catch (error) {
        log.error({ error: String(error), event: event.event }, 'event listener threw')
      }
    }
  }

  const catchUp = coalesce(async () => {
    reading = true
    try {
      for (;;) {
        const missed = await readEventsAfter(database.runPrepared, position, batchSize)
        // a gap is events that were deleted while this node was suspended
        for (const event of missed) if (event.position > position) deliver(event)
        if (missed.length < batchSize) return
      }
    } finally {
      reading = false
    }
  })
  const poll = () =>
    void catchUp().catch((error: unknown) => log.warn({ error: String(error) }, 'reading events failed; retrying within 5 s'))

  const unsubscribe = await bus.subscribe(eventChannel, (message) => {
    const events = JSON.parse(message.toString('utf8')) as PublishedEvent[]
    for (const event of events) {
      if (event.position === position + 1 && !reading) deliver(event)
      else if (event.position > position) poll()
    }
  })
  // subscribe before reading the position, so that no event falls in between
  position = await newestPosition({ db: database.sql })
  const isConnected = () => bus.isConnected || database.kind === 'pglite'
  let polledAt = Date.now()
  const timer = setInterval(() => {
    const now = Date.now()
    if (isConnected() && now - polledAt < pollIntervalMs.connected) return
    polledAt = now
    poll()
  }, pollIntervalMs.disconnected)

  return {
    listen(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    catchUp,
    get position() {
      return position
    },
    async stop() {
      clearInterval(timer)
      unsubscribe()
      await catchUp().catch(() => {})
    },
  }
}
