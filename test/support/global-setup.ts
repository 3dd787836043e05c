/** Logs what this run skips, prepares the template database, and removes files and databases after the run. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { findChromium } from './chromium.ts'
import { prepareEmbeddedTemplate } from './template-database.ts'

export default async function setUp() {
  const missing = []
  const url = process.env.TEST_DATABASE_URL
  if (!url) missing.push('PostgreSQL (set TEST_DATABASE_URL)')
  if (!process.env.TEST_REDIS_URL) missing.push('Redis (set TEST_REDIS_URL)')
  // bin/run.js excludes them unless tests are named
  if (process.argv.includes('--exclude')) missing.push('faults (npm run faults)')
  console.log(missing.length > 0 ? `Not tested here: ${missing.join(', ')}.` : 'Testing on PostgreSQL and Redis.')
  const folder = mkdtempSync(join(tmpdir(), 'smartstart-test-'))
  process.env.TEST_FOLDER = folder
  process.env.TEST_RUN = `smartstart_test_${process.pid}_${Date.now()}`

  await prepareEmbeddedTemplate()
  // workers that unpack it at the same time could read a partial file
  await findChromium().catch(() => {})

  return async function cleanUp() {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    if (!url) return
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { rows } = await client.query('select datname from pg_database where starts_with(datname, $1)', [process.env.TEST_RUN])
    for (const { datname } of rows) await client.query(`drop database if exists ${datname} with (force)`)
    await client.end()
  }
}
