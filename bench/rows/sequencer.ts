/** Row `sequencer`: how many events a second get a position and reach a subscriber. */
import { receiveAll, smartStartEvents, Subscriber } from '../load/subscriber.ts'
import { createVentures } from '../load/venture-events.ts'
import { median } from '../measure/rounds.ts'
import { printResult, type Row } from '../measure/row.ts'
import { startSmartStart } from '../servers/systems.ts'

export const sequencer: Row = {
  name: 'sequencer',
  alias: 'relay',
  title: 'events a second, from the first that a subscriber receives to the last, of events that were committed at once',
  needs: ['postgres'],
  async run({ rounds, short }) {
    const count = short ? 5000 : 50_000
    const rates: number[] = []
    const system = await startSmartStart()
    try {
      const { owner, audiences, insertEvents } = await createVentures(system)
      let firstAt = 0
      const protocol = smartStartEvents(owner.token, { audiences }, 'bench.left')
      const subscriber = new Subscriber(system.url, protocol, () => (firstAt ||= performance.now()))
      await subscriber.opened
      for (let round = 1; round <= rounds; round++) {
        firstAt = 0
        await insertEvents(count)
        await receiveAll([subscriber], count * round, 120_000)
        rates.push((count * 1000) / (subscriber.receivedAt - firstAt))
      }
      subscriber.close()
    } finally {
      await system.stop()
    }
    printResult('events a second', String(Math.round(median(rates))), `${count} events a round`)
  },
}
