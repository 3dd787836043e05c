/**
 * Replays a keystroke record through a real provider into a legal draft, while a second provider watches.
 *
 * `npm run replay -- <trace> [--edits N]`; embedded, or on the PostgreSQL and Redis of DATABASE_URL and REDIS_URL.
 * Prints edits per second, milliseconds from keystroke to the other screen and to the acknowledgement, bytes stored, and whether
 * the text at the end is what a plain replay gives.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { entities } from '../domain/contents.ts'
import { openDatabase } from '../domain/kernel/database.ts'
import { createLog } from '../domain/kernel/log.ts'
import { migrations } from '../migrations/list.ts'
import { draftOf, opened, register, saved } from '../test/support/client.ts'
import { readTrace, replayed, type } from '../test/support/trace.ts'
import { until } from '../test/support/until.ts'
import { percentile, typeOneByOne } from './keystrokes.ts'

/** Keystrokes at the end that are typed one by one, for the time to the other screen. */
const oneByOne = 1000
const mostUnacknowledged = 500
const told = (times: number[]) => `p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${percentile(times, 0.99).toFixed(1)} ms`

const { values, positionals } = parseArgs({ allowPositionals: true, options: { edits: { type: 'string' } } })
const [path] = positionals
if (!path) {
  console.error('Which trace? npm run replay -- <trace.json[.gz]> [--edits N]')
  process.exit(1)
}
const trace = readTrace(resolve(path))
const patches = trace.patches.slice(0, values.edits ? Number(values.edits) : undefined)
const expected = patches.length === trace.patches.length ? trace.end : replayed(trace.start, patches)

const dataDir = mkdtempSync(join(tmpdir(), 'smartstart-replay-'))
const server = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
  env: {
    TOKEN_SECRET: 'only for a replay on this machine, at least',
    ...process.env,
    PORT: '0',
    DATA_DIR: dataDir,
    LIMITS: 'off',
    LOG_LEVEL: 'error',
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const [line] = (await once(server.stdout, 'data')) as [Buffer]
  const url = /http:\S+/.exec(line.toString())?.[0]
  if (!url) throw new Error(`the server did not start: ${line.toString()}`)
  await run(url)
} finally {
  server.kill('SIGTERM')
  if (server.exitCode === null) await once(server, 'exit')
}
console.log(await stored())
rmSync(dataDir, { recursive: true, force: true })

async function run(url: string) {
  const ann = await register(url, 'Ann')
  const ben = await register(url, 'Ben')
  const name = await draftOf(ann, 'Replay')
  await ann.ask('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  const author = await opened(url, name, ann.token)
  const watcher = await opened(url, name, ben.token)
  if (trace.start) author.text.insert(0, trace.start)

  const burst = patches.slice(0, Math.max(0, patches.length - oneByOne))
  const began = performance.now()
  for (const patch of burst) {
    type(author.text, patch)
    if (author.provider.unsyncedChanges >= mostUnacknowledged)
      await until(() => author.provider.unsyncedChanges < mostUnacknowledged / 2, 'acknowledgements', 60_000)
  }
  await until(() => saved(author), 'all to be saved', 120_000)
  const seconds = (performance.now() - began) / 1000
  console.log(`${burst.length} edits in ${seconds.toFixed(1)} s, each committed: ${Math.round(burst.length / seconds)} edits/s`)

  await until(() => watcher.text.length === author.text.length, 'the watcher', 60_000)
  const { seen, acknowledged } = await typeOneByOne(author, watcher, patches.slice(burst.length))
  console.log(
    `keystroke to the other screen: ${told(seen)}; to its acknowledgement: ${told(acknowledged)} (${seen.length} keystrokes, one by one)`,
  )

  const same = [author, watcher].every(({ text }) => text.toString() === expected)
  author.close()
  watcher.close()
  const later = await opened(url, name, ben.token)
  console.log(
    `end text matches: ${same && later.text.toString() === expected ? 'yes' : 'NO'} (author, watcher, and one who opens it later; ${expected.length} signs)`,
  )
  later.close()
  if (!same) process.exitCode = 1
}

/** What the record takes in the database, read after the server is gone. */
async function stored(): Promise<string> {
  const database = await openDatabase({ url: process.env.DATABASE_URL, dataDir, entities, migrations, log: createLog('error') })
  try {
    const { rows } = await sql<{ edits: string; journal: string; updates: string; snapshot: string }>`
      select count(*) as edits, coalesce(sum(length(update)), 0) as updates, pg_total_relation_size('document_update') as journal,
        (select coalesce(sum(length(state)), 0) from document_snapshot) as snapshot
      from document_update where document = (select document from document_update order by at desc limit 1)`.execute(database.sql)
    const { edits = '0', updates, journal, snapshot } = rows[0] ?? {}
    const each = (bytes: unknown) => (Number(bytes) / Math.max(1, Number(edits))).toFixed(1)
    return `stored (${database.kind}): ${edits} edits, ${each(updates)} bytes of update each, ${each(journal)} bytes each in the table with its index; snapshot ${snapshot} bytes`
  } finally {
    await database.stop()
  }
}
