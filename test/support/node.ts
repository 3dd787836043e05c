/** A whole node in this process: one for each worker, emptied between files. On PostgreSQL where TEST_DATABASE_URL points. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { isSerializationFailure } from '../../domain/kernel/db/database.ts'
import { type Config, readConfig } from '../../config.ts'
import { type Node, start } from '../../main.ts'
import { copyEmbeddedTemplate, createFromTemplate, toDatabaseUrl, withClient } from './template-database.ts'

let databaseCount = 0

export const usesPostgres = process.env.TEST_DATABASE_URL !== undefined

/**
 * An empty database of its own: the environment that a node takes to run on it, and how it is thrown away.
 * @param settings.embedded PGlite wherever tests run
 * @param settings.migrated false: as before the first start
 */
export async function createEmptyDatabase({ embedded = false, migrated = true } = {}): Promise<{
  env: Record<string, string>
  remove: () => Promise<void>
}> {
  const dataDir = mkdtempSync(join(process.env.TEST_FOLDER ?? tmpdir(), 'data-'))
  const env: Record<string, string> = { DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: process.env.TEST_LOG ?? 'silent', LIMITS: 'off' }
  const url = embedded ? undefined : process.env.TEST_DATABASE_URL
  if (process.env.TEST_REDIS_URL && !embedded) env.REDIS_URL = process.env.TEST_REDIS_URL
  if (!url) {
    // copies have one name, by which installations on one Redis are told apart
    if (migrated && !env.REDIS_URL) copyEmbeddedTemplate(dataDir)
    return { env, remove: async () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }) }
  }
  const name = `${process.env.TEST_RUN}_${process.pid}_${databaseCount++}`
  env.TOKEN_SECRET = 'a secret that is only good for tests, of some length'
  if (migrated) await createFromTemplate(url, name, env)
  else await withClient(url, (client) => client.query(`create database ${name}`))
  env.DATABASE_URL = toDatabaseUrl(url, name)
  return {
    env,
    async remove() {
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 })
      await withClient(url, (client) => client.query(`drop database if exists ${name} with (force)`))
    },
  }
}

let workerNode: Promise<Node> | undefined

/** The worker's node, with empty tables. Call it in `beforeAll`; no test stops it; what it leaves is thrown away after the run. */
export async function getEmptyNode(): Promise<Node> {
  // what leaves goes to servers of the tests, on this machine
  workerNode ??= createEmptyDatabase().then(({ env }) => start(createConfig(env, { WEBHOOK_ALLOW_PRIVATE: 'on' })))
  const node = await workerNode
  await node.relay.drain()
  const tables = await sql<{ name: string }>`
    select quote_ident(tablename) as name from pg_tables
    where schemaname = 'public' and tablename not in ('migration', 'event_head', 'event_cursor', 'installation')`.execute(node.database.sql)
  const truncate = sql.raw(`truncate ${tables.rows.map(({ name }) => name).join(', ')} restart identity cascade`)
  // a job that an earlier test left may be in the middle of its work: one of the two is let go by the database
  for (let retries = 10; ; retries--) {
    try {
      await truncate.execute(node.database.sql)
      break
    } catch (error) {
      if (retries === 0 || !isSerializationFailure(error)) throw error
    }
  }
  // of what is gone with the tables nothing was forgotten
  await sql`update event_head set forgotten = 0`.execute(node.database.sql)
  return node
}

/** A node of the test's own, which the test stops. `more` are variables beside those of `emptyDatabase`. */
export async function startNode(env: Record<string, string>, more: Record<string, string> = {}): Promise<Node> {
  return start(createConfig(env, more))
}

export const createConfig = (env: Record<string, string>, more: Record<string, string> = {}): Config => readConfig({ ...env, ...more })
