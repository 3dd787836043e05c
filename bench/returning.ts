/** Row `returning`: a thousand subscribers come back at once with a thousand missed events each, to a node on which people type. */
import { setTimeout as wait } from 'node:timers/promises'
import { opened } from '../test/support/client.ts'
import { until } from '../test/support/until.ts'
import { Hearer, smartStart } from './hearer.ts'
import { newsOf } from './news.ts'
import { compileNoMore, type Pair, typed } from './pairs.ts'
import { type Crowd, keepAwake, startCrowd } from './processes.ts'
import { print, type Row, times } from './row.ts'
import { startSmartStart, type System } from './systems.ts'
import { middle, overall } from './turns.ts'

const ventures = 10
/** Who types on that node, each pair in a document of its own. */
const pairsAtWork = 10

interface Round {
  alone: number[]
  meanwhile: number[]
  /** Milliseconds until the last has all. */
  took: number
  /** Bytes. */
  before: number
  most: number
}

export const returning: Row = {
  name: 'returning',
  title: `1,000 subscribers of ${ventures} ventures return at once, 1,000 missed events each: beside the node’s own editing without them`,
  needs: ['postgres'],
  async run({ rounds, brief }) {
    const [count, missed] = brief ? [100, 200] : [1000, 1000]
    const system = await startSmartStart()
    const sleep = keepAwake('load')
    let again = () => {}
    const measured: Round[] = []
    try {
      const [node] = system.nodes as [System['nodes'][number]]
      const { owner, audiences, leave } = await newsOf(system, ventures)
      const { body } = await owner.ask('GET', '/api/events')
      const watcher = new Hearer(node.url, smartStart(owner.token, { audiences, after: body.position }, 'bench.left'))
      await watcher.opened
      await leave(missed)
      while (watcher.heard < missed * ventures) await wait(5)
      watcher.end()

      const { names, token } = await system.documents(pairsAtWork)
      const pairs: Pair[] = []
      for (const name of names) {
        const [one, two] = [await opened(node.url, name, token), await opened(node.url, name, token)]
        pairs.push([
          { open: one, line: one.document.getText('one') },
          { open: two, line: two.document.getText('two') },
        ])
      }
      const alone = (milliseconds: number) => typed(pairs, (since) => since < (brief ? 300 : milliseconds))
      const returners = () =>
        startCrowd('returners.ts', [node.url, owner.token, ...[body.position, count, missed].map(String), ...audiences])
      const none = async () => (await (await fetch(`${node.url}/metrics`)).text()).includes('\nsmartstart_subscribers 0\n')
      const left = async (crowd: Crowd) => {
        await crowd.leave()
        await until(none, 'the node to let go of all who returned')
      }
      // so that the code of both is warm: until then keystrokes wait for V8's compiler, which has sixty functions left after ten turns
      for (let turn = 0; turn < (brief ? 1 : 25); turn++) {
        await alone(1000)
        const crowd = returners()
        await crowd.told
        await left(crowd)
      }
      again = compileNoMore()
      for (let round = 0; round < rounds; round++) {
        const without = await alone(5000)
        const before = node.memory()
        let most = before
        const watching = setInterval(() => (most = Math.max(most, node.memory())), 20)
        let over = false
        const crowd = returners()
        const told = crowd.told.finally(() => (over = true))
        const meanwhile = await typed(pairs, () => !over)
        clearInterval(watching)
        measured.push({ alone: without, meanwhile, took: Number(await told), before, most })
        await left(crowd)
      }
      for (const { open } of pairs.flat()) open.close()
    } finally {
      again()
      sleep()
      await system.stop()
    }
    const at = (share: number, what: 'alone' | 'meanwhile') => overall(measured, (one) => one[what], share)
    const ratio = at(0.99, 'meanwhile') / at(0.99, 'alone')
    print(
      'p99 of a keystroke to the other screen while they return (reach 1.3 x)',
      times(ratio),
      `${at(0.99, 'meanwhile').toFixed(1)} ms, without ${at(0.99, 'alone').toFixed(1)} ms; p50 ${at(0.5, 'meanwhile').toFixed(1)} and ${at(0.5, 'alone').toFixed(1)} ms`,
    )
    const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`
    print(
      '',
      '',
      `all ${count} complete after ${(middle(measured, ({ took }) => took) / 1000).toFixed(1)} s; memory ${mebibytes(middle(measured, ({ before }) => before))}, at most ${mebibytes(Math.max(...measured.map(({ most }) => most)))}`,
    )
  },
}
