/** A document as it lies in the database, unopened: for who opens it elsewhere than on the thread of those who type. */
import { zstdDecompressSync } from 'node:zlib'
import { sql } from 'kysely'
import * as Y from 'yjs'
import type { View } from '../kernel/operation.ts'

/** The newest snapshot as it is packed, and the rows after it, many as one. */
export interface Unopened {
  snapshot: Uint8Array | undefined
  rows: {
    /** The updates, one behind the other. */
    updates: Uint8Array
    /** The length of each: four bytes, big-endian. */
    lengths: Uint8Array
  }[]
}

interface Piece {
  first: string | number
  last: string | number
  state: Uint8Array | null
  updates: Uint8Array | null
  lengths: Uint8Array | null
}

/** Reads it, at the cost of its bytes: a row on its own costs more than what it holds. */
export async function unopenedOf(view: View, id: string): Promise<{ unopened: Unopened; head: number }> {
  const { rows } = await sql<Piece>`
    with newest as (select seq, state from document_snapshot where document = ${id})
    select seq as first, seq as last, state, null::bytea as updates, null::bytea as lengths from newest
    union all
    select min(seq), max(seq), null, string_agg(update, ''::bytea order by seq), string_agg(int4send(octet_length(update)), ''::bytea order by seq)
    from document_update where document = ${id} and seq > coalesce((select seq from newest), 0)
    group by seq / 1000 order by first`.execute(view.em.getKysely() as never)
  const unopened: Unopened = { snapshot: undefined, rows: [] }
  for (const { state, updates, lengths } of rows) {
    if (state) unopened.snapshot = own(state)
    else if (updates && lengths) unopened.rows.push({ updates: own(updates), lengths: own(lengths) })
  }
  return { unopened, head: Number(rows.at(-1)?.last ?? 0) }
}

/** Bytes with memory of their own: what a driver answers lies in a larger piece, which would be sent along. */
const own = (bytes: Uint8Array) => new Uint8Array(bytes)

/** Opens it, here and now. */
export function opened({ snapshot, rows }: Unopened): Y.Doc {
  const document = new Y.Doc()
  document.transact(() => {
    if (snapshot) Y.applyUpdate(document, zstdDecompressSync(snapshot))
    for (const { updates, lengths } of rows) {
      const view = new DataView(lengths.buffer, lengths.byteOffset, lengths.byteLength)
      for (let place = 0, start = 0; place < lengths.byteLength; place += 4) {
        const end = start + view.getInt32(place)
        Y.applyUpdate(document, updates.subarray(start, end))
        start = end
      }
    }
  })
  return document
}
