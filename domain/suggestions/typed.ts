/** Suggestions that people type: the text has them at once, and rows are created so that others are notified. */
import { sql } from 'kysely'
import { requireSystem } from '../kernel/permission.ts'
import type { TableRow } from '../kernel/db/table-row.ts'
import { command } from '../kernel/operation.ts'
import { DocumentName } from '../documents/document.ts'
import { SuggestionChanged } from './events.ts'
import { readOpenSuggestions } from './suggestion.ts'
import { documentIdOf } from '../comments/thread.ts'

/** Names of suggestion marks and attributes in an update. Ids and times come with them, so no shorter update has one. */
const markNames = ['insertion', 'deletion', 'formatChange', 'suggestion'].map((name) => Buffer.from(name))
const minUpdateBytes = 60

/**
 * Whether an update (Yjs V1) may contain marks of a suggestion. Never false where it does; cheap enough for each keystroke. Text typed into
 * an existing mark has none and is recorded with the next suggestion.
 */
export function mayContainSuggestion({ buffer, byteOffset, length }: Uint8Array): boolean {
  if (length < minUpdateBytes) return false
  const bytes = Buffer.from(buffer, byteOffset, length)
  return markNames.some((name) => bytes.includes(name))
}

/** Maximum notifications of one run: someone may paste a thousand suggestions. */
const maxNotified = 20

/**
 * Creates rows for new suggestions in the text and emits an event for each, once. For undecided ones it updates the stored text.
 * @returns how many events it emitted
 */
export const recordTypedSuggestions = command('documents.noteSuggestions', {
  input: { documentName: DocumentName },
  authorize: requireSystem,
  prepare: async (view, { documentName }) =>
    (await readOpenSuggestions(view, documentIdOf(documentName))).open.filter(({ userId }) => userId !== null),
  async execute(work, { documentName }, open): Promise<number> {
    const { rows } = await sql<TableRow<'suggestion', 'id'> & { fresh: boolean }>`
      insert into suggestion (document, id, mark, user_id, kind, inserted, deleted, formatted, formats, at, state, typed)
      select ${documentIdOf(documentName)}::uuid, id, mark, "userId", kind, inserted, deleted, formatted, formats, at, 'open', true
      from jsonb_to_recordset(${JSON.stringify(open)}::jsonb)
        as made(id uuid, mark uuid, "userId" uuid, kind text, inserted text, deleted text, formatted text, formats jsonb,
          at timestamptz)
      on conflict (document, id) do update set kind = excluded.kind, inserted = excluded.inserted, deleted = excluded.deleted,
          formatted = excluded.formatted, formats = excluded.formats
        where suggestion.typed and suggestion.state = 'open'
          and (suggestion.kind, suggestion.inserted, suggestion.deleted, suggestion.formatted, suggestion.formats)
            is distinct from (excluded.kind, excluded.inserted, excluded.deleted, excluded.formatted, excluded.formats)
      returning id, xmax = 0 as fresh`.execute(work.db)
    const told = rows.filter(({ fresh }) => fresh).slice(0, maxNotified)
    for (const { id } of told)
      work.emit(SuggestionChanged, {
        subject: documentName,
        audience: [documentName],
        data: { documentName, suggestionId: id, change: 'created' },
      })
    return told.length
  },
})
