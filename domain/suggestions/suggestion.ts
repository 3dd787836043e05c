/** Suggestions with their decisions: rows beside the text record who decided what, once. */
import { sql } from 'kysely'
import { z } from 'zod'
import { requireViewer } from '../access/permission.ts'
import type { TableRow } from '../kernel/db/table-row.ts'
import { notFound } from '../kernel/errors.ts'
import { query, type QueryContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { readAttributionPieces } from '../documents/journal/attribution.ts'
import { computeSuggestions } from '../history/worker/history-worker.ts'
import { DocumentName } from '../documents/document.ts'
import { readNames } from '../users/display-name.ts'
import { readStatePieces } from '../documents/journal/past-reader.ts'
import type { SuggestionParts, ParsedSuggestion } from '../documents/richtext/suggestion-marks.ts'
import { documentIdOf, documentSubject } from '../comments/thread.ts'
import { readImportedAuthors } from './imported.ts'

/** `gone`: made through the server, not decided, and its text no longer exists. */
export const suggestionStates = ['open', 'accepted', 'rejected', 'gone'] as const
export type SuggestionState = (typeof suggestionStates)[number]

/** A suggestion with its author's name and decision. */
export interface SuggestionDetails extends ParsedSuggestion {
  name: string | null
  state: SuggestionState
  decidedBy: string | null
  decidedAt: Date | null
}

/** A suggestion row. */
export interface SuggestionRow extends Omit<SuggestionDetails, 'name' | 'at'> {
  state: 'open' | 'accepted' | 'rejected'
  at: Date | null
  /** Of a suggestion that a file brought: its author there. */
  authorName: string | null
}

/** The rows of decided and of server-made suggestions, as `rowOf` takes them. */
const selectRows = (view: QueryContext, document: string) =>
  view.db
    .selectFrom('suggestion')
    .select([
      'id',
      'mark',
      'user_id',
      'kind',
      'inserted',
      'deleted',
      'formatted',
      'formats',
      'at',
      'state',
      'decided_by',
      'decided_at',
      'author_name',
    ])
    .where('document', '=', document)

type Row = TableRow<
  'suggestion',
  | 'id'
  | 'mark'
  | 'user_id'
  | 'kind'
  | 'inserted'
  | 'deleted'
  | 'formatted'
  | 'formats'
  | 'at'
  | 'state'
  | 'decided_by'
  | 'decided_at'
  | 'author_name'
>

const toRow = ({
  user_id: userId,
  kind,
  formats,
  at,
  state,
  decided_by: decidedBy,
  decided_at,
  author_name: authorName,
  ...row
}: Row): SuggestionRow => ({
  ...row,
  userId,
  kind: kind as SuggestionRow['kind'],
  formats: formats as SuggestionRow['formats'],
  state: state as SuggestionRow['state'],
  at: at === null ? null : new Date(at),
  decidedBy,
  authorName,
  decidedAt: decided_at === null ? null : new Date(decided_at),
})

/** The suggestions in the committed text. */
export interface OpenSuggestions {
  /** Undecided ones in the text, in order. */
  open: SuggestionDetails[]
  /** The Yjs ids of each, by suggestion id. */
  parts: Map<string, SuggestionParts>
  /** Undecided rows of suggestions made through the server. */
  undecided: SuggestionRow[]
}

/** @param followed ids of decisions that are applied to the text, though their rows do not say so yet */
export async function readOpenSuggestions(
  view: QueryContext,
  document: string,
  followed: readonly string[] = [],
): Promise<OpenSuggestions> {
  const found = await selectRows(view, document).where('state', '=', 'open').where('typed', '=', false).execute()
  const decided = await view.db
    .selectFrom('suggestion')
    .select(['id', 'applied'])
    .where('document', '=', document)
    .where('state', '<>', 'open')
    .execute()
  const settled = new Set([...followed, ...decided.filter(({ applied }) => applied).map(({ id }) => id)])
  const waiting = new Set(decided.map(({ id }) => id).filter((id) => !settled.has(id)))
  const rows = new Map(found.map((row) => [row.id, toRow(row)]))
  const { suggestions, parts } = await computeSuggestions(view, {
    newest: await readStatePieces(view, document, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    wrote: await readAttributionPieces(view, document),
    settled: [...settled],
  })
  const there = suggestions.filter(({ id }) => !waiting.has(id))
  const importedAuthors = await readImportedAuthors(view, document)
  const nameOf = await readNames(
    view,
    there.map(({ userId }) => userId),
  )
  const open = there.map((one) => {
    const row = rows.get(one.id)
    const known = row && { kind: row.kind, at: row.at?.toISOString() ?? one.at }
    return {
      ...one,
      ...known,
      name: importedAuthors.get(one.id) ?? nameOf(one.userId),
      state: 'open' as const,
      decidedBy: null,
      decidedAt: null,
    }
  })
  return { open, parts: new Map(parts), undecided: [...rows.values()] }
}

/** The suggestions of a document: open ones in text order, decided ones by time of decision, last first. */
export const listSuggestions = query('documents.listSuggestions', {
  input: { ...paging, documentName: DocumentName, state: z.enum(suggestionStates).default('open') },
  authorize: requireViewer(documentSubject),
  async execute(view, { documentName, state, limit, cursor }): Promise<Page<SuggestionDetails>> {
    const document = documentIdOf(documentName)
    const after = parseCursor(cursor)
    const place = ({ id, decidedAt }: SuggestionDetails) => ({ at: (decidedAt ?? new Date(0)).toISOString(), id })
    if (state === 'accepted' || state === 'rejected') {
      const rows = await selectRows(view, document)
        .where('state', '=', state)
        .where(after ? sql<boolean>`(decided_at, id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql<boolean>`true`)
        .orderBy('decided_at', 'desc')
        .orderBy('id', 'desc')
        .limit(limit + 1)
        .execute()
      return paginate(await toDetails(view, rows.map(toRow)), limit, place, (one) => one)
    }
    const { open, undecided } = await readOpenSuggestions(view, document)
    const there = new Set(open.map(({ id }) => id))
    const gone = undecided.filter(({ id }) => !there.has(id))
    const all = state === 'open' ? open : await toDetails(view, gone)
    // the cursor of a suggestion in text order is its id, without a time
    const start = after ? all.findIndex(({ id }) => id === after.id) + 1 : 0
    return paginate(all.slice(start, start + limit + 1), limit, place, (one) => one)
  },
})

/** Converts rows; an open row here has no text any more. */
export async function toDetails(view: QueryContext, rows: SuggestionRow[]): Promise<SuggestionDetails[]> {
  const nameOf = await readNames(
    view,
    rows.map(({ userId }) => userId),
  )
  return rows.map(({ id, mark, userId, kind, inserted, deleted, formatted, formats, decidedBy, decidedAt, authorName, ...row }) => ({
    id,
    mark,
    userId,
    kind,
    inserted,
    deleted,
    formatted,
    formats,
    decidedBy,
    decidedAt,
    at: row.at?.toISOString() ?? null,
    name: authorName ?? nameOf(userId),
    state: row.state === 'open' ? 'gone' : row.state,
  }))
}

/** @throws DomainError not-found */
export async function findSuggestion(view: QueryContext, document: string, id: string): Promise<SuggestionRow> {
  const row = await selectRows(view, document).where('id', '=', id).executeTakeFirst()
  if (!row) throw notFound()
  return toRow(row)
}
