/** What was missed: events after a position, as long as they are kept. */
import { sql } from 'kysely'
import { z } from 'zod'
import { DomainError } from './errors.ts'
import type { HeardEvent } from './events.ts'
import { command } from './operation.ts'
import type { Read } from './reading.ts'
import { heard } from './relay.ts'

/** From where to where events can be had: `newest` is the last position given, `forgotten` the last that is no longer kept (0: all are). */
export interface Extent {
  newest: number
  forgotten: number
}

/** What was read after a position. */
export interface Stretch extends Extent {
  /** Oldest first. */
  events: HeardEvent[]
  /** Nothing that was asked for and lies up to here is missing. */
  upTo: number
}

type Row = HeardEvent & { at: Date | string; newest: string; forgotten: string }

const extentOf = { name: 'events extent', text: 'select position as newest, forgotten from event_head' }
const columns = 'h.newest, h.forgotten, e.position, e.name as event, e.subject, e.audience, e.actor, e.data, e.at'
/** Head and events in one statement, so that both are of one moment. */
const from = 'from (select position as newest, forgotten from event_head) h'
const ofAll = {
  name: 'events of a stretch',
  text: `select ${columns} ${from}
    left join event e on e.position > $1::bigint and e.position <= $2::bigint order by e.position`,
}
const ofSome = {
  name: 'events of audiences',
  // `offset 0` keeps the planner to one look-up by index for each, whatever it believes of the tables
  text: `select ${columns} ${from} left join (
      select e.* from (
        select distinct next.position from jsonb_array_elements_text($1::jsonb) as told(audience) cross join lateral (
          select position from event_audience ea where ea.audience = told.audience and ea.position > $2::bigint order by position limit $3::int
        ) next order by next.position limit $3::int
      ) place cross join lateral (select * from event where position = place.position offset 0) e
    ) e on true order by e.position`,
}

/** How far events go now. */
export async function readExtent(read: Read): Promise<Extent> {
  const [row] = await read<{ newest: string; forgotten: string }>(extentOf, [])
  return { newest: Number(row?.newest ?? 0), forgotten: Number(row?.forgotten ?? 0) }
}

/** All events after a position up to another. */
export async function readStretch(read: Read, after: number, last: number): Promise<Stretch> {
  const { events, newest, forgotten } = stretchOf(await read<Row>(ofAll, [String(after), String(last)]))
  return { events, newest, forgotten, upTo: Math.max(after, Math.min(last, newest)) }
}

/** The next events after a position for some audiences, at most `limit`. Costs what these audiences have, not what all have. */
export async function readFor(read: Read, audiences: Iterable<string>, after: number, limit: number): Promise<Stretch> {
  const { events, newest, forgotten } = stretchOf(await read<Row>(ofSome, [JSON.stringify([...audiences]), String(after), String(limit)]))
  const last = events.at(-1)
  return { events, newest, forgotten, upTo: events.length < limit || !last ? Math.max(after, newest) : last.position }
}

function stretchOf(rows: Row[]): Extent & { events: HeardEvent[] } {
  const events = rows.flatMap(({ newest: _newest, forgotten: _forgotten, ...row }) => (row.position === null ? [] : [heard(row)]))
  return { events, newest: Number(rows[0]?.newest ?? 0), forgotten: Number(rows[0]?.forgotten ?? 0) }
}

/**
 * Makes sure that all after a position can still be had.
 * @throws DomainError cannot-replay, with the newest position: for one older than what is kept, and for one that was never given, as after a
 *   backup was put back
 */
export function replayable({ newest, forgotten }: Extent, after: number): void {
  const told =
    after < forgotten ? `Events up to ${forgotten} are no longer kept` : after > newest ? `Position ${after} was never given` : ''
  if (told) throw new DomainError('cannot-replay', `${told}; read everything again and go on from ${newest}.`, { position: newest })
}

/** Events are kept for this long. Milliseconds. */
export const eventsKept = 30 * 24 * 3600_000
const mostAtOnce = 5000

/**
 * Forgets the oldest events, at most 5,000 a call; answers how many. Never one that is not numbered yet, and never the head. A younger event
 * keeps those behind it, so that what is kept has no gap.
 */
export const forgetOldEvents = command('kernel.forgetOldEvents', {
  input: { kept: z.number().int().min(0).default(eventsKept).describe('milliseconds') },
  may: ({ actor }) => {
    if (actor.kind !== 'system') throw new DomainError('forbidden', 'This is not asked from outside.')
  },
  async does(work, { kept }): Promise<number> {
    const db = work.em.getKysely() as never
    const before = new Date(work.now.getTime() - kept)
    const cut = await sql<{ last: string | null }>`
      with oldest as (
        select position, at from event where position > (select forgotten from event_head) order by position limit ${mostAtOnce}
      )
      select coalesce((select min(position) - 1 from oldest where at >= ${before}), (select max(position) from oldest)) as last`.execute(db)
    const last = cut.rows[0]?.last
    if (!last) return 0
    const gone = await sql<{ count: string }>`
      with gone as (delete from event where position <= ${last}::bigint returning position, audience),
      unheard as (
        delete from event_audience ea using (select position, unnest(audience) as audience from gone) g
        where ea.audience = g.audience and ea.position = g.position
      )
      select count(*) as count from gone`.execute(db)
    // last, so that the relay does not wait for the deletions
    await sql`update event_head set forgotten = greatest(forgotten, ${last}::bigint)`.execute(db)
    return Number(gone.rows[0]?.count ?? 0)
  },
})
