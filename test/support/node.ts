/** Nodes in the test process: one for each worker, with empty tables for each file. TEST_DATABASE_URL selects PostgreSQL. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { isSerializationFailure } from '../../domain/kernel/db/database.ts'
import { type Config, readConfig } from '../../config.ts'
import { type Node, start } from '../../main.ts'
import { testSigningKey } from './signing-key.ts'
import { copyEmbeddedTemplate, createFromTemplate, toDatabaseUrl, withClient } from './template-database.ts'

let databaseCount = 0

export const usesPostgres = process.env.TEST_DATABASE_URL !== undefined

/**
 * Creates an empty database. Returns the environment of a node on it, and a function that deletes it.
 * @param settings.embedded PGlite even where TEST_DATABASE_URL is set
 * @param settings.migrated false: without tables, as before the first start
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
    // copies share the installation's name, which separates installations on one Redis
    if (migrated && !env.REDIS_URL) copyEmbeddedTemplate(dataDir)
    return { env, remove: async () => rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 }) }
  }
  const name = `${process.env.TEST_RUN}_${process.pid}_${databaseCount++}`
  env.TOKEN_SECRET = 'a secret that is only good for tests, of some length'
  env.SIGNING_CA_KEY = testSigningKey
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

/** Returns the worker's node with empty tables. Call it in `beforeAll`. Tests must not stop it; its data is deleted after the run. */
export async function getEmptyNode(): Promise<Node> {
  // webhooks go to servers of the tests on this machine
  workerNode ??= createEmptyDatabase().then(({ env }) => start(createConfig(env, { WEBHOOK_ALLOW_PRIVATE: 'on' })))
  const node = await workerNode
  await node.sequencer.drain()
  const tables = await sql<{ name: string }>`
    select quote_ident(tablename) as name from pg_tables
    where schemaname = 'public' and tablename not in ('migration', 'event_head', 'event_cursor', 'installation')`.execute(node.database.sql)
  const truncate = sql.raw(`truncate ${tables.rows.map(({ name }) => name).join(', ')} restart identity cascade`)
  // a job of an earlier test may still run: the database then aborts one of the two transactions
  for (let retries = 10; ; retries--) {
    try {
      await truncate.execute(node.database.sql)
      break
    } catch (error) {
      if (retries === 0 || !isSerializationFailure(error)) throw error
    }
  }
  // the truncated events do not count as expired
  await sql`update event_head set forgotten = 0`.execute(node.database.sql)
  return node
}

/** Starts another node, which the test stops. @param more variables in addition to those of `createEmptyDatabase` */
export async function startNode(env: Record<string, string>, more: Record<string, string> = {}): Promise<Node> {
  return start(createConfig(env, more))
}

export const createConfig = (env: Record<string, string>, more: Record<string, string> = {}): Config => readConfig({ ...env, ...more })
