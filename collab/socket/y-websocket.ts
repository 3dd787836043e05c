/**
 * The guarded socket of plain y-websocket clients: one document for each socket, on the same live documents.
 *
 * Its frames are messages without an address. The protocol knows neither tokens nor close messages: the token is in the request, and a
 * refusal is a permission denial and a close code. Codes from 4400 to 4499 tell `y-websocket` not to reconnect.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Hocuspocus } from '@hocuspocus/server'
import { createDecoder, readVarString, readVarUint } from 'lib0/decoding'
import type { WebSocket } from 'ws'
import { parseDocumentName } from '../../domain/documents/document.ts'
import { type ProblemCode, problems } from '../../domain/kernel/errors.ts'
import { encodeAuthFrame, encodePermissionDenied, frameType, type Message, readMessage } from './protocol-codec.ts'
import { encodeBinaryFrame } from '../../realtime/websocket.ts'
import { GuardedSocket } from './guarded-socket.ts'
import type { SocketContext } from './socket-context.ts'

/** The sub-protocol that the server selects when the token is offered as another one. */
export const subprotocol = 'smartstart'
const tokenSubprotocolPrefix = 'token.'

/** Problems that end by themselves. Their close codes are raised by 100, so that the client reconnects. */
const temporaryProblems = new Set<ProblemCode>(['rate-limited', 'too-many-connections'])

/** The document that a plain client opens, and its token: from `?token=`, or from a sub-protocol `token.<token>`. */
export interface YWebsocketRequest {
  documentName: string
  token: string
}

/** Reads `/yjs/:documentName`. A name that cannot be decoded, and a missing token, are empty. */
export function readYWebsocketRequest({ url = '', headers }: IncomingMessage): YWebsocketRequest {
  const { pathname, searchParams } = new URL(url, 'http://node')
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim())
  const token = offered.find((text) => text.startsWith(tokenSubprotocolPrefix))?.slice(tokenSubprotocolPrefix.length)
  return { documentName: decodeSegment(pathname.slice('/yjs/'.length)), token: token ?? searchParams.get('token') ?? '' }
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

export class YWebsocketSocket extends GuardedSocket {
  protected override readonly isPlain = true
  readonly #request: YWebsocketRequest

  constructor(ws: WebSocket, stream: Duplex, context: SocketContext, request: YWebsocketRequest) {
    super(ws, stream, context)
    this.#request = request
  }

  override attach(client: ReturnType<Hocuspocus['handleConnection']>): void {
    super.attach(client)
    const { documentName, token } = this.#request
    if (!parseDocumentName(documentName)) return this.#deny('invalid-input')
    this.#deliverMessage({ bytes: encodeAuthFrame(documentName, token), type: frameType.auth, kind: undefined, payload: undefined })
  }

  protected override receiveFrame(bytes: Buffer): void {
    try {
      const message = readMessage(bytes, 0)
      const { type } = message
      if (type === frameType.sync || type === frameType.awareness || type === frameType.queryAwareness) return this.#deliverMessage(message)
    } catch {
      // refused below
    }
    this.refuse('invalid-input')
  }

  protected override writeHocuspocusFrame(_data: Uint8Array, type: number, rest: Uint8Array): void {
    const decoder = createDecoder(rest)
    if (type === frameType.auth && readVarUint(decoder) === 1) this.#deny(readVarString(decoder))
    else if (type === frameType.close) this.#closeWithReason(readVarString(decoder))
  }

  protected override keepAliveMessage(): Uint8Array {
    // awareness without states: the client counts any message as activity, but has no ping
    return Uint8Array.of(frameType.awareness, 1, 0)
  }

  #deliverMessage(message: Message) {
    const connection = this.findOrCreateConnection(this.#request.documentName, message)
    if (connection) this.deliver(connection, message)
  }

  #deny(reason: string) {
    this.buffer.put(encodeBinaryFrame(encodePermissionDenied(reason)))
    this.#closeWithReason(reason)
  }

  #closeWithReason(reason: string) {
    this.close(this.closeCodeOf(reason as ProblemCode), reason)
  }

  protected override closeCodeOf(problem: ProblemCode): number {
    const code = problems[problem]?.close ?? problems.forbidden.close
    return temporaryProblems.has(problem) ? code + 100 : code
  }
}
