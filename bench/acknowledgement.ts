/**
 * Rows `pair` and `busy`: milliseconds to the other screen and to the acknowledgement, beside bare Hocuspocus, whose
 * acknowledgement promises no commit.
 */
import { opened } from '../test/support/client.ts'
import type { Patch } from '../test/support/trace.ts'
import { runCrowd } from './crowd.ts'
import { lengthOf } from './crowds.ts'
import { typeOneByOne } from './keystrokes.ts'
import { type Asked, print, type Row, times } from './row.ts'
import { startBareHocuspocus, startSmartStart, type System } from './systems.ts'
import { inTurns, middle, milliseconds, p50, ratio } from './turns.ts'

const keystrokes = (count: number): Patch[] => Array.from({ length: count }, () => [0, 0, 'x'])

export const pair: Row = {
  name: 'pair',
  title: 'two people in one document, unmodified providers, keystrokes one by one',
  run: (asked) =>
    beside(asked, async (system) => {
      const { names, token } = await system.documents(1)
      const url = system.nodes[0]?.url ?? ''
      const author = await opened(url, names[0] ?? '', token)
      const watcher = await opened(url, names[0] ?? '', token)
      await typeOneByOne(author, watcher, keystrokes(100))
      const times = await typeOneByOne(author, watcher, keystrokes(asked.brief ? 100 : 500))
      author.close()
      watcher.close()
      return times
    }),
}

const thousand = { documents: 50, writers: 1, readers: 1, edits: 20, cursors: 0 }

export const busy: Row = {
  name: 'busy',
  title: '1,000 edits/s: 50 documents, 1 writer and 1 reader each, 20 edits/s a writer',
  run: (asked) => beside(asked, (system) => runCrowd(system, thousand, lengthOf(asked))),
}

async function beside(asked: Asked, round: (system: System) => Promise<{ seen: number[]; acknowledged: number[] }>) {
  const told = await inTurns([() => startSmartStart(asked), () => startBareHocuspocus()], asked.rounds, round)
  const [ours, bare] = [told.get('SmartStart'), told.get('bare Hocuspocus')]
  const line = (what: 'seen' | 'acknowledged', name: string) => {
    const more = middle(ours, p50(what)) - middle(bare, p50(what))
    print(`keystroke to ${name}`, times(ratio(ours, bare, p50(what))), `SmartStart ${more < 0 ? '' : '+'}${more.toFixed(2)} ms`)
    print('', '', `SmartStart ${milliseconds(ours, what)}; bare Hocuspocus ${milliseconds(bare, what)}`)
  }
  line('seen', 'the other screen')
  line('acknowledged', 'its acknowledgement (of SmartStart: committed)')
}
