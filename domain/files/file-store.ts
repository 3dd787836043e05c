/**
 * Stored files: for a day while they are imported or exported, or permanently when they are attached. They are in the database, since any
 * node may need a file that another one made, and in chunks, since one large write would block the embedded database.
 */
import { notFound } from '../kernel/errors.ts'
import type { TableRow } from '../kernel/db/table-row.ts'
import type { CommandContext, PreparationContext, QueryContext } from '../kernel/operation.ts'
import { splitIntoChunks } from '../kernel/chunks.ts'
import { yieldToWriters } from '../kernel/scheduling.ts'

const retentionMs = 24 * 3600_000

const insertChunkStatement = {
  name: 'file kept',
  text: 'insert into kept_piece (file, number, at, bytes) values ($1, $2::int, $3::timestamptz, $4::bytea)',
}
const readChunkStatement = { name: 'kept file', text: 'select bytes from kept_piece where file = $1 and number = $2::int' }

/**
 * Stores a file. Each chunk commits on its own, with pauses for writers, so call it outside of a transaction. An earlier file with this id
 * is replaced.
 * @param bytes in one or several parts
 */
export async function storeFile({ autocommit, now }: PreparationContext, id: string, bytes: readonly Uint8Array[]): Promise<void> {
  await autocommit.db.deleteFrom('kept_piece').where('file', '=', id).execute()
  let number = 0
  for (const part of bytes) {
    for (const piece of splitIntoChunks(part)) {
      if (number > 0) await yieldToWriters()
      await autocommit.runPrepared(insertChunkStatement, [
        id,
        String(number++),
        now.toISOString(),
        Buffer.from(piece.buffer, piece.byteOffset, piece.length),
      ])
    }
  }
}

/** A file's bytes, in chunks. @throws DomainError not-found when the file has expired */
export async function readStoredFile(view: QueryContext, id: string): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for (;;) {
    const [row] = await view.runPrepared<TableRow<'kept_piece', 'bytes'>>(readChunkStatement, [id, String(pieces.length)])
    if (!row) break
    pieces.push(row.bytes)
    await yieldToWriters()
  }
  if (pieces.length === 0) throw notFound()
  return pieces
}

/** Keeps a file until it is deleted. @returns whether it still exists */
export async function retainFile(work: CommandContext, id: string): Promise<boolean> {
  const kept = await work.db.updateTable('kept_piece').set({ at: 'infinity' }).where('file', '=', id).returning('number').executeTakeFirst()
  return kept !== undefined
}

export async function deleteStoredFile(work: CommandContext, id: string): Promise<void> {
  await work.db.deleteFrom('kept_piece').where('file', '=', id).execute()
}

/** Files older than this have expired. */
export const expiryTime = (view: QueryContext): Date => new Date(view.now.getTime() - retentionMs)

export async function deleteExpiredFiles(work: CommandContext): Promise<void> {
  await work.db.deleteFrom('kept_piece').where('at', '<', expiryTime(work).toISOString()).execute()
}
