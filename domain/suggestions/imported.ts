/** Suggestions that a file brought: the text of the new document has them, and rows say who made them. */
import { sql } from 'kysely'
import type { CommandContext, QueryContext } from '../kernel/operation.ts'
import type { ParsedSuggestion } from '../documents/richtext/suggestion-marks.ts'

/** A suggestion of an imported file. Its author in the text is the person who imported the file. */
export interface ImportedSuggestion extends ParsedSuggestion {
  /** The author's name in the file. */
  authorName: string
}

/**
 * Inserts the rows of a new document's suggestions, in the transaction that creates it. It emits no event, so that nobody is notified: the
 * suggestions were made before the import.
 */
export async function insertImportedSuggestions(
  work: CommandContext,
  document: string,
  suggestions: readonly ImportedSuggestion[],
): Promise<void> {
  if (suggestions.length === 0) return
  await sql`
    insert into suggestion (document, id, mark, user_id, kind, inserted, deleted, formatted, formats, at, state, typed, author_name)
    select ${document}::uuid, id, mark, "userId", kind, inserted, deleted, formatted, formats, at, 'open', true, "authorName"
    from jsonb_to_recordset(${JSON.stringify(suggestions)}::jsonb)
      as made(id uuid, mark uuid, "userId" uuid, kind text, inserted text, deleted text, formatted text, formats jsonb,
        at timestamptz, "authorName" text)`.execute(work.db)
}

/** The names of authors that files brought, by the id of their suggestion. */
export async function readImportedAuthors(view: QueryContext, document: string): Promise<Map<string, string>> {
  const rows = await view.db
    .selectFrom('suggestion')
    .select(['id', 'author_name'])
    .where('document', '=', document)
    .where('author_name', 'is not', null)
    .execute()
  return new Map(rows.map(({ id, author_name }) => [id, author_name as string]))
}
