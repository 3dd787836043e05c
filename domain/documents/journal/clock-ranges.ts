/** Ranges of Yjs clocks with their authors: who wrote each item of a document. */
import { type Decoder, readVarUint } from 'lib0/decoding'
import { type Encoder, writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'
import { type ClockRange, parseTextUpdate } from './update-codec.ts'

/** Clocks `clock` to `end` (exclusive) of a client, and their author (null: SmartStart). */
export interface AttributedRange {
  clock: number
  end: number
  actor: string | null
}

/** By client, in the order of clocks, without overlap. */
export type AttributedRanges = Map<number, AttributedRange[]>

/** Records the author of clocks of a client. Clocks that have an author keep it: repeating an edit does not make it yours. */
export function addRange(attribution: AttributedRanges, client: number, clock: number, end: number, actor: string | null): void {
  let ranges = attribution.get(client)
  if (!ranges) attribution.set(client, (ranges = []))
  const last = ranges.at(-1)
  if (!last || clock >= last.end) {
    if (last && last.end === clock && last.actor === actor) last.end = end
    else ranges.push({ clock, end, actor })
    return
  }
  // rare: clocks that are known already, or out of order
  const uncovered: AttributedRange[] = []
  for (const range of ranges) {
    if (range.end <= clock) continue
    if (range.clock >= end) break
    if (range.clock > clock) uncovered.push({ clock, end: range.clock, actor })
    clock = Math.max(clock, range.end)
  }
  if (clock < end) uncovered.push({ clock, end, actor })
  ranges.push(...uncovered)
  ranges.sort((range, other) => range.clock - other.clock)
}

/** The range that contains a clock. */
export function findRange(ranges: AttributedRange[] | undefined, clock: number): AttributedRange | undefined {
  if (!ranges) return undefined
  let low = 0
  let high = ranges.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const range = ranges[middle] as AttributedRange
    if (clock < range.clock) high = middle - 1
    else if (clock >= range.end) low = middle + 1
    else return range
  }
  return undefined
}

/** The clocks that an update inserts, and those that it deletes. */
export interface UpdateRanges {
  written: ClockRange[]
  deleted: ClockRange[]
}

/** Reads which clocks an update (Yjs V1) inserts and deletes. */
export function readUpdateRanges(update: Uint8Array): UpdateRanges {
  const textUpdate = parseTextUpdate(update)
  if (textUpdate) {
    const { piece, deleted } = textUpdate
    return { written: piece ? [{ client: piece.client, clock: piece.clock, length: piece.length }] : [], deleted }
  }
  const { structs, ds } = Y.decodeUpdate(update)
  const wrote: UpdateRanges['written'] = []
  for (const struct of structs) {
    if (struct instanceof Y.Skip) continue
    wrote.push({ client: struct.id.client, clock: struct.id.clock, length: struct.length })
  }
  const deleted: UpdateRanges['deleted'] = []
  for (const [client, items] of ds.clients) for (const { clock, len } of items) deleted.push({ client, clock, length: len })
  return { written: wrote, deleted }
}

/** Encodes ranges: for each the index of its actor, and its distance from the previous end. */
export function encodeRanges(encoder: Encoder, attribution: AttributedRanges, actors: (string | null)[]): void {
  writeVarUint(encoder, attribution.size)
  for (const [client, ranges] of attribution) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, ranges.length)
    let before = 0
    for (const { clock, end, actor } of ranges) {
      writeVarUint(encoder, actors.indexOf(actor))
      writeVarUint(encoder, clock - before)
      writeVarUint(encoder, end - clock)
      before = end
    }
  }
}

/** Decodes what `encodeRanges` wrote, and calls `onRange` for each range. */
export function decodeRanges(
  decoder: Decoder,
  actors: (string | null)[],
  onRange: (client: number, clock: number, end: number, actor: string | null) => void,
): void {
  for (let clients = readVarUint(decoder); clients > 0; clients--) {
    const client = readVarUint(decoder)
    let before = 0
    for (let count = readVarUint(decoder); count > 0; count--) {
      const actor = actors[readVarUint(decoder)] ?? null
      const clock = before + readVarUint(decoder)
      before = clock + readVarUint(decoder)
      onRange(client, clock, before, actor)
    }
  }
}
