/** Reads missed events: those after a position, while they are stored. */
import { sql } from 'kysely'
import { z } from 'zod'
import { DomainError } from '../errors.ts'
import { requireSystem } from '../permission.ts'
import type { PublishedEvent } from './event.ts'
import { command } from '../operation.ts'
import type { RunPrepared } from '../db/prepared-read.ts'
import { toPublishedEvent } from './sequencer.ts'

/** Which events are stored: `newest` is the last assigned position, `lastDeleted` the last one that is no longer stored (0: none). */
export interface EventRange {
  newest: number
  lastDeleted: number
  /** Pairs of positions between which there are no events: they belonged to a state that was replaced by a restore. */
  gaps: [after: number, upTo: number][]
}

/** Events read after a position. */
export interface EventBatch extends EventRange {
  /** Oldest first. */
  events: PublishedEvent[]
  /** All requested events up to this position are in the batch. */
  readThrough: number
}

type Row = PublishedEvent & { at: Date | string; newest: string; forgotten: string; gaps: EventRange['gaps'] }

const rangeColumns = `position as newest, forgotten,
  (select coalesce(jsonb_agg(jsonb_build_array(after, upto)), '[]') from event_gap) as gaps`
const rangeStatement = { name: 'events extent', text: `select ${rangeColumns} from event_head` }
const columns = 'h.newest, h.forgotten, h.gaps, e.position, e.name as event, e.subject, e.audience, e.actor, e.data, e.at'
/** Range and events in one statement, so that both are from the same moment. */
const from = `from (select ${rangeColumns} from event_head) h`
const batchStatement = {
  name: 'events of a stretch',
  text: `select ${columns} ${from}
    left join event e on e.position > $1::bigint and e.position <= $2::bigint order by e.position`,
}
const audienceStatement = {
  name: 'events of audiences',
  // `offset 0` makes the planner use one index look-up for each position
  text: `select ${columns} ${from} left join (
      select e.* from (
        select distinct next.position from jsonb_array_elements_text($1::jsonb) as told(audience) cross join lateral (
          select position from event_audience ea where ea.audience = told.audience and ea.position > $2::bigint order by position limit $3::int
        ) next order by next.position limit $3::int
      ) place cross join lateral (select * from event where position = place.position offset 0) e
    ) e on true order by e.position`,
}

/** Reads which events are stored now. */
export async function readEventRange(read: RunPrepared): Promise<EventRange> {
  const [row] = await read<Row>(rangeStatement, [])
  return toEventRange(row)
}

/** All events after a position up to another. */
export async function readEventBatch(read: RunPrepared, after: number, last: number): Promise<EventBatch> {
  const { events, ...range } = toEvents(await read<Row>(batchStatement, [String(after), String(last)]))
  return { events, ...range, readThrough: Math.max(after, Math.min(last, range.newest)) }
}

/** The next events after a position for some audiences, at most `limit`. The cost depends on these audiences alone. */
export async function readAudienceEvents(
  read: RunPrepared,
  audiences: Iterable<string>,
  after: number,
  limit: number,
): Promise<EventBatch> {
  const { events, ...range } = toEvents(await read<Row>(audienceStatement, [JSON.stringify([...audiences]), String(after), String(limit)]))
  const last = events.at(-1)
  return { events, ...range, readThrough: events.length < limit || !last ? Math.max(after, range.newest) : last.position }
}

function toEvents(rows: Row[]): EventRange & { events: PublishedEvent[] } {
  const events = rows.flatMap(({ newest: _newest, forgotten: _forgotten, gaps: _gaps, ...row }) =>
    row.position === null ? [] : [toPublishedEvent(row)],
  )
  return { events, ...toEventRange(rows[0]) }
}

const toEventRange = (row: Row | undefined): EventRange => ({
  newest: Number(row?.newest ?? 0),
  lastDeleted: Number(row?.forgotten ?? 0),
  gaps: row?.gaps ?? [],
})

/**
 * Checks that every event after a position is still available.
 * @throws DomainError cannot-replay with the newest position: for a position older than the stored events, and for one of a state that a
 *   restore replaced
 */
export function assertReplayable({ newest, lastDeleted, gaps }: EventRange, after: number): void {
  const isUnknown = after > newest || gaps.some(([from, upTo]) => after > from && after <= upTo)
  const reason =
    after < lastDeleted
      ? `Events up to ${lastDeleted} are no longer available`
      : isUnknown
        ? `Position ${after} does not exist in this installation`
        : ''
  if (reason) throw new DomainError('cannot-replay', `${reason}; read everything again and continue from ${newest}.`, { position: newest })
}

/** Milliseconds for which events are stored. */
export const eventRetentionMs = 30 * 24 * 3600_000
const maxDeletedPerCall = 5000

/**
 * Deletes the oldest events, at most 5,000 a call. Never one without a position, and never the newest. Events after a younger one stay, so
 * that the stored events have no gap.
 * @returns how many were deleted
 */
export const forgetOldEvents = command('kernel.forgetOldEvents', {
  input: { kept: z.number().int().min(0).default(eventRetentionMs).describe('milliseconds') },
  authorize: requireSystem,
  async execute(work, { kept }): Promise<number> {
    const { db } = work
    const before = new Date(work.now.getTime() - kept)
    const cut = await sql<{ last: string | null }>`
      with oldest as (
        select position, at from event where position > (select forgotten from event_head) order by position limit ${maxDeletedPerCall}
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
    // last, so that the sequencer does not wait for the deletions
    await sql`update event_head set forgotten = greatest(forgotten, ${last}::bigint)`.execute(db)
    return Number(gone.rows[0]?.count ?? 0)
  },
})
