/** Row `exports`: how late keystrokes arrive while the same node exports a long document to Word and PDF, beside the node without exports. */
import { registerPerson } from '../../test/support/client.ts'
import { createParagraphs, paragraphAt } from '../load/long-document.ts'
import { closePairs, openPair, typeFor } from '../load/typing-pairs.ts'
import { formatPercentiles, medianOf, percentile, runRounds } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { startBackgroundLoad } from '../servers/processes.ts'
import { startSmartStart, type System } from '../servers/systems.ts'

const paragraphs = 1200
const words = 'The parties agree that this clause binds them and whoever takes their place in the company. '.repeat(3)
/** Enough that the export worker is never idle. */
const concurrentExports = 4
const stretchMs = 5000

interface Round {
  idleMs: number[]
  exportingMs: number[]
  files: number
}

export const exports: Row = {
  name: 'exports',
  title: `a pair types in a document of ${paragraphs} paragraphs while the same node exports it to Word and PDF`,
  async run({ rounds: count, short, embedded }) {
    const measure = (system: System) => runRound(system, short ? 1 : 4)
    const results = await runRounds([() => startSmartStart({ embedded })], count, measure, measure)
    const rounds = results.get('SmartStart') ?? []
    // pooled: one round has too few keystrokes for a p99
    const [idle, exporting] = [rounds.flatMap(({ idleMs }) => idleMs), rounds.flatMap(({ exportingMs }) => exportingMs)]
    const ratio = formatRatio(percentile(exporting, 0.99) / percentile(idle, 0.99))
    const timings = `exporting ${formatPercentiles(exporting)}; without exports ${formatPercentiles(idle)}`
    printResult('keystroke to the other client, p99', ratio, `${timings}; ${medianOf(rounds, ({ files }) => files)} files a round`)
  },
}

/** Stretches of typing with and without exports in turn, of equal number and length; the order changes each time. */
async function runRound(system: System, turns: number): Promise<Round> {
  const { url } = system
  const owner = await registerPerson(url, 'Owner')
  const name = await createParagraphs(url, owner, paragraphs, words)
  const pair = await openPair(url, name, owner.token, (document, index) => paragraphAt(document, paragraphs / 2 + index))
  await typeFor([pair], 2000)
  const round: Round = { idleMs: [], exportingMs: [], files: 0 }
  const typeIdle = async () => void round.idleMs.push(...(await typeFor([pair], stretchMs)))
  const typeExporting = async () => {
    const background = startBackgroundLoad('load/export-requests.ts', [url, owner.token, name, String(concurrentExports)])
    await background.firstLine
    round.exportingMs.push(...(await typeFor([pair], stretchMs)))
    round.files += Number(await background.stop())
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const stretch of turn % 2 === 0 ? [typeIdle, typeExporting] : [typeExporting, typeIdle]) await stretch()
  }
  closePairs([pair])
  return round
}
