/** Row `pair`: from a keystroke to the other client and to its acknowledgement, beside bare Hocuspocus, which acknowledges without storing. */
import { openDocument } from '../../test/support/client.ts'
import type { Patch } from '../../test/support/trace.ts'
import { typeOneByOne } from '../load/keystrokes.ts'
import { formatTimings, medianOf, medianRatio, p50, runRounds } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { startBareHocuspocus, startSmartStart } from '../servers/systems.ts'

const keystrokes = (count: number) => Array.from({ length: count }, (): Patch => [0, 0, 'x'])

export const pair: Row = {
  name: 'pair',
  title: 'two unmodified providers in one document, keystrokes one by one',
  async run({ rounds, short, embedded }) {
    const results = await runRounds([() => startSmartStart({ embedded }), () => startBareHocuspocus()], rounds, async (system) => {
      const { names, token } = await system.createDocuments(1)
      const author = await openDocument(system.url, names[0] ?? '', token)
      const reader = await openDocument(system.url, names[0] ?? '', token)
      await typeOneByOne(author, reader, keystrokes(100))
      const timings = await typeOneByOne(author, reader, keystrokes(short ? 100 : 500))
      author.close()
      reader.close()
      return timings
    })
    const [ours, bare] = [results.get('SmartStart'), results.get('bare Hocuspocus')]
    for (const [what, label] of [
      ['seen', 'the other client'],
      ['acknowledged', 'its acknowledgement (of SmartStart: committed)'],
    ] as const) {
      const addedMs = medianOf(ours, p50(what)) - medianOf(bare, p50(what))
      const ratio = formatRatio(medianRatio(ours, bare, p50(what)))
      printResult(`keystroke to ${label}`, ratio, `SmartStart ${addedMs < 0 ? '' : '+'}${addedMs.toFixed(2)} ms`)
      printResult('', '', `SmartStart ${formatTimings(ours, what)}; bare Hocuspocus ${formatTimings(bare, what)}`)
    }
  },
}
