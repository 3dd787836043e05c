/** A way to a database that counts what is written there. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { once } from 'node:events'

export interface Counted {
  /** The address to use instead. */
  url: string
  /** Bytes of the statements that were counted so far, of all connections. */
  sent(): number
  stop(): void
}

/**
 * @param url `postgresql://host:port/…`; over TCP, so that it can stand between
 * @param counts which statements are counted, by their text
 */
export async function countedWayTo(url: string, counts: RegExp): Promise<Counted> {
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
    const count = counterOf(counts)
    client.on('data', (data) => {
      sent += count(data)
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

/** Counts the bytes of one connection's messages (PostgreSQL's protocol, version 3: a type, a length that counts itself, a body). */
function counterOf(counts: RegExp): (data: Buffer) => number {
  /** Which statements are counted, by the name under which the server keeps them. */
  const prepared = new Map<string, boolean>()
  let rest = Buffer.alloc(0)
  let greeted = false
  let counted = false

  function look(type: string, body: Buffer) {
    const [first = '', second = ''] = body.toString('latin1').split('\0', 2)
    if (type === 'Q') counted = counts.test(first)
    else if (type === 'P') prepared.set(first, (counted = counts.test(second)))
    else if (type === 'B') counted = prepared.get(second) ?? false
  }

  return (data) => {
    rest = Buffer.concat([rest, data])
    let bytes = 0
    for (;;) {
      // the first message has no type
      const head = greeted ? 1 : 0
      const length = rest.length < head + 4 ? Number.POSITIVE_INFINITY : head + rest.readInt32BE(head)
      if (length > rest.length) return bytes
      if (greeted) look(String.fromCharCode(rest[0] as number), rest.subarray(5, length))
      greeted = true
      if (counted) bytes += length
      rest = rest.subarray(length)
    }
  }
}
