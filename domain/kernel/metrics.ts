/** Metrics for Prometheus. Labels contain no ids of people or documents. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** Creates the metrics of one node in a registry of their own: several nodes may run in one process. */
export function createMetrics() {
  const registry = new Registry()
  // the default wakes the process every 10 ms, which is most of the cost of an idle node
  collectDefaultMetrics({ register: registry, prefix: 'smartstart_', eventLoopMonitoringPrecision: 200 })
  const registers = [registry]
  return {
    registry,
    traffic: countTraffic(registers),
    requests: new Histogram({
      name: 'smartstart_request_seconds',
      help: 'REST requests by method and status',
      labelNames: ['method', 'status'],
      buckets: secondsBuckets,
      registers,
    }),
    sockets: new Gauge({ name: 'smartstart_sockets', help: 'Open sockets of live documents', registers }),
    subscribers: new Gauge({ name: 'smartstart_subscribers', help: 'Connected subscribers of events', registers }),
    documents: new Gauge({ name: 'smartstart_documents', help: 'Documents in memory', registers }),
    ...createJournalMetrics(registers),
    ...createRepairMetrics(registers),
    ...createFailureMetrics(registers),
  }
}

const secondsBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

/** Counts traffic in plain numbers, since they change with every frame. They are read when metrics are collected. */
function countTraffic(registers: Registry[]) {
  const traffic = { bytesIn: 0, bytesOut: 0, heldAcknowledgements: 0 }
  const total = (name: string, help: string, read: () => number) =>
    new Counter({
      name,
      help,
      registers,
      collect() {
        this.reset()
        this.inc(read())
      },
    })
  total('smartstart_socket_bytes_in_total', 'Bytes of messages received on live sockets', () => traffic.bytesIn)
  total('smartstart_socket_bytes_out_total', 'Bytes of frames written to live sockets', () => traffic.bytesOut)
  new Gauge({
    name: 'smartstart_held_acknowledgements',
    help: 'Acknowledgements waiting for a commit',
    registers,
    collect() {
      this.set(traffic.heldAcknowledgements)
    },
  })
  return traffic
}

const createJournalMetrics = (registers: Registry[]) => ({
  commits: new Histogram({ name: 'smartstart_commit_seconds', help: 'Time of a journal commit', buckets: secondsBuckets, registers }),
  edits: new Counter({ name: 'smartstart_edits_total', help: 'Edits committed to the journal', registers }),
  editBytes: new Counter({ name: 'smartstart_edit_bytes_total', help: 'Bytes of committed edits', registers }),
  gaps: new Counter({ name: 'smartstart_gaps_healed_total', help: 'Rows of other nodes read from the journal', registers }),
})

const createRepairMetrics = (registers: Registry[]) => ({
  repairedEntries: new Counter({
    name: 'smartstart_entries_mended_total',
    help: 'Entries of plans and spaces that the server repaired',
    registers,
  }),
  repairedBlocks: new Counter({
    name: 'smartstart_blocks_repaired_total',
    help: 'Tables and other blocks that merged edits left against the schema, and that were repaired',
    registers,
  }),
  discards: new Counter({
    name: 'smartstart_documents_discarded_total',
    help: 'Documents loaded again from the journal after an edit failed to apply',
    registers,
  }),
})

const createFailureMetrics = (registers: Registry[]) => ({
  refusals: new Counter({
    name: 'smartstart_socket_refusals_total',
    help: 'Frames and connections refused, by problem',
    labelNames: ['problem'],
    registers,
  }),
  evictions: new Counter({
    name: 'smartstart_evictions_total',
    help: 'Live connections that an access change closed or made read-only',
    labelNames: ['to'],
    registers,
  }),
  busFailures: new Counter({
    name: 'smartstart_bus_handler_failures_total',
    help: 'Messages of the bus on which a handler of this node failed',
    labelNames: ['channel'],
    registers,
  }),
  hookFailures: new Counter({
    name: 'smartstart_hook_failures_total',
    help: 'Hooks that threw unexpectedly',
    labelNames: ['hook'],
    registers,
  }),
})

/** Records a commit of the journal. */
export const observeCommit = (metrics: Metrics) => (rows: number, bytes: number, milliseconds: number) => {
  metrics.edits.inc(rows)
  metrics.editBytes.inc(bytes)
  metrics.commits.observe(milliseconds / 1000)
}

/** The numbers of current connections. */
export async function countConnected({ subscribers, sockets, documents }: Metrics) {
  const valueOf = async (gauge: Gauge) => (await gauge.get()).values[0]?.value ?? 0
  return { subscribers: await valueOf(subscribers), sockets: await valueOf(sockets), documents: await valueOf(documents) }
}
