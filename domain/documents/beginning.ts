/** The first words of a document that is being made. */
import { sql } from 'kysely'
import { userOf } from '../access/permission.ts'
import type { Work } from '../kernel/operation.ts'

/**
 * Gives a document that this very transaction makes its first row. Nobody can have it open before it is committed, so the row needs no
 * turn in the journal's batches, and the document is never seen without it.
 * @param update what an empty document takes (Yjs, V1); the row is the one's who asks, where nobody is named
 */
export async function beginDocument(work: Work, id: string, update: Uint8Array, author = userOf(work)): Promise<void> {
  await work.em.flush()
  const bytes = Buffer.from(update.buffer, update.byteOffset, update.length)
  await sql`
    with begun as (update document set head = 1 where id = ${id} and head = 0 returning id)
    insert into document_update (document, seq, actor, at, update)
    select id, 1, ${author}::uuid, ${work.now}::timestamptz, ${bytes}::bytea from begun`.execute(work.em.getKysely() as never)
}
