/** Rows A to D: crowds at work, SmartStart beside its peers, all against the relay. */
import { type Length, type Round, runCrowd, type Work } from './crowd.ts'
import { type Asked, print, type Row, times } from './row.ts'
import { startBareHocuspocus, startRelay, startSmartStart, startYWebsocket } from './systems.ts'
import { inTurns, middle, milliseconds, p50, ratio } from './turns.ts'

const crowds: { name: string; title: string; work: Work }[] = [
  { name: 'A', title: '1 writer and 300 readers in one document, 30 edits/s', work: crowd(1, 1, 300, 30) },
  { name: 'B', title: '50 writers in one document, 5 edits/s each', work: crowd(1, 50, 0, 5) },
  { name: 'C', title: '100 documents, 2 writers and 3 readers each, 5 edits/s a writer', work: crowd(100, 2, 3, 5) },
  { name: 'D', title: '20 documents, 10 people each, 2 edits/s and 5 cursor moves/s a person', work: crowd(20, 10, 0, 2, 5) },
]

function crowd(documents: number, writers: number, readers: number, edits: number, cursors = 0): Work {
  return { documents, writers, readers, edits, cursors }
}

/** How long a round is. */
export const lengthOf = ({ brief }: Asked): Length => (brief ? { warmUp: 1000, measured: 2000 } : { warmUp: 2000, measured: 7000 })

/** How long a system is warmed up, once. */
export const warming = ({ brief }: Asked): Length => ({ warmUp: 0, measured: brief ? 2000 : 15_000 })

export const crowdRows: Row[] = crowds.map(({ name, title, work }) => ({
  name,
  title: `${title}: server CPU for each delivered edit`,
  async run(asked) {
    const starts = [startRelay, startYWebsocket, () => startBareHocuspocus(), () => startSmartStart(asked)]
    const told = await inTurns(
      starts,
      asked.rounds,
      (system) => runCrowd(system, work, lengthOf(asked)),
      (system) => runCrowd(system, work, warming(asked)),
    )
    const relay = told.get('relay')
    const [ours, bare] = [told.get('SmartStart'), told.get('bare Hocuspocus')]
    for (const [system, results] of told) {
      const cpu = `${middle(results, (round) => round.cpu).toFixed(1)} µs`
      print(system, times(ratio(results, relay, (round) => round.cpu)), `${cpu} an edit delivered, ${aside(results, work)}`)
    }
    print('keystroke to the other screens, p50', times(ratio(ours, bare, p50('seen'))), 'of bare Hocuspocus')
    print('', '', `SmartStart ${milliseconds(ours, 'seen')}; bare Hocuspocus ${milliseconds(bare, 'seen')}`)
    print('', '', `acknowledged: SmartStart ${milliseconds(ours, 'acknowledged')}; bare Hocuspocus ${milliseconds(bare, 'acknowledged')}`)
  },
}))

function aside(rounds: Round[], { cursors }: Work): string {
  const share = (figure: (round: Round) => number) => `${Math.round(middle(rounds, figure) * 100)} %`
  const shown = cursors > 0 ? `, ${share((round) => round.cursorsShown)} of the cursor moves shown` : ''
  return `${Math.round(middle(rounds, (round) => round.delivered))} a round${shown}; load ${share((round) => round.loadBusy)} busy`
}
