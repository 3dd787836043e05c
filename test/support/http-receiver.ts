/** A server that is told by webhook or by push: it keeps what came, and answers as it is told to. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface ReceivedRequest {
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
  /** The body as JSON. */
  json: any
}

export type Answer = (received: ReceivedRequest, response: ServerResponse) => void

export interface HttpReceiver {
  readonly url: string
  readonly port: number
  /** What came, oldest first. */
  readonly received: ReceivedRequest[]
  /** How many connections came, whatever was said on them. */
  readonly connections: () => number
  /** Answers so from now on. */
  answer(with_: Answer | number): void
  stop(): Promise<void>
}

const status =
  (code: number): Answer =>
  (_, response) =>
    void response.writeHead(code).end()

/** Starts one on this machine; it answers 204. */
export async function startHttpReceiver(host = '127.0.0.1'): Promise<HttpReceiver> {
  const received: ReceivedRequest[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let answers = status(204)
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const body = Buffer.concat(pieces)
      const one: ReceivedRequest = {
        path: request.url ?? '',
        headers: request.headers,
        body,
        get json() {
          return JSON.parse(body.toString())
        },
      }
      received.push(one)
      answers(one, response)
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
    connections: () => connections,
    answer: (with_) => {
      answers = typeof with_ === 'number' ? status(with_) : with_
    },
    async stop() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
