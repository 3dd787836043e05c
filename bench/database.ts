/** PostgreSQL for a benchmark: a database of its own on the server of DATABASE_URL, gone afterwards. */
import pg from 'pg'

/** The standard server, where none is named. */
export const server = process.env.DATABASE_URL || 'postgresql://postgres@127.0.0.1:5432/postgres'

export interface OwnDatabase {
  url: string
  query<T extends object>(text: string, values?: unknown[]): Promise<T[]>
  drop(): Promise<void>
}

let made = 0

/** Makes an empty database. @throws when there is no PostgreSQL, or it may not */
export async function ownDatabase(): Promise<OwnDatabase> {
  const name = `smartstart_bench_${process.pid}_${++made}`
  await asked(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  const pool = new pg.Pool({ connectionString: url.href, max: 2 })
  pool.on('error', () => {})
  return {
    url: url.href,
    query: async (text, values) => (await pool.query(text, values)).rows,
    async drop() {
      await pool.end()
      await asked(server, `drop database if exists ${name} with (force)`)
    },
  }
}

/** Drops what a run left that was cut short: databases of processes that are gone, which nobody uses. */
export async function dropLeftOvers(): Promise<void> {
  const left = await asked<{ name: string }>(
    server,
    String.raw`select datname as name from pg_database where datname like 'smartstart\_bench\_%'
      and not exists (select from pg_stat_activity where pg_stat_activity.datname = pg_database.datname)`,
  )
  for (const { name } of left) if (!running(Number(name.split('_')[2]))) await asked(server, `drop database if exists ${name}`)
}

function running(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Why PostgreSQL cannot be used; undefined when it can. */
export async function missingDatabase(): Promise<string | undefined> {
  try {
    await asked(server, 'select 1')
    return undefined
  } catch (error) {
    return (error as Error).message || String(error)
  }
}

async function asked<T extends object>(url: string, text: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}
