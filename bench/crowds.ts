/** Rows A to D: crowds at work, SmartStart beside its peers, all against the relay. */
import { type Length, type Round, runCrowd, type Work } from './crowd.ts'
import { median, percentile } from './keystrokes.ts'
import { print, type Row, times } from './row.ts'
import { type Start, startBareHocuspocus, startRelay, startSmartStart, startYWebsocket, type System } from './systems.ts'

const crowds: { name: string; title: string; work: Work }[] = [
  { name: 'A', title: '1 writer and 300 readers in one document, 30 edits/s', work: crowd(1, 1, 300, 30) },
  { name: 'B', title: '50 writers in one document, 5 edits/s each', work: crowd(1, 50, 0, 5) },
  { name: 'C', title: '100 documents, 2 writers and 3 readers each, 5 edits/s a writer', work: crowd(100, 2, 3, 5) },
  { name: 'D', title: '20 documents, 10 people each, 2 edits/s and 5 cursor moves/s a person', work: crowd(20, 10, 0, 2, 5) },
]

function crowd(documents: number, writers: number, readers: number, edits: number, cursors = 0): Work {
  return { documents, writers, readers, edits, cursors }
}

export const usual: Length = { warmUp: 2000, measured: 7000 }
export const short: Length = { warmUp: 1000, measured: 2000 }

/** Starts systems once, and lets each do a round in turn, so that what else the machine does meets all alike. */
export async function inTurns<T>(starts: Start[], rounds: number, round: (system: System) => Promise<T>): Promise<Map<string, T[]>> {
  const systems: System[] = []
  const told = new Map<string, T[]>()
  try {
    for (const start of starts) systems.push(await start())
    for (let turn = 0; turn < rounds; turn++) {
      for (const system of systems) told.set(system.name, [...(told.get(system.name) ?? []), await round(system)])
    }
  } finally {
    await Promise.all(systems.map((system) => system.stop()))
  }
  return told
}

/** The median over the rounds of one figure. */
export const middle = <T>(rounds: T[] = [], figure: (round: T) => number): number => median(rounds.map(figure))

/** The median over the rounds of one system's figure over another's in the same round. */
export const ratio = <T>(ours: T[] = [], theirs: T[] = [], figure: (round: T) => number): number =>
  median(ours.map((round, turn) => figure(round) / figure(theirs[turn] as T)))

export const milliseconds = (rounds: Round[] | undefined, what: 'seen' | 'acknowledged'): string =>
  `p50 ${middle(rounds, (round) => percentile(round[what], 0.5)).toFixed(2)} ms, p99 ${middle(rounds, (round) => percentile(round[what], 0.99)).toFixed(1)} ms`

export const crowdRows: Row[] = crowds.map(({ name, title, work }) => ({
  name,
  title: `${title}: server CPU for each delivered edit`,
  async run({ rounds, brief, embedded }) {
    const starts = [startRelay, startYWebsocket, startBareHocuspocus, () => startSmartStart({ embedded })]
    const told = await inTurns(starts, rounds, (system) => runCrowd(system, work, brief ? short : usual))
    const relay = told.get('relay')
    const [ours, bare] = [told.get('SmartStart'), told.get('bare Hocuspocus')]
    for (const [system, results] of told) {
      const cpu = `${middle(results, (round) => round.cpu).toFixed(1)} µs`
      print(system, times(ratio(results, relay, (round) => round.cpu)), `${cpu} an edit delivered, ${aside(results, work)}`)
    }
    print('keystroke to the other screens, p50', times(ratio(ours, bare, (round) => percentile(round.seen, 0.5))), 'of bare Hocuspocus')
    print('', '', `SmartStart ${milliseconds(ours, 'seen')}; bare Hocuspocus ${milliseconds(bare, 'seen')}`)
    print('', '', `acknowledged: SmartStart ${milliseconds(ours, 'acknowledged')}; bare Hocuspocus ${milliseconds(bare, 'acknowledged')}`)
  },
}))

function aside(rounds: Round[], { cursors }: Work): string {
  const share = (figure: (round: Round) => number) => `${Math.round(middle(rounds, figure) * 100)} %`
  const shown = cursors > 0 ? `, ${share((round) => round.cursorsShown)} of the cursor moves shown` : ''
  return `${Math.round(middle(rounds, (round) => round.delivered))} a round${shown}; load ${share((round) => round.loadBusy)} busy`
}
