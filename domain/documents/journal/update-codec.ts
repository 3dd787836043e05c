/**
 * Text updates: updates (Yjs V1) of at most one piece of text, as nearly all are. They are read and merged as bytes, which costs a tenth of
 * decoding or applying them. Other updates are left to Yjs.
 */
import { createDecoder, type Decoder, readUint8, readVarString, readVarUint } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeUint8Array, writeVarUint } from 'lib0/encoding'

/** Clocks `clock` to `clock + length` (exclusive) of a client. */
export interface ClockRange {
  client: number
  clock: number
  length: number
}

export interface TextUpdate {
  /** What it inserts, and where in the update that is. */
  piece: (ClockRange & { start: number; end: number }) | undefined
  deleted: ClockRange[]
}

/** Struct kinds and flags of the update format (Yjs `structRefs`, `readClientsStructRefs`). */
const deletedKind = 1
const stringKind = 4
const kindBits = 0x1f
const flags = { left: 0x80, right: 0x40, key: 0x20 }

/** Parses a text update; undefined for any other update. */
export function parseTextUpdate(update: Uint8Array): TextUpdate | undefined {
  const decoder = createDecoder(update)
  const clients = readVarUint(decoder)
  if (clients > 1) return undefined
  let piece: TextUpdate['piece']
  if (clients === 1) {
    if (readVarUint(decoder) !== 1) return undefined
    const [client, clock] = [readVarUint(decoder), readVarUint(decoder)]
    const start = decoder.pos
    const info = readUint8(decoder)
    const kind = info & kindBits
    if ((kind !== stringKind && kind !== deletedKind) || info & flags.key) return undefined
    const sides = (info & flags.left ? 1 : 0) + (info & flags.right ? 1 : 0)
    // without a neighbour: where its parent is, by name or by the id of the parent item
    if (sides === 0 && readVarUint(decoder) === 1) readVarString(decoder)
    else for (let ids = Math.max(1, sides); ids > 0; ids--) skipId(decoder)
    const length = kind === stringKind ? readVarString(decoder).length : readVarUint(decoder)
    piece = { client, clock, length, start, end: decoder.pos }
  }
  const deleted: ClockRange[] = []
  for (let left = readVarUint(decoder); left > 0; left--) {
    const client = readVarUint(decoder)
    for (let count = readVarUint(decoder); count > 0; count--)
      deleted.push({ client, clock: readVarUint(decoder), length: readVarUint(decoder) })
  }
  return { piece, deleted }
}

function skipId(decoder: Decoder) {
  readVarUint(decoder)
  readVarUint(decoder)
}

/** Items of one client with consecutive clocks. */
interface ClientRun {
  clock: number
  next: number
  pieces: Uint8Array[]
}

/**
 * Merges consecutive updates: applied in order, the result gives the same document. Runs of text updates become one update; other updates,
 * and those that skip clocks, stay as they are.
 */
export function mergeTextUpdates(updates: Uint8Array[]): Uint8Array[] {
  const merged: Uint8Array[] = []
  let runs = new Map<number, ClientRun>()
  let deleted = new Map<number, ClockRange[]>()
  function flush() {
    if (runs.size > 0 || deleted.size > 0) merged.push(encodeUpdate(runs, deleted))
    runs = new Map()
    deleted = new Map()
  }
  for (const update of updates) {
    const textUpdate = parseTextUpdate(update)
    const { piece } = textUpdate ?? {}
    const run = piece && runs.get(piece.client)
    if (!textUpdate || (run && piece.clock !== run.next)) flush()
    if (!textUpdate) {
      merged.push(update)
      continue
    }
    if (piece) {
      const bytes = update.subarray(piece.start, piece.end)
      const current = runs.get(piece.client)
      if (current) {
        current.pieces.push(bytes)
        current.next += piece.length
      } else runs.set(piece.client, { clock: piece.clock, next: piece.clock + piece.length, pieces: [bytes] })
    }
    for (const range of textUpdate.deleted) {
      const known = deleted.get(range.client)
      if (known) known.push(range)
      else deleted.set(range.client, [range])
    }
  }
  flush()
  return merged
}

/** Encodes an update that only deletes. */
export function encodeDeletions(clocks: readonly ClockRange[]): Uint8Array {
  const deleted = new Map<number, ClockRange[]>()
  for (const one of clocks) {
    const known = deleted.get(one.client)
    // copies, since adjacent ranges are merged in place
    if (known) known.push({ ...one })
    else deleted.set(one.client, [{ ...one }])
  }
  return encodeUpdate(new Map(), deleted)
}

function encodeUpdate(runs: Map<number, ClientRun>, deleted: Map<number, ClockRange[]>): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, runs.size)
  // highest client first: merging updates relies on it
  for (const [client, { clock, pieces }] of [...runs].sort(([one], [other]) => other - one)) {
    writeVarUint(encoder, pieces.length)
    writeVarUint(encoder, client)
    writeVarUint(encoder, clock)
    for (const piece of pieces) writeUint8Array(encoder, piece)
  }
  writeVarUint(encoder, deleted.size)
  for (const [client, clocks] of deleted) {
    const ranges = normalizeRanges(clocks)
    writeVarUint(encoder, client)
    writeVarUint(encoder, ranges.length)
    for (const { clock, length } of ranges) {
      writeVarUint(encoder, clock)
      writeVarUint(encoder, length)
    }
  }
  return toUint8Array(encoder)
}

/** Sorts ranges and merges overlaps: V2 encodes each as its distance from the previous end. */
function normalizeRanges(clocks: ClockRange[]): ClockRange[] {
  const normalized: ClockRange[] = []
  for (const { client, clock, length } of clocks.sort((one, other) => one.clock - other.clock)) {
    const last = normalized.at(-1)
    if (last && clock <= last.clock + last.length) last.length = Math.max(last.length, clock + length - last.clock)
    else normalized.push({ client, clock, length })
  }
  return normalized
}
