/**
 * Edit sessions: older rows of the journal, compacted. The edits of some minutes are one row: merged into one update, with the authors of
 * insertions and deletions. Some also have the whole state, so that the past is built without reading from the beginning.
 */
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { createDecoder, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import * as Y from 'yjs'
import { mergeTextUpdates } from './update-codec.ts'
import type { TimedRow } from './row-reader.ts'
import { addRange, decodeRanges, type AttributedRanges, readUpdateRanges, encodeRanges } from './clock-ranges.ts'

export const compress = promisify(zstdCompress)
export const decompress = promisify(zstdDecompress)

/** How many edits an author made (`userId`: as `formatAuthor` returns it). */
export interface Contribution {
  userId: string | null
  edits: number
}

/** An edit session as it is stored. */
export interface EditSession {
  from: number
  to: number
  startedAt: Date
  endedAt: Date
  people: Contribution[]
  /** Ranges of who inserted what; short, so not compressed. */
  wrote: Uint8Array
  /** The merged update (Yjs V2), and who deleted what; compressed. */
  edits: Uint8Array
  /** The whole state after it (Yjs V1), compressed; only some sessions have one. */
  state: Uint8Array | null
}

/** The longest pause within an edit session, milliseconds, and the maximum of its rows and bytes. */
export const maxPauseMs = 5 * 60_000
export const maxSessionRows = 2000
const maxSessionBytes = 2 * 1024 * 1024
/** Updates that are merged at once, about a millisecond: merging costs 15-35 µs an update and grows faster than the input. */
const mergeBatch = 50

/**
 * Splits rows into complete edit sessions. Rows after the last one are left out.
 * @param ends rows after which a session always ends
 */
export function splitIntoSessions(rows: TimedRow[], ends: ReadonlySet<number>): TimedRow[][] {
  const sessions: TimedRow[][] = []
  let current: TimedRow[] = []
  let bytes = 0
  for (const row of rows) {
    const last = current.at(-1)
    if (last && (ends.has(last.seq) || row.at - last.at > maxPauseMs || current.length >= maxSessionRows || bytes >= maxSessionBytes)) {
      sessions.push(current)
      current = []
      bytes = 0
    }
    current.push(row)
    bytes += row.update.length
  }
  if (current.length >= maxSessionRows || bytes >= maxSessionBytes || ends.has(current.at(-1)?.seq ?? 0)) sessions.push(current)
  return sessions
}

/** How many edits each author made, most first. */
export function countContributions(rows: { actor: string | null }[]): Contribution[] {
  const counts = new Map<string | null, number>()
  for (const { actor } of rows) counts.set(actor, (counts.get(actor) ?? 0) + 1)
  return [...counts].map(([userId, edits]) => ({ userId, edits })).sort((one, other) => other.edits - one.edits)
}

/** Compacts rows into an edit session, in steps between which other work runs. Also returns the merged update (Yjs V2). */
export async function compactRows(rows: TimedRow[]): Promise<{ session: EditSession; update: Uint8Array }> {
  const people = countContributions(rows)
  const actors = people.map(({ userId }) => userId)
  const wrote: AttributedRanges = new Map()
  const deletedByAuthor = new Map(actors.map((actor): [string | null, AttributedRanges] => [actor, new Map()]))
  let updates = mergeTextUpdates(rows.map(({ update }) => update))
  for (let index = 0; index < rows.length; index++) {
    const { actor, update } = rows[index] as TimedRow
    const ranges = readUpdateRanges(update)
    for (const { client, clock, length } of ranges.written) addRange(wrote, client, clock, clock + length, actor)
    for (const { client, clock, length } of ranges.deleted)
      addRange(deletedByAuthor.get(actor) as AttributedRanges, client, clock, clock + length, actor)
    if (index % mergeBatch === 0) await yieldToEventLoop()
  }
  while (updates.length > 1) {
    const merged: Uint8Array[] = []
    for (let place = 0; place < updates.length; place += mergeBatch) {
      merged.push(Y.mergeUpdates(updates.slice(place, place + mergeBatch)))
      await yieldToEventLoop()
    }
    updates = merged
  }
  const update = Y.convertUpdateFormatV1ToV2(updates[0] as Uint8Array)
  await yieldToEventLoop()
  const [first, last] = [rows[0] as TimedRow, rows.at(-1) as TimedRow]
  const session = {
    from: first.seq,
    to: last.seq,
    startedAt: new Date(first.at),
    endedAt: new Date(last.at),
    people,
    wrote: encodeWritten(wrote, actors),
    edits: await compress(encodeEdits(update, deletedByAuthor, actors)),
    state: null,
  }
  return { session, update }
}

const yieldToEventLoop = () => new Promise(setImmediate)

function encodeWritten(wrote: AttributedRanges, actors: (string | null)[]): Uint8Array {
  const encoder = createEncoder()
  encodeRanges(encoder, wrote, actors)
  return toUint8Array(encoder)
}

function encodeEdits(update: Uint8Array, deleted: Map<string | null, AttributedRanges>, actors: (string | null)[]): Uint8Array {
  const encoder = createEncoder()
  writeVarUint8Array(encoder, update)
  // with a single author, it is what the update deletes
  writeVarUint(encoder, actors.length > 1 ? 1 : 0)
  if (actors.length > 1) for (const stretches of deleted.values()) encodeRanges(encoder, stretches, actors)
  return toUint8Array(encoder)
}

/** Calls `onRange` for each range that someone inserted in an edit session. */
export function decodeWritten(
  session: Pick<EditSession, 'wrote' | 'people'>,
  onRange: (client: number, clock: number, end: number, actor: string | null) => void,
) {
  decodeRanges(
    createDecoder(session.wrote),
    session.people.map(({ userId }) => userId),
    onRange,
  )
}

/** Decompresses the update (Yjs V2) of an edit session. */
export async function unpackUpdate({ edits }: Pick<EditSession, 'edits'>): Promise<Uint8Array> {
  return readVarUint8Array(createDecoder(await decompress(edits)))
}

/** Decompresses who deleted what in an edit session. */
export async function unpackDeletions(
  session: Pick<EditSession, 'edits' | 'people'>,
): Promise<{ client: number; clock: number; end: number; actor: string | null }[]> {
  const decoder = createDecoder(await decompress(session.edits))
  const update = readVarUint8Array(decoder)
  const actors = session.people.map(({ userId }) => userId)
  const found: { client: number; clock: number; end: number; actor: string | null }[] = []
  const collect = (client: number, clock: number, end: number, actor: string | null) => void found.push({ client, clock, end, actor })
  if (readVarUint(decoder) === 1) for (let n = 0; n < actors.length; n++) decodeRanges(decoder, actors, collect)
  else
    for (const [client, items] of Y.decodeUpdateV2(update).ds.clients)
      for (const { clock, len } of items) collect(client, clock, clock + len, actors[0] ?? null)
  return found
}
