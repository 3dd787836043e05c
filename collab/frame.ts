/** Frames of the Hocuspocus protocol, as far as the socket must read them: `varString address, varUint type, payload`. */
import { createDecoder, hasContent, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import * as Y from 'yjs'

/** Message types (hocuspocus 8). */
export const frameType = { sync: 0, awareness: 1, auth: 2, stateless: 5, close: 7, syncStatus: 8, ping: 9, pong: 10 } as const
/** Kinds of a sync frame. */
export const syncKind = { step1: 0, step2: 1, update: 2 } as const

export interface Frame {
  /** The document's name, or `name\0session`. */
  address: string
  type: number
  /** Of a sync frame. */
  kind: number | undefined
  /** Of a sync frame: an update or a state vector. */
  payload: Uint8Array | undefined
}

/** Reads a client's frame as far as every part has its length. @throws when it is not one */
export function readFrame(bytes: Uint8Array): Frame {
  const decoder = createDecoder(bytes)
  const address = readVarString(decoder)
  const type = readVarUint(decoder)
  let kind: number | undefined
  let payload: Uint8Array | undefined
  if (type === frameType.sync) {
    kind = readVarUint(decoder)
    if (kind > syncKind.update) throw new Error(`unknown kind of sync: ${kind}`)
    payload = readVarUint8Array(decoder)
  } else if (type === frameType.awareness) payload = readVarUint8Array(decoder)
  else if (type === frameType.auth) {
    if (readVarUint(decoder) !== 0) throw new Error('only a token is authenticated with')
    readVarString(decoder)
    if (hasContent(decoder)) readVarString(decoder)
  } else if (type === frameType.stateless) readVarString(decoder)
  else if (type !== 3 && type !== frameType.close) throw new Error(`unknown type of frame: ${type}`)
  return { address, type, kind, payload }
}

/** Whether a payload is what its frame says: an update, a state vector, or states of awareness. */
export function payloadReads({ type, kind, payload }: Frame): boolean {
  if (!payload) return true
  try {
    if (type === frameType.awareness) readAwareness(payload)
    else if (kind === syncKind.step1) Y.decodeStateVector(payload)
    else Y.decodeUpdate(payload)
    return true
  } catch {
    return false
  }
}

function readAwareness(payload: Uint8Array) {
  const decoder = createDecoder(payload)
  for (let count = readVarUint(decoder); count > 0; count--) {
    readVarUint(decoder)
    readVarUint(decoder)
    JSON.parse(readVarString(decoder))
  }
}

/** An outgoing frame's address and where its type stands. */
export function readHead(bytes: Uint8Array): { address: string; type: number; rest: Uint8Array } {
  const decoder = createDecoder(bytes)
  const address = readVarString(decoder)
  const type = readVarUint(decoder)
  return { address, type, rest: bytes.subarray(decoder.pos) }
}

export function permissionDenied(address: string, reason: string): Uint8Array {
  const encoder = createEncoder()
  writeVarString(encoder, address)
  writeVarUint(encoder, frameType.auth)
  writeVarUint(encoder, 1)
  writeVarString(encoder, reason)
  return toUint8Array(encoder)
}

/** Whether a document holds all that an update brings. */
export function holds(document: Y.Doc, update: Uint8Array): boolean {
  const { structs, ds } = Y.decodeUpdate(update)
  const known = (client: number) => Y.getState(document.store, client)
  if (structs.some(({ id, length }) => known(id.client) < id.clock + length)) return false
  for (const [client, deletions] of ds.clients) {
    if (deletions.some(({ clock, len }) => known(client) < clock + len)) return false
  }
  return true
}
