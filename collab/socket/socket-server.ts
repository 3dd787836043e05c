/** Serves the WebSockets of documents: `/collab` (Hocuspocus protocol) and `/yjs/:documentName` (plain y-websocket). */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Hocuspocus } from '@hocuspocus/server'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Log } from '../../domain/kernel/log.ts'
import { startKeepAlive } from '../../realtime/keep-alive.ts'
import { GuardedSocket } from './guarded-socket.ts'
import type { SocketContext } from './socket-context.ts'
import { readYWebsocketRequest, subprotocol, YWebsocketSocket } from './y-websocket.ts'

export interface DocumentSocketOptions {
  hocuspocus: Hocuspocus
  context: SocketContext
  frameBytes: number
  log: Log
  onClosed: (socket: GuardedSocket) => void
}

/** Hocuspocus does not read the request. One for all sockets, because each takes a kilobyte. Its `url` is the path, as in Node's requests. */
const request = Object.defineProperty(new Request('http://node/collab'), 'url', { value: '/collab' })

export class DocumentSocketServer {
  readonly #options: DocumentSocketOptions
  readonly #server: WebSocketServer
  readonly #yWebsocketServer: WebSocketServer
  readonly #sockets = new Set<GuardedSocket>()
  readonly #stopKeepAlive: () => void
  readonly #logError: (error: Error) => void

  constructor(options: DocumentSocketOptions) {
    const wsOptions = { noServer: true, maxPayload: options.frameBytes, perMessageDeflate: false } as const
    this.#options = options
    this.#server = new WebSocketServer(wsOptions)
    this.#yWebsocketServer = new WebSocketServer({
      ...wsOptions,
      handleProtocols: (offered) => offered.has(subprotocol) && subprotocol,
    })
    this.#stopKeepAlive = startKeepAlive(() => this.#sockets)
    this.#logError = (error) => options.log.debug({ error: error.message }, 'document socket error')
  }

  /** How many sockets are open. */
  get count(): number {
    return this.#sockets.size
  }

  /** Takes over an upgrade request. Returns false when it is for another server. */
  handleUpgrade(upgrade: IncomingMessage, stream: Duplex, head: Buffer): boolean {
    const { context } = this.#options
    const path = (upgrade.url ?? '').split('?')[0] as string
    if (path === '/collab' || path === '/collab/') {
      this.#server.handleUpgrade(upgrade, stream, head, (ws) => this.#accept(ws, new GuardedSocket(ws, stream, context)))
    } else if (path.startsWith('/yjs/')) {
      this.#yWebsocketServer.handleUpgrade(upgrade, stream, head, (ws) =>
        this.#accept(ws, new YWebsocketSocket(ws, stream, context, readYWebsocketRequest(upgrade))),
      )
    } else return false
    return true
  }

  closeAll(code: number, reason: string): void {
    for (const socket of this.#sockets) socket.close(code, reason)
  }

  terminateAll(): void {
    for (const socket of this.#sockets) socket.terminate()
  }

  stop(): void {
    this.#stopKeepAlive()
    this.#server.close()
    this.#yWebsocketServer.close()
  }

  #accept(ws: WebSocket, socket: GuardedSocket) {
    const { hocuspocus, context, onClosed } = this.#options
    this.#sockets.add(socket)
    context.metrics.sockets.set(this.#sockets.size)
    ws.on('error', this.#logError)
    ws.on('close', () => {
      this.#sockets.delete(socket)
      onClosed(socket)
      context.metrics.sockets.set(this.#sockets.size)
    })
    socket.attach(hocuspocus.handleConnection(socket, request, { socket }))
  }
}
