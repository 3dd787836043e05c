/** An HTTP server that receives webhooks and push messages: it records requests and responds as configured. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface ReceivedRequest {
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
  /** The body as JSON. */
  json: any
}

export type RequestHandler = (received: ReceivedRequest, response: ServerResponse) => void

export interface HttpReceiver {
  readonly url: string
  readonly port: number
  /** Received requests, oldest first. */
  readonly received: ReceivedRequest[]
  /** Counts the connections, with or without a request. */
  readonly countConnections: () => number
  /** Sets the response to the next requests: a status, or a function. */
  respondWith(handler: RequestHandler | number): void
  stop(): Promise<void>
}

const respondWithStatus =
  (code: number): RequestHandler =>
  (_, response) =>
    void response.writeHead(code).end()

/** Starts a receiver that responds with 204. */
export async function startHttpReceiver(host = '127.0.0.1'): Promise<HttpReceiver> {
  const received: ReceivedRequest[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let handle = respondWithStatus(204)
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      const receivedRequest: ReceivedRequest = {
        path: request.url ?? '',
        headers: request.headers,
        body,
        get json() {
          return JSON.parse(body.toString())
        },
      }
      received.push(receivedRequest)
      handle(receivedRequest, response)
    })
  })
  server.on('connection', (socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${host}:${port}`,
    port,
    received,
    countConnections: () => connections,
    respondWith: (with_) => {
      handle = typeof with_ === 'number' ? respondWithStatus(with_) : with_
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
