/** Folds what is old of journals into sessions, a little at a time. */
import { sql } from 'kysely'
import * as Y from 'yjs'
import { z } from 'zod'
import { systemOnly } from '../access/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type View, type Work } from '../kernel/operation.ts'
import { pastOf } from './past.ts'
import { rowsBetween } from './rows.ts'
import { cut, fold, mostRows, pack, type Session } from './session.ts'

/** Rows of each document that stay as they are, the newest. */
export const newestRows = 10_000
/** A node that was away catches up from the rows; so none is folded that it may lack, if it comes back within this time, milliseconds. */
const youngest = 60 * 60_000
/** What one call does at most, and of one document, so that it ends within seconds. */
const mostDocuments = 20
const mostSessions = 10
/** A whole state is kept when the sessions since the last take this share of its bytes: all states together take some four times what the sessions take. */
const stateShare = 0.25

interface Folded {
  id: string
  sessions: Session[]
}

interface Due {
  id: string
  /** The last row that is folded, and the last that may be. */
  folded: number
  until: number
}

/**
 * Folds old rows of journals into sessions, and puts those in the place of the rows. Does a bounded piece of work; answers how many
 * rows it folded, 0 when nothing was left to do. Never a row above the document's snapshot, from which documents are loaded.
 */
export const foldHistory = command('documents.foldHistory', {
  input: {
    /** One document; all when absent. */
    id: z.uuid().optional(),
    newest: z.number().int().min(0).default(newestRows),
    youngest: z.number().int().min(0).default(youngest),
  },
  may: systemOnly,
  async prepares(view, { id, newest, youngest }): Promise<Folded[]> {
    const done: Folded[] = []
    for (const due of await dueOf(view, id, newest)) done.push({ id: due.id, sessions: await sessionsOf(view, due, youngest) })
    return done
  },
  async does(work, _input, done): Promise<number> {
    let rows = 0
    for (const { id, sessions } of done) for (const session of sessions) rows += await keep(work, id, session)
    return rows
  },
})

async function dueOf(view: View, id: string | undefined, newest: number): Promise<Due[]> {
  const { rows } = await sql<Due>`
    select d.id, least(d.head - ${newest}::bigint, s.seq) as until, folded.to_seq as folded
    from document d join document_snapshot s on s.document = d.id
    cross join lateral (select coalesce(max(to_seq), 0) as to_seq from document_session where document = d.id) as folded
    where ${id ? sql`d.id = ${id}` : sql`d.head > ${newest}::bigint`}
      and least(d.head - ${newest}::bigint, s.seq) - folded.to_seq >= ${id ? 1 : mostRows}
    order by least(d.head - ${newest}::bigint, s.seq) - folded.to_seq desc limit ${mostDocuments}`.execute(view.em.getKysely() as never)
  return rows.map((row) => ({ id: row.id, folded: Number(row.folded), until: Number(row.until) }))
}

async function sessionsOf(view: View, { id, folded, until }: Due, youngest: number): Promise<Session[]> {
  const before = view.now.getTime() - youngest
  const rows = await rowsBetween(view, id, folded, Math.min(until, folded + mostRows * mostSessions))
  const sessions: Session[] = []
  const updates: Uint8Array[] = []
  for (const part of cut(
    rows.filter(({ at }) => at <= before),
    await versionsOf(view, id),
  ).slice(0, mostSessions)) {
    const { session, update } = await fold(part)
    sessions.push(session)
    updates.push(update)
  }
  const last = sessions.at(-1)
  if (last && (await wantsState(view, id, sessions))) {
    const { document } = await pastOf(view, id, folded, folded, new Y.Doc())
    document.transact(() => {
      for (const update of updates) Y.applyUpdateV2(document, update)
    })
    last.state = await pack(Y.encodeStateAsUpdate(document))
    document.destroy()
  }
  return sessions
}

/** A version is exact for ever, so a session ends there. */
async function versionsOf(view: View, id: string): Promise<Set<number>> {
  const { rows } = await sql<{ at: string | number }>`
    select at from document_version where document = ${id}`.execute(view.em.getKysely() as never)
  return new Set(rows.map(({ at }) => Number(at)))
}

async function wantsState(view: View, id: string, sessions: Session[]): Promise<boolean> {
  const { rows } = await sql<{ state: number | null; since: string | number | null }>`
    with last as (select to_seq, octet_length(state) as bytes from document_session
      where document = ${id} and state is not null order by to_seq desc limit 1)
    select (select bytes from last) as state, sum(octet_length(edits)) as since from document_session
    where document = ${id} and to_seq > coalesce((select to_seq from last), 0)`.execute(view.em.getKysely() as never)
  const since = Number(rows[0]?.since ?? 0) + sessions.reduce((sum, { edits }) => sum + edits.length, 0)
  return since >= Math.max(4096, (rows[0]?.state ?? 0) * stateShare)
}

/** Puts a session in the place of its rows. Answers how many; 0 where another node did it. */
async function keep(work: Work, id: string, session: Session): Promise<number> {
  const { from, to, startedAt, endedAt, people, wrote, edits, state } = session
  const kysely = work.em.getKysely() as never
  const kept = await sql`
    insert into document_session (document, from_seq, to_seq, started_at, ended_at, people, wrote, edits, state)
    select id, ${from}, ${to}, ${startedAt.toISOString()}::timestamptz, ${endedAt.toISOString()}::timestamptz, ${JSON.stringify(people)}::jsonb,
      ${wrote}::bytea, ${edits}::bytea, ${state}::bytea from document
    where id = ${id} and coalesce((select max(to_seq) from document_session where document = ${id}), 0) = ${from - 1}
      and not exists (select from document_version where document = ${id} and at >= ${from}::bigint and at < ${to}::bigint)
    on conflict do nothing returning to_seq`.execute(kysely)
  if (kept.rows.length === 0) return 0
  const gone = await sql<{ seq: string }>`
    delete from document_update where document = ${id} and seq between ${from} and ${to} returning seq`.execute(kysely)
  if (gone.rows.length !== to - from + 1) throw new DomainError('conflict', 'The rows were folded by another node.')
  return gone.rows.length
}
