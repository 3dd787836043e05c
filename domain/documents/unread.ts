/** Whether a document has unread changes: updates of others after a person's last visit. */
import { sql } from 'kysely'

/**
 * Rows that are searched for one of someone else: a few milliseconds, and as many rows as are never compacted (`recentRows` of
 * `history/compaction.ts`). A person who wrote more than that alone without visiting finds the document unread.
 */
const maxSearchedRows = 10_000

/**
 * A condition: whether someone else (also SmartStart) wrote in the document `d` after the row that the person visited last.
 * @param looked an expression for that row; null where they never visited
 */
export const unreadCondition = (userId: string, looked: ReturnType<typeof sql>) => sql<boolean>`(
  d.head > coalesce(${looked}, 0) and (
    d.head - coalesce(${looked}, 0) > ${sql.lit(maxSearchedRows)}
    or exists (
      select 1 from document_update u
      where u.document = d.id and u.seq > coalesce(${looked}, 0) and u.actor is distinct from ${userId}::uuid)))`
