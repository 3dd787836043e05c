/** Encodes the messages of nodes about one document. */
import { createDecoder, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import type { JournalRange } from '../document/journal-follower.ts'
import type { OwnedAwarenessState } from '../document/awareness.ts'

export type ClusterMessage =
  | ({ kind: 'range' } & JournalRange & { updates: Uint8Array[] })
  | { kind: 'awareness'; states: OwnedAwarenessState[] }
  /** Asks the other nodes for the awareness states of their clients. */
  | { kind: 'awareness-request' }

const kinds = { range: 0, awareness: 1, 'awareness-request': 2 } as const

function beginMessage(node: string, kind: keyof typeof kinds) {
  const encoder = createEncoder()
  writeVarUint(encoder, kinds[kind])
  writeVarString(encoder, node)
  return encoder
}

const finishMessage = (encoder: ReturnType<typeof createEncoder>) => Buffer.from(toUint8Array(encoder))

export function encodeRange(node: string, { from, to, updates }: JournalRange & { updates: Uint8Array[] }): Buffer {
  const encoder = beginMessage(node, 'range')
  writeVarUint(encoder, from)
  writeVarUint(encoder, to)
  writeVarUint(encoder, updates.length)
  for (const update of updates) writeVarUint8Array(encoder, update)
  return finishMessage(encoder)
}

export function encodeAwareness(node: string, states: OwnedAwarenessState[]): Buffer {
  const encoder = beginMessage(node, 'awareness')
  writeVarUint(encoder, states.length)
  for (const { client, clock, userId, state } of states) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, clock)
    writeVarString(encoder, userId)
    writeVarString(encoder, state)
  }
  return finishMessage(encoder)
}

export const encodeAwarenessRequest = (node: string): Buffer => finishMessage(beginMessage(node, 'awareness-request'))

/** Decodes a message and its sender; undefined for a message of `self`. @throws when it is malformed */
export function decodeMessage(message: Uint8Array, self: string): { node: string; message: ClusterMessage } | undefined {
  const decoder = createDecoder(message)
  const kind = readVarUint(decoder)
  const node = readVarString(decoder)
  if (node === self) return undefined
  if (kind === kinds['awareness-request']) return { node, message: { kind: 'awareness-request' } }
  if (kind === kinds.range) {
    const from = readVarUint(decoder)
    const to = readVarUint(decoder)
    return { node, message: { kind: 'range', from, to, updates: readList(readVarUint(decoder), () => readVarUint8Array(decoder)) } }
  }
  if (kind !== kinds.awareness) throw new Error(`unknown kind of cluster message: ${kind}`)
  const states = readList(readVarUint(decoder), () => ({
    client: readVarUint(decoder),
    clock: readVarUint(decoder),
    userId: readVarString(decoder),
    state: readVarString(decoder),
  }))
  return { node, message: { kind: 'awareness', states } }
}

const readList = <T>(length: number, read: () => T): T[] => Array.from({ length }, read)
