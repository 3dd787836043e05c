/** Row `latency`: from a command to its event at a subscriber, embedded, and on another node over PostgreSQL and Redis. */
import { EventEmitter, once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { smartStartEvents, Subscriber } from '../load/subscriber.ts'
import { createVentures, type VentureEvents } from '../load/venture-events.ts'
import { formatPercentiles, median } from '../measure/rounds.ts'
import { formatRatio, printResult, type Row } from '../measure/row.ts'
import { startSmartStart } from '../servers/systems.ts'

/** Long enough for the jobs of the command before (notification, mail) to end. */
const pauseMs = 100

export const latency: Row = {
  name: 'latency',
  alias: 'heard',
  title: 'from a command’s request to its event at one subscriber, as a multiple of the time to the command’s answer',
  needs: ['postgres', 'redis'],
  async run({ rounds, short }) {
    const count = short ? 30 : 100 * rounds
    for (const [label, options] of [
      ['embedded', { embedded: true }],
      ['command on one node, subscriber on the other', { nodes: 2 }],
    ] as const) {
      const system = await startSmartStart(options)
      try {
        const ventures = await createVentures(system)
        const subscriberUrl = system.nodes.at(-1)?.url ?? ''
        for (const [pace, intervalMs, warmUps] of [
          ['without pauses', 0, short ? 50 : 600],
          [`${pauseMs} ms apart`, pauseMs, 20],
        ] as const) {
          const { eventMs, answerMs } = await runCommands(ventures, subscriberUrl, intervalMs, warmUps, count)
          const timings = `event ${formatPercentiles(eventMs)}; answer ${formatPercentiles(answerMs)}`
          printResult(`${label}, ${pace}`, formatRatio(median(eventMs) / median(answerMs)), `${timings}; ${count} commands`)
        }
      } finally {
        await system.stop()
      }
    }
  },
}

async function runCommands(ventures: VentureEvents, url: string, intervalMs: number, warmUps: number, count: number) {
  const [eventMs, answerMs]: [number[], number[]] = [[], []]
  const emitter = new EventEmitter()
  const protocol = smartStartEvents(ventures.owner.token, { audiences: ventures.audiences }, 'access.changed')
  const subscriber = new Subscriber(url, protocol, () => emitter.emit('event'))
  await subscriber.opened
  for (let index = -warmUps; index < count; index++) {
    await wait(intervalMs)
    const began = performance.now()
    const [, answered] = await Promise.all([once(emitter, 'event'), ventures.changeRole().then(() => performance.now() - began)])
    if (index < 0) continue
    answerMs.push(answered)
    eventMs.push(subscriber.receivedAt - began)
  }
  subscriber.close()
  return { eventMs, answerMs }
}
