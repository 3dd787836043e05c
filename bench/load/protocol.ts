/** The wire protocols of the compared servers, as far as the load needs them. */
import { createDecoder, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'

export type Message =
  | { type: 'sync-step-2' | 'update' | 'awareness'; payload: Uint8Array }
  | { type: 'sync-step-1' | 'acknowledgement' | 'ping' | 'other' }
  | { type: 'refusal'; reason: string }

export interface Protocol {
  /** The address of a document's socket. */
  address(url: string, document: string): string
  /** What a client sends first: its token and its state vector. */
  openingFrames(document: string, token: string): Uint8Array[]
  update(document: string, update: Uint8Array): Uint8Array
  /** The reply to sync step 1 of a client that has nothing to send. */
  emptySyncStep2(document: string): Uint8Array
  awareness(document: string, states: Uint8Array): Uint8Array
  parse(frame: Uint8Array): Message
  /** Whether the server sends sync step 2 to a new client. */
  hasHandshake: boolean
  hasAcknowledgements: boolean
}

/** The reply to a ping of the protocol, which is one byte. */
export const pong = Uint8Array.of(10)
const emptyUpdate = Uint8Array.of(0, 0)
const emptyStateVector = Uint8Array.of(0)

function encode(...parts: (number | string | Uint8Array)[]): Uint8Array {
  const encoder = createEncoder()
  for (const part of parts) {
    if (typeof part === 'number') writeVarUint(encoder, part)
    else if (typeof part === 'string') writeVarString(encoder, part)
    else writeVarUint8Array(encoder, part)
  }
  return toUint8Array(encoder)
}

/** Parses `varUint type, payload`, after the document's name where the frame begins with it. */
function parse(frame: Uint8Array, hasName: boolean): Message {
  const decoder = createDecoder(frame)
  if (hasName) {
    if (frame.length === 1) return { type: 'ping' }
    const nameBytes = readVarUint(decoder)
    decoder.pos += nameBytes
  }
  const type = readVarUint(decoder)
  if (type === 0) {
    const step = readVarUint(decoder)
    if (step === 0) return { type: 'sync-step-1' }
    return { type: step === 1 ? 'sync-step-2' : 'update', payload: readVarUint8Array(decoder) }
  }
  if (type === 1) return { type: 'awareness', payload: readVarUint8Array(decoder) }
  if (type === 2 && readVarUint(decoder) === 1) return { type: 'refusal', reason: readVarString(decoder) }
  if (type === 7) return { type: 'refusal', reason: 'closed' }
  if (type === 8) return { type: readVarUint(decoder) === 1 ? 'acknowledgement' : 'other' }
  return { type: 'other' }
}

const toWebSocket = (url: string) => url.replace('http', 'ws')

/** `/collab` of SmartStart, and Hocuspocus: every frame begins with the document's name. */
export const hocuspocusProtocol: Protocol = {
  address: (url) => `${toWebSocket(url)}/collab`,
  openingFrames: (document, token) => [encode(document, 2, 0, token), encode(document, 0, 0, emptyStateVector)],
  update: (document, update) => encode(document, 0, 2, update),
  awareness: (document, states) => encode(document, 1, states),
  emptySyncStep2: (document) => encode(document, 0, 1, emptyUpdate),
  parse: (frame) => parse(frame, true),
  hasHandshake: true,
  hasAcknowledgements: true,
}

/** The relay forwards the frames of Hocuspocus and sends nothing itself. */
export const relayProtocol: Protocol = {
  ...hocuspocusProtocol,
  address: (url, document) => `${toWebSocket(url)}/${document}`,
  openingFrames: () => [],
  hasHandshake: false,
  hasAcknowledgements: false,
}

/** The y-websocket server: the document's name is in the address, not in the frames. */
export const yWebsocketProtocol: Protocol = {
  address: (url, document) => `${toWebSocket(url)}/${document}`,
  openingFrames: () => [encode(0, 0, emptyStateVector)],
  update: (_, update) => encode(0, 2, update),
  awareness: (_, states) => encode(1, states),
  emptySyncStep2: () => encode(0, 1, emptyUpdate),
  parse: (frame) => parse(frame, false),
  hasHandshake: true,
  hasAcknowledgements: false,
}
