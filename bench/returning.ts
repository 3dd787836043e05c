/** Row `returning`: a thousand subscribers come back at once with a thousand missed events each, to a node on which people type. */
import { setTimeout as wait } from 'node:timers/promises'
import { opened } from '../test/support/client.ts'
import { until } from '../test/support/until.ts'
import { Hearer, smartStart } from './hearer.ts'
import { typeOneByOne } from './keystrokes.ts'
import { newsOf } from './news.ts'
import { crowdOutput } from './processes.ts'
import { print, type Row, times } from './row.ts'
import { startSmartStart, type System } from './systems.ts'
import { middle, overall } from './turns.ts'

const ventures = 10

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
    const told: Round[] = []
    try {
      const [node] = system.nodes as [System['nodes'][number]]
      const { owner, audiences, leave } = await newsOf(system, ventures)
      const { body } = await owner.ask('GET', '/api/events')
      const watcher = new Hearer(node.url, smartStart(owner.token, { audiences, after: body.position }, 'bench.left'))
      await watcher.opened
      await leave(missed)
      while (watcher.heard < missed * ventures) await wait(5)
      watcher.end()

      const { names, token } = await system.documents(1)
      const [author, reader] = await Promise.all([1, 2].map(() => opened(node.url, names[0] as string, token)))
      if (!author || !reader) throw new Error('nobody types')
      const typed = async (strokes: number) => {
        const keys = Array.from({ length: strokes }, (_, n): [number, number, string] => [n, 0, 'x'])
        return (await typeOneByOne(author, reader, keys)).seen
      }
      const returned = () =>
        crowdOutput('returners.ts', [node.url, owner.token, ...[body.position, count, missed].map(String), ...audiences])
      const none = async () => (await (await fetch(`${node.url}/metrics`)).text()).includes('\nsmartstart_subscribers 0\n')
      const gone = () => until(none, 'the node to let go of all who returned')
      const strokes = brief ? 100 : 2000
      // so that the code of both is warm: until then a few keystrokes wait for V8's compiler, the more of them without those who return
      for (let turn = 0; turn < (brief ? 1 : 10); turn++) {
        await typed(strokes)
        await returned()
        await gone()
      }
      for (let round = 0; round < rounds; round++) {
        const alone = await typed(strokes)
        const before = node.memory()
        let most = before
        const watching = setInterval(() => (most = Math.max(most, node.memory())), 20)
        let over = false
        const coming = returned().finally(() => (over = true))
        const meanwhile: number[] = []
        while (!over) meanwhile.push(...(await typed(5)))
        clearInterval(watching)
        told.push({ alone, meanwhile, took: Number(await coming), before, most })
        await gone()
      }
      for (const one of [author, reader]) one.close()
    } finally {
      await system.stop()
    }
    const at = (share: number, what: 'alone' | 'meanwhile') => overall(told, (one) => one[what], share)
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
      `all ${count} complete after ${(middle(told, ({ took }) => took) / 1000).toFixed(1)} s; memory ${mebibytes(middle(told, ({ before }) => before))}, at most ${mebibytes(Math.max(...told.map(({ most }) => most)))}`,
    )
  },
}
