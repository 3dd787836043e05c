/** Updates that no editor makes: deeply nested types and values, and too many parts, clients or deletions. */
import * as encoding from 'lib0/encoding'

const { writeAny, writeUint8, writeVarString, writeVarUint } = encoding

const encode = (write: (encoder: encoding.Encoder) => void): Uint8Array => {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}

/** Types of Yjs by their numbers in an update. */
export const yjsTypeRefs = { array: 0, map: 1, element: 3 } as const

export interface NestedTypes {
  client: number
  levels: number
  kind?: (typeof yjsTypeRefs)[keyof typeof yjsTypeRefs]
  /** Where the outermost stands: in a root type, or in a type of the same client. */
  within?: string | number
  /** The clock of the outermost. */
  from?: number
  /** The outermost is deleted in the same update. */
  deleted?: boolean
}

/** Types, each in the one before. */
export function encodeNestedTypes({
  client,
  levels,
  kind = yjsTypeRefs.array,
  within = 'mine',
  from = 0,
  deleted = false,
}: NestedTypes): Uint8Array {
  return encode((encoder) => {
    for (const one of [1, levels, client, from]) writeVarUint(encoder, one)
    for (let level = 0; level < levels; level++) {
      writeUint8(encoder, 7)
      if (level === 0 && typeof within === 'string') {
        writeVarUint(encoder, 1)
        writeVarString(encoder, within)
      } else for (const one of [0, client, level === 0 ? (within as number) : from + level - 1]) writeVarUint(encoder, one)
      writeVarUint(encoder, kind)
      if (kind === yjsTypeRefs.element) writeVarString(encoder, 'blockquote')
    }
    for (const one of deleted ? [1, client, 1, from, 1] : [0]) writeVarUint(encoder, one)
  })
}

/** A deletion of one clock. */
export const encodeDeletion = (client: number, clock = 0): Uint8Array =>
  encode((encoder) => {
    for (const one of [0, 1, client, 1, clock, 1]) writeVarUint(encoder, one)
  })

/** A plain value within arrays. */
export function encodeNestedValue(client: number, levels: number): Uint8Array {
  let value: unknown = 'within'
  for (let level = 0; level < levels; level++) value = [value]
  return encode((encoder) => {
    for (const one of [1, 1, client, 0]) writeVarUint(encoder, one)
    writeUint8(encoder, 8)
    writeVarUint(encoder, 1)
    writeVarString(encoder, 'mine')
    writeVarUint(encoder, 1)
    writeAny(encoder, value as Parameters<typeof writeAny>[1])
    writeVarUint(encoder, 0)
  })
}

/** One collected clock of each of many clients. */
export const encodeManyClients = (count: number): Uint8Array =>
  encode((encoder) => {
    writeVarUint(encoder, count)
    for (let client = count; client > 0; client--) for (const one of [1, client, 0, 0, 1]) writeVarUint(encoder, one)
    writeVarUint(encoder, 0)
  })

/** Collected clocks of one client, each a part of its own. */
export const encodeManyStructs = (client: number, count: number): Uint8Array =>
  encode((encoder) => {
    for (const one of [1, count, client, 0]) writeVarUint(encoder, one)
    for (let left = count; left > 0; left--) for (const one of [0, 1]) writeVarUint(encoder, one)
    writeVarUint(encoder, 0)
  })

/** Every other clock of a client deleted. */
export const encodeManyDeletions = (client: number, count: number): Uint8Array =>
  encode((encoder) => {
    for (const one of [0, 1, client, count]) writeVarUint(encoder, one)
    for (let place = 0; place < count; place++) for (const one of [2 * place, 1]) writeVarUint(encoder, one)
  })

/** A client that has collected clocks beyond any number that people write. */
export const encodeHugeClock = (client: number): Uint8Array =>
  encode((encoder) => {
    for (const one of [1, 1, client, 0, 0, 2 ** 40, 0]) writeVarUint(encoder, one)
  })

/** A state vector of many clients. */
export const encodeLargeStateVector = (count: number): Uint8Array =>
  encode((encoder) => {
    writeVarUint(encoder, count)
    for (let client = 0; client < count; client++) for (const one of [client, 1]) writeVarUint(encoder, one)
  })
