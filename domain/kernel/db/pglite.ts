/** Opens PGlite with the type parsers of node-postgres, and vacuums it so that its files do not grow. */
import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PGlite, type PGliteOptions } from '@electric-sql/pglite'
import { StartupError } from './data-dir.ts'
import type { Log } from '../log.ts'

const text = (value: string) => value

/** Raw statements return the same JavaScript types as node-postgres: int8, dates and numeric as text, bytea as Buffer. */
function pgliteOptions(folder: string): PGliteOptions {
  return {
    dataDir: folder,
    parsers: {
      20: text,
      1082: text,
      1114: text,
      1184: text,
      1700: text,
      17: (value: string) => Buffer.from(value.slice(2), 'hex'),
    },
    serializers: { 17: (value: Uint8Array) => `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}` },
    // without these the log grew to 1.9 GB in a test of large rows
    postgresqlconf: ['max_wal_size=64MB', 'min_wal_size=32MB'],
  } as PGliteOptions
}

/**
 * Opens the database in a folder, or creates it there.
 * @throws StartupError when PGlite cannot open it. PGlite does not say why: its WebAssembly just ends.
 */
export async function openPglite(folder: string): Promise<PGlite> {
  try {
    const pglite = await PGlite.create(pgliteOptions(folder))
    yieldBetweenStatements(pglite)
    return pglite
  } catch (error) {
    throw new StartupError(
      `DATA_DIR: the database in ${dirname(folder)} cannot be opened: it is damaged, cannot be written, or its disk is full. ` +
        'Make room, or restore a backup into an empty folder (docs/backup.md).',
      { cause: error },
    )
  }
}

/** Checks for lost or emptied files that no statement of the start reads. @throws StartupError naming the first one */
export async function assertNoLostFiles(pglite: PGlite, folder: string): Promise<void> {
  // an index and a system table have at least one page; an own table may be empty
  const { rows } = await pglite.query<{ name: string; path: string; least: number }>(
    `select relname as name, pg_relation_filepath(oid) as path, case when relkind = 'i' then 8192 else 0 end as least
     from pg_class where relkind in ('r', 'i', 't', 'm', 'S') and pg_relation_filepath(oid) is not null`,
  )
  for (const { name, path, least } of rows) {
    const size = await stat(join(folder, path)).then(
      (file) => file.size,
      () => undefined,
    )
    if (size === undefined || size < least) {
      throw new StartupError(
        `DATA_DIR: the database in ${dirname(folder)} is damaged: ${join('database', path)} (${name}) is ${size === undefined ? 'missing' : 'truncated'}. ` +
          'Restore a backup into an empty folder (docs/backup.md).',
      )
    }
  }
}

/** Milliseconds for which statements run without a pause. Then sockets and timers run. */
const maxUnbrokenMs = 1

/**
 * Yields to the event loop between statements. PGlite runs in this thread and returns in the same turn, so a transaction of twenty
 * statements would block every socket until its end.
 */
function yieldBetweenStatements(pglite: PGlite): void {
  const run = pglite._runExclusiveQuery.bind(pglite)
  let until = 0
  pglite._runExclusiveQuery = async (work) => {
    if (performance.now() >= until) {
      await new Promise(setImmediate)
      until = performance.now() + maxUnbrokenMs
    }
    return run(work)
  }
}

export interface Maintenance {
  stop(): Promise<void>
}

const maintenanceIntervalMs = 5 * 60_000

/** Bytes of write-ahead log that make maintenance worthwhile. The health check alone writes a few KiB. */
const minWrittenBytes = 1024 * 1024

/**
 * PGlite has no background processes. Runs vacuum and checkpoint every five minutes if enough was written, and at the end if anything was.
 */
export function startMaintenance(pglite: PGlite, log: Log): Maintenance {
  let lastPosition = '0/0'
  const readWalPosition = async () =>
    (
      await pglite.query<{ lsn: string; bytes: string }>(
        `select pg_current_wal_lsn()::text as lsn, pg_wal_lsn_diff(pg_current_wal_lsn(), '${lastPosition}')::text as bytes`,
      )
    ).rows[0] as { lsn: string; bytes: string }
  const maintain = async (minBytes: number) => {
    try {
      if (Number((await readWalPosition()).bytes) < minBytes) return
      await pglite.exec('vacuum analyze')
      await pglite.exec('checkpoint')
      lastPosition = (await readWalPosition()).lsn
    } catch (error) {
      log.warn({ error: String(error) }, 'database maintenance failed')
    }
  }
  const timer = setInterval(() => void maintain(minWrittenBytes), maintenanceIntervalMs)
  timer.unref()
  return {
    async stop() {
      clearInterval(timer)
      await maintain(1)
    },
  }
}
