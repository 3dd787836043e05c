/** A PostgreSQL of the test's own, from the installed binaries, on a port that stays the same; to be stopped and started. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { findFreePort, createFolder, findPostgresBinaries, findPostgresUser } from './servers.ts'
import { waitUntil } from './wait-until.ts'

/** How it is stopped: `fast` rolls back what is under way, `immediate` is a crash that is recovered from at the next start. */
export type ShutdownMode = 'fast' | 'immediate'

export interface PostgresServer {
  readonly port: number
  readonly url: string
  /** Its data directory. */
  readonly dataDir: string
  /** Starts it. Resolves when it takes connections. */
  start(): Promise<void>
  /** Resolves when it has ended. */
  stop(how: ShutdownMode): Promise<void>
  /** Asks it, on a connection of its own. */
  query(statement: string, values?: unknown[]): Promise<any[]>
  /** Stops it and throws its folder away. */
  remove(): Promise<void>
}

/** Makes a database cluster with `fsync` on, and starts it. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgresBinaries() as string
  const user = findPostgresUser()
  const folder = createFolder('postgres')
  if (user) chownSync(folder, user.uid, user.gid)
  const dataDir = join(folder, 'data')
  // only making it skips the sync: nothing is in it yet
  execFileSync(join(bin, 'initdb'), ['-D', dataDir, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'], {
    stdio: 'ignore',
    cwd: folder,
    ...user,
  })
  const port = await findFreePort()
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'fsync=on']
  let child: ChildProcess | undefined
  const atExit = () => void child?.kill('SIGQUIT')
  process.on('exit', atExit)

  async function query(statement: string, values: unknown[] = []) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    await client.connect()
    try {
      return (await client.query(statement, values)).rows
    } finally {
      await client.end().catch(() => {})
    }
  }

  const server: PostgresServer = {
    port,
    url,
    dataDir,
    query,
    async start() {
      child = spawn(join(bin, 'postgres'), ['-D', dataDir, ...settings.flatMap((setting) => ['-c', setting])], {
        stdio: 'ignore',
        cwd: folder,
        ...user,
      })
      await waitUntil(() => query('select 1').catch(() => undefined), 'PostgreSQL to take connections', 30_000)
    },
    async stop(how) {
      if (!child || child.exitCode !== null) return
      const ended = once(child, 'exit')
      child.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT')
      await ended
    },
    async remove() {
      await server.stop('immediate')
      process.off('exit', atExit)
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  await server.start()
  return server
}
