/** Suggestions as they are known beside the text: who made them, and what was decided, by whom, once. */
import { sql } from 'kysely'
import { z } from 'zod'
import { read } from '../access/permission.ts'
import { notFound } from '../kernel/errors.ts'
import { query, type View } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { whoWrote } from './authorship.ts'
import { DocumentName } from './document.ts'
import { namesOf } from './moment.ts'
import { documentOf } from './snapshot.ts'
import { type Parts, readSuggested, type Suggested } from './suggested.ts'
import { idOf, subjectOf } from './thread.ts'

/** `gone`: made through the server, not decided, and nothing of it is in the text any more. */
export const suggestionStates = ['open', 'accepted', 'rejected', 'gone'] as const
export type SuggestionState = (typeof suggestionStates)[number]

/** A suggestion as it is shown. */
export interface SuggestionSeen extends Suggested {
  name: string | null
  state: SuggestionState
  decidedBy: string | null
  decidedAt: Date | null
}

/** A suggestion as it is kept. */
export interface SuggestionRow extends Omit<SuggestionSeen, 'name' | 'at'> {
  state: 'open' | 'accepted' | 'rejected'
  at: Date | null
}

const columns = sql`id, mark, user_id as "userId", kind, inserted, deleted, at, state, decided_by as "decidedBy",
  decided_at as "decidedAt"`

const rowOf = (row: SuggestionRow): SuggestionRow => ({
  ...row,
  at: row.at && new Date(row.at),
  decidedAt: row.decidedAt && new Date(row.decidedAt),
})

/** What is suggested in what is committed now. */
export interface Known {
  /** What is in the text and not decided, in its order. */
  open: SuggestionSeen[]
  /** What each of these is made of, by id. */
  parts: Map<string, Parts>
  /** Rows of what was made through the server and is not decided. */
  undecided: SuggestionRow[]
}

/** @param followed ids of decisions that the text follows by now, though their rows do not say so yet */
export async function readKnown(view: View, document: string, followed: readonly string[] = []): Promise<Known> {
  const kysely = view.em.getKysely() as never
  const found = await sql<SuggestionRow>`
    select ${columns} from suggestion where document = ${document} and state = 'open' and not typed`.execute(kysely)
  const decided = await sql<{ id: string; applied: boolean }>`
    select id, applied from suggestion where document = ${document} and state <> 'open'`.execute(kysely)
  const settled = new Set([...followed, ...decided.rows.filter(({ applied }) => applied).map(({ id }) => id)])
  const waiting = new Set(decided.rows.map(({ id }) => id).filter((id) => !settled.has(id)))
  const rows = new Map(found.rows.map((row) => [row.id, rowOf(row)]))
  const { suggested, parts } = readSuggested((await documentOf(view, document)).document, await whoWrote(view, document), settled)
  const there = [...suggested.values()].filter(({ id }) => !waiting.has(id))
  const nameOf = await namesOf(
    view,
    there.map(({ userId }) => userId),
  )
  const open = there.map((one) => {
    const row = rows.get(one.id)
    const known = row && { kind: row.kind, at: row.at?.toISOString() ?? one.at }
    return { ...one, ...known, name: nameOf(one.userId), state: 'open' as const, decidedBy: null, decidedAt: null }
  })
  return { open, parts, undecided: [...rows.values()] }
}

/** The suggestions of a document: open ones in the order of the text, decided ones by when they were, the last first. */
export const listSuggestions = query('documents.listSuggestions', {
  input: { ...paging, documentName: DocumentName, state: z.enum(suggestionStates).default('open') },
  may: read(subjectOf),
  async does(view, { documentName, state, limit, cursor }): Promise<Page<SuggestionSeen>> {
    const document = idOf(documentName)
    const after = readCursor(cursor)
    const place = ({ id, decidedAt }: SuggestionSeen) => ({ at: (decidedAt ?? new Date(0)).toISOString(), id })
    if (state === 'accepted' || state === 'rejected') {
      const { rows } = await sql<SuggestionRow>`
        select ${columns} from suggestion where document = ${document} and state = ${state}
          and ${after ? sql`(decided_at, id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql`true`}
        order by decided_at desc, id desc limit ${limit + 1}`.execute(view.em.getKysely() as never)
      return pageOf(await shown(view, rows.map(rowOf)), limit, place, (one) => one)
    }
    const { open, undecided } = await readKnown(view, document)
    const there = new Set(open.map(({ id }) => id))
    const gone = undecided.filter(({ id }) => !there.has(id))
    const all = state === 'open' ? open : await shown(view, gone)
    // a place in the order of the text is a suggestion, at no time
    const start = after ? all.findIndex(({ id }) => id === after.id) + 1 : 0
    return pageOf(all.slice(start, start + limit + 1), limit, place, (one) => one)
  },
})

/** Rows as they are shown; one that is open here has nothing in the text. */
export async function shown(view: View, rows: SuggestionRow[]): Promise<SuggestionSeen[]> {
  const nameOf = await namesOf(
    view,
    rows.map(({ userId }) => userId),
  )
  return rows.map(({ id, mark, userId, kind, inserted, deleted, decidedBy, decidedAt, ...row }) => ({
    id,
    mark,
    userId,
    kind,
    inserted,
    deleted,
    decidedBy,
    decidedAt,
    at: row.at?.toISOString() ?? null,
    name: nameOf(userId),
    state: row.state === 'open' ? 'gone' : row.state,
  }))
}

/** @throws DomainError not-found */
export async function findRow(view: View, document: string, id: string): Promise<SuggestionRow> {
  const { rows } = await sql<SuggestionRow>`select ${columns} from suggestion where document = ${document} and id = ${id}`.execute(
    view.em.getKysely() as never,
  )
  if (!rows[0]) throw notFound()
  return rowOf(rows[0])
}
