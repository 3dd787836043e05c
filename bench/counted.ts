/** A way to a database that counts what goes there. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { once } from 'node:events'

export interface Counted {
  /** The address to use instead. */
  url: string
  /** Bytes that went to the database so far, of all connections. */
  sent(): number
  stop(): void
}

/** @param url `postgresql://host:port/…`; over TCP, so that it can stand between */
export async function countedWayTo(url: string): Promise<Counted> {
  const target = new URL(url)
  const port = Number(target.port || 5432)
  const { hostname } = target
  const sockets = new Set<Socket>()
  let sent = 0
  const listener = createServer((client) => {
    const server = connect(port, hostname)
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        server.destroy()
        sockets.delete(socket)
      })
    }
    client.on('data', (data) => {
      sent += data.length
      server.write(data)
    })
    server.pipe(client)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const way = new URL(url)
  way.hostname = '127.0.0.1'
  way.port = String((listener.address() as AddressInfo).port)
  return {
    url: way.href,
    sent: () => sent,
    stop() {
      listener.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
