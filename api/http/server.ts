/** The HTTP server of a node: requests go to the API, WebSocket upgrades to the socket server of their path. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** Serves the WebSockets of some paths. */
export interface SocketServer {
  /** Takes over an upgrade request. Returns false when it is for another server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean
}

export interface HttpServer {
  /** Whether it accepts no new connections, because the node is stopping. */
  readonly isDraining: boolean
  /** Listens. Returns its address, as `http://127.0.0.1:3000`. @throws the error of the system, with its code */
  listen(at: { host: string; port: number }, handle: RequestListener, socketServers: readonly SocketServer[]): Promise<string>
  /** Stops accepting connections. */
  drain(): void
  /** Resolves when all connections have ended; ends them itself after `forceAfterMs`. */
  stop(): Promise<void>
}

const forceAfterMs = 1500
const closeIdleEveryMs = 50

export function createHttpServer(): HttpServer {
  const server = createServer()
  let closed: Promise<void> | undefined
  const close = () => (closed ??= new Promise<void>((resolve) => void server.close(() => resolve())))
  return {
    get isDraining() {
      return closed !== undefined
    },
    async listen({ host, port }, handle, socketServers) {
      server.on('request', handle)
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
        socket.on('error', ignoreError)
        if (closed) refuseUpgrade(socket, '503 Service Unavailable')
        else if (!socketServers.some((one) => one.handleUpgrade(request, socket, head))) refuseUpgrade(socket, '404 Not Found')
      })
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, host, resolve)
      })
      return `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`
    },
    drain: () => void close(),
    async stop() {
      const idle = setInterval(() => server.closeIdleConnections(), closeIdleEveryMs)
      const force = setTimeout(() => server.closeAllConnections(), forceAfterMs)
      await close()
      clearInterval(idle)
      clearTimeout(force)
    },
  }
}

/** Shared by all sockets: a function made for each would keep its request in memory as long as the socket is open. */
const ignoreError = () => {}

function refuseUpgrade(socket: Duplex, status: string) {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
