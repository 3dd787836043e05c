/** Suggestions that people type: the text has them at once, and they are kept here so that others are told of them. */
import { sql } from 'kysely'
import { systemOnly } from '../access/permission.ts'
import { command } from '../kernel/operation.ts'
import { DocumentName } from './document.ts'
import { SuggestionChanged } from './events.ts'
import { readKnown } from './suggestion.ts'
import { idOf } from './thread.ts'

/** What marks words or a block as suggested, as an update names it; with it come who and when, so no shorter update has one. */
const names = ['insertion', 'deletion', 'suggestion'].map((name) => Buffer.from(name))
const shortest = 60

/**
 * Whether an update (Yjs, V1) may bring marks of a suggestion. Never false where it does; cheap enough to be asked of each keystroke. Words typed
 * into a mark that is there bring none: they are told of with the next that comes.
 */
export function maySuggest({ buffer, byteOffset, length }: Uint8Array): boolean {
  if (length < shortest) return false
  const bytes = Buffer.from(buffer, byteOffset, length)
  return names.some((name) => bytes.includes(name))
}

/** Whoever pastes a thousand suggestions is told of as one who made so many. */
const mostTold = 20

/**
 * Keeps what is suggested in the text and was not known, and tells of each once. Asked again it tells of nothing again; of what is not decided
 * it keeps the words as they are by then. Answers how many it told of.
 */
export const noteSuggestions = command('documents.noteSuggestions', {
  input: { documentName: DocumentName },
  may: systemOnly,
  prepares: async (view, { documentName }) => (await readKnown(view, idOf(documentName))).open.filter(({ userId }) => userId !== null),
  async does(work, { documentName }, open): Promise<number> {
    const { rows } = await sql<{ id: string; fresh: boolean }>`
      insert into suggestion (document, id, mark, user_id, kind, inserted, deleted, at, state, typed)
      select ${idOf(documentName)}::uuid, id, mark, "userId", kind, inserted, deleted, at, 'open', true
      from jsonb_to_recordset(${JSON.stringify(open)}::jsonb)
        as made(id uuid, mark uuid, "userId" uuid, kind text, inserted text, deleted text, at timestamptz)
      on conflict (document, id) do update set kind = excluded.kind, inserted = excluded.inserted, deleted = excluded.deleted
        where suggestion.typed and suggestion.state = 'open'
          and (suggestion.kind, suggestion.inserted, suggestion.deleted) is distinct from (excluded.kind, excluded.inserted, excluded.deleted)
      returning id, xmax = 0 as fresh`.execute(work.em.getKysely() as never)
    const told = rows.filter(({ fresh }) => fresh).slice(0, mostTold)
    for (const { id } of told)
      work.emit(SuggestionChanged, {
        subject: documentName,
        audience: [documentName],
        data: { documentName, suggestionId: id, change: 'made' },
      })
    return told.length
  },
})
