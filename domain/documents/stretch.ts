/** Stretches of Yjs clocks and whose they are: of each piece of a document, who wrote it. */
import { type Decoder, readVarUint } from 'lib0/decoding'
import { type Encoder, writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'
import { type Clocks, keystrokeIn } from './keystroke.ts'

/** Clocks `clock` to `end` (without it) of a client, by whom (null: SmartStart itself). */
export interface Stretch {
  clock: number
  end: number
  actor: string | null
}

/** By client, in the order of clocks, without overlap. */
export type Stretches = Map<number, Stretch[]>

/** Notes that somebody wrote clocks of a client. What is somebody's already stays theirs: whoever repeats an edit did not write it. */
export function claim(stretches: Stretches, client: number, clock: number, end: number, actor: string | null): void {
  let known = stretches.get(client)
  if (!known) stretches.set(client, (known = []))
  const last = known.at(-1)
  if (!last || clock >= last.end) {
    if (last && last.end === clock && last.actor === actor) last.end = end
    else known.push({ clock, end, actor })
    return
  }
  // rare: clocks that came before, or out of their order
  const free: Stretch[] = []
  for (const one of known) {
    if (one.end <= clock) continue
    if (one.clock >= end) break
    if (one.clock > clock) free.push({ clock, end: one.clock, actor })
    clock = Math.max(clock, one.end)
  }
  if (clock < end) free.push({ clock, end, actor })
  known.push(...free)
  known.sort((one, other) => one.clock - other.clock)
}

/** The stretch that holds a clock. */
export function stretchAt(known: Stretch[] | undefined, clock: number): Stretch | undefined {
  if (!known) return undefined
  let low = 0
  let high = known.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const one = known[middle] as Stretch
    if (clock < one.clock) high = middle - 1
    else if (clock >= one.end) low = middle + 1
    else return one
  }
  return undefined
}

/** What an update holds: the clocks that it writes, and those that it deletes. */
export interface Touched {
  wrote: Clocks[]
  deleted: Clocks[]
}

/** Reads what an update (Yjs V1) touches. */
export function touchedBy(update: Uint8Array): Touched {
  const keystroke = keystrokeIn(update)
  if (keystroke) {
    const { piece, deleted } = keystroke
    return { wrote: piece ? [{ client: piece.client, clock: piece.clock, length: piece.length }] : [], deleted }
  }
  const { structs, ds } = Y.decodeUpdate(update)
  const wrote: Touched['wrote'] = []
  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue
    wrote.push({ client: struct.id.client, clock: struct.id.clock, length: struct.length })
  }
  const deleted: Touched['deleted'] = []
  for (const [client, items] of ds.clients) for (const { clock, len } of items) deleted.push({ client, clock, length: len })
  return { wrote, deleted }
}

/** Writes stretches: of each actor the place in a list, each clock as the distance from the end before. */
export function writeStretches(encoder: Encoder, stretches: Stretches, actors: (string | null)[]): void {
  writeVarUint(encoder, stretches.size)
  for (const [client, known] of stretches) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, known.length)
    let before = 0
    for (const { clock, end, actor } of known) {
      writeVarUint(encoder, actors.indexOf(actor))
      writeVarUint(encoder, clock - before)
      writeVarUint(encoder, end - clock)
      before = end
    }
  }
}

/** Reads what `writeStretches` wrote, and tells each stretch. */
export function readStretches(
  decoder: Decoder,
  actors: (string | null)[],
  tell: (client: number, clock: number, end: number, actor: string | null) => void,
): void {
  for (let clients = readVarUint(decoder); clients > 0; clients--) {
    const client = readVarUint(decoder)
    let before = 0
    for (let count = readVarUint(decoder); count > 0; count--) {
      const actor = actors[readVarUint(decoder)] ?? null
      const clock = before + readVarUint(decoder)
      before = clock + readVarUint(decoder)
      tell(client, clock, before, actor)
    }
  }
}
