/** What is new to somebody in a document: what others wrote after they last looked. */
import { sql } from 'kysely'

/**
 * Rows that are searched for one of somebody else's: a few milliseconds' worth, and as many as are never folded (`newestRows` of
 * `folding.ts`). Who wrote more than that alone without ever looking finds the document unread.
 */
const mostSearched = 10_000

/**
 * A condition: whether somebody else (SmartStart itself, too) wrote in the document `d` after the row up to which the person looked.
 * @param looked the row, null where they never did; an expression
 */
export const unreadBy = (userId: string, looked: ReturnType<typeof sql>) => sql<boolean>`(
  d.head > coalesce(${looked}, 0) and (
    d.head - coalesce(${looked}, 0) > ${sql.lit(mostSearched)}
    or exists (
      select 1 from document_update u
      where u.document = d.id and u.seq > coalesce(${looked}, 0) and u.actor is distinct from ${userId}::uuid)))`
