/** A TCP proxy between a client and a node: tests end its connections, refuse new ones, and lead it to another node. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  /** What the client connects to; it stays the same whatever happens behind it. */
  url: string
  /** Connections that came so far, the refused ones too. */
  readonly connectionCount: number
  /** Ends every connection, and takes no new one until `mend`. */
  disconnect(): void
  /** Takes connections again, from now on to this node when one is named. */
  restore(url?: string): void
  /** Lets nothing more through to the node, in connections that stand; answers what lets it through after all. */
  pause(): () => void
  stop(): Promise<void>
}

/** Starts a proxy to a node. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  let to = new URL(url)
  let down = false
  let calls = 0
  const ends = new Map<Socket, Socket>()
  const server = createServer((client) => {
    calls++
    client.on('error', () => {})
    if (down) return client.destroy()
    const node = connect(Number(to.port), to.hostname)
    ends.set(client, node)
    node.on('error', () => {})
    node.on('close', () => client.destroy())
    client.on('close', () => {
      ends.delete(client)
      node.destroy()
    })
    client.pipe(node).pipe(client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const disconnect = () => {
    down = true
    for (const client of ends.keys()) client.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connectionCount() {
      return calls
    },
    disconnect,
    restore(url) {
      if (url) to = new URL(url)
      down = false
    },
    pause() {
      const held = [...ends]
      for (const [client, node] of held) client.unpipe(node)
      return () => {
        for (const [client, node] of held) client.pipe(node)
      }
    },
    async stop() {
      disconnect()
      server.close()
      await once(server, 'close')
    },
  }
}
