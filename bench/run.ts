/**
 * The benchmarks: SmartStart and its peers in one run on one machine, ratios first.
 *
 * `npm run bench`, or some rows: `npm run bench -- A pair`. `--rounds N` (5), `--short` for a trial, `--trace <record>` for the
 * rows with a long document. See README.md here.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { busy, pair } from './acknowledgement.ts'
import { bytes } from './bytes.ts'
import { cold } from './cold.ts'
import { crowdRows } from './crowds.ts'
import { dropLeftOvers, missingDatabase } from './database.ts'
import { exports } from './exports.ts'
import { fanout } from './fanout.ts'
import { heard } from './heard.ts'
import { history } from './history.ts'
import { idle } from './idle.ts'
import { missingRedis, nodes } from './nodes.ts'
import { pinLoad, pinned } from './processes.ts'
import { relayed } from './relayed.ts'
import { rest } from './rest.ts'
import { returning } from './returning.ts'
import type { Row } from './row.ts'

const rows: Row[] = [...crowdRows, pair, busy, nodes, bytes, cold, history, exports, idle, rest, heard, fanout, returning, relayed]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    short: { type: 'boolean', default: false },
    trace: { type: 'string', default: join(import.meta.dirname, '../../shared/traces/automerge-paper.json.gz') },
  },
})
const unknown = positionals.find((name) => !rows.some((row) => row.name === name))
if (unknown || process.platform !== 'linux') {
  console.error(
    unknown
      ? `There is no row ${unknown}; there are ${rows.map(({ name }) => name).join(', ')}.`
      : 'The benchmarks read what a server costs from /proc, so they need Linux.',
  )
  process.exit(1)
}
const brief = values.short
const asked = { rounds: Number(values.rounds ?? (brief ? 1 : 5)), brief, embedded: false, trace: values.trace }

const noPostgres = await missingDatabase()
asked.embedded = noPostgres !== undefined
const missing = {
  redis: await missingRedis(),
  postgres: noPostgres && `PostgreSQL at DATABASE_URL (${noPostgres})`,
  trace: existsSync(asked.trace) ? undefined : `a keystroke record (--trace; none at ${asked.trace})`,
}

pinLoad()
if (!noPostgres) await dropLeftOvers()
let failed = false
console.log(
  `SmartStart with authentication, metrics and its journal on ${asked.embedded ? 'the embedded database (no PostgreSQL at DATABASE_URL)' : 'PostgreSQL'}; ` +
    `median of ${asked.rounds} ${asked.rounds === 1 ? 'round' : 'rounds'}${brief ? ', a short trial' : ''}; ` +
    `${pinned ? 'servers on core 0, load on core 1' : 'one core: servers and load share it'}`,
)
for (const row of rows.filter(({ name }) => positionals.length === 0 || positionals.includes(name))) {
  console.log(`\n${row.name}  ${row.title}`)
  const lacks = row.needs?.map((need) => missing[need as keyof typeof missing]).find(Boolean)
  if (lacks) console.log(`  left out: needs ${lacks}`)
  else
    await row.run(asked).catch((error: Error) => {
      // what is not right is worth no figure; the other rows may be
      console.log(`  FAILED: ${error.message}`)
      failed = true
    })
}
process.exit(failed ? 1 : 0)
