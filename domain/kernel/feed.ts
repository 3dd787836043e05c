/** Hears every event on this node, in order, once: from the bus while it lasts, from the table where it skipped. */
import { sql } from 'kysely'
import type { Bus } from './bus.ts'
import type { Database } from './database.ts'
import type { HeardEvent } from './events.ts'
import type { Log } from './log.ts'
import { eventChannel, heard } from './relay.ts'
import { inTurns } from './turn.ts'

export interface Feed {
  /** Calls `hear` for every event from now on. Returns a function that ends it. */
  listen(hear: (event: HeardEvent) => void): () => void
  /** Resolves when everything that is numbered now was heard. @throws when the table cannot be read */
  caughtUp(): Promise<void>
  /** The position heard last. */
  readonly position: number
  stop(): Promise<void>
}

/**
 * How often a node looks into the table by itself, so that a lost message delays an event and never loses it; and how often where the bus
 * does not reach other nodes, and the table is the only news. Milliseconds.
 */
const looksEvery = { reached: 5000, alone: 500 }
const batch = 500

/** Starts hearing, from the newest event on. */
export async function startFeed({ database, bus, log }: { database: Database; bus: Bus; log: Log }): Promise<Feed> {
  const hearers = new Set<(event: HeardEvent) => void>()
  let position = 0
  let reading = false

  function tell(event: HeardEvent) {
    position = event.position
    for (const hear of hearers) {
      try {
        hear(event)
      } catch (error) {
        log.error({ error: String(error), event: event.event }, 'a hearer of events failed')
      }
    }
  }

  const catchUp = inTurns(async () => {
    reading = true
    try {
      for (;;) {
        const missed = await eventsAfter(database, position, batch)
        // a hole is what was forgotten while this node slept
        for (const event of missed) if (event.position > position) tell(event)
        if (missed.length < batch) return
      }
    } finally {
      reading = false
    }
  })
  const look = () =>
    void catchUp().catch((error: unknown) => log.warn({ error: String(error) }, 'missed events could not be read; tried again within 5 s'))

  const unsubscribe = await bus.subscribe(eventChannel, (message) => {
    const events = JSON.parse(message.toString('utf8')) as HeardEvent[]
    for (const event of events) {
      if (event.position === position + 1 && !reading) tell(event)
      else if (event.position > position) look()
    }
  })
  // the subscription stands before the start is read, so nothing falls between the two
  const head = await sql<{ position: string | number }>`select position from event_head`.execute(database.sql)
  position = Number(head.rows[0]?.position ?? 0)
  const reached = () => bus.reaches || database.kind === 'pglite'
  let lookedAt = Date.now()
  const timer = setInterval(() => {
    const now = Date.now()
    if (reached() && now - lookedAt < looksEvery.reached) return
    lookedAt = now
    look()
  }, looksEvery.alone)

  return {
    listen(hear) {
      hearers.add(hear)
      return () => void hearers.delete(hear)
    },
    caughtUp: catchUp,
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

const following = {
  name: 'events after',
  text: 'select position, name as event, subject, audience, actor, data, at from event where position > $1 order by position limit $2',
}

/** The next events after a position, oldest first, at most `limit`. */
export async function eventsAfter(database: Database, position: number, limit: number): Promise<HeardEvent[]> {
  return (await database.read<HeardEvent & { at: Date | string }>(following, [String(position), String(limit)])).map(heard)
}
