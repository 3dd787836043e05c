/** A template of a migrated database that tests copy: migrating each one would take seconds of CPU time. */
import { createHash } from 'node:crypto'
import { constants, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { readConfig } from '../../config.ts'
import { databaseFolder } from '../../domain/kernel/db/data-dir.ts'

const root = join(import.meta.dirname, '../..')
/** Kept between runs. A new installation of the packages removes it. */
const cache = join(root, 'node_modules/.cache/test-database')
/** The files that determine the contents of a new database: a change of any of them creates another template. */
const sources = ['migrations', 'domain/kernel/db', 'domain/kernel/jobs.ts', 'package-lock.json']

/** Copies a migrated embedded database into an empty DATA_DIR. */
export function copyEmbeddedTemplate(dataDir: string): void {
  cpSync(join(cache, hashSources()), join(dataDir, databaseFolder), { recursive: true, mode: constants.COPYFILE_FICLONE })
}

function hashSources(): string {
  const hash = createHash('sha256')
  for (const source of sources) {
    const path = join(root, source)
    const files = statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path]
    for (const file of files.toSorted()) hash.update(`${file.slice(root.length)}\0`).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 16)
}

/** Creates the embedded template if it is missing. Called before all tests, since a test has a time limit. */
export async function prepareEmbeddedTemplate(): Promise<void> {
  const template = join(cache, hashSources())
  if (existsSync(template)) return
  mkdirSync(cache, { recursive: true })
  const dataDir = mkdtempSync(join(cache, 'unfinished-'))
  try {
    await migrateDatabase({ DATA_DIR: dataDir })
    renameSync(join(dataDir, databaseFolder), template)
  } catch (error) {
    // another run has created it
    if (!existsSync(template)) throw error
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function migrateDatabase(env: Record<string, string>): Promise<void> {
  // imported only when a template is missing
  const { start } = await import('../../main.ts')
  await (await start(readConfig({ ...env, PORT: '0', LOG_LEVEL: 'silent' }))).stop()
}

/** Creates a database on PostgreSQL from the run's template, which is removed after the run. */
export async function createFromTemplate(url: string, name: string, env: Record<string, string>): Promise<void> {
  const template = `${process.env.TEST_RUN}_template`
  await withClient(url, async (client) => {
    await client.query('select pg_advisory_lock(hashtext($1))', [template])
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
    if (rowCount === 0) {
      await client.query(`create database ${template}_unfinished`)
      const unfinished = toDatabaseUrl(url, `${template}_unfinished`)
      await migrateDatabase({ ...env, DATABASE_URL: unfinished })
      // a copy must not count as a database that was moved
      await withClient(unfinished, (own) => own.query('update installation set storage = null'))
      await client.query(`alter database ${template}_unfinished rename to ${template}`)
    }
    await client.query(`create database ${name} template ${template}`)
  })
  // the name separates installations on one Redis
  await withClient(toDatabaseUrl(url, name), (client) => client.query('update installation set name = gen_random_uuid()'))
}

/** The URL of another database on the same server. */
export function toDatabaseUrl(url: string, name: string): string {
  const other = new URL(url)
  other.pathname = `/${name}`
  return other.href
}

/** Runs a function with a new connection. */
export async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
