/**
 * Frames as far as the sockets must read and write them.
 *
 * A Hocuspocus frame is `varString address, message`; a plain y-websocket frame is the message alone, the name stands in the
 * URL. A message is `varUint type, payload`, and types 0, 1 and 3 are the same in both (hocuspocus 8).
 */
import { createDecoder, type Decoder, hasContent, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, type Encoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import * as Y from 'yjs'

/** Message types (hocuspocus 8). */
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
  /** The frame in which it came, whole. */
  bytes: Uint8Array
  type: number
  /** Of a sync message. */
  kind: number | undefined
  /** Of a sync message an update or a state vector, of an awareness message the states. */
  payload: Uint8Array | undefined
}

export interface Frame {
  /** The document's name, or `name\0session`. */
  address: string
  message: Message
}

/** Reads a client's frame as far as every part has its length. @throws when it is not one */
export function readFrame(bytes: Uint8Array): Frame {
  const decoder = createDecoder(bytes)
  const address = readVarString(decoder)
  return { address, message: readRest(decoder, bytes) }
}

/** Reads a client's message, which begins at `start`. @throws when it is not one */
export function readMessage(bytes: Uint8Array, start: number): Message {
  const decoder = createDecoder(bytes)
  decoder.pos = start
  return readRest(decoder, bytes)
}

function readRest(decoder: Decoder, bytes: Uint8Array): Message {
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
  else if (type !== frameType.queryAwareness && type !== frameType.close) throw new Error(`unknown type of frame: ${type}`)
  return { bytes, type, kind, payload }
}

/** An outgoing frame's address, its type, and what follows. */
export function readHead(bytes: Uint8Array): { address: string; type: number; rest: Uint8Array } {
  const decoder = createDecoder(bytes)
  const address = readVarString(decoder)
  const type = readVarUint(decoder)
  return { address, type, rest: bytes.subarray(decoder.pos) }
}

/** Why a token was refused. @param rest of the refusal, as `readHead` has it */
export const readReason = (rest: Uint8Array): string => readVarString(createDecoder(rest.subarray(1)))

function written(write: (encoder: Encoder) => void): Uint8Array {
  const encoder = createEncoder()
  write(encoder)
  return toUint8Array(encoder)
}

/** An address as it stands before every message to it. */
export const prefixOf = (address: string): Uint8Array => written((encoder) => writeVarString(encoder, address))

/** A sync message. */
export const syncMessage = (kind: number, payload: Uint8Array): Uint8Array =>
  written((encoder) => {
    writeVarUint(encoder, frameType.sync)
    writeVarUint(encoder, kind)
    writeVarUint8Array(encoder, payload)
  })

/** The first sync message: what this document has, asking for the rest. */
export const questionOf = (document: Y.Doc): Uint8Array => syncMessage(syncKind.step1, Y.encodeStateVector(document))

/** The messages that acknowledge an edit, or say that it was refused. */
export const statusMessages = [Uint8Array.of(frameType.syncStatus, 0), Uint8Array.of(frameType.syncStatus, 1)] as const

export const denialMessage = (reason: string): Uint8Array =>
  written((encoder) => {
    writeVarUint(encoder, frameType.auth)
    writeVarUint(encoder, 1)
    writeVarString(encoder, reason)
  })

/** A client's frame that opens a document with a token. */
export const authFrame = (address: string, token: string): Uint8Array =>
  written((encoder) => {
    writeVarString(encoder, address)
    writeVarUint(encoder, frameType.auth)
    writeVarUint(encoder, 0)
    writeVarString(encoder, token)
  })
