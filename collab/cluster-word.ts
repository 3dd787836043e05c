/** What nodes say to each other of one document, in bytes. */
import { createDecoder, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import type { Range } from './live-document.ts'
import type { Whereabouts } from './presence.ts'

export type Word =
  | ({ kind: 'range' } & Range & { updates: Uint8Array[] })
  | { kind: 'presence'; states: Whereabouts[] }
  /** Whoever has clients in the document says where they are. */
  | { kind: 'asking' }

const kinds = { range: 0, presence: 1, asking: 2 } as const

function begun(node: string, kind: keyof typeof kinds) {
  const encoder = createEncoder()
  writeVarUint(encoder, kinds[kind])
  writeVarString(encoder, node)
  return encoder
}

const finished = (encoder: ReturnType<typeof createEncoder>) => Buffer.from(toUint8Array(encoder))

export function encodeRange(node: string, { from, to, updates }: Range & { updates: Uint8Array[] }): Buffer {
  const encoder = begun(node, 'range')
  writeVarUint(encoder, from)
  writeVarUint(encoder, to)
  writeVarUint(encoder, updates.length)
  for (const update of updates) writeVarUint8Array(encoder, update)
  return finished(encoder)
}

export function encodePresence(node: string, states: Whereabouts[]): Buffer {
  const encoder = begun(node, 'presence')
  writeVarUint(encoder, states.length)
  for (const { client, clock, user, state } of states) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, clock)
    writeVarString(encoder, user)
    writeVarString(encoder, state)
  }
  return finished(encoder)
}

export const encodeAsking = (node: string): Buffer => finished(begun(node, 'asking'))

/** Who says what; undefined for what `self` says. @throws when it is no word of a node */
export function decodeWord(message: Uint8Array, self: string): { node: string; word: Word } | undefined {
  const decoder = createDecoder(message)
  const kind = readVarUint(decoder)
  const node = readVarString(decoder)
  if (node === self) return undefined
  if (kind === kinds.asking) return { node, word: { kind: 'asking' } }
  if (kind === kinds.range) {
    const from = readVarUint(decoder)
    const to = readVarUint(decoder)
    return { node, word: { kind: 'range', from, to, updates: listOf(readVarUint(decoder), () => readVarUint8Array(decoder)) } }
  }
  if (kind !== kinds.presence) throw new Error(`unknown word of a node: ${kind}`)
  const states = listOf(readVarUint(decoder), () => ({
    client: readVarUint(decoder),
    clock: readVarUint(decoder),
    user: readVarString(decoder),
    state: readVarString(decoder),
  }))
  return { node, word: { kind: 'presence', states } }
}

const listOf = <T>(length: number, read: () => T): T[] => Array.from({ length }, read)
