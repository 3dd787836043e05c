/** How each server is spoken to, frame by frame: the one place that knows their differences. */
import { createDecoder, readVarString, readVarUint, readVarUint8Array } from 'lib0/decoding'
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'

/** What a frame from a server says, as far as a load cares. */
export type Heard =
  | { is: 'question' }
  | { is: 'answer' | 'edit' | 'cursors'; payload: Uint8Array }
  | { is: 'acknowledgement' | 'ping' | 'other' }
  | { is: 'refusal'; reason: string }

export interface Dialect {
  /** Where a document's socket is opened. */
  address(url: string, document: string): string
  /** What a client says first: who it is, and what it has of the document. */
  hello(document: string, token: string): Uint8Array[]
  edit(document: string, update: Uint8Array): Uint8Array
  /** Answers the server's question for what the client has: nothing more. */
  nothing(document: string): Uint8Array
  cursors(document: string, states: Uint8Array): Uint8Array
  read(bytes: Uint8Array): Heard
  /** Whether the server answers a hello, and whether it answers every edit. */
  greets: boolean
  acknowledges: boolean
}

const noUpdate = Uint8Array.of(0, 0)
const noStateVector = Uint8Array.of(0)

function bytes(...parts: (number | string | Uint8Array)[]): Uint8Array {
  const encoder = createEncoder()
  for (const part of parts) {
    if (typeof part === 'number') writeVarUint(encoder, part)
    else if (typeof part === 'string') writeVarString(encoder, part)
    else writeVarUint8Array(encoder, part)
  }
  return toUint8Array(encoder)
}

/** Reads `varUint type, payload`, after the address where the frame has one. */
function read(frame: Uint8Array, addressed: boolean): Heard {
  const decoder = createDecoder(frame)
  if (addressed) {
    if (frame.length === 1) return { is: 'ping' }
    // a socket of ours has one document, so its name says nothing new
    const length = readVarUint(decoder)
    decoder.pos += length
  }
  const type = readVarUint(decoder)
  if (type === 0) {
    const kind = readVarUint(decoder)
    if (kind === 0) return { is: 'question' }
    return { is: kind === 1 ? 'answer' : 'edit', payload: readVarUint8Array(decoder) }
  }
  if (type === 1) return { is: 'cursors', payload: readVarUint8Array(decoder) }
  if (type === 2 && readVarUint(decoder) === 1) return { is: 'refusal', reason: readVarString(decoder) }
  if (type === 7) return { is: 'refusal', reason: 'closed' }
  if (type === 8) return { is: readVarUint(decoder) === 1 ? 'acknowledgement' : 'other' }
  return { is: 'other' }
}

const addressed = {
  edit: (document: string, update: Uint8Array) => bytes(document, 0, 2, update),
  cursors: (document: string, states: Uint8Array) => bytes(document, 1, states),
  nothing: (document: string) => bytes(document, 0, 1, noUpdate),
  read: (frame: Uint8Array) => read(frame, true),
}
const toWebSocket = (url: string) => url.replace('http', 'ws')

/** `/collab` of SmartStart, and Hocuspocus as it comes: every frame begins with the document's name. */
export const hocuspocus: Dialect = {
  ...addressed,
  address: (url) => `${toWebSocket(url)}/collab`,
  hello: (document, token) => [bytes(document, 2, 0, token), bytes(document, 0, 0, noStateVector)],
  greets: true,
  acknowledges: true,
}

/** The y-websocket server: the document's name stands in the address, and not in the frames. */
export const yWebsocket: Dialect = {
  address: (url, document) => `${toWebSocket(url)}/${document}`,
  hello: () => [bytes(0, 0, noStateVector)],
  edit: (_, update) => bytes(0, 2, update),
  cursors: (_, states) => bytes(1, states),
  nothing: () => bytes(0, 1, noUpdate),
  read: (frame) => read(frame, false),
  greets: true,
  acknowledges: false,
}

/** The relay carries the same bytes as SmartStart gets, and neither greets nor answers. */
export const relayed: Dialect = {
  ...addressed,
  address: (url, document) => `${toWebSocket(url)}/${document}`,
  hello: () => [],
  greets: false,
  acknowledges: false,
}

/** What a ping of the protocol (one byte) is answered with. */
export const answerToPing = Uint8Array.of(10)
