/** A document as stored, not decoded: for workers, which decode it outside the node's thread. */
import { zstdDecompressSync } from 'node:zlib'
import type * as Y from 'yjs'
import { DomainError } from '../../kernel/errors.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import { chunkBytes } from '../../kernel/chunks.ts'
import { yieldToWriters } from '../../kernel/scheduling.ts'
import { applyStoredUpdate } from '../limits/update-limits.ts'
import { createReplica } from './replica.ts'

/** A document as stored: the newest snapshot, compressed, and the updates of the rows after it. */
export interface RawState {
  /** Length of the compressed snapshot; 0 where there is none. */
  snapshotBytes: number
  /** The length of each row's update: four bytes, big-endian. */
  updateLengths: Uint8Array
  /** The snapshot and the updates, concatenated, in chunks. */
  chunks: Uint8Array[]
}

/** Attempts to read: a new snapshot during the read deletes rows, and the read starts again. */
const maxAttempts = 5

interface SizeRow {
  seq: string | number
  packed: number | null
  lengths: Uint8Array | null
}

const sizeStatement = {
  name: 'unopened measures',
  text: `
    with newest as (select seq, octet_length(state) as packed from document_snapshot where document = $1)
    select coalesce(max(seq), 0) as seq, max(packed) as packed,
      (select string_agg(int4send(octet_length(update)), ''::bytea order by seq) from document_update
        where document = $1 and seq > coalesce((select seq from newest), 0)) as lengths
    from newest`,
}
const snapshotStatement = {
  name: 'unopened snapshot',
  text: `select substring(state from $3::int for ${chunkBytes}) as bytes from document_snapshot where document = $1 and seq = $2::bigint`,
}
const rowsStatement = {
  name: 'unopened rows',
  text: `select string_agg(update, ''::bytea order by seq) as bytes from document_update where document = $1 and seq between $2::bigint and $3::bigint`,
}
const rowStatement = {
  name: 'unopened row',
  text: `select substring(update from $3::int for ${chunkBytes}) as bytes from document_update where document = $1 and seq = $2::bigint`,
}

/** Reads a document in chunks and yields to typing clients between them. `head` is its newest sequence number. */
export async function readRawState(view: QueryContext, id: string): Promise<{ state: RawState; head: number }> {
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const read = await tryReadRawState(view, id)
    if (read) return read
  }
  throw new DomainError('unavailable', 'The document could not be read while it is tidied up; try again.', { retryAfter: 2 })
}

/** One attempt; undefined where a part was replaced during the read. */
async function tryReadRawState(view: QueryContext, id: string): Promise<{ state: RawState; head: number } | undefined> {
  const [found] = await view.runPrepared<SizeRow>(sizeStatement, [id])
  const seq = Number(found?.seq ?? 0)
  const packed = Number(found?.packed ?? 0)
  const lengths = new Uint8Array(found?.lengths ?? [])
  const bytes: Uint8Array[] = []
  for (const { statement, values, length } of planReads(id, seq, packed, lengths)) {
    await yieldToWriters()
    const [row] = await view.runPrepared<{ bytes: Uint8Array | null }>(statement, values)
    if (row?.bytes?.length !== length) return undefined
    bytes.push(row.bytes)
  }
  return { state: { snapshotBytes: packed, updateLengths: lengths, chunks: bytes }, head: seq + lengths.length / 4 }
}

/** The statements that read the chunks, and the length of each chunk. */
function* planReads(id: string, seq: number, packed: number, lengths: Uint8Array) {
  function* cut(statement: typeof rowStatement, of: number, length: number) {
    for (let start = 0; start < length; start += chunkBytes)
      yield { statement, values: [id, String(of), String(start + 1)], length: Math.min(chunkBytes, length - start) }
  }
  yield* cut(snapshotStatement, seq, packed)
  const each = decodeLengths(lengths)
  for (let index = 0; index < each.length; ) {
    let [end, length] = [index, 0]
    while (end < each.length && length + (each[end] as number) <= chunkBytes) length += each[end++] as number
    if (end === index) {
      yield* cut(rowStatement, seq + index + 1, each[index] as number)
      index++
    } else {
      yield { statement: rowsStatement, values: [id, String(seq + index + 1), String(seq + end)], length }
      index = end
    }
  }
}

function decodeLengths({ buffer, byteOffset, byteLength }: Uint8Array): number[] {
  const view = new DataView(buffer, byteOffset, byteLength)
  return Array.from({ length: byteLength / 4 }, (_, index) => view.getInt32(index * 4))
}

/** A Yjs state (V1) as the raw state of a document with one row. */
export function toRawState(state: Uint8Array): RawState {
  const lengths = new Uint8Array(4)
  new DataView(lengths.buffer).setInt32(0, state.length)
  return { snapshotBytes: 0, updateLengths: lengths, chunks: [state] }
}

/** Decodes it into a Yjs document. This blocks the thread: of a large document, call it in a worker. */
export function decodeRawState({ snapshotBytes, updateLengths, chunks }: RawState): Y.Doc {
  const document = createReplica()
  const bytes = Buffer.concat(chunks)
  document.transact(() => {
    if (snapshotBytes > 0) applyStoredUpdate(document, zstdDecompressSync(bytes.subarray(0, snapshotBytes)))
    let start = snapshotBytes
    for (const length of decodeLengths(updateLengths)) {
      applyStoredUpdate(document, bytes.subarray(start, start + length))
      start += length
    }
  })
  return document
}
