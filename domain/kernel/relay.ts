/** Gives committed events their place in the one order, hands each to its reactions as a job, and tells the nodes. */
import { sql } from 'kysely'
import type { Bus } from './bus.ts'
import type { Database } from './database.ts'
import type { HeardEvent } from './events.ts'
import type { Jobs } from './jobs.ts'
import type { Log } from './log.ts'
import { inTurns } from './turn.ts'

/** The bus channel on which numbered events travel, as JSON lists of `HeardEvent`. */
export const eventChannel = 'events'

export interface Relay {
  /** Says that events may have been committed. Returns at once; many calls become one turn. */
  wake(): void
  /** Resolves when all events committed before the call are numbered and told. */
  settled(): Promise<void>
  stop(): Promise<void>
}

/** Any number; one relay at a time, over all nodes, numbers events. */
const relayLock = 7_220_002
const batch = 500
const lookEvery = 1000

/** Starts the relay of this node. Every node has one; a lock in the database lets one number at a time. */
export function startRelay({ database, bus, jobs, log }: { database: Database; bus: Bus; jobs: Jobs; log: Log }): Relay {
  let stopped = false

  const turn = inTurns(async () => {
    try {
      while (!stopped) {
        const events = await numberEvents(database, jobs)
        if (events.length > 0) await bus.publish(eventChannel, JSON.stringify(events))
        if (events.length < batch) break
      }
    } catch (error) {
      log.warn({ error: String(error) }, 'relay turn failed; looked at again within a second')
    }
  })

  // looks by itself too: at start, and for events of a node that died between commit and wake
  const timer = setInterval(() => void turn(), lookEvery)
  void turn()

  return {
    wake: () => void turn(),
    settled: turn,
    async stop() {
      stopped = true
      clearInterval(timer)
      await turn()
    },
  }
}

const unnumbered = { name: 'events unnumbered', text: 'select 1 as one from event where position is null limit 1' }

/**
 * Numbers the next committed events. The position is given after commit, by one at a time, so it is gapless and in
 * order of visibility; a sequence would be taken before commit, and a reader could pass a late one (house 5.5).
 */
async function numberEvents(database: Database, jobs: Jobs): Promise<HeardEvent[]> {
  const waiting = await database.read(unnumbered, [])
  if (waiting.length === 0) return []
  return database.sql.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${relayLock})`.execute(transaction)
    const { rows } = await sql<HeardEvent & { at: Date | string }>`
      with waiting as (
        select id, row_number() over (order by id) as n from event where position is null order by id limit ${batch}
      ), head as (
        update event_head set position = position + (select count(*) from waiting) returning position
      ), numbered as (
        update event e set position = head.position - (select count(*) from waiting) + waiting.n
        from waiting, head where e.id = waiting.id
        returning e.position, e.name, e.subject, e.audience, e.actor, e.data, e.at
      ), placed as (
        insert into event_audience (audience, position) select unnest(audience), position from numbered
      )
      select position::int as position, name as event, subject, audience, actor, data, at from numbered`.execute(transaction)
    const events = rows.map(heard).sort((one, other) => one.position - other.position)
    await jobs.enqueueReactions(transaction, events)
    return events
  })
}

/** An event row as it came from a raw statement, as it is heard. */
export function heard(row: HeardEvent & { at: Date | string }): HeardEvent {
  return { ...row, position: Number(row.position), at: new Date(row.at).toISOString() }
}
