/** A Redis of the test's own, from the installed binary, on a port that stays the same; it keeps nothing on disk. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { Redis } from 'ioredis'
import { findFreePort, createFolder, findProgram } from './servers.ts'
import { waitUntil } from './wait-until.ts'

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Starts it. Resolves when it answers. */
  start(): Promise<void>
  /** Ends it with a signal. Resolves when it has ended. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Throws away all that it holds, and every client's connection. */
  flush(): Promise<void>
  /** Ends it and throws its folder away. */
  remove(): Promise<void>
}

/** Starts a Redis. */
export async function startRedis(): Promise<RedisServer> {
  const folder = createFolder('redis')
  const port = await findFreePort()
  let child: ChildProcess | undefined
  const atExit = () => void child?.kill('SIGKILL')
  process.on('exit', atExit)

  /** Asks it on a connection of its own; undefined when it does not answer. */
  async function tryCommand(question: (client: Redis) => Promise<unknown>): Promise<unknown> {
    const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    try {
      await client.connect()
      return await question(client)
    } catch {
      return undefined
    } finally {
      client.disconnect()
    }
  }

  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    async start() {
      const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder]
      child = spawn(findProgram('redis-server') as string, settings, { stdio: 'ignore' })
      await waitUntil(() => tryCommand((client) => client.ping()), 'Redis to answer')
    },
    async kill(signal) {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
    async flush() {
      await tryCommand(async (client) => {
        await client.flushall()
        await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
        return client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
      })
    },
    async remove() {
      await server.kill('SIGKILL')
      process.off('exit', atExit)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  await server.start()
  return server
}
