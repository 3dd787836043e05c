/** A server that is told by webhook or by push: it keeps what came, and answers as it is told to. */
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

export interface Received {
  path: string
  headers: IncomingHttpHeaders
  body: Buffer
  /** The body as JSON. */
  json: any
}

export type Answers = (received: Received, response: ServerResponse) => void

export interface Receiver {
  readonly url: string
  readonly port: number
  /** What came, oldest first. */
  readonly received: Received[]
  /** How many connections came, whatever was said on them. */
  readonly connections: () => number
  /** Answers from now on. */
  answer(with_: Answers | number): void
  stop(): Promise<void>
}

const status =
  (code: number): Answers =>
  (_, response) =>
    void response.writeHead(code).end()

/** Starts one on this machine; it answers 204. */
export async function receiver(host = '127.0.0.1'): Promise<Receiver> {
  const received: Received[] = []
  const sockets = new Set<Socket>()
  let connections = 0
  let answers = status(204)
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const body = Buffer.concat(pieces)
      const one: Received = {
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
