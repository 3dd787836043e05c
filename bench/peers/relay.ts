/**
 * Peer: a `ws` server that parses and stores nothing. It forwards each message to all other sockets of the document named in the
 * address, and frames it once for all of them, because `ws` frames it for each: the lowest cost that a server can have.
 */
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'

const documents = new Map<string, Set<Duplex>>()
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (socket, { url = '', socket: stream }) => {
  const streams = documents.get(url) ?? new Set()
  documents.set(url, streams.add(stream))
  socket.on('message', (data: Buffer) => {
    const frame = encodeFrame(data)
    for (const other of streams) if (other !== stream) other.write(frame)
  })
  socket.on('close', () => {
    streams.delete(stream)
    if (streams.size === 0) documents.delete(url)
  })
})

/** An unmasked binary frame (RFC 6455, 5.2). */
function encodeFrame(data: Buffer): Buffer {
  const head = data.length < 126 ? [0x82, data.length] : [0x82, 126, data.length >> 8, data.length & 255]
  return Buffer.concat([Buffer.from(head), data])
}
server.on('listening', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once('SIGTERM', () => process.exit(0))
