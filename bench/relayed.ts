/** Row `relay`: how many events a second get their position, their reactions and to a subscriber. */
import { setTimeout as wait } from 'node:timers/promises'
import { Hearer, smartStart } from './hearer.ts'
import { median } from './keystrokes.ts'
import { newsOf } from './news.ts'
import { print, type Row } from './row.ts'
import { startSmartStart } from './systems.ts'

export const relayed: Row = {
  name: 'relay',
  title: 'events a second through the relay, from the first that gets its position to the last that is heard by a subscriber',
  needs: ['postgres'],
  async run({ rounds, brief }) {
    const count = brief ? 5000 : 50_000
    const rates: number[] = []
    const system = await startSmartStart()
    try {
      const { owner, audiences, leave } = await newsOf(system)
      let first = 0
      const hearer = new Hearer(
        system.nodes[0]?.url as string,
        smartStart(owner.token, { audiences }, 'bench.left'),
        () => (first ||= performance.now()),
      )
      await hearer.opened
      for (let round = 1; round <= rounds; round++) {
        first = 0
        await leave(count)
        while (hearer.heard < count * round) {
          if (hearer.ended) throw new Error('the subscriber was closed')
          await wait(1)
        }
        rates.push((count / (hearer.at - first)) * 1000)
      }
      hearer.end()
    } finally {
      await system.stop()
    }
    print('events a second (reach 2,000)', String(Math.round(median(rates))), `${count} that were committed at once, ${rounds} times`)
  },
}
