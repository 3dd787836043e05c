/** Compaction of old rows into edit sessions: which rows may be compacted, and replacing rows by a session. */
import { type RawBuilder, sql } from 'kysely'
import { DomainError } from '../../kernel/errors.ts'
import type { CommandContext, QueryContext } from '../../kernel/operation.ts'
import { maxSessionRows, type EditSession } from './edit-session.ts'

/** A document with rows to compact. */
export interface CompactionTask {
  id: string
  /** The last compacted row. */
  compactedTo: number
  /** The last row that may be compacted. */
  until: number
}

/**
 * Finds documents in which a whole session's rows may be compacted, those with most rows first; of one document, any row. Never a row
 * above the snapshot, from which documents are loaded.
 * @param options.id one document; all when absent
 * @param options.recentRows how many of the newest rows of each stay as they are
 */
export async function findCompactionTasks(
  view: QueryContext,
  { id, recentRows, maxDocuments }: { id: string | undefined; recentRows: number; maxDocuments: number },
): Promise<CompactionTask[]> {
  const { rows } = await sql<{ id: string; until: string; folded: string }>`
    select d.id, least(d.head - ${recentRows}::bigint, s.seq) as until, folded.to_seq as folded
    from document d join document_snapshot s on s.document = d.id
    cross join lateral (select coalesce(max(to_seq), 0) as to_seq from document_session where document = d.id) as folded
    where ${id ? sql`d.id = ${id}` : sql`d.head > ${recentRows}::bigint`}
      and least(d.head - ${recentRows}::bigint, s.seq) - folded.to_seq >= ${id ? 1 : maxSessionRows}
    order by least(d.head - ${recentRows}::bigint, s.seq) - folded.to_seq desc limit ${maxDocuments}`.execute(view.db)
  return rows.map((row) => ({ id: row.id, compactedTo: Number(row.folded), until: Number(row.until) }))
}

/** Reads the bytes of the newest session's whole state, and of the edits of the sessions after it. */
export async function bytesSinceState(view: QueryContext, id: string): Promise<{ stateBytes: number; editBytes: number }> {
  const { rows } = await sql<{ state: number | null; since: string | null }>`
    with last as (select to_seq, octet_length(state) as bytes from document_session
      where document = ${id} and state is not null order by to_seq desc limit 1)
    select (select bytes from last) as state, sum(octet_length(edits)) as since from document_session
    where document = ${id} and to_seq > coalesce((select to_seq from last), 0)`.execute(view.db)
  return { stateBytes: rows[0]?.state ?? 0, editBytes: Number(rows[0]?.since ?? 0) }
}

/**
 * Replaces rows by their session, if it is the next one and a condition holds.
 * @returns how many rows; 0 where another node did it, or the condition does not hold
 */
export async function replaceRows(work: CommandContext, id: string, session: EditSession, condition: RawBuilder<boolean>): Promise<number> {
  const { from, to, startedAt, endedAt, people, wrote, edits, state } = session
  const { db } = work
  const kept = await sql`
    insert into document_session (document, from_seq, to_seq, started_at, ended_at, people, wrote, edits, state)
    select id, ${from}, ${to}, ${startedAt.toISOString()}::timestamptz, ${endedAt.toISOString()}::timestamptz, ${JSON.stringify(people)}::jsonb,
      ${wrote}::bytea, ${edits}::bytea, ${state}::bytea from document
    where id = ${id} and coalesce((select max(to_seq) from document_session where document = ${id}), 0) = ${from - 1} and ${condition}
    on conflict do nothing returning to_seq`.execute(db)
  if (kept.rows.length === 0) return 0
  const gone = await db
    .deleteFrom('document_update')
    .where('document', '=', id)
    .where('seq', '>=', String(from))
    .where('seq', '<=', String(to))
    .returning('seq')
    .execute()
  if (gone.length !== to - from + 1) throw new DomainError('conflict', 'The history was compacted by another node. Try again.')
  return gone.length
}
