/** The initial content of a new document. */
import { sql } from 'kysely'
import { requireUserId } from '../kernel/permission.ts'
import type { CommandContext } from '../kernel/operation.ts'

/**
 * Inserts the first row of a document that the same transaction creates. Nobody can have it open before the commit, so the row bypasses the
 * journal's batches, and the document is never visible without it.
 * @param update an update (Yjs V1) for an empty document
 * @param author the person who runs the command, where absent
 */
export async function insertInitialUpdate(
  work: CommandContext,
  id: string,
  update: Uint8Array,
  author = requireUserId(work),
): Promise<void> {
  await work.em.flush()
  const bytes = Buffer.from(update.buffer, update.byteOffset, update.length)
  await sql`
    with begun as (update document set head = 1 where id = ${id} and head = 0 returning id)
    insert into document_update (document, seq, actor, at, update)
    select id, 1, ${author}::uuid, ${work.now}::timestamptz, ${bytes}::bytea from begun`.execute(work.db)
}
