/** Frames of the Hocuspocus protocol, encoded by hand, and a raw socket that records the responses. */
import { once } from 'node:events'
import * as encoding from 'lib0/encoding'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { readHeader } from '../../collab/socket/protocol-codec.ts'
import { waitUntil } from './wait-until.ts'

export function encodeFrame(address: string, ...parts: (number | string | Uint8Array)[]): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarString(encoder, address)
  for (const part of parts) {
    if (typeof part === 'number') encoding.writeVarUint(encoder, part)
    else if (typeof part === 'string') encoding.writeVarString(encoder, part)
    else encoding.writeVarUint8Array(encoder, part)
  }
  return encoding.toUint8Array(encoder)
}

export const encodeAuthFrame = (address: string, token: string) => encodeFrame(address, 2, 0, token)
export const encodeStepOneFrame = (address: string, document = new Y.Doc()) => encodeFrame(address, 0, 0, Y.encodeStateVector(document))
export const encodeUpdateFrame = (address: string, update: Uint8Array) => encodeFrame(address, 0, 2, update)

/** Creates a Yjs update that inserts text at the start of the root type that the test clients use. */
export function createTextUpdate(text: string, document = new Y.Doc()): Uint8Array {
  let update: Uint8Array = new Uint8Array()
  document.once('update', (created: Uint8Array) => {
    update = created
  })
  document.getText('text').insert(0, text)
  return update
}

export interface RawSocket {
  socket: WebSocket
  /** Received frames, without keep-alives. */
  frames: ReturnType<typeof readHeader>[]
  raw: Uint8Array[]
  /** Received sync statuses: 1 for committed, 0 for refused. */
  statuses: number[]
  closed: { code: number; reason: string } | undefined
  send(data: Uint8Array | string): void
  /** Resolves with the close event. */
  waitUntilClosed(): Promise<{ code: number; reason: string }>
}

/** Opens a socket to `/collab`. */
export async function openRawSocket(url: string): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/collab`)
  const rawSocket: RawSocket = {
    socket,
    frames: [],
    raw: [],
    statuses: [],
    closed: undefined,
    send: (data) => socket.send(data),
    waitUntilClosed: () => waitUntil(() => rawSocket.closed, 'the socket to be closed'),
  }
  socket.on('message', (data: Buffer) => {
    const head = readHeader(data)
    // the keep-alive is an awareness frame without an address
    if (head.address === '' && head.type === 1) return
    rawSocket.raw.push(data)
    rawSocket.frames.push(head)
    if (head.type === 8) rawSocket.statuses.push(head.payload[0] as number)
  })
  socket.on('error', () => {})
  socket.on('close', (code, reason) => {
    rawSocket.closed = { code, reason: reason.toString() }
  })
  await once(socket, 'open')
  return rawSocket
}

/** Opens a raw socket and authenticates it for a document. */
export async function openAuthenticatedSocket(url: string, name: string, token: string): Promise<RawSocket> {
  const rawSocket = await openRawSocket(url)
  rawSocket.send(encodeAuthFrame(name, token))
  await waitUntil(() => rawSocket.frames.some(({ type }) => type === 2), 'the answer to the token')
  return rawSocket
}
