/** The database of a node: PostgreSQL by address, or PGlite in a folder; one set of migrations for both. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { PGlite } from '@electric-sql/pglite'
import { type EntityClass, type Options } from '@mikro-orm/core'
import { Migrator, type Migration } from '@mikro-orm/migrations'
import { PgliteDriver } from '@mikro-orm/pglite'
import { PostgreSqlDriver } from '@mikro-orm/postgresql'
import { SqlEntityManager, SqlMikroORM } from '@mikro-orm/sql'
import { CompiledQuery, type Kysely, sql } from 'kysely'
import pg from 'pg'
import { Client } from './client.ts'
import { type Connection, ownConnection } from './connection.ts'
import { type DirectoryLock, lockDirectory } from './directory.ts'
import { embeddedOptions, keepTidy, type Tidiness, letOthersIn } from './embedded.ts'
import type { Log } from './log.ts'
import { readOverPglite } from './embedded-reading.ts'
import { type Read, readOver } from './reading.ts'
import { type WriteAheadLog, writeAheadLog } from './write-ahead-log.ts'

export type MigrationList = { name: string; class: new (...args: never[]) => Migration }[]

export interface DatabaseOptions {
  /** `postgresql://…`; absent: embedded in `dataDir`. */
  url: string | undefined
  dataDir: string
  entities: EntityClass<object>[]
  migrations: MigrationList
  log: Log
}

/** An open database. */
export interface Database {
  readonly kind: 'pglite' | 'postgresql'
  readonly orm: SqlMikroORM
  readonly em: SqlEntityManager
  /** How many nodes have this database open, this one too: also those that are stopped, or cannot hear each other. */
  nodes(): Promise<number>
  /** Statements outside any transaction of the ORM. */
  readonly sql: Kysely<any>
  /** Runs a statement outside any transaction; each connection keeps it prepared. */
  readonly read: Read
  /** The same in the transaction of an entity manager. */
  readonly readWithin: (em: SqlEntityManager) => Read
  /** A connection of somebody's own beside the pool, ended with the database; undefined when embedded, where there is only one. */
  connect(): Connection | undefined
  /** The embedded instance, for what must share its one connection. */
  readonly pglite: PGlite | undefined
  /** Resolves when all that was committed before the call would survive the end of the operating system, as far as we can make it. */
  durable(): Promise<void>
  stop(): Promise<void>
}

/** Any number; the same for every node, so that one migrates and the others wait. */
const migrationLock = 7_220_001

/**
 * Opens the database and brings it up to the newest migration.
 * @throws DirectoryInUse when another process has the embedded database open
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url ? openPostgres(options, options.url) : openEmbedded(options)
}

/** How a node's connections call themselves to PostgreSQL, so that nodes can be counted: a node that died has none. */
const family = 'smartstart-'
const counting = {
  name: 'nodes counted',
  text: `select count(distinct application_name)::int as nodes from pg_stat_activity
    where datname = current_database() and starts_with(application_name, $1)`,
}

async function openPostgres(options: DatabaseOptions, url: string): Promise<Database> {
  const orm = await SqlMikroORM.init({
    ...shared(options),
    driver: PostgreSqlDriver,
    clientUrl: url,
    pool: { min: 1, max: 10 },
    driverOptions: { application_name: family + randomUUID(), Client },
  } as unknown as Options)
  // The migrator takes no lock of its own: of two nodes that start together one would fail.
  const guard = new pg.Client({ connectionString: url })
  await guard.connect()
  try {
    await guard.query('select pg_advisory_lock($1)', [migrationLock])
    await (orm as SqlMikroORM).migrator.up()
  } finally {
    await guard.end()
  }
  const pool = (await (orm as SqlMikroORM).em.getConnection().getNativeClient()) as pg.Pool
  const read = readOver(pool)
  const connections: Connection[] = []
  return opened('postgresql', orm as SqlMikroORM, {
    read,
    // Kysely hands the statement on to the client as it is
    readWithin: (em) => async (statement, values) =>
      (await em.getKysely().executeQuery(CompiledQuery.raw({ ...statement } as never, values))).rows as never,
    nodes: async () => (await read<{ nodes: number }>(counting, [family]))[0]?.nodes ?? 1,
    connect() {
      const connection = ownConnection(url)
      connections.push(connection)
      return connection
    },
    durable: async () => {},
    stop: async () => void (await Promise.all(connections.map((connection) => connection.stop()))),
  })
}

async function openEmbedded(options: DatabaseOptions): Promise<Database> {
  const folder = join(options.dataDir, 'database')
  const lock: DirectoryLock = lockDirectory(options.dataDir)
  try {
    const pglite = await PGlite.create(embeddedOptions(folder))
    letOthersIn(pglite)
    const orm = (await SqlMikroORM.init({
      ...shared(options),
      driver: PgliteDriver,
      dbName: 'postgres',
      driverOptions: { pglite },
    } as unknown as Options)) as SqlMikroORM
    await orm.migrator.up()
    const wal: WriteAheadLog = writeAheadLog(join(folder, 'pg_wal'))
    const tidiness: Tidiness = keepTidy(pglite, options.log)
    const { read, readWithin } = readOverPglite(pglite)
    return opened('pglite', orm, {
      pglite,
      read,
      readWithin: () => readWithin,
      durable: () => wal.sync(),
      stop: async () => {
        await tidiness.stop()
        await pglite.close()
        await wal.stop()
        lock.release()
      },
    })
  } catch (error) {
    lock.release()
    throw error
  }
}

function shared({ entities, migrations }: DatabaseOptions) {
  return {
    entities,
    extensions: [Migrator],
    migrations: { migrationsList: migrations, tableName: 'migration', snapshot: false, allOrNothing: true, silent: true },
    forceUtcTimezone: true,
    discovery: { warnWhenNoEntities: false },
  }
}

function opened(
  kind: Database['kind'],
  orm: SqlMikroORM,
  own: Partial<Pick<Database, 'pglite' | 'nodes' | 'connect'>> & Pick<Database, 'read' | 'readWithin' | 'durable' | 'stop'>,
): Database {
  const em = orm.em as SqlEntityManager
  const kysely = em.fork().getKysely() as Kysely<any>
  return {
    kind,
    orm,
    em,
    sql: kysely,
    read: own.read,
    readWithin: own.readWithin,
    connect: () => own.connect?.(),
    pglite: own.pglite,
    durable: own.durable,
    nodes: own.nodes ?? (async () => 1),
    async stop() {
      await orm.close()
      await own.stop()
    },
  }
}

/** What tells this installation from others that share a Redis with it: made once, with the tables. */
export async function installationName(database: Database): Promise<string> {
  const { rows } = await sql<{ name: string }>`select name from installation`.execute(database.sql)
  return rows[0]?.name ?? ''
}

/** Whether an error means that the database could not be reached or gave up, so that the same statement may succeed later. */
export function isAway(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = (cause as { code?: unknown }).code
    // SQLSTATE 08 connection, 53 resources, 57P0x shutting down; the rest are the socket's
    if (typeof code === 'string' && /^(08|53|57P0)|^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EAI_AGAIN)$/.test(code)) return true
    if (/Connection terminated|timeout exceeded when trying to connect|PGlite is closed/i.test(cause.message)) return true
  }
  return false
}

/** Whether an error means that two transactions crossed, so that trying again at once may succeed (SQLSTATE 40001, 40P01). */
export function crossed(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (['40001', '40P01'].includes((cause as { code?: string }).code ?? '')) return true
  }
  return false
}

/** Waits a growing, jittered time before the `attempt`-th retry: 50 ms doubling up to `most` milliseconds. */
export const pause = (attempt: number, most = 2000) => wait(Math.min(most, 50 * 2 ** attempt) * (0.5 + Math.random() / 2))
