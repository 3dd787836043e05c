/** Row `heard`: from a command to its event at a subscriber: embedded, and on another node over PostgreSQL and Redis. */
import { EventEmitter, once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { percentile } from './keystrokes.ts'
import { Hearer, smartStart } from './hearer.ts'
import { type News, newsOf } from './news.ts'
import { redisUrl } from './nodes.ts'
import { print, type Row, times } from './row.ts'
import { startSmartStart, type System } from './systems.ts'

/** What follows a command (a notification, its mail, an outbox) is done by then. Milliseconds. */
const settles = 100
/** Commands that go ahead, so that theirs is warm code, as on a node that has been in use. */
const warmUp = { busy: 600, quiet: 20 }

export const heard: Row = {
  name: 'heard',
  title: 'a command’s event heard by one subscriber, from the request: on a quiet node, and one after the other; beside the answer',
  needs: ['postgres', 'redis'],
  async run({ rounds, brief }) {
    const count = brief ? 30 : 100 * rounds
    for (const [whose, start] of [
      ['embedded (reach 10 ms)', () => startSmartStart({ embedded: true })],
      ['command on one node, heard on the other, PostgreSQL and Redis (reach 8 ms)', () => startSmartStart({ nodes: 2, redisUrl })],
    ] as const) {
      const system = await start()
      try {
        const news = await newsOf(system)
        for (const [how, pause] of [
          ['each command as soon as the one before was heard and answered', 0],
          [whose, settles],
        ] as const) {
          const { heardAfter, answeredAfter } = await measured(system, news, pause, pause ? warmUp.quiet : brief ? 50 : warmUp.busy, count)
          const told = (values: number[]) => `p50 ${percentile(values, 0.5).toFixed(1)} ms, p99 ${percentile(values, 0.99).toFixed(1)} ms`
          const ratio = percentile(heardAfter, 0.5) / percentile(answeredAfter, 0.5)
          print(how, times(ratio), `heard ${told(heardAfter)}; answered ${told(answeredAfter)}; ${count} commands`)
        }
      } finally {
        await system.stop()
      }
    }
  },
}

async function measured(system: System, news: News, pause: number, before: number, count: number) {
  const heardAfter: number[] = []
  const answeredAfter: number[] = []
  const ear = new EventEmitter()
  const { url } = system.nodes.at(-1) as System['nodes'][number]
  const hearer = new Hearer(url, smartStart(news.owner.token, { audiences: news.audiences }, 'access.changed'), () => ear.emit('heard'))
  await hearer.opened
  for (let n = -before; n < count; n++) {
    await wait(pause)
    const began = performance.now()
    const [, answered] = await Promise.all([once(ear, 'heard'), news.happen().then(() => performance.now() - began)])
    if (n < 0) continue
    answeredAfter.push(answered)
    heardAfter.push(hearer.at - began)
  }
  hearer.end()
  return { heardAfter, answeredAfter }
}
