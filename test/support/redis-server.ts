/** A Redis server of one test, from the installed binary, without persistence. It keeps its port when it is restarted. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { Redis } from 'ioredis'
import { findFreePort, createFolder, findProgram } from './servers.ts'
import { waitUntil } from './wait-until.ts'

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Resolves when it responds. */
  start(): Promise<void>
  /** Sends a signal. Resolves when the process has exited. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Deletes all data and closes the connections of all clients. */
  flush(): Promise<void>
  /** Stops it and deletes its folder. */
  remove(): Promise<void>
}

/** Starts a Redis. */
export async function startRedis(): Promise<RedisServer> {
  const folder = createFolder('redis')
  const port = await findFreePort()
  let child: ChildProcess | undefined
  const atExit = () => void child?.kill('SIGKILL')
  process.on('exit', atExit)

  /** Runs a command on a new connection; undefined if the server does not respond. */
  async function tryCommand(command: (client: Redis) => Promise<unknown>): Promise<unknown> {
    const client = new Redis(port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
    client.on('error', () => {})
    try {
      await client.connect()
      return await command(client)
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
      await waitUntil(() => tryCommand((client) => client.ping()), 'Redis to respond')
    },
    async kill(signal) {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const exited = once(child, 'exit')
      child.kill(signal)
      await exited
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
