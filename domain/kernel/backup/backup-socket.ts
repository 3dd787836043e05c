/** Serves backups of the running embedded database over a Unix socket in DATA_DIR. Access to the socket is access to that folder. */
import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type PGlite, protocol } from '@electric-sql/pglite'
import { packDirectory } from './backup-file.ts'
import { backupSocketFile, databaseFolder, recoverySegment } from '../db/data-dir.ts'
import type { Log } from '../log.ts'

export interface BackupServer {
  stop(): Promise<void>
}

/** Milliseconds after which a client that reads nothing is disconnected: transactions wait until the backup ends. */
const stallTimeoutMs = 10_000
const { serialize } = protocol

/**
 * Starts serving: each connection receives one backup and is then closed. Where the file system has no sockets, or the path is too long, a
 * warning is logged and backups need a stopped node.
 */
export async function serveBackups({
  dataDir,
  pglite,
  version,
  log,
}: {
  dataDir: string
  pglite: PGlite
  version: string
  log: Log
}): Promise<BackupServer> {
  const path = join(dataDir, backupSocketFile)
  const openSockets = new Set<Socket>()
  async function send(socket: Socket) {
    const began = performance.now()
    openSockets.add(socket)
    socket.setTimeout(stallTimeoutMs, () => socket.destroy(new Error('the client reads nothing')))
    try {
      await pipeline(Readable.from(packRunningDatabase(dataDir, pglite, version)), socket)
      log.info({ bytes: socket.bytesWritten, milliseconds: Math.round(performance.now() - began) }, 'backup sent')
    } catch (error) {
      log.warn({ error: String(error) }, 'backup failed')
    } finally {
      openSockets.delete(socket)
    }
  }
  rmSync(path, { force: true })
  const server = createServer((socket) => void send(socket))
  const listening = await new Promise<boolean>((resolve) => {
    server.once('error', (error) => {
      log.warn({ error: String(error) }, 'backup socket unavailable; stop the node to make a backup')
      resolve(false)
    })
    server.listen(path, () => resolve(true))
  })
  if (listening) chmodSync(path, 0o600)
  return {
    async stop() {
      for (const socket of openSockets) socket.destroy(new Error('this node is stopping'))
      if (listening) await new Promise((resolve) => server.close(resolve))
    },
  }
}

/**
 * Packs the directory between two statements. After a checkpoint the data files contain everything that is committed, and only the end of
 * the write-ahead log is needed. Transactions wait until packing ends. Edits are broadcast in the meantime and acknowledged afterwards.
 */
async function* packRunningDatabase(dataDir: string, pglite: PGlite, version: string): AsyncGenerator<Buffer> {
  let release = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  try {
    await new Promise<void>((held, failed) => {
      const pauseStatements = async () => {
        await pglite.execProtocol(serialize.query('checkpoint'), { syncToFs: false })
        held()
        await released
      }
      pglite._runExclusiveTransaction(() => pglite._runExclusiveQuery(pauseStatements)).catch(failed)
    })
    const control = readFileSync(join(dataDir, databaseFolder, 'global/pg_control'))
    const oldest = `${databaseFolder}/pg_wal/${recoverySegment(control)}`
    // a checkpoint renames finished segments to later names for reuse
    const newest = `${databaseFolder}/pg_wal/${recoverySegment(control, 1)}`
    yield* packDirectory(dataDir, version, (path) => !/\/pg_wal\/[0-9A-F]{24}$/.test(path) || (path >= oldest && path <= newest))
  } finally {
    release()
  }
}
