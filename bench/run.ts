/** `npm run bench`: SmartStart and its peers in one run on one machine. README.md here lists the rows and options. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Row } from './measure/row.ts'
import { bytes } from './rows/bytes.ts'
import { cold } from './rows/cold.ts'
import { exports } from './rows/exports.ts'
import { fanout } from './rows/fanout.ts'
import { history } from './rows/history.ts'
import { idle } from './rows/idle.ts'
import { large } from './rows/large.ts'
import { latency } from './rows/latency.ts'
import { machine } from './rows/machine.ts'
import { nodes } from './rows/nodes.ts'
import { pair } from './rows/pair.ts'
import { reconnect } from './rows/reconnect.ts'
import { rest } from './rows/rest.ts'
import { revocation } from './rows/revocation.ts'
import { sealing } from './rows/sealing.ts'
import { sequencer } from './rows/sequencer.ts'
import { workloadRows } from './rows/workloads.ts'
import { dropLeftoverDatabases, findDatabaseProblem, findRedisProblem } from './servers/database.ts'
import { isPinned, pinLoad } from './servers/processes.ts'

const eventRows = [latency, fanout, reconnect, sequencer, revocation]
const rows: Row[] = [...workloadRows, pair, nodes, bytes, cold, history, exports, sealing, large, idle, rest, machine, ...eventRows]

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    short: { type: 'boolean', default: false },
    trace: { type: 'string', default: join(import.meta.dirname, '../../shared/traces/automerge-paper.json.gz') },
  },
})
const isNamed = ({ name, alias }: Row, given: string) => given === name || given === alias
const unknown = positionals.find((given) => !rows.some((row) => isNamed(row, given)))
if (unknown) fail(`Unknown row ${unknown}. The rows are ${rows.map(({ name }) => name).join(', ')}.`)
if (process.platform !== 'linux') fail('The benchmarks read CPU time and memory from /proc, so they need Linux.')

const { short, trace } = values
const rounds = Number(values.rounds ?? (short ? 1 : 5))
const problems = {
  postgres: await findDatabaseProblem(),
  redis: await findRedisProblem(),
  trace: existsSync(trace) ? undefined : `a keystroke trace (--trace; there is none at ${trace})`,
}
const embedded = problems.postgres !== undefined

pinLoad()
if (!embedded) await dropLeftoverDatabases()
const database = embedded ? 'the embedded database (no PostgreSQL at DATABASE_URL)' : 'PostgreSQL'
const cores = isPinned ? 'servers on core 0, load on core 1' : 'servers and load share one core'
console.log(
  `SmartStart with authentication, metrics and journal on ${database}; median of ${rounds} round(s)${short ? ', a short trial' : ''}; ${cores}`,
)
let hasFailed = false
for (const row of rows.filter((one) => positionals.length === 0 || positionals.some((given) => isNamed(one, given)))) {
  console.log(`\n${row.name}  ${row.title}`)
  const problem = row.needs?.map((need) => problems[need]).find(Boolean)
  if (problem) console.log(`  skipped: needs ${problem}`)
  else
    await row.run({ rounds, short, embedded, trace }).catch((error: Error) => {
      console.log(`  FAILED: ${error.message}`)
      hasFailed = true
    })
}
process.exit(hasFailed ? 1 : 0)

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
