/** Rows A to D: server CPU for each delivered edit, of SmartStart and its peers as a multiple of the relay's. */
import { roundDuration, runWorkload, warmUpDuration, type Workload, type WorkloadResult } from '../load/workload.ts'
import { formatTimings, medianOf, medianRatio, p50, runRounds } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { startBareHocuspocus, startRelay, startSmartStart, startYWebsocket } from '../servers/systems.ts'

const workloads: Record<string, [description: string, workload: Workload]> = {
  A: ['1 writer and 300 readers in one document, 30 edits/s', { documents: 1, writers: 1, readers: 300, edits: 30, cursors: 0 }],
  B: ['50 writers in one document, 5 edits/s each', { documents: 1, writers: 50, readers: 0, edits: 5, cursors: 0 }],
  C: ['100 documents, 2 writers and 3 readers each, 5 edits/s a writer', { documents: 100, writers: 2, readers: 3, edits: 5, cursors: 0 }],
  D: [
    '20 documents, 10 writers each, 2 edits/s and 5 cursor moves/s a writer',
    { documents: 20, writers: 10, readers: 0, edits: 2, cursors: 5 },
  ],
}

export const workloadRows: Row[] = Object.entries(workloads).map(([name, [description, workload]]) => ({
  name,
  title: `${description}: server CPU for each delivered edit`,
  async run(options) {
    const results = await runRounds(
      [startRelay, startYWebsocket, () => startBareHocuspocus(), () => startSmartStart({ embedded: options.embedded })],
      options.rounds,
      (system) => runWorkload(system, workload, roundDuration(options)),
      (system) => runWorkload(system, workload, warmUpDuration(options)),
    )
    const [relay, ours, bare] = ['relay', 'SmartStart', 'bare Hocuspocus'].map((system) => results.get(system))
    for (const [system, rounds] of results) {
      const ratio = formatRatio(medianRatio(rounds, relay, (round) => round.cpuPerDeliveryUs))
      printResult(system, ratio, describe(rounds, workload))
    }
    const ratio = formatRatio(medianRatio(ours, bare, p50('seen')))
    printResult('keystroke to the other clients, p50 beside bare Hocuspocus', ratio, '')
    printResult('', '', `SmartStart ${formatTimings(ours, 'seen')}; bare Hocuspocus ${formatTimings(bare, 'seen')}`)
    const acknowledged = `SmartStart ${formatTimings(ours, 'acknowledged')}; bare Hocuspocus ${formatTimings(bare, 'acknowledged')}`
    printResult('', '', `acknowledged: ${acknowledged}`)
  },
}))

function describe(rounds: WorkloadResult[], { cursors }: Workload): string {
  const percent = (figure: (round: WorkloadResult) => number) => `${Math.round(medianOf(rounds, figure) * 100)} %`
  const cursorShare = cursors > 0 ? `, ${percent((round) => round.cursorShare)} of the cursor moves delivered` : ''
  const cpu = medianOf(rounds, (round) => round.cpuPerDeliveryUs).toFixed(1)
  const delivered = Math.round(medianOf(rounds, (round) => round.delivered))
  return `${cpu} µs an edit, ${delivered} deliveries a round${cursorShare}; load ${percent((round) => round.loadShare)} busy`
}
