/** Row `idle`: memory that a connection takes which does nothing, all on one document, beside bare Hocuspocus. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { newTally, Person } from './person.ts'
import type { Served } from './processes.ts'
import { print, type Row, times } from './row.ts'
import { startBareHocuspocus, startSmartStart, type System } from './systems.ts'
import { median } from './keystrokes.ts'

/** These come first: with them come the code and the pools that any number needs. */
const first = 1000
const openAtOnce = 25
const flags = ['--expose-gc', '--import', join(import.meta.dirname, 'sweep.ts')]

export const idle: Row = {
  name: 'idle',
  title: 'resident memory for each idle connection on one document, after garbage is collected',
  async run({ rounds, brief, embedded }) {
    const connections = brief ? 300 : 4000
    const ours: number[] = []
    const bare: number[] = []
    for (let turn = 0; turn < rounds; turn++) {
      // in a fresh process each time: memory once taken is seldom given back
      ours.push(await measured(await startSmartStart({ embedded, flags }), connections))
      bare.push(await measured(await startBareHocuspocus(flags), connections))
    }
    const each = (bytes: number[]) => `${(median(bytes) / 1024).toFixed(1)} KiB`
    print(
      `${connections} connections after the first ${first}`,
      times(median(ours.map((bytes, turn) => bytes / (bare[turn] ?? Number.NaN)))),
      `SmartStart ${each(ours)} each, bare Hocuspocus ${each(bare)} each`,
    )
  },
}

async function measured(system: System, connections: number): Promise<number> {
  try {
    const [node] = system.nodes
    if (!node) throw new Error('no node')
    const { names, token } = await system.documents(1)
    const place = { dialect: system.dialect, url: node.url, document: names[0] ?? '', token }
    const tally = newTally()
    const people = Array.from({ length: first + connections }, () => new Person(place, [], tally))
    const open = async (from: number, to: number) => {
      for (let at = from; at < to; at += openAtOnce) await Promise.all(people.slice(at, at + openAtOnce).map((person) => person.open()))
      return settled(node)
    }
    const before = await open(0, first)
    const after = await open(first, people.length)
    if (tally.wrong) throw new Error(`${system.name}: ${tally.wrong}`)
    await Promise.all(people.map((person) => person.close()))
    return (after - before) / connections
  } finally {
    await system.stop()
  }
}

/** Memory after garbage was collected again and again, and it no longer shrinks. */
async function settled(node: Served): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let still = 0; still < 3; ) {
    node.signal('SIGUSR2')
    await wait(500)
    const now = node.memory()
    still = now < least * 0.995 ? 0 : still + 1
    least = Math.min(least, now)
  }
  return least
}
