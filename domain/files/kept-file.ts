/**
 * Bytes that are kept for a day, a file on its way in or out, or for good, when something has it. In the database, since any node may be asked for what another made, and in
 * pieces, since one large write would hold the embedded database from those who type.
 */
import { sql } from 'kysely'
import { notFound } from '../kernel/errors.ts'
import type { View, Work } from '../kernel/operation.ts'

/** Bytes of a piece: some milliseconds of the embedded database. */
const pieceBytes = 128 * 1024
const keptFor = 24 * 3600_000

const db = (view: View) => view.em.getKysely() as never

/** Keeps a file, each piece as its own commit; so outside of a transaction. What was kept under the id before is replaced. */
export async function keepFile(view: View, id: string, bytes: Uint8Array): Promise<void> {
  await sql`delete from kept_piece where file = ${id}`.execute(db(view))
  for (let start = 0, number = 0; start < bytes.length; start += pieceBytes, number++) {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset + start, Math.min(pieceBytes, bytes.length - start))
    await sql`insert into kept_piece (file, number, at, bytes) values (${id}, ${number}, ${view.now}, ${piece}::bytea)`.execute(db(view))
  }
}

/** @throws DomainError not-found when the file is forgotten already */
export async function readKept(view: View, id: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  for (;;) {
    const { rows } = await sql<{
      bytes: Uint8Array
    }>`select bytes from kept_piece where file = ${id} and number = ${pieces.length}`.execute(db(view))
    if (!rows[0]) break
    pieces.push(rows[0].bytes)
  }
  if (pieces.length === 0) throw notFound()
  return Buffer.concat(pieces)
}

/** What was kept for a day is kept until it is forgotten. Answers whether it is still there. */
export async function keepForGood(work: Work, id: string): Promise<boolean> {
  const { rows } = await sql`update kept_piece set at = 'infinity' where file = ${id} returning number`.execute(db(work))
  return rows.length > 0
}

export async function forgetFile(work: Work, id: string): Promise<void> {
  await sql`delete from kept_piece where file = ${id}`.execute(db(work))
}

/** Before this moment nothing is kept any more. */
export const forgottenBefore = (view: View): Date => new Date(view.now.getTime() - keptFor)

export async function forgetOldPieces(work: Work): Promise<void> {
  await sql`delete from kept_piece where at < ${forgottenBefore(work)}`.execute(db(work))
}
