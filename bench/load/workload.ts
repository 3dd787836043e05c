/** Runs a workload on one system: opens documents, types on an even schedule, counts, and checks that everything arrived. */
import { setTimeout as wait } from 'node:timers/promises'
import { waitUntil } from '../../test/support/wait-until.ts'
import type { Options } from '../measure/row.ts'
import type { Timings } from '../measure/rounds.ts'
import type { System } from '../servers/systems.ts'
import { Counters, DocumentClient } from './document-client.ts'
import type { StoredDocument } from './long-document.ts'
import { Writer } from './writer.ts'

export interface Workload {
  documents: number
  /** For each document. */
  writers: number
  readers: number
  /** A second, for each writer. */
  edits: number
  cursors: number
}

export interface Duration {
  warmUpMs: number
  measuredMs: number
}

export interface WorkloadResult extends Timings {
  /** CPU time of all nodes, microseconds. */
  cpuPerDeliveryUs: number
  cpuPerEditUs: number
  delivered: number
  /** Share of the cursor moves that arrived: a server may skip all but the newest. */
  cursorShare: number
  /** Share of its core that the load used: near 1 the load limits the figures. */
  loadShare: number
}

const openAtOnce = 25
const arrivalTimeoutMs = 20_000

export const roundDuration = ({ short }: Options): Duration =>
  short ? { warmUpMs: 1000, measuredMs: 2000 } : { warmUpMs: 2000, measuredMs: 7000 }
export const warmUpDuration = ({ short }: Options): Duration => ({ warmUpMs: 0, measuredMs: short ? 2000 : 15_000 })

/** @throws when an edit, a newest cursor or an acknowledgement did not arrive */
export async function runWorkload(
  system: System,
  workload: Workload,
  duration: Duration,
  stored?: StoredDocument,
): Promise<WorkloadResult> {
  const { names, token } = stored ? { names: [stored.name], token: stored.token } : await system.createDocuments(workload.documents)
  const counters = new Counters()
  const clients = names.flatMap((document) => createClients(system, document, token, workload, counters, stored))
  const { warmUpMs, measuredMs } = duration
  const writing = clients.filter(({ writer }) => writer)
  for (const { writer } of writing) writer?.prepare(Math.ceil(((warmUpMs + measuredMs) / 1000) * workload.edits) + 1)
  await openClients(clients)

  const schedule = runSchedule(writing, workload, warmUpMs + measuredMs)
  const cpuMs = () => system.nodes.reduce((sum, node) => sum + node.cpuMs(), 0)
  await wait(warmUpMs)
  const [cpuBefore, loadBefore] = [cpuMs(), process.cpuUsage()]
  counters.isCounting = true
  counters.fromMs = performance.now()
  await wait(measuredMs)
  const usedUs = (cpuMs() - cpuBefore) * 1000
  counters.isCounting = false
  counters.untilMs = performance.now()
  const load = process.cpuUsage(loadBefore)
  await schedule

  await waitUntil(() => counters.error || clients.every(({ missing }) => !missing), 'all edits to arrive', arrivalTimeoutMs).catch(() => {})
  const missing = clients.find((client) => client.missing)?.missing
  if (counters.error || missing) throw new Error(`${system.name}: ${counters.error ?? `${missing} did not arrive`}`)
  await Promise.all(clients.map((client) => client.close()))

  const countTimed = (times: 'typedAt' | 'movedAt') =>
    writing.reduce((sum, { writer }) => sum + (writer?.[times].filter((sentAt) => counters.isTimed(sentAt)).length ?? 0), 0)
  const moves = countTimed('movedAt') * (workload.writers + workload.readers - 1)
  return {
    cpuPerDeliveryUs: usedUs / counters.edits,
    cpuPerEditUs: usedUs / countTimed('typedAt'),
    seen: counters.seen,
    acknowledged: counters.acknowledged,
    delivered: counters.edits,
    cursorShare: moves === 0 ? 1 : counters.cursors / moves,
    loadShare: (load.user + load.system) / 1000 / (counters.untilMs - counters.fromMs),
  }
}

export async function openClients(clients: DocumentClient[]): Promise<void> {
  for (let at = 0; at < clients.length; at += openAtOnce)
    await Promise.all(clients.slice(at, at + openAtOnce).map((client) => client.open()))
}

/** The clients of one document, spread over the nodes: writers first, then readers. */
function createClients(
  { nodes, protocol }: System,
  document: string,
  token: string,
  { writers: count, readers }: Workload,
  counters: Counters,
  stored?: StoredDocument,
): DocumentClient[] {
  const start = (index: number) => Math.floor(((stored?.length ?? 0) * (index + 1)) / (count + 1))
  const writers = Array.from({ length: count }, (_, index) => new Writer(stored?.state, start(index)))
  return Array.from({ length: count + readers }, (_, index) => {
    const url = nodes[index % nodes.length]?.url ?? ''
    return new DocumentClient({ protocol, url, document, token }, writers, counters, writers[index])
  })
}

/** Lets every writer act at an even rate, no two at the same time. */
async function runSchedule(clients: DocumentClient[], { edits, cursors }: Workload, durationMs: number): Promise<void> {
  const actions: { atMs: number; act: () => void }[] = []
  const schedule = (rate: number, offset: number, act: (client: DocumentClient) => void) => {
    for (const [index, client] of clients.entries()) {
      // multiples of the golden ratio are evenly spread over a period, however many there are
      const phase = (index * 0.618_033_988_75 + offset) % 1
      for (let turn = phase; turn < (durationMs / 1000) * rate; turn++) actions.push({ atMs: (turn * 1000) / rate, act: () => act(client) })
    }
  }
  schedule(edits, 0, (client) => client.sendEdit())
  schedule(cursors, 0.5, (client) => client.sendCursor())
  actions.sort((a, b) => a.atMs - b.atMs)

  const began = performance.now()
  for (const { atMs, act } of actions) {
    for (let early = atMs; (early = atMs - (performance.now() - began)) > 0; ) await wait(early)
    act()
  }
}
