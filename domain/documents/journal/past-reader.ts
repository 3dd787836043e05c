/** What a document as it was is made of: the nearest whole state, and the sessions and rows after it. */
import { sql } from 'kysely'
import type { QueryContext } from '../../kernel/operation.ts'
import { packedRowColumns, rowsPerGroup } from './row-reader.ts'

/** A stored piece of a document: a whole state, an edit session, or rows. It can be sent to a worker. */
export interface StatePiece {
  kind: 'state' | 'session' | 'rows'
  to: string | number
  bytes: Buffer | null
  first: string | number
  updates: Buffer
  lengths: Buffer
  actors: Buffer
  times: Buffer
  others: string | null
}

/** Reads the pieces of a revision, from the nearest whole state at or below the row `above`; no piece crosses that row. */
export async function readStatePieces(view: QueryContext, id: string, above: number, at: number): Promise<StatePiece[]> {
  // one statement, since a session may be compacted between two
  const { rows } = await sql<StatePiece>`
    with known as (
      select seq, state from document_snapshot where document = ${id} and seq <= ${above}
      union all (
        select to_seq, state from document_session where document = ${id} and to_seq <= ${above} and state is not null
        order by to_seq desc limit 1)
    ), base as (select seq, state from known order by seq desc limit 1), ground as (select coalesce((select seq from base), 0) as seq),
    tail as (
      select max(seq) as last, ${packedRowColumns} from document_update
      where document = ${id} and seq > (select seq from ground) and seq <= ${at} group by seq / ${sql.lit(rowsPerGroup)}, seq <= ${above})
    select 'state' as kind, seq as to, state as bytes, 0 as first, null::bytea as updates, null::bytea as lengths, null::bytea as actors,
      null::bytea as times, null::text as others from base
    union all
    select 'session', to_seq, edits, 0, null, null, null, null, null from document_session
    where document = ${id} and to_seq > (select seq from ground) and to_seq <= ${at}
    union all
    select 'rows', last, null, first, updates, lengths, actors, times, others from tail
    order by 2`.execute(view.db)
  return rows
}
