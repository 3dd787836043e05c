/** A document as it lies in the database, unopened: for who opens it elsewhere than on the thread of those who type. */
import { zstdDecompressSync } from 'node:zlib'
import * as Y from 'yjs'
import { DomainError } from '../kernel/errors.ts'
import type { View } from '../kernel/operation.ts'
import { pieceBytes } from '../kernel/piece.ts'
import { restOf } from '../kernel/turn.ts'

/** How its bytes are to be read: the newest snapshot as it is packed, and the rows after it, one behind the other. */
export interface Unopened {
  /** Length of the packed snapshot; 0 where there is none. */
  packed: number
  /** The length of each row's update: four bytes, big-endian. */
  lengths: Uint8Array
}

/** Beside its bytes, in pieces. */
interface Lying {
  unopened: Unopened
  bytes: Uint8Array[]
}

/** A snapshot that is taken while one reads puts an end to the reading; then it begins anew. */
const tries = 5

interface Measures {
  seq: string | number
  packed: number | null
  lengths: Uint8Array | null
}

const measures = {
  name: 'unopened measures',
  text: `
    with newest as (select seq, octet_length(state) as packed from document_snapshot where document = $1)
    select coalesce(max(seq), 0) as seq, max(packed) as packed,
      (select string_agg(int4send(octet_length(update)), ''::bytea order by seq) from document_update
        where document = $1 and seq > coalesce((select seq from newest), 0)) as lengths
    from newest`,
}
const ofSnapshot = {
  name: 'unopened snapshot',
  text: `select substring(state from $3::int for ${pieceBytes}) as bytes from document_snapshot where document = $1 and seq = $2::bigint`,
}
const ofRows = {
  name: 'unopened rows',
  text: `select string_agg(update, ''::bytea order by seq) as bytes from document_update where document = $1 and seq between $2::bigint and $3::bigint`,
}
const ofRow = {
  name: 'unopened row',
  text: `select substring(update from $3::int for ${pieceBytes}) as bytes from document_update where document = $1 and seq = $2::bigint`,
}

/** Reads it in pieces, between which those who write have their turn. `head` is the number of its newest row. */
export async function readUnopened(view: View, id: string): Promise<Lying & { head: number }> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const read = await readOnce(view, id)
    if (read) return read
  }
  throw new DomainError('unavailable', 'The document could not be read while it is tidied up; try again.', { retryAfter: 2 })
}

/** Undefined where what it reads was replaced meanwhile. */
async function readOnce(view: View, id: string): Promise<(Lying & { head: number }) | undefined> {
  const [found] = await view.read<Measures>(measures, [id])
  const seq = Number(found?.seq ?? 0)
  const packed = Number(found?.packed ?? 0)
  const lengths = new Uint8Array(found?.lengths ?? [])
  const bytes: Uint8Array[] = []
  for (const { statement, values, length } of piecesOf(id, seq, packed, lengths)) {
    await restOf()
    const [row] = await view.read<{ bytes: Uint8Array | null }>(statement, values)
    if (row?.bytes?.length !== length) return undefined
    bytes.push(row.bytes)
  }
  return { unopened: { packed, lengths }, bytes, head: seq + lengths.length / 4 }
}

/** What is to be asked for, piece by piece, and how long each will be. */
function* piecesOf(id: string, seq: number, packed: number, lengths: Uint8Array) {
  function* cut(statement: typeof ofRow, of: number, length: number) {
    for (let start = 0; start < length; start += pieceBytes)
      yield { statement, values: [id, String(of), String(start + 1)], length: Math.min(pieceBytes, length - start) }
  }
  yield* cut(ofSnapshot, seq, packed)
  const each = lengthsIn(lengths)
  for (let place = 0; place < each.length; ) {
    let [end, length] = [place, 0]
    while (end < each.length && length + (each[end] as number) <= pieceBytes) length += each[end++] as number
    if (end === place) {
      yield* cut(ofRow, seq + place + 1, each[place] as number)
      place++
    } else {
      yield { statement: ofRows, values: [id, String(seq + place + 1), String(seq + end)], length }
      place = end
    }
  }
}

function lengthsIn({ buffer, byteOffset, byteLength }: Uint8Array): number[] {
  const view = new DataView(buffer, byteOffset, byteLength)
  return Array.from({ length: byteLength / 4 }, (_, place) => view.getInt32(place * 4))
}

/** A state (Yjs, V1) as if it were the one row of a document. */
export function asUnopened(state: Uint8Array): Lying {
  const lengths = new Uint8Array(4)
  new DataView(lengths.buffer).setInt32(0, state.length)
  return { unopened: { packed: 0, lengths }, bytes: [state] }
}

/** Opens it, here and now. */
export function opened({ packed, lengths }: Unopened, pieces: Uint8Array[]): Y.Doc {
  const document = new Y.Doc()
  const bytes = Buffer.concat(pieces)
  document.transact(() => {
    if (packed > 0) Y.applyUpdate(document, zstdDecompressSync(bytes.subarray(0, packed)))
    let start = packed
    for (const length of lengthsIn(lengths)) {
      Y.applyUpdate(document, bytes.subarray(start, start + length))
      start += length
    }
  })
  return document
}
