/** Row `large`: how late keystrokes in a short document arrive while others read or restore a very large one on the same node. */
import { type Person, registerPerson } from '../../test/support/client.ts'
import { createParagraphs, paragraphAt } from '../load/long-document.ts'
import { closePairs, openPair, typeUntil } from '../load/typing-pairs.ts'
import { runRounds } from '../measure/rounds.ts'
import { printResult, type Row } from '../measure/row.ts'
import { startBackgroundLoad } from '../servers/processes.ts'
import { startSmartStart, type System } from '../servers/systems.ts'

const paragraphs = 60_000
const concurrentReaders = 6

/** By request: the longest delay of a keystroke, and the time of the slowest answer. */
type Round = Map<string, { delayMs: number; answerMs: number }>

export const large: Row = {
  name: 'large',
  title: `a pair types in a short document while ${concurrentReaders} viewers read one of ${paragraphs} paragraphs, and its owner restores it`,
  async run({ rounds: count, short, embedded }) {
    const measure = (system: System) => runRound(system, short ? 5000 : paragraphs)
    const rounds = (await runRounds([() => startSmartStart({ embedded })], count, measure)).get('SmartStart') ?? []
    for (const request of rounds[0]?.keys() ?? []) {
      const longest = (what: 'delayMs' | 'answerMs') => Math.max(...rounds.map((round) => round.get(request)?.[what] ?? Number.NaN))
      printResult(request, '', `longest delay of a keystroke ${longest('delayMs').toFixed(0)} ms; slowest answer ${longest('answerMs')} ms`)
    }
  },
}

async function runRound({ url }: System, count: number): Promise<Round> {
  const [owner, viewer, typist] = [
    await registerPerson(url, 'Owner'),
    await registerPerson(url, 'Viewer'),
    await registerPerson(url, 'Typist'),
  ]
  const name = await createParagraphs(url, owner, count, 'words')
  await owner.request('PUT', `/api/documents/${name}/members/${viewer.id}`, { role: 'viewer' })
  const pair = await openPair(url, await createParagraphs(url, typist, 2, 'words'), typist.token, paragraphAt)
  const round: Round = new Map()
  const request = async (label: string, person: Person, method: string, path: string, times: number, ...body: string[]) => {
    const target = [url, person.token, method, `/api/documents/${name}/${path}`, String(times)]
    const background = startBackgroundLoad('load/parallel-requests.ts', [...target, ...body])
    const { delaysMs, result } = await typeUntil([pair], background.firstLine)
    await background.stop()
    if (!Number.isFinite(Number(result))) throw new Error(`${label}: ${result}`)
    round.set(label, { delayMs: Math.max(...delaysMs), answerMs: Number(result) })
  }
  for (const path of ['history/state', 'authorship', 'redline?from=0', 'suggestions']) {
    await request(path, viewer, 'GET', path, concurrentReaders)
  }
  await request('restore the empty state', owner, 'POST', 'restore', 1, '{"at":0}')
  await request('restore the full state', owner, 'POST', 'restore', 1, '{"at":1}')
  closePairs([pair])
  return round
}
