/**
 * The floor: a plain `ws` server that parses nothing. Every message goes as it is to all other sockets of the same document,
 * whose name stands in the address.
 */
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

const documents = new Map<string, Set<WebSocket>>()
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (socket, { url = '' }) => {
  const sockets = documents.get(url) ?? new Set()
  documents.set(url, sockets.add(socket))
  socket.on('message', (data: Buffer) => {
    for (const other of sockets) if (other !== socket) other.send(data)
  })
  socket.on('close', () => {
    sockets.delete(socket)
    if (sockets.size === 0) documents.delete(url)
  })
})
server.on('listening', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
process.once('SIGTERM', () => process.exit(0))
