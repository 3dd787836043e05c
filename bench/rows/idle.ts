/** Row `idle`: memory of a connection that does nothing, all on one document, beside bare Hocuspocus. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Counters, DocumentClient } from '../load/document-client.ts'
import { openClients } from '../load/workload.ts'
import { median } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import type { Server } from '../servers/processes.ts'
import { startBareHocuspocus, startSmartStart, type System } from '../servers/systems.ts'

/** Opened before the measurement: they load the code and fill the pools that any number of connections needs. */
const firstConnections = 1000
const flags = ['--expose-gc', '--import', join(import.meta.dirname, '../servers/collect-garbage.ts')]

export const idle: Row = {
  name: 'idle',
  title: 'resident memory for each idle connection on one document, after garbage collection',
  async run({ rounds, short, embedded }) {
    const connections = short ? 300 : 4000
    const ours: number[] = []
    const bare: number[] = []
    for (let round = 0; round < rounds; round++) {
      // new processes each round: a process seldom gives memory back
      ours.push(await measure(await startSmartStart({ embedded, flags }), connections))
      bare.push(await measure(await startBareHocuspocus(flags), connections))
    }
    const each = (bytes: number[]) => `${(median(bytes) / 1024).toFixed(1)} KiB`
    const ratio = formatRatio(median(ours.map((bytes, round) => bytes / (bare[round] ?? Number.NaN))))
    printResult(
      `${connections} connections after the first ${firstConnections}`,
      ratio,
      `SmartStart ${each(ours)}, bare Hocuspocus ${each(bare)}`,
    )
  },
}

async function measure(system: System, connections: number): Promise<number> {
  try {
    const { names, token } = await system.createDocuments(1)
    const counters = new Counters()
    const target = { protocol: system.protocol, url: system.url, document: names[0] ?? '', token }
    const clients = Array.from({ length: firstConnections + connections }, () => new DocumentClient(target, [], counters))
    await openClients(clients.slice(0, firstConnections))
    const before = await leastMemoryBytes(system.nodes[0] as Server)
    await openClients(clients.slice(firstConnections))
    const after = await leastMemoryBytes(system.nodes[0] as Server)
    if (counters.error) throw new Error(`${system.name}: ${counters.error}`)
    await Promise.all(clients.map((client) => client.close()))
    return (after - before) / connections
  } finally {
    await system.stop()
  }
}

/** Collects garbage until memory no longer shrinks. */
async function leastMemoryBytes(node: Server): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let unchanged = 0; unchanged < 3; ) {
    node.signal('SIGUSR2')
    await wait(500)
    const bytes = node.memoryBytes()
    unchanged = bytes < least * 0.995 ? 0 : unchanged + 1
    least = Math.min(least, bytes)
  }
  return least
}
