/**
 * Keystrokes: updates (Yjs V1) of at most one piece of text, as nearly all are. They are read and joined as bytes, which costs a tenth of
 * decoding or applying each; every other update is left to Yjs.
 */
import { createDecoder, type Decoder, readUint8, readVarString, readVarUint } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeUint8Array, writeVarUint } from 'lib0/encoding'

/** Clocks `clock` to `clock + length` (without it) of a client. */
export interface Clocks {
  client: number
  clock: number
  length: number
}

export interface Keystroke {
  /** What it writes, and where in the update that stands. */
  piece: (Clocks & { start: number; end: number }) | undefined
  deleted: Clocks[]
}

/** Struct kinds and flags of the update format (Yjs `structRefs`, `readClientsStructRefs`). */
const deletedKind = 1
const stringKind = 4
const kindBits = 0x1f
const flags = { left: 0x80, right: 0x40, key: 0x20 }

/** Reads a keystroke; undefined for any other update. */
export function keystrokeIn(update: Uint8Array): Keystroke | undefined {
  const decoder = createDecoder(update)
  const clients = readVarUint(decoder)
  if (clients > 1) return undefined
  let piece: Keystroke['piece']
  if (clients === 1) {
    if (readVarUint(decoder) !== 1) return undefined
    const [client, clock] = [readVarUint(decoder), readVarUint(decoder)]
    const start = decoder.pos
    const info = readUint8(decoder)
    const kind = info & kindBits
    if ((kind !== stringKind && kind !== deletedKind) || info & flags.key) return undefined
    const sides = (info & flags.left ? 1 : 0) + (info & flags.right ? 1 : 0)
    // without a neighbour, where its parent stands: by name, or by the piece that is the parent
    if (sides === 0 && readVarUint(decoder) === 1) readVarString(decoder)
    else for (let ids = Math.max(1, sides); ids > 0; ids--) skipId(decoder)
    const length = kind === stringKind ? readVarString(decoder).length : readVarUint(decoder)
    piece = { client, clock, length, start, end: decoder.pos }
  }
  const deleted: Clocks[] = []
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

/** Pieces of one client whose clocks follow each other. */
interface Run {
  clock: number
  next: number
  pieces: Uint8Array[]
}

/**
 * Joins updates that follow each other: applied in their order, what comes out gives the same document. Runs of keystrokes become one
 * update; what is none, or leaves clocks out, stands as it is.
 */
export function joined(updates: Uint8Array[]): Uint8Array[] {
  const whole: Uint8Array[] = []
  let runs = new Map<number, Run>()
  let deleted = new Map<number, Clocks[]>()
  function settle() {
    if (runs.size > 0 || deleted.size > 0) whole.push(together(runs, deleted))
    runs = new Map()
    deleted = new Map()
  }
  for (const update of updates) {
    const keystroke = keystrokeIn(update)
    const { piece } = keystroke ?? {}
    const run = piece && runs.get(piece.client)
    if (!keystroke || (run && piece.clock !== run.next)) settle()
    if (!keystroke) {
      whole.push(update)
      continue
    }
    if (piece) {
      const bytes = update.subarray(piece.start, piece.end)
      const going = runs.get(piece.client)
      if (going) {
        going.pieces.push(bytes)
        going.next += piece.length
      } else runs.set(piece.client, { clock: piece.clock, next: piece.clock + piece.length, pieces: [bytes] })
    }
    for (const gone of keystroke.deleted) {
      const known = deleted.get(gone.client)
      if (known) known.push(gone)
      else deleted.set(gone.client, [gone])
    }
  }
  settle()
  return whole
}

function together(runs: Map<number, Run>, deleted: Map<number, Clocks[]>): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, runs.size)
  // the highest first: what merges updates relies on it
  for (const [client, { clock, pieces }] of [...runs].sort(([one], [other]) => other - one)) {
    writeVarUint(encoder, pieces.length)
    writeVarUint(encoder, client)
    writeVarUint(encoder, clock)
    for (const piece of pieces) writeUint8Array(encoder, piece)
  }
  writeVarUint(encoder, deleted.size)
  for (const [client, clocks] of deleted) {
    const apart = apartFrom(clocks)
    writeVarUint(encoder, client)
    writeVarUint(encoder, apart.length)
    for (const { clock, length } of apart) {
      writeVarUint(encoder, clock)
      writeVarUint(encoder, length)
    }
  }
  return toUint8Array(encoder)
}

/** In their order and without overlap: the second format of updates tells each as its distance from the end of the one before. */
function apartFrom(clocks: Clocks[]): Clocks[] {
  const apart: Clocks[] = []
  for (const { client, clock, length } of clocks.sort((one, other) => one.clock - other.clock)) {
    const last = apart.at(-1)
    if (last && clock <= last.clock + last.length) last.length = Math.max(last.length, clock + length - last.clock)
    else apart.push({ client, clock, length })
  }
  return apart
}
