/**
 * The floor: a plain `ws` server that parses nothing. Every message goes as it is to all other sockets of the same document,
 * whose name stands in the address; framed once for all of them, since `ws` frames for each anew.
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
    const frame = framed(data)
    for (const other of streams) if (other !== stream) other.write(frame)
  })
  socket.on('close', () => {
    streams.delete(stream)
    if (streams.size === 0) documents.delete(url)
  })
})

/** A binary message as a whole frame of a server (RFC 6455, 5.2). */
function framed(data: Buffer): Buffer {
  const head = data.length < 126 ? [0x82, data.length] : [0x82, 126, data.length >> 8, data.length & 255]
  return Buffer.concat([Buffer.from(head), data])
}
server.on('listening', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once('SIGTERM', () => process.exit(0))
