/** Row `returning`: a thousand subscribers come back at once with a thousand missed events each, to a node on which people type. */
import { setTimeout as wait } from 'node:timers/promises'
import { opened } from '../test/support/client.ts'
import { openAll, Hearer, smartStart } from './hearer.ts'
import { percentile, typeOneByOne } from './keystrokes.ts'
import { newsOf } from './news.ts'
import { print, type Row, times } from './row.ts'
import { startSmartStart, type System } from './systems.ts'

const ventures = 10

export const returning: Row = {
  name: 'returning',
  title: `1,000 subscribers of ${ventures} ventures return at once, 1,000 missed events each: beside the node’s own editing without them`,
  needs: ['postgres'],
  async run({ brief }) {
    const [count, missed] = brief ? [100, 200] : [1000, 1000]
    const system = await startSmartStart()
    try {
      const [node] = system.nodes as [System['nodes'][number]]
      const { owner, audiences, leave } = await newsOf(system, ventures)
      const speechOf = (after?: number) => (place: number) =>
        smartStart(owner.token, { audiences: [audiences[place % ventures]], ...(after !== undefined && { after }) }, 'bench.left')
      const { body } = await owner.ask('GET', '/api/events')
      const watcher = new Hearer(node.url, smartStart(owner.token, { audiences, after: body.position }, 'bench.left'))
      await watcher.opened
      await leave(missed)
      await all([watcher], missed * ventures)

      const { names, token } = await system.documents(1)
      const [author, reader] = await Promise.all([1, 2].map(() => opened(node.url, names[0] as string, token)))
      if (!author || !reader) throw new Error('nobody types')
      const typed = async (strokes: number) =>
        typeOneByOne(
          author,
          reader,
          Array.from({ length: strokes }, (_, n) => [n, 0, 'x']),
        )
      await typed(200)
      const alone = await typed(brief ? 100 : 1000)

      const before = node.memory()
      let most = before
      const watching = setInterval(() => (most = Math.max(most, node.memory())), 20)
      const began = performance.now()
      const coming = openAll([node.url], count, speechOf(body.position))
      const seen: number[] = []
      let done = false
      const finished = coming.then((hearers) => all(hearers, missed)).finally(() => (done = true))
      while (!done) seen.push(...(await typed(5)).seen)
      await finished
      const took = performance.now() - began
      clearInterval(watching)
      const p99 = (values: number[]) => percentile(values, 0.99)
      const mebibytes = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MiB`
      print(
        'p99 of a keystroke to the other screen while they return (reach 1.3 x)',
        times(p99(seen) / p99(alone.seen)),
        `${p99(seen).toFixed(1)} ms, without ${p99(alone.seen).toFixed(1)} ms; p50 ${percentile(seen, 0.5).toFixed(1)} and ${percentile(alone.seen, 0.5).toFixed(1)} ms`,
      )
      print('', '', `all ${count} complete after ${(took / 1000).toFixed(1)} s; memory ${mebibytes(before)}, at most ${mebibytes(most)}`)
      for (const hearer of await coming) hearer.end()
      watcher.end()
      for (const one of [author, reader]) one.close()
    } finally {
      await system.stop()
    }
  },
}

/** Resolves when each has heard so many, and none more. */
async function all(hearers: Hearer[], count: number): Promise<void> {
  const end = Date.now() + 120_000
  while (hearers.some(({ heard }) => heard < count)) {
    if (Date.now() > end || hearers.some(({ ended }) => ended)) throw new Error('not all subscribers have what they missed')
    await wait(5)
  }
  if (hearers.some(({ heard }) => heard > count)) throw new Error('a subscriber heard an event twice')
}
