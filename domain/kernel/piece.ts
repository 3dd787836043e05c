/** Long bytes in pieces, between which others have their turn. */

/**
 * Bytes of a piece: a fraction of a millisecond of whoever reads or writes it. Whole, half a megabyte was ten milliseconds to read off a pipe, twenty from the
 * database (as text, and bytes of that again), and a PostgreSQL that writes 128 KiB holds a core for two to four.
 */
export const pieceBytes = 32 * 1024

/** Cuts bytes, without copying them. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes)
}
