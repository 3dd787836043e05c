/** A TCP proxy before a server, to be cut, held, or made to lose the answer to a question. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface FaultProxy {
  readonly port: number
  /** Ends every connection, and each new one at once: the server is gone. */
  disconnect(): void
  /** Lets nothing through in either direction, and ends nothing: the network is gone. */
  pause(): void
  /** Lets all through again. */
  resume(): void
  /**
   * Loses the answer to the next question that contains some text: the server has it and does it, and when it has answered, the
   * connection ends without the answer. Resolves when that has happened.
   * @param answered whether what the server said since is its whole answer
   */
  loseResponse(text: string, answered: (said: Buffer) => boolean): Promise<void>
  stop(): Promise<void>
}

interface Pair {
  client: Socket
  server: Socket
  /** What the server said since the question whose answer is to be lost. */
  lost: Buffer | undefined
}

/** @param target the port of the server on this machine */
export async function startFaultProxy(target: number): Promise<FaultProxy> {
  const pairs = new Set<Pair>()
  let state: 'open' | 'cut' | 'held' = 'open'
  let losing: { text: string; answered: (said: Buffer) => boolean; done: () => void } | undefined

  function end(pair: Pair) {
    pairs.delete(pair)
    pair.client.destroy()
    pair.server.destroy()
  }

  const listener = createServer((client) => {
    if (state === 'cut') {
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
      if (state === 'held') socket.pause()
    }
    client.on('data', (data) => {
      if (losing && !pair.lost && data.includes(losing.text)) pair.lost = Buffer.alloc(0)
      server.write(data)
    })
    server.on('data', (data) => {
      if (!pair.lost || !losing) return void client.write(data)
      pair.lost = Buffer.concat([pair.lost, data])
      if (!losing.answered(pair.lost)) return
      const { done } = losing
      losing = undefined
      end(pair)
      done()
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')

  return {
    port: (listener.address() as AddressInfo).port,
    disconnect() {
      state = 'cut'
      for (const pair of pairs) end(pair)
    },
    pause() {
      state = 'held'
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
    loseResponse: (text, answered) =>
      new Promise((done) => {
        losing = { text, answered, done }
      }),
    async stop() {
      for (const pair of pairs) end(pair)
      listener.close()
      await once(listener, 'close')
    },
  }
}

/** Whether PostgreSQL has answered all: it is ready for the next question, and in no transaction. */
export const isReadyForQuery = (said: Buffer): boolean => said.includes(Buffer.from([0x5a, 0, 0, 0, 5, 0x49]))
