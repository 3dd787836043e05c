/** Row `nodes`: two nodes of SmartStart, beside two of Hocuspocus with extension-redis and extension-database. */
import { replayTrace, storeLongDocument } from '../load/long-document.ts'
import { roundDuration, runWorkload, warmUpDuration } from '../load/workload.ts'
import { formatTimings, medianOf, medianRatio, runRounds } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { startSmartStart, startStoredHocuspocus } from '../servers/systems.ts'

const workload = { documents: 1, writers: 4, readers: 6, edits: 5, cursors: 0 }

export const nodes: Row = {
  name: 'nodes',
  title: 'a long document on two nodes, 4 writers and 6 readers spread over both, 5 edits/s a writer: CPU of both nodes for each edit',
  needs: ['postgres', 'redis', 'trace'],
  async run(options) {
    const content = replayTrace(options.trace)
    const results = await runRounds(
      [() => startSmartStart({ nodes: 2 }), () => startStoredHocuspocus({ nodes: 2 })],
      options.rounds,
      async (system) => runWorkload(system, workload, roundDuration(options), await storeLongDocument(system, content)),
      // 20 edits a second are too few to warm the code up
      (system) => runWorkload(system, { ...workload, edits: 50 }, warmUpDuration(options)),
    )
    const [ours, theirs] = [results.get('SmartStart'), results.get('Hocuspocus')]
    const cpu = (rounds: typeof ours) => `${(medianOf(rounds, (round) => round.cpuPerEditUs) / 1000).toFixed(2)} ms`
    const ratio = formatRatio(medianRatio(ours, theirs, (round) => round.cpuPerEditUs))
    printResult('CPU of both nodes', ratio, `SmartStart ${cpu(ours)} an edit, Hocuspocus ${cpu(theirs)}`)
    printResult('', '', `to the other clients: SmartStart ${formatTimings(ours, 'seen')}; Hocuspocus ${formatTimings(theirs, 'seen')}`)
  },
}
