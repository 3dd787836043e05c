/** What is counted, for Prometheus. No ids of people or documents as labels. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export type Metrics = ReturnType<typeof createMetrics>

/** Counters of one node, in a registry of its own, so that several nodes may live in one process. */
export function createMetrics() {
  const registry = new Registry()
  // by itself it wakes the process every 10 ms: most of what an idle node cost
  collectDefaultMetrics({ register: registry, prefix: 'smartstart_', eventLoopMonitoringPrecision: 200 })
  const registers = [registry]
  /** Counted as plain numbers, since they change with every frame; read when they are asked for. */
  const traffic = { bytesIn: 0, bytesOut: 0, held: 0 }
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
  total('smartstart_socket_bytes_in_total', 'Bytes of messages that came over live sockets', () => traffic.bytesIn)
  total('smartstart_socket_bytes_out_total', 'Bytes of frames written to live sockets', () => traffic.bytesOut)
  new Gauge({
    name: 'smartstart_held_acknowledgements',
    help: 'Acknowledgements that wait for a commit',
    registers,
    collect() {
      this.set(traffic.held)
    },
  })
  const seconds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
  return {
    registry,
    traffic,
    requests: new Histogram({
      name: 'smartstart_request_seconds',
      help: 'REST requests by method and status',
      labelNames: ['method', 'status'],
      buckets: seconds,
      registers,
    }),
    sockets: new Gauge({ name: 'smartstart_sockets', help: 'Open sockets of live documents', registers }),
    subscribers: new Gauge({ name: 'smartstart_subscribers', help: 'Connected subscribers of events', registers }),
    documents: new Gauge({ name: 'smartstart_documents', help: 'Documents in memory', registers }),
    commits: new Histogram({ name: 'smartstart_commit_seconds', help: 'Time of a journal commit', buckets: seconds, registers }),
    edits: new Counter({ name: 'smartstart_edits_total', help: 'Edits committed to the journal', registers }),
    editBytes: new Counter({ name: 'smartstart_edit_bytes_total', help: 'Bytes of committed edits', registers }),
    gaps: new Counter({ name: 'smartstart_gaps_healed_total', help: 'Rows of other nodes read from the journal', registers }),
    mended: new Counter({
      name: 'smartstart_entries_mended_total',
      help: 'Entries of plans and spaces put right after a client',
      registers,
    }),
    refusals: new Counter({
      name: 'smartstart_socket_refusals_total',
      help: 'Frames and connections refused, by problem',
      labelNames: ['problem'],
      registers,
    }),
    evictions: new Counter({
      name: 'smartstart_evictions_total',
      help: 'Live connections that a change of access closed or made read-only',
      labelNames: ['to'],
      registers,
    }),
    hookFailures: new Counter({
      name: 'smartstart_hook_failures_total',
      help: 'Hooks that threw unexpectedly',
      labelNames: ['hook'],
      registers,
    }),
  }
}
