/** PostgreSQL and Redis of a benchmark run: each system gets a database of its own, dropped afterwards. */
import { Redis } from 'ioredis'
import pg from 'pg'

const serverUrl = process.env.DATABASE_URL || 'postgresql://postgres@127.0.0.1:5432/postgres'
export const redisUrl = process.env.REDIS_URL || 'redis://127.0.0.1:6379'

export interface Database {
  url: string
  query<T extends object>(text: string, values?: unknown[]): Promise<T[]>
  drop(): Promise<void>
}

let created = 0

export async function createDatabase(): Promise<Database> {
  const name = `smartstart_bench_${process.pid}_${++created}`
  await queryServer(`create database ${name}`)
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  const pool = new pg.Pool({ connectionString: url.href, max: 2 })
  pool.on('error', () => {})
  return {
    url: url.href,
    query: async (text, values) => (await pool.query(text, values)).rows,
    async drop() {
      await pool.end()
      await queryServer(`drop database if exists ${name} with (force)`)
    },
  }
}

/** Drops the databases of interrupted runs: their process has ended and nobody is connected. */
export async function dropLeftoverDatabases(): Promise<void> {
  const leftovers = await queryServer<{ name: string }>(
    String.raw`select datname as name from pg_database where datname like 'smartstart\_bench\_%'
      and not exists (select from pg_stat_activity where pg_stat_activity.datname = pg_database.datname)`,
  )
  for (const { name } of leftovers) if (!isRunning(Number(name.split('_')[2]))) await queryServer(`drop database if exists ${name}`)
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Why PostgreSQL cannot be used; undefined when it can. */
export async function findDatabaseProblem(): Promise<string | undefined> {
  try {
    await queryServer('select 1')
    return undefined
  } catch (error) {
    return `PostgreSQL at DATABASE_URL (${(error as Error).message || String(error)})`
  }
}

/** Why Redis cannot be used; undefined when it can. */
export async function findRedisProblem(): Promise<string | undefined> {
  const redis = new Redis(redisUrl, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return undefined
  } catch (error) {
    return `Redis at REDIS_URL (${(error as Error).message})`
  } finally {
    redis.disconnect()
  }
}

async function queryServer<T extends object>(text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: serverUrl, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}
