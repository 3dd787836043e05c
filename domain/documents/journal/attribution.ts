/** Attribution: who wrote which words, by the rows of the journal, whatever Yjs client they came from. */
import { sql } from 'kysely'
import { createDecoder, readVarString, readVarUint } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import { authorIdOf } from '../../kernel/actor.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import { yieldToWriters } from '../../kernel/scheduling.ts'
import { decodeRows, packedRowColumns, type TimedRow, readRows, rowsPerGroup } from './row-reader.ts'
import { compress, decodeWritten, type Contribution, decompress } from './edit-session.ts'
import { addRange, decodeRanges, findRange, type AttributedRanges, readUpdateRanges, encodeRanges } from './clock-ranges.ts'

/**
 * Finds who wrote the item of a client that begins at a clock: the author's own id, `null` for SmartStart, `undefined` where it is unknown.
 */
export type FindAuthor = (client: number, clock: number) => string | null | undefined

/** A stored piece of attribution, as the database has it. It can be sent to a worker. */
export interface AttributionPiece {
  kind: 'known' | 'session' | 'rows'
  wrote: Buffer | null
  people: Contribution[] | string | null
  first: string | number
  last: string | number | null
  updates: Buffer
  lengths: Buffer
  actors: Buffer
  times: Buffer
  others: string | null
}

/** Reads the attribution of a document. */
export async function readFindAuthor(view: QueryContext, id: string): Promise<FindAuthor> {
  return createFindAuthor(await readAttribution(view, id))
}

export const createFindAuthor =
  (attribution: AttributedRanges): FindAuthor =>
  (client, clock) =>
    authorIdOf(findRange(attribution.get(client), clock)?.actor)

/** Rows that are read at a time in the background: half a millisecond of the database, and of the node. */
const batchRows = 200

/**
 * Reads who wrote each clock: from the snapshot for all rows up to it, and from the rows after it. Where the snapshot does not know, from
 * the edit sessions and all rows that are not compacted.
 * @param upTo the last row to include; all when absent
 */
export async function readAttribution(view: QueryContext, id: string, upTo = Number.MAX_SAFE_INTEGER): Promise<AttributedRanges> {
  return buildAttribution(await readPieces(view, id, upTo, upTo))
}

/** Reads the stored pieces of attribution. */
export const readAttributionPieces = (view: QueryContext, id: string): Promise<AttributionPiece[]> =>
  readPieces(view, id, Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)

/** Builds attribution from pieces that were read. */
export async function buildAttribution(pieces: AttributionPiece[]): Promise<AttributedRanges> {
  const attribution: AttributedRanges = new Map()
  await addPieces(attribution, pieces)
  return attribution
}

/**
 * As `readAttribution`, a few rows at a time, with pauses while someone writes: for background work.
 * @param pauseBetween called between two reads
 */
export async function readAttributionInBatches(
  view: QueryContext,
  id: string,
  upTo: number,
  pauseBetween = yieldToWriters,
): Promise<AttributedRanges> {
  const attribution: AttributedRanges = new Map()
  for (let reached = await addPieces(attribution, await readPieces(view, id, upTo, batchRows)); reached < upTo; ) {
    await pauseBetween()
    const rows = await readRows(view, id, reached, Math.min(upTo, reached + batchRows))
    // the next rows were compacted in the meantime: read everything again from one moment
    if (rows[0]?.seq !== reached + 1) return readAttribution(view, id, upTo)
    addRows(attribution, rows)
    reached = rows.at(-1)?.seq as number
  }
  return attribution
}

/** Reads the pieces of the snapshot or the edit sessions, and at most `maxRows` rows after them, from one moment. */
async function readPieces(view: QueryContext, id: string, upTo: number, maxRows: number): Promise<AttributionPiece[]> {
  const { rows } = await sql<AttributionPiece>`
    with known as (select seq, wrote from document_snapshot where document = ${id} and wrote is not null and seq <= ${upTo}),
    ground as (select coalesce((select seq from known), 0) as seq),
    sessions as (
      select from_seq, to_seq, wrote, people from document_session
      where document = ${id} and from_seq > (select seq from ground) and to_seq <= ${upTo}),
    floor as (select greatest((select seq from ground), (select max(to_seq) from sessions)) as seq),
    tail as (
      select ${packedRowColumns} from document_update
      where document = ${id} and seq > (select seq from ground) and seq <= least(${upTo}, (select seq from floor) + ${maxRows}::bigint)
      group by seq / ${sql.lit(rowsPerGroup)})
    select 'known' as kind, seq as first, seq as last, wrote, null::jsonb as people, null::bytea as updates, null::bytea as lengths,
      null::bytea as actors, null::bytea as times, null::text as others from known
    union all
    select 'session', from_seq, to_seq, wrote, people, null, null, null, null, null from sessions
    union all
    select 'rows', first, null, null, null, updates, lengths, actors, times, others from tail
    order by 2`.execute(view.db)
  return rows
}

/** Adds pieces. @returns the last row that is included completely */
async function addPieces(attribution: AttributedRanges, rows: AttributionPiece[]): Promise<number> {
  let reached = 0
  const add = (client: number, clock: number, end: number, actor: string | null) => addRange(attribution, client, clock, end, actor)
  for (const { kind, last, wrote, people, ...many } of rows) {
    if (kind === 'known') await decodeAttribution(wrote as Buffer, add)
    else if (kind === 'session') {
      decodeWritten({ wrote: wrote as Buffer, people: (typeof people === 'string' ? JSON.parse(people) : people) as Contribution[] }, add)
    } else {
      const decoded = decodeRows(many)
      addRows(attribution, decoded)
      reached = decoded.at(-1)?.seq ?? reached
      await new Promise(setImmediate)
    }
    if (last !== null) reached = Number(last)
  }
  return reached
}

function addRows(attribution: AttributedRanges, rows: readonly TimedRow[]) {
  for (const { actor, update } of rows)
    for (const { client, clock, length } of readUpdateRanges(update).written) addRange(attribution, client, clock, clock + length, actor)
}

/** Encodes attribution for a snapshot: the actors, and for each range one of them; compressed. */
export function encodeAttribution(attribution: AttributedRanges): Promise<Buffer> {
  const actors = [...new Set([...attribution.values()].flatMap((ranges) => ranges.map(({ actor }) => actor)))]
  const encoder = createEncoder()
  writeVarUint(encoder, actors.length)
  for (const actor of actors) writeVarString(encoder, actor ?? '')
  encodeRanges(encoder, attribution, actors)
  return compress(toUint8Array(encoder))
}

async function decodeAttribution(packed: Uint8Array, onRange: Parameters<typeof decodeRanges>[2]): Promise<void> {
  const decoder = createDecoder(await decompress(packed))
  const actors = Array.from({ length: readVarUint(decoder) }, () => readVarString(decoder) || null)
  decodeRanges(decoder, actors, onRange)
}
