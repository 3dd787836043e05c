/**
 * Sessions: rows of the journal that are older than the newest, folded. One stretch of minutes is one row: its edits merged into one
 * update, who wrote and who deleted what, and by some of them the whole state, from which the past is made without the beginning.
 */
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import { createDecoder, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import * as Y from 'yjs'
import { joined } from './keystroke.ts'
import type { Row } from './rows.ts'
import { claim, readStretches, type Stretches, touchedBy, writeStretches } from './stretch.ts'

export const pack = promisify(zstdCompress)
export const unpack = promisify(zstdDecompress)

/** How many edits of somebody's. */
export interface Share {
  userId: string | null
  edits: number
}

/** A session as it is stored. */
export interface Session {
  from: number
  to: number
  startedAt: Date
  endedAt: Date
  people: Share[]
  /** Stretches of what each wrote; short, so not packed. */
  wrote: Uint8Array
  /** The merged update (Yjs V2), and what each deleted; packed. */
  edits: Uint8Array
  /** The whole state after it (Yjs V1), packed; of some. */
  state: Uint8Array | null
}

/** The longest pause within a session, and the most rows and bytes of one. */
export const longestPause = 5 * 60_000
export const mostRows = 2000
const mostBytes = 2 * 1024 * 1024
/** Merging costs 15-35 µs an update and more than in proportion to what is merged: so a few at a time, about a millisecond. */
const atOnce = 50

/**
 * Cuts rows into those of whole sessions. What follows the last is not whole yet.
 * @param ends rows after which a session ends in any case
 */
export function cut(rows: Row[], ends: ReadonlySet<number>): Row[][] {
  const sessions: Row[][] = []
  let current: Row[] = []
  let bytes = 0
  for (const row of rows) {
    const last = current.at(-1)
    if (last && (ends.has(last.seq) || row.at - last.at > longestPause || current.length >= mostRows || bytes >= mostBytes)) {
      sessions.push(current)
      current = []
      bytes = 0
    }
    current.push(row)
    bytes += row.update.length
  }
  if (current.length >= mostRows || bytes >= mostBytes || ends.has(current.at(-1)?.seq ?? 0)) sessions.push(current)
  return sessions
}

/** How many edits of whom, most first. */
export function sharesOf(rows: { actor: string | null }[]): Share[] {
  const counts = new Map<string | null, number>()
  for (const { actor } of rows) counts.set(actor, (counts.get(actor) ?? 0) + 1)
  return [...counts].map(([userId, edits]) => ({ userId, edits })).sort((one, other) => other.edits - one.edits)
}

/** Folds rows into a session, in steps between which others have their turn. Answers the merged update too (Yjs V2). */
export async function fold(rows: Row[]): Promise<{ session: Session; update: Uint8Array }> {
  const people = sharesOf(rows)
  const actors = people.map(({ userId }) => userId)
  const wrote: Stretches = new Map()
  const deleted = new Map(actors.map((actor): [string | null, Stretches] => [actor, new Map()]))
  let updates = joined(rows.map(({ update }) => update))
  for (let place = 0; place < rows.length; place++) {
    const { actor, update } = rows[place] as Row
    const touched = touchedBy(update)
    for (const { client, clock, length } of touched.wrote) claim(wrote, client, clock, clock + length, actor)
    for (const { client, clock, length } of touched.deleted) claim(deleted.get(actor) as Stretches, client, clock, clock + length, actor)
    if (place % atOnce === 0) await turn()
  }
  while (updates.length > 1) {
    const merged: Uint8Array[] = []
    for (let place = 0; place < updates.length; place += atOnce) {
      merged.push(Y.mergeUpdates(updates.slice(place, place + atOnce)))
      await turn()
    }
    updates = merged
  }
  const update = Y.convertUpdateFormatV1ToV2(updates[0] as Uint8Array)
  await turn()
  const [first, last] = [rows[0] as Row, rows.at(-1) as Row]
  const session = {
    from: first.seq,
    to: last.seq,
    startedAt: new Date(first.at),
    endedAt: new Date(last.at),
    people,
    wrote: written(wrote, actors),
    edits: await pack(together(update, deleted, actors)),
    state: null,
  }
  return { session, update }
}

const turn = () => new Promise(setImmediate)

function written(wrote: Stretches, actors: (string | null)[]): Uint8Array {
  const encoder = createEncoder()
  writeStretches(encoder, wrote, actors)
  return toUint8Array(encoder)
}

function together(update: Uint8Array, deleted: Map<string | null, Stretches>, actors: (string | null)[]): Uint8Array {
  const encoder = createEncoder()
  writeVarUint8Array(encoder, update)
  // of one alone, it is what the update deletes
  writeVarUint(encoder, actors.length > 1 ? 1 : 0)
  if (actors.length > 1) for (const stretches of deleted.values()) writeStretches(encoder, stretches, actors)
  return toUint8Array(encoder)
}

/** Tells each stretch that a session says somebody wrote. */
export function readWrote(
  session: Pick<Session, 'wrote' | 'people'>,
  tell: (client: number, clock: number, end: number, actor: string | null) => void,
) {
  readStretches(
    createDecoder(session.wrote),
    session.people.map(({ userId }) => userId),
    tell,
  )
}

/** Unpacks a session's update (Yjs V2). */
export async function updateIn({ edits }: Pick<Session, 'edits'>): Promise<Uint8Array> {
  return readVarUint8Array(createDecoder(await unpack(edits)))
}

/** Unpacks what each deleted in a session. */
export async function deletedIn(
  session: Pick<Session, 'edits' | 'people'>,
): Promise<{ client: number; clock: number; end: number; actor: string | null }[]> {
  const decoder = createDecoder(await unpack(session.edits))
  const update = readVarUint8Array(decoder)
  const actors = session.people.map(({ userId }) => userId)
  const found: { client: number; clock: number; end: number; actor: string | null }[] = []
  const tell = (client: number, clock: number, end: number, actor: string | null) => void found.push({ client, clock, end, actor })
  if (readVarUint(decoder) === 1) for (let n = 0; n < actors.length; n++) readStretches(decoder, actors, tell)
  else
    for (const [client, items] of Y.decodeUpdateV2(update).ds.clients)
      for (const { clock, len } of items) tell(client, clock, clock + len, actors[0] ?? null)
  return found
}
