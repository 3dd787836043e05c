/**
 * The second guarded socket: plain y-websocket clients, one document a socket, on the same live documents (hocuspocus 8).
 *
 * Its frames are messages without an address, and its protocol knows neither a token nor a farewell: the token stands in the
 * request, and a refusal is told by a denial and a close code. Codes from 4400 to 4499 tell `y-websocket` not to come back.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Hocuspocus } from '@hocuspocus/server'
import { createDecoder, readVarString, readVarUint } from 'lib0/decoding'
import type { WebSocket } from 'ws'
import { parseDocumentName } from '../domain/documents/document.ts'
import { type ProblemCode, problems } from '../domain/kernel/errors.ts'
import { authFrame, denialMessage, frameType, type Message, readMessage } from './frame.ts'
import { webSocketFrame } from './outbox.ts'
import { GuardedSocket, type SocketHouse } from './socket.ts'

/** The sub-protocol that the server chooses, where the token comes as another one beside it. */
export const protocol = 'smartstart'
const tokenProtocol = 'token.'

/** What is over after a while: the client is to come back, so it is told with 100 more, outside of what it takes for final. */
const passing = new Set<ProblemCode>(['rate-limited', 'too-many-connections'])

/** What a plain client opens, and with what token: by `?token=`, or by a sub-protocol `token.<token>`. */
export interface PlainRequest {
  documentName: string
  token: string
}

/** Reads `/yjs/:documentName`. A name that cannot be read, and a token that is not there, are empty. */
export function readPlainRequest({ url = '', headers }: IncomingMessage): PlainRequest {
  const { pathname, searchParams } = new URL(url, 'http://node')
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim())
  const token = offered.find((text) => text.startsWith(tokenProtocol))?.slice(tokenProtocol.length)
  return { documentName: decoded(pathname.slice('/yjs/'.length)), token: token ?? searchParams.get('token') ?? '' }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

export class PlainSocket extends GuardedSocket {
  protected override readonly plain = true
  readonly #asked: PlainRequest

  constructor(ws: WebSocket, stream: Duplex, house: SocketHouse, asked: PlainRequest) {
    super(ws, stream, house)
    this.#asked = asked
  }

  override attach(client: ReturnType<Hocuspocus['handleConnection']>): void {
    super.attach(client)
    const { documentName, token } = this.#asked
    if (!parseDocumentName(documentName)) return this.#deny('invalid-input')
    this.#deliver({ bytes: authFrame(documentName, token), type: frameType.auth, kind: undefined, payload: undefined })
  }

  protected override receive(bytes: Buffer): void {
    try {
      const message = readMessage(bytes, 0)
      const { type } = message
      if (type === frameType.sync || type === frameType.awareness || type === frameType.queryAwareness) return this.#deliver(message)
    } catch {
      // refused as whatever else is no message of this protocol
    }
    this.refuse('invalid-input')
  }

  protected override pass(_data: Uint8Array, type: number, rest: Uint8Array): void {
    const decoder = createDecoder(rest)
    if (type === frameType.auth && readVarUint(decoder) === 1) this.#deny(readVarString(decoder))
    else if (type === frameType.close) this.#end(readVarString(decoder))
  }

  protected override ping(): Uint8Array {
    // awareness of nobody: its client takes any message for a sign of life, but knows no ping
    return Uint8Array.of(frameType.awareness, 1, 0)
  }

  #deliver(message: Message) {
    const channel = this.channelOf(this.#asked.documentName, message)
    if (channel) this.deliver(channel, message)
  }

  #deny(reason: string) {
    this.outbox.put(webSocketFrame(denialMessage(reason)))
    this.#end(reason)
  }

  #end(reason: string) {
    this.close(this.codeOf(reason as ProblemCode), reason)
  }

  protected override codeOf(problem: ProblemCode): number {
    const code = problems[problem]?.close ?? problems.forbidden.close
    return passing.has(problem) ? code + 100 : code
  }
}
