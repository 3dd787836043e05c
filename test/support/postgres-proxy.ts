/** A proxy between a node and PostgreSQL that stops at a chosen message of one transaction: what a killed process has sent, and no more. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface PostgresProxy {
  /** The database behind the proxy. */
  url: string
  /**
   * Chooses a message: the `number`th, from 1, after the first one with some words, on the connection that sent them. It is not forwarded.
   * @param onReached called once, in its place
   */
  arm(words: string, number: number, onReached: () => void): void
  stop(): Promise<void>
}

/** Starts a proxy to a database. @param databaseUrl as DATABASE_URL */
export async function startPostgresProxy(databaseUrl: string): Promise<PostgresProxy> {
  const database = new URL(databaseUrl)
  let armed: { words: string; left: number; from: Socket | undefined; onReached: () => void } | undefined
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(database.port || 5432), database.hostname)
    for (const socket of [client, upstream]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    upstream.pipe(client)
    client.on('data', (chunk: Buffer) => {
      if (armed && !armed.from && chunk.includes(armed.words)) armed.from = client
      if (armed?.from === client && armed.left-- <= 0) {
        const { onReached } = armed
        armed = undefined
        onReached()
        return
      }
      upstream.write(chunk)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxied = new URL(databaseUrl)
  proxied.hostname = '127.0.0.1'
  proxied.port = String((server.address() as AddressInfo).port)
  return {
    url: proxied.href,
    arm(words, number, onReached) {
      armed = { words, left: number - 1, from: undefined, onReached }
    },
    async stop() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
