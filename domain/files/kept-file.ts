/**
 * Bytes that are kept for a day, a file on its way in or out, or for good, when something has it. In the database, since any node may be asked for what another made, and in
 * pieces, since one large write would hold the embedded database from those who type.
 */
import { sql } from 'kysely'
import { notFound } from '../kernel/errors.ts'
import type { View, Work } from '../kernel/operation.ts'
import { piecesOf } from '../kernel/piece.ts'
import { restOf } from '../kernel/turn.ts'

const keptFor = 24 * 3600_000

const db = (view: View) => view.em.getKysely() as never

const keep = {
  name: 'file kept',
  text: 'insert into kept_piece (file, number, at, bytes) values ($1, $2::int, $3::timestamptz, $4::bytea)',
}
const readPiece = { name: 'kept file', text: 'select bytes from kept_piece where file = $1 and number = $2::int' }

/**
 * Keeps a file, each piece as its own commit, with a rest for those who write; so outside of a transaction. What was kept under the id before is
 * replaced.
 * @param bytes in one or in parts, one behind the other
 */
export async function keepFile(view: View, id: string, bytes: readonly Uint8Array[]): Promise<void> {
  await sql`delete from kept_piece where file = ${id}`.execute(db(view))
  let number = 0
  for (const part of bytes) {
    for (const piece of piecesOf(part)) {
      if (number > 0) await restOf()
      await view.read(keep, [id, String(number++), view.now.toISOString(), Buffer.from(piece.buffer, piece.byteOffset, piece.length)])
    }
  }
}

/** A file's bytes, in parts. @throws DomainError not-found when the file is forgotten already */
export async function readKept(view: View, id: string): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for (;;) {
    const [row] = await view.read<{ bytes: Uint8Array }>(readPiece, [id, String(pieces.length)])
    if (!row) break
    pieces.push(row.bytes)
    await restOf()
  }
  if (pieces.length === 0) throw notFound()
  return pieces
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
