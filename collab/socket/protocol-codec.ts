/**
 * Encodes and decodes frames, as far as the sockets need it.
 *
 * A Hocuspocus frame is `varString address, message`. A plain y-websocket frame is the message alone; the document's name is in the URL. A
 * message is `varUint type, payload`. Types 0, 1 and 3 are the same in both protocols.
 */
import { createDecoder, type Decoder, hasContent, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, type Encoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import * as Y from 'yjs'

/** Message types of the Hocuspocus protocol. */
export const frameType = {
  sync: 0,
  awareness: 1,
  auth: 2,
  queryAwareness: 3,
  stateless: 5,
  close: 7,
  syncStatus: 8,
  ping: 9,
  pong: 10,
} as const
/** Kinds of a sync message. */
export const syncKind = { step1: 0, step2: 1, update: 2 } as const

export interface Message {
  /** The whole frame. */
  bytes: Uint8Array
  type: number
  /** Only in a sync message. */
  kind: number | undefined
  /** Update or state vector of a sync message, states of an awareness message. */
  payload: Uint8Array | undefined
  /** Version of the provider in an authentication message. Version 4 sends it, 2 and 3 do not. */
  providerVersion?: string
}

export interface Frame {
  /** The document's name, or `name\0session`. */
  address: string
  message: Message
}

/** Decodes a frame of a client. @throws when it is malformed */
export function readFrame(bytes: Uint8Array): Frame {
  const decoder = createDecoder(bytes)
  const address = readVarString(decoder)
  return { address, message: readPayload(decoder, bytes) }
}

/** Decodes a message of a client, which begins at `start`. @throws when it is malformed */
export function readMessage(bytes: Uint8Array, start: number): Message {
  const decoder = createDecoder(bytes)
  decoder.pos = start
  return readPayload(decoder, bytes)
}

function readPayload(decoder: Decoder, bytes: Uint8Array): Message {
  const type = readVarUint(decoder)
  let kind: number | undefined
  let payload: Uint8Array | undefined
  let providerVersion: string | undefined
  if (type === frameType.sync) {
    kind = readVarUint(decoder)
    if (kind > syncKind.update) throw new Error(`unknown kind of sync message: ${kind}`)
    payload = readVarUint8Array(decoder)
  } else if (type === frameType.awareness) payload = readVarUint8Array(decoder)
  else if (type === frameType.auth) {
    if (readVarUint(decoder) !== 0) throw new Error('an authentication message must contain a token')
    readVarString(decoder)
    if (hasContent(decoder)) providerVersion = readVarString(decoder)
  } else if (type === frameType.stateless) readVarString(decoder)
  else if (type !== frameType.queryAwareness && type !== frameType.close) throw new Error(`unknown type of message: ${type}`)
  return { bytes, type, kind, payload, ...(providerVersion !== undefined && { providerVersion }) }
}

/** Address, type and payload of an outgoing frame. */
export function readHeader(bytes: Uint8Array): { address: string; type: number; payload: Uint8Array } {
  const decoder = createDecoder(bytes)
  const address = readVarString(decoder)
  const type = readVarUint(decoder)
  return { address, type, payload: bytes.subarray(decoder.pos) }
}

/** The reason in a permission denial or close message. @param payload as `readHeader` returns it */
export const readReason = (type: number, payload: Uint8Array): string =>
  readVarString(createDecoder(type === frameType.auth ? payload.subarray(1) : payload))

function encode(write: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder()
  write(encoder)
  return toUint8Array(encoder)
}

/** An address as it precedes every message. */
export const encodeAddress = (address: string): Uint8Array => encode((encoder) => writeVarString(encoder, address))

/** A sync message. */
export const encodeSyncMessage = (kind: number, payload: Uint8Array): Uint8Array =>
  encode((encoder) => {
    writeVarUint(encoder, frameType.sync)
    writeVarUint(encoder, kind)
    writeVarUint8Array(encoder, payload)
  })

/** Sync step 1: what this document has, as a request for the rest. */
export const encodeSyncStep1 = (document: Y.Doc): Uint8Array => encodeSyncMessage(syncKind.step1, Y.encodeStateVector(document))

/** SyncStatus messages: an edit was refused (0) or committed (1). */
export const syncStatusMessages = [Uint8Array.of(frameType.syncStatus, 0), Uint8Array.of(frameType.syncStatus, 1)] as const

export const encodePermissionDenied = (reason: string): Uint8Array =>
  encode((encoder) => {
    writeVarUint(encoder, frameType.auth)
    writeVarUint(encoder, 1)
    writeVarString(encoder, reason)
  })

/** A client's frame that opens a document with a token. */
export const encodeAuthFrame = (address: string, token: string): Uint8Array =>
  encode((encoder) => {
    writeVarString(encoder, address)
    writeVarUint(encoder, frameType.auth)
    writeVarUint(encoder, 0)
    writeVarString(encoder, token)
  })

/** Whether a frame begins with an address and has more. */
export function hasPrefix(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length <= prefix.length) return false
  // addresses differ late, in their ids
  for (let at = prefix.length - 1; at >= 0; at--) if (bytes[at] !== prefix[at]) return false
  return true
}

/** Sync step 1 of a client that has nothing of the document: an empty state vector. */
export const emptySyncStep1: Message = { type: frameType.sync, kind: syncKind.step1, payload: Uint8Array.of(0), bytes: new Uint8Array() }
