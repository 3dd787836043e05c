/** A PostgreSQL server of one test, from the installed binaries. It keeps its port when it is stopped and started. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { findFreePort, createFolder, findPostgresBinaries, findPostgresUser } from './servers.ts'
import { waitUntil } from './wait-until.ts'

/** PostgreSQL's shutdown modes: `fast` rolls back open transactions, `immediate` needs recovery at the next start. */
export type ShutdownMode = 'fast' | 'immediate'

export interface PostgresServer {
  readonly port: number
  readonly url: string
  readonly dataDir: string
  /** Resolves when it accepts connections. */
  start(): Promise<void>
  /** Resolves when the process has exited. */
  stop(mode: ShutdownMode): Promise<void>
  /** Runs a statement on a new connection. */
  query(statement: string, values?: unknown[]): Promise<any[]>
  /** Stops it and deletes its folder. */
  remove(): Promise<void>
}

/** Creates a database cluster with `fsync` on, and starts it. */
export async function startPostgres(): Promise<PostgresServer> {
  const bin = findPostgresBinaries() as string
  const user = findPostgresUser()
  const folder = createFolder('postgres')
  if (user) chownSync(folder, user.uid, user.gid)
  const dataDir = join(folder, 'data')
  // the new cluster is empty, so it need not be synced
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
      await waitUntil(() => query('select 1').catch(() => undefined), 'PostgreSQL to accept connections', 30_000)
    },
    async stop(mode) {
      if (!child || child.exitCode !== null) return
      const exited = once(child, 'exit')
      child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT')
      await exited
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
