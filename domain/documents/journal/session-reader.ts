/** Edit sessions as they are stored: what they tell of, without the rows that they stand for. */
import { sql } from 'kysely'
import type { TableRow } from '../../kernel/db/table-row.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import { maxPauseMs, type EditSession, type Contribution } from './edit-session.ts'
import { authorColumn } from './row-reader.ts'

/**
 * The sessions of a document that have a row between two (both included), oldest first.
 * @param ending whether a session counts only where it ends in between
 */
export async function sessionsBetween(
  view: QueryContext,
  id: string,
  from: number,
  to: number,
  { ending = false } = {},
): Promise<Omit<EditSession, 'state'>[]> {
  const rows = await view.db
    .selectFrom('document_session')
    .select(['from_seq', 'to_seq', 'started_at', 'ended_at', 'people', 'wrote', 'edits'])
    .where('document', '=', id)
    .where('to_seq', '>=', String(from))
    .where(ending ? 'to_seq' : 'from_seq', '<=', String(to))
    .orderBy('to_seq')
    .execute()
  return rows.map(({ from_seq, to_seq, started_at, ended_at, people, wrote, edits }) => ({
    from: Number(from_seq),
    to: Number(to_seq),
    startedAt: new Date(started_at),
    endedAt: new Date(ended_at),
    people: people as Contribution[],
    wrote,
    edits,
  }))
}

/** Some edits of a document with no long pause among them: a session, or what follows the sessions. */
export type WorkPiece = Pick<EditSession, 'from' | 'to' | 'startedAt' | 'endedAt' | 'people'>

/** All edits of a document in pieces, oldest first. Two that follow each other may belong together. */
export async function workPiecesOf(view: QueryContext, id: string): Promise<WorkPiece[]> {
  type Row = { from: string; to: string; start: string; end: string } & TableRow<'document_session', 'people'>
  const { rows } = await sql<Row>`
    with row as (
      select seq, at, ${sql.raw(authorColumn)} as actor, case when at - lag(at) over (order by seq) > make_interval(secs => ${sql.lit(maxPauseMs / 1000)}) then 1 else 0 end as apart
      from document_update where document = ${id}
    ), placed as (select seq, at, actor, sum(apart) over (order by seq) as place from row
    ), shared as (
      select place, actor, min(seq) as first, max(seq) as last, min(at) as start, max(at) as finish, count(*) as edits
      from placed group by place, actor)
    select from_seq as "from", to_seq as "to", started_at as start, ended_at as "end", people from document_session where document = ${id}
    union all
    select min(first), max(last), min(start), max(finish), jsonb_agg(jsonb_build_object('userId', actor, 'edits', edits)) from shared group by place
    order by 1`.execute(view.db)
  return rows.map(({ from, to, start, end, people }) => ({
    from: Number(from),
    to: Number(to),
    startedAt: new Date(start),
    endedAt: new Date(end),
    people: people as Contribution[],
  }))
}

/** The newest row at a time; 0 where there was none. Of compacted rows, the last of a complete edit session. */
export async function findRowAt(view: QueryContext, id: string, time: Date): Promise<number> {
  const at = time.toISOString()
  const folded = view.db.selectFrom('document_session').select((is) => is.fn.max('to_seq').as('seq'))
  const rows = view.db.selectFrom('document_update').select((is) => is.fn.max('seq').as('seq'))
  const found = await view.db
    .selectNoFrom([
      folded.where('document', '=', id).where('ended_at', '<=', at).as('folded'),
      rows.where('document', '=', id).where('at', '<=', at).as('row'),
    ])
    .executeTakeFirst()
  return Math.max(Number(found?.folded ?? 0), Number(found?.row ?? 0))
}

/** When a row was written; null before the first, and for a compacted row that is not the last of its edit session. */
export async function readRowTime(view: QueryContext, id: string, at: number): Promise<Date | null> {
  const seq = String(at)
  const row = await view.db
    .selectFrom('document_update')
    .select('at')
    .where('document', '=', id)
    .where('seq', '=', seq)
    .unionAll(view.db.selectFrom('document_session').select('ended_at as at').where('document', '=', id).where('to_seq', '=', seq))
    .executeTakeFirst()
  return row ? new Date(row.at) : null
}

/** Where a row stands among folded ones: whether it is one of them, and the last row of the last session that ends up to it. */
export async function foldedAt(view: QueryContext, id: string, at: number): Promise<{ isFolded: boolean; sessionEnd: number }> {
  const { newest, end } = await view.db
    .selectFrom('document_session')
    .select((is) => [is.fn.max('to_seq').as('newest'), is.fn.max('to_seq').filterWhere('to_seq', '<=', String(at)).as('end')])
    .where('document', '=', id)
    .executeTakeFirstOrThrow()
  return { isFolded: Number(newest ?? 0) > at, sessionEnd: Number(end ?? 0) }
}

/** When the first row after another was written; null where there is none. Of compacted rows, when their edit session began. */
export async function readTimeAfter(view: QueryContext, id: string, seq: number): Promise<Date | null> {
  const { rows } = await sql<{ at: string | null }>`
    select min(at) as at from (
      select min(at) as at from document_update where document = ${id} and seq > ${seq}::bigint
      union all
      select min(started_at) from document_session where document = ${id} and to_seq > ${seq}::bigint) later`.execute(view.db)
  return rows[0]?.at ? new Date(rows[0].at) : null
}
