/** A TCP proxy between clients and a node. Tests close its connections, refuse new ones, and change the node. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  /** The address for clients. It never changes. */
  url: string
  /** Connections so far, including refused ones. */
  readonly connectionCount: number
  /** Closes every connection and refuses new ones until `restore`. */
  disconnect(): void
  /** Accepts connections again. @param url the node from now on; absent: the same node */
  restore(url?: string): void
  /** Stops the traffic of open connections to the node. @returns a function that resumes it */
  pause(): () => void
  stop(): Promise<void>
}

/** Starts a proxy to a node. */
export async function startTcpProxy(url: string): Promise<TcpProxy> {
  let to = new URL(url)
  let isDown = false
  let connectionCount = 0
  const ends = new Map<Socket, Socket>()
  const server = createServer((client) => {
    connectionCount++
    client.on('error', () => {})
    if (isDown) return client.destroy()
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
    isDown = true
    for (const client of ends.keys()) client.destroy()
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connectionCount() {
      return connectionCount
    },
    disconnect,
    restore(url) {
      if (url) to = new URL(url)
      isDown = false
    },
    pause() {
      const paused = [...ends]
      for (const [client, node] of paused) client.unpipe(node)
      return () => {
        for (const [client, node] of paused) client.pipe(node)
      }
    },
    async stop() {
      disconnect()
      server.close()
      await once(server, 'close')
    },
  }
}
