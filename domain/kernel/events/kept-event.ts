/** Events as they are kept, for slices that follow or look them up. */
import type { RunPrepared } from '../db/prepared-read.ts'
import type { CommandContext, QueryContext } from '../operation.ts'
import type { PublishedEvent } from './event.ts'
import { toPublishedEvent } from './sequencer.ts'

type Row = PublishedEvent & { at: Date | string }

const columns = 'position, name as event, subject, audience, actor, data, at'
const following = { name: 'events after', text: `select ${columns} from event where position > $1 order by position limit $2` }
const single = { name: 'event at', text: `select ${columns} from event where position = $1` }

/** The next events after a position, oldest first, at most `limit`. */
export const readEventsAfter = async (read: RunPrepared, position: number, limit: number): Promise<PublishedEvent[]> =>
  (await read<Row>(following, [String(position), String(limit)])).map(toPublishedEvent)

/** The event of a position; undefined where it is not kept any more. */
export const eventAt = async (read: RunPrepared, position: number): Promise<PublishedEvent | undefined> =>
  (await read<Row>(single, [String(position)])).map(toPublishedEvent)[0]

/** The names of the events of some positions, of those that are kept. */
export async function eventNamesAt(view: QueryContext, positions: readonly number[]): Promise<Map<number, string>> {
  if (positions.length === 0) return new Map()
  const rows = await view.db.selectFrom('event').select(['position', 'name']).where('position', 'in', positions.map(String)).execute()
  return new Map(rows.map(({ position, name }) => [Number(position), name]))
}

/** The position that was given last. */
export async function newestPosition(view: Pick<QueryContext, 'db'>): Promise<number> {
  const head = await view.db.selectFrom('event_head').select('position').executeTakeFirst()
  return Number(head?.position ?? 0)
}

/** The position that a cursor reached, held for this transaction alone; undefined while another has it. */
export async function takeCursor(work: CommandContext, name: string): Promise<number | undefined> {
  await work.db
    .insertInto('event_cursor')
    .values({ name, position: 0 })
    .onConflict((there) => there.doNothing())
    .execute()
  const cursor = await work.db
    .selectFrom('event_cursor')
    .select('position')
    .where('name', '=', name)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  return cursor && Number(cursor.position)
}

/** Moves a cursor that was taken. It never goes back. */
export async function moveCursor(work: CommandContext, name: string, position: number): Promise<void> {
  await work.db.updateTable('event_cursor').set({ position }).where('name', '=', name).where('position', '<', String(position)).execute()
}

/** A condition: an event lies behind a cursor and a position. @param after an expression of the statement @param cursor the name of a cursor */
export const hasEventsBehind = (after: string, cursor: string): string => `exists (
    select 1 from event e where e.position > greatest(${after}, (select coalesce(max(position), 0) from event_cursor where name = '${cursor}')))`
