/** Gives committed events their place in the one order, tells the nodes, and hands each to its reactions as a job. */
import { sql } from 'kysely'
import type { Bus } from './bus.ts'
import type { Database } from './database.ts'
import type { HeardEvent } from './events.ts'
import type { Jobs } from './jobs.ts'
import type { Log } from './log.ts'
import type { Read } from './reading.ts'
import { inTurns } from './turn.ts'

/** The bus channel on which numbered events travel, as JSON lists of `HeardEvent`. */
export const eventChannel = 'events'

export interface Relay {
  /** Tells of events that were committed. @param numbered what `keepEvents` answered. Returns at once; where there is more to number, many calls become one turn. */
  committed(numbered: HeardEvent[]): void
  /** Resolves when all events committed before the call are numbered and told, and their jobs queued. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const batch = 500
const lookEvery = 1000
/** What a node that died had numbered and not queued is found this often, in looks. */
const looksForJobs = 5
/** Who hears of an event, and who waits for the answer to the command, go before what follows it. Milliseconds. */
const followsAfter = 10

/** Starts the relay of this node. Every node has one; a lock in the database lets one number at a time. */
export function startRelay({ database, bus, jobs, log }: { database: Database; bus: Bus; jobs: Jobs; log: Log }): Relay {
  let stopped = false
  const failed = (error: unknown) => log.warn({ error: String(error) }, 'relay turn failed; looked at again within seconds')

  const follow = inTurns(async () => {
    try {
      while (!stopped && (await queueJobs(database, jobs)));
    } catch (error) {
      failed(error)
    }
  })
  let soon: NodeJS.Timeout | undefined
  function followSoon() {
    soon ??= setTimeout(() => {
      soon = undefined
      void follow()
    }, followsAfter)
  }

  const telling = new Set<Promise<unknown>>()
  async function tell(events: HeardEvent[]) {
    if (events.length === 0) return
    const told = bus.publish(eventChannel, JSON.stringify(events))
    telling.add(told)
    await told
    telling.delete(told)
    if (events.some(jobs.wants)) followSoon()
  }

  const turn = inTurns(async () => {
    try {
      while (!stopped) {
        const events = await numberEvents(database)
        await tell(events)
        if (events.length < batch) break
      }
    } catch (error) {
      failed(error)
    }
  })

  // looks by itself too: at start, and for events of a node that died between commit and wake
  let looks = 0
  function look() {
    void turn()
    if (looks++ % looksForJobs === 0) void follow()
  }
  const timer = setInterval(look, lookEvery)
  look()

  async function settled() {
    await Promise.all(telling)
    await turn()
    await follow()
  }
  return {
    committed(numbered) {
      void tell(numbered)
      // another one was at it, or there were more than are numbered at once
      if (numbered.length === 0 || numbered.length === batch) void turn()
    },
    settled,
    async stop() {
      stopped = true
      clearInterval(timer)
      clearTimeout(soon)
      await settled()
    },
  }
}

/** In one message with the commit: a node that stopped between the two would hold the numbering of all. */
const keeping = { name: 'events kept', text: 'select * from keep_events($1::jsonb, $2::int)', commits: true }

/**
 * Keeps events, as the last statement of the transaction that made them: one past the ORM, whatever their number.
 * @returns those that got their position with it, these and others that waited; none when another one is at it, and the relay is to be woken after the commit
 */
export const keepEvents = async (read: Read, events: object[]): Promise<HeardEvent[]> =>
  (await read<HeardEvent & { at: Date | string }>(keeping, [JSON.stringify(events), String(batch)])).map(heard)

const numbering = { name: 'events numbered', text: 'select * from number_events($1::int)' }

/**
 * Numbers the next committed events. The position is given after commit, by one at a time, so it is gapless and in
 * order of visibility; a sequence would be taken before commit, and a reader could pass a late one (house 5.5).
 */
const numberEvents = async (database: Database): Promise<HeardEvent[]> =>
  (await database.read<HeardEvent & { at: Date | string }>(numbering, [String(batch)])).map(heard)

/** Queues the jobs of the next numbered events, and moves their cursor in the same transaction. Answers whether there may be more. */
async function queueJobs(database: Database, jobs: Jobs): Promise<boolean> {
  return database.sql.transaction().execute(async (transaction) => {
    const { rows } = await sql<HeardEvent & { at: Date | string }>`
      with reached as (select position from event_cursor where name = 'reactions' for update)
      select e.position, e.name as event, e.subject, e.audience, e.actor, e.data, e.at
      from reached cross join lateral (
        select * from event where event.position > reached.position order by event.position limit ${batch}
      ) e order by e.position`.execute(transaction)
    const events = rows.map(heard)
    const last = events.at(-1)
    if (!last) return false
    await jobs.enqueueReactions(transaction, events.filter(jobs.wants))
    await sql`update event_cursor set position = ${last.position} where name = 'reactions' and position < ${last.position}`.execute(
      transaction,
    )
    return events.length === batch
  })
}

/** An event row as it came from a raw statement, as it is heard. */
export function heard(row: HeardEvent & { at: Date | string }): HeardEvent {
  return { ...row, position: Number(row.position), at: new Date(row.at).toISOString() }
}
