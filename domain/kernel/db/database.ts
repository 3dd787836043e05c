/** The database of a node: PostgreSQL by address, or PGlite in a folder. Both have the same migrations. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import { type EntityClass, type Options } from '@mikro-orm/core'
import { Migrator, type Migration } from '@mikro-orm/migrations'
import { PgliteDriver } from '@mikro-orm/pglite'
import { PostgreSqlDriver } from '@mikro-orm/postgresql'
import { SqlEntityManager, SqlMikroORM } from '@mikro-orm/sql'
import { CompiledQuery, type Kysely, sql } from 'kysely'
import pg from 'pg'
import { PipelinedClient } from './pipelined-client.ts'
import { type DedicatedConnection, createDedicatedConnection } from './dedicated-connection.ts'
import { databaseFolder, finishFirstStart, prepareDirectory, restoreIdFile, StartupError } from './data-dir.ts'
import { type DirectoryLock, lockDirectory } from './data-dir-lock.ts'
import { startMaintenance, openPglite, assertNoLostFiles, type Maintenance } from './pglite.ts'
import type { Log } from '../log.ts'
import { createPgliteRunners } from './pglite-prepared.ts'
import type { PreparedStatement, ParameterValue } from './prepared-statement.ts'
import { type RunPrepared, createRunPrepared } from './prepared-read.ts'
import type { Tables } from './schema.ts'
import { applicationNamePrefix, countNodesStatement, storageIdStatement } from './server-statements.ts'
import { type WriteAheadLog, openWriteAheadLog } from './wal-sync.ts'

export type MigrationList = { name: string; class: new (...args: never[]) => Migration }[]

export interface DatabaseOptions {
  /** `postgresql://…`; absent: embedded in `dataDir`. */
  url: string | undefined
  dataDir: string
  /** Id of this node. Its connections are named after it. */
  nodeId: string
  entities: EntityClass<object>[]
  migrations: MigrationList
  log: Log
}

/** An open database. */
export interface Database {
  readonly kind: 'pglite' | 'postgresql'
  readonly orm: SqlMikroORM
  readonly em: SqlEntityManager
  /** How many nodes have this database open, including this one, stopped processes and nodes without a bus. */
  readonly countNodes: () => Promise<number>
  /** Statements outside any transaction of the ORM. */
  readonly sql: Kysely<Tables>
  /** Runs a prepared statement outside any transaction. */
  readonly runPrepared: RunPrepared
  /** Runs a prepared statement in the transaction of an entity manager. */
  readonly runPreparedIn: (em: SqlEntityManager) => RunPrepared
  /** Opens a connection outside the pool, closed with the database. Undefined when embedded, where there is only one connection. */
  openDedicatedConnection(): DedicatedConnection | undefined
  /** Identifies this copy of the database: another one was restored or moved. */
  readStorageId(): Promise<string>
  /** The embedded instance, for code that must share its one connection. */
  readonly pglite: PGlite | undefined
  /**
   * Resolves when everything committed before the call survives a crash of the operating system. A failed sync is repeated until it
   * succeeds: a commit is never reported as failed.
   */
  waitUntilDurable(): Promise<void>
  stop(): Promise<void>
}

/** An arbitrary number, the same on every node: one node migrates and the others wait. */
const migrationLock = 7_220_001

/**
 * Opens the database and runs the missing migrations.
 * @throws StartupError when it cannot be reached, is damaged, or belongs to a newer version; DirectoryInUseError when another process has
 *   it open
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url ? openPostgres(options, options.url) : openEmbedded(options)
}

async function openPostgres(options: DatabaseOptions, url: string): Promise<Database> {
  const orm = await SqlMikroORM.init({
    ...ormOptions(options),
    driver: PostgreSqlDriver,
    clientUrl: url,
    pool: { min: 1, max: 10 },
    driverOptions: { application_name: applicationNamePrefix + options.nodeId, Client: PipelinedClient },
  } as unknown as Options)
  // The migrator takes no lock, so of two nodes that start together one would fail.
  const guard = new pg.Client({ connectionString: url })
  try {
    await guard.connect().catch((error: Error) => {
      throw new StartupError(`DATABASE_URL: PostgreSQL cannot be used (${describeConnectionError(error)}).`, { cause: error })
    })
    await guard.query('select pg_advisory_lock($1)', [migrationLock])
    await migrate(orm as SqlMikroORM, options)
  } catch (error) {
    await orm.close()
    throw error
  } finally {
    await guard.end()
  }
  const pool = (await (orm as SqlMikroORM).em.getConnection().getNativeClient()) as pg.Pool
  const runPrepared = createRunPrepared(pool)
  const connections: DedicatedConnection[] = []
  return createDatabase('postgresql', orm as SqlMikroORM, {
    runPrepared,
    runPreparedIn:
      (em) =>
      async <R>(statement: PreparedStatement, values: ParameterValue[]) =>
        (await em.getKysely().executeQuery(preparedQuery<R>(statement, values))).rows,
    countNodes: async () => (await runPrepared<{ nodes: number }>(countNodesStatement, [applicationNamePrefix]))[0]?.nodes ?? 1,
    openDedicatedConnection() {
      const connection = createDedicatedConnection(url)
      connections.push(connection)
      return connection
    },
    readStorageId: async () => (await runPrepared<{ storage: string }>(storageIdStatement, []))[0]?.storage ?? '',
    waitUntilDurable: async () => {},
    stop: async () => void (await Promise.all(connections.map((connection) => connection.stop()))),
  })
}

async function openEmbedded(options: DatabaseOptions): Promise<Database> {
  const folder = join(options.dataDir, databaseFolder)
  const lock: DirectoryLock = lockDirectory(options.dataDir)
  let pglite: PGlite | undefined
  try {
    const state = prepareDirectory(options.dataDir)
    pglite = await openPglite(folder)
    if (state === 'whole') await assertNoLostFiles(pglite, folder)
    const orm = (await SqlMikroORM.init({
      ...ormOptions(options),
      driver: PgliteDriver,
      dbName: 'postgres',
      driverOptions: { pglite },
    } as unknown as Options)) as SqlMikroORM
    await migrate(orm, options)
    finishFirstStart(options.dataDir)
    const wal: WriteAheadLog = openWriteAheadLog(join(folder, 'pg_wal'))
    const maintenance: Maintenance = startMaintenance(pglite, options.log)
    const { runPrepared, runPreparedIn } = createPgliteRunners(pglite)
    const instance = pglite
    let stopped = false
    return createDatabase('pglite', orm, {
      pglite,
      runPrepared,
      runPreparedIn: () => runPreparedIn,
      readStorageId: () => readFile(join(options.dataDir, restoreIdFile), 'utf8').catch(() => ''),
      waitUntilDurable: () => syncUntilDurable(wal, options.log, () => stopped),
      stop: async () => {
        stopped = true
        await maintenance.stop()
        await instance.close()
        await wal.stop()
        lock.release()
      },
    })
  } catch (error) {
    await pglite?.close().catch(() => {})
    lock.release()
    throw error
  }
}

/** Kysely takes a text, and hands on what it was given: the client of the pool knows a prepared statement. */
const preparedQuery = <R>(statement: PreparedStatement, values: ParameterValue[]): CompiledQuery<R> =>
  CompiledQuery.raw({ ...statement } as unknown as string, values) as CompiledQuery<R>

async function syncUntilDurable(wal: WriteAheadLog, log: Log, stopped: () => boolean): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await wal.sync()
    } catch (error) {
      if (stopped()) throw error
      log.warn({ attempt, error: String(error) }, 'write-ahead log sync failed; retrying')
      await backoff(attempt)
    }
  }
}

/** @throws StartupError when a newer version has migrated the database: this version does not know what it would overwrite */
async function migrate(orm: SqlMikroORM, { migrations }: DatabaseOptions): Promise<void> {
  const db = orm.em.fork().getKysely()
  const { rows } = await sql<{ made: boolean }>`select to_regclass('migration') is not null as made`.execute(db)
  if (rows[0]?.made) {
    const done = await sql<{ name: string }>`select name from migration order by id`.execute(db)
    const unknown = done.rows.map(({ name }) => name).filter((name) => !migrations.some((known) => known.name === name))
    if (unknown.length > 0) {
      throw new StartupError(
        `The database was written by a newer version of SmartStart (migration ${unknown.at(-1)}). ` +
          'Start that version, or restore a backup from before the upgrade (docs/backup.md).',
      )
    }
  }
  await orm.migrator.up()
}

/** Why a connection failed. Some socket errors have several causes and no message. */
const describeConnectionError = (error: Error): string =>
  error.message || ((error as { errors?: Error[] }).errors?.[0]?.message ?? String(error))

function ormOptions({ entities, migrations }: DatabaseOptions) {
  return {
    entities,
    extensions: [Migrator],
    migrations: { migrationsList: migrations, tableName: 'migration', snapshot: false, allOrNothing: true, silent: true },
    forceUtcTimezone: true,
    discovery: { warnWhenNoEntities: false },
  }
}

function createDatabase(
  kind: Database['kind'],
  orm: SqlMikroORM,
  driver: Partial<Pick<Database, 'pglite' | 'countNodes' | 'openDedicatedConnection'>> &
    Pick<Database, 'runPrepared' | 'runPreparedIn' | 'readStorageId' | 'waitUntilDurable' | 'stop'>,
): Database {
  const em = orm.em as SqlEntityManager
  const kysely = em.fork().getKysely<Tables>()
  return {
    kind,
    orm,
    em,
    sql: kysely,
    runPrepared: driver.runPrepared,
    runPreparedIn: driver.runPreparedIn,
    openDedicatedConnection: () => driver.openDedicatedConnection?.(),
    pglite: driver.pglite,
    readStorageId: driver.readStorageId,
    waitUntilDurable: driver.waitUntilDurable,
    countNodes: driver.countNodes ?? (async () => 1),
    async stop() {
      await orm.close()
      await driver.stop()
    },
  }
}

/** Identifies this installation among those that share a Redis with it. It is written once, by a migration. */
export async function readInstallationName(database: Database): Promise<string> {
  const { rows } = await sql<{ name: string }>`select name from installation`.execute(database.sql)
  return rows[0]?.name ?? ''
}

/** Commits as an edit does, and changes nothing. It fails where edits cannot be committed, as on a standby or a full disk. */
export async function probeCommit(database: Database): Promise<void> {
  await sql`update installation set name = name`.execute(database.sql)
  await database.waitUntilDurable()
}

/** Whether an error means that the database is unavailable, so that the same statement may succeed later. */
export function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = (cause as { code?: unknown }).code
    // SQLSTATE 08 connection, 53 resources, 57P0x shutting down; the others are socket errors
    if (isUnstorableText(cause)) return false
    if (typeof code === 'string' && /^(08|53|57P0)|^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EAI_AGAIN)$/.test(code)) return true
    if (
      /Connection terminated|timeout exceeded when trying to connect|PGlite (instance )?is (already )?(closed|closing)/i.test(cause.message)
    )
      return true
  }
  return false
}

/**
 * Whether the database refused a text: not UTF-8 (22021), not JSON that it can store (22P05), or a NUL in a message (08P01, a connection
 * error where its severity is FATAL).
 */
export function isUnstorableText(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code, severity } = cause as { code?: unknown; severity?: unknown }
    if (code === '22021' || code === '22P05' || (code === '08P01' && severity === 'ERROR')) return true
  }
  return false
}

/** Whether two transactions conflicted, so that an immediate retry may succeed (SQLSTATE 40001, 40P01). */
export function isSerializationFailure(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (['40001', '40P01'].includes((cause as { code?: string }).code ?? '')) return true
  }
  return false
}

/** Waits before the `attempt`-th retry, with jitter: 50 ms, doubling up to `maxDelayMs`. */
export const backoff = (attempt: number, maxDelayMs = 2000) => wait(Math.min(maxDelayMs, 50 * 2 ** attempt) * (0.5 + Math.random() / 2))
