/** Peer: Hocuspocus with its default settings. It stores nothing. */
import { Server } from '@hocuspocus/server'

const server = new Server({ port: 0, address: '127.0.0.1', quiet: true })
await server.listen()
console.log(`http://127.0.0.1:${server.address.port}`)
process.once('SIGTERM', () => process.exit(0))
