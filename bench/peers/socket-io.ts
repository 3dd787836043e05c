/** Peer: Socket.IO with its Redis adapter. It sends each posted message to all clients of all nodes. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdapter } from '@socket.io/redis-adapter'
import { Redis } from 'ioredis'
import { Server } from 'socket.io'

const publisher = new Redis(process.env.REDIS_URL as string)
const subscriber = publisher.duplicate()
const server = createServer()
const io = new Server(server, {
  transports: ['websocket'],
  perMessageDeflate: false,
  adapter: createAdapter(publisher, subscriber, { key: process.env.REDIS_PREFIX as string }),
})
server.on('request', (request, response) => {
  if (request.url !== '/emit') return
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    io.emit('event', JSON.parse(Buffer.concat(chunks).toString()))
    response.end()
  })
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once('SIGTERM', () => process.exit(0))
