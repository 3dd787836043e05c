/** Updates that no editor creates: deeply nested types and values, and too many structs, clients or deletions. */
import * as encoding from 'lib0/encoding'

const { writeAny, writeUint8, writeVarString, writeVarUint } = encoding

const encode = (write: (encoder: encoding.Encoder) => void): Uint8Array => {
  const encoder = encoding.createEncoder()
  write(encoder)
  return encoding.toUint8Array(encoder)
}

/** Type references of Yjs in an update. */
export const yjsTypeRefs = { array: 0, map: 1, element: 3 } as const

export interface NestedTypes {
  client: number
  levels: number
  kind?: (typeof yjsTypeRefs)[keyof typeof yjsTypeRefs]
  /** Parent of the outermost type: a root type, or the clock of a type of the same client. */
  within?: string | number
  /** The clock of the outermost type. */
  from?: number
  /** Whether the same update deletes the outermost type. */
  deleted?: boolean
}

/** Nested types, each in the previous one. */
export function encodeNestedTypes({
  client,
  levels,
  kind = yjsTypeRefs.array,
  within = 'mine',
  from = 0,
  deleted = false,
}: NestedTypes): Uint8Array {
  return encode((encoder) => {
    for (const number of [1, levels, client, from]) writeVarUint(encoder, number)
    for (let level = 0; level < levels; level++) {
      writeUint8(encoder, 7)
      if (level === 0 && typeof within === 'string') {
        writeVarUint(encoder, 1)
        writeVarString(encoder, within)
      } else for (const number of [0, client, level === 0 ? (within as number) : from + level - 1]) writeVarUint(encoder, number)
      writeVarUint(encoder, kind)
      if (kind === yjsTypeRefs.element) writeVarString(encoder, 'blockquote')
    }
    for (const number of deleted ? [1, client, 1, from, 1] : [0]) writeVarUint(encoder, number)
  })
}

/** A deletion of one clock. */
export const encodeDeletion = (client: number, clock = 0): Uint8Array =>
  encode((encoder) => {
    for (const number of [0, 1, client, 1, clock, 1]) writeVarUint(encoder, number)
  })

/** A JSON value nested in arrays. */
export function encodeNestedValue(client: number, levels: number): Uint8Array {
  let value: unknown = 'within'
  for (let level = 0; level < levels; level++) value = [value]
  return encode((encoder) => {
    for (const number of [1, 1, client, 0]) writeVarUint(encoder, number)
    writeUint8(encoder, 8)
    writeVarUint(encoder, 1)
    writeVarString(encoder, 'mine')
    writeVarUint(encoder, 1)
    writeAny(encoder, value as Parameters<typeof writeAny>[1])
    writeVarUint(encoder, 0)
  })
}

/** One garbage-collected struct of each of many clients. */
export const encodeManyClients = (count: number): Uint8Array =>
  encode((encoder) => {
    writeVarUint(encoder, count)
    for (let client = count; client > 0; client--) for (const number of [1, client, 0, 0, 1]) writeVarUint(encoder, number)
    writeVarUint(encoder, 0)
  })

/** Many garbage-collected structs of one client, each of length 1. */
export const encodeManyStructs = (client: number, count: number): Uint8Array =>
  encode((encoder) => {
    for (const number of [1, count, client, 0]) writeVarUint(encoder, number)
    for (let remaining = count; remaining > 0; remaining--) for (const number of [0, 1]) writeVarUint(encoder, number)
    writeVarUint(encoder, 0)
  })

/** Deletes every second clock of a client. */
export const encodeManyDeletions = (client: number, count: number): Uint8Array =>
  encode((encoder) => {
    for (const number of [0, 1, client, count]) writeVarUint(encoder, number)
    for (let index = 0; index < count; index++) for (const number of [2 * index, 1]) writeVarUint(encoder, number)
  })

/** A client whose clock is larger than any real document's. */
export const encodeHugeClock = (client: number): Uint8Array =>
  encode((encoder) => {
    for (const number of [1, 1, client, 0, 0, 2 ** 40, 0]) writeVarUint(encoder, number)
  })

/** A state vector of many clients. */
export const encodeLargeStateVector = (count: number): Uint8Array =>
  encode((encoder) => {
    writeVarUint(encoder, count)
    for (let client = 0; client < count; client++) for (const number of [client, 1]) writeVarUint(encoder, number)
  })
