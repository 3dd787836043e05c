/** A TCP proxy for faults: it disconnects all clients, pauses all traffic, or loses one response. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface FaultProxy {
  readonly port: number
  /** Closes every connection and refuses new ones, as if the server were down. */
  disconnect(): void
  /** Stops traffic in both directions without closing connections, as if the network were down. */
  pause(): void
  /** Accepts connections and forwards traffic again. */
  resume(): void
  /**
   * Loses the response to the next request that contains a text: the server processes the request, and the connection is closed in place
   * of the response. Resolves when that has happened.
   * @param isComplete whether the bytes that the server sent since are the complete response
   */
  loseResponse(text: string, isComplete: (response: Buffer) => boolean): Promise<void>
  stop(): Promise<void>
}

interface Pair {
  client: Socket
  server: Socket
  /** The response that is to be lost, as far as it was received. */
  lost: Buffer | undefined
}

/** @param target the port of the server on this machine */
export async function startFaultProxy(target: number): Promise<FaultProxy> {
  const pairs = new Set<Pair>()
  let state: 'open' | 'disconnected' | 'paused' = 'open'
  let pendingLoss: { text: string; isComplete: (response: Buffer) => boolean; done: () => void } | undefined

  function end(pair: Pair) {
    pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }

  const listener = createServer((client) => {
    if (state === 'disconnected') {
      client.destroy()
      return
    }
    const pair: Pair = { client, server: connect(target, '127.0.0.1'), lost: undefined }
    pairs.add(pair)
    const { server } = pair
    for (const socket of [client, server]) {
      socket.setNoDelay(true)
      socket.on('error', () => {})
      socket.on('close', () => end(pair))
      if (state === 'paused') socket.pause()
    }
    client.on('data', (data) => {
      if (pendingLoss && !pair.lost && data.includes(pendingLoss.text)) pair.lost = Buffer.alloc(0)
      server.write(data)
    })
    server.on('data', (data) => {
      if (!pair.lost || !pendingLoss) return void client.write(data)
      pair.lost = Buffer.concat([pair.lost, data])
      if (!pendingLoss.isComplete(pair.lost)) return
      const { done } = pendingLoss
      pendingLoss = undefined
      end(pair)
      done()
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')

  return {
    port: (listener.address() as AddressInfo).port,
    disconnect() {
      state = 'disconnected'
      for (const pair of pairs) end(pair)
    },
    pause() {
      state = 'paused'
      for (const { client, server } of pairs) {
        client.pause()
        server.pause()
      }
    },
    resume() {
      state = 'open'
      for (const { client, server } of pairs) {
        client.resume()
        server.resume()
      }
    },
    loseResponse: (text, isComplete) =>
      new Promise((done) => {
        pendingLoss = { text, isComplete, done }
      }),
    async stop() {
      for (const pair of pairs) end(pair)
      listener.close()
      await once(listener, 'close')
    },
  }
}

/** Whether a response of PostgreSQL is complete: `ReadyForQuery`, outside a transaction. */
export const isReadyForQuery = (response: Buffer): boolean => response.includes(Buffer.from([0x5a, 0, 0, 0, 5, 0x49]))
