import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { type Bus, createMemoryBus, createRedisBus } from '../../domain/kernel/bus.ts'
import { createLog } from '../../domain/kernel/log.ts'
import { waitUntil } from '../support/wait-until.ts'

const failures: [channel: string, error: string][] = []
const noteFailure = (channel: string, error: unknown) => void failures.push([channel, (error as Error).message])

/** What every bus does. `nodes` are the buses of two nodes; of one process, twice the same. */
function busContract(name: string, nodes: () => [Bus, Bus]) {
  describe(name, () => {
    const [one, other] = nodes()
    afterAll(async () => {
      await one.stop()
      await other.stop()
    })

    test('tells every subscriber, the sender too, bytes as they are', async () => {
      const channel = randomUUID()
      const heard: Buffer[] = []
      await one.subscribe(channel, (message) => heard.push(message))
      await other.subscribe(channel, (message) => heard.push(message))
      const bytes = Buffer.from([0, 255, 13, 10, 128])
      await one.publish(channel, bytes)
      await waitUntil(() => heard.length === 2, 'both to hear')
      expect(heard.every((message) => message.equals(bytes))).toBe(true)
    })

    test('keeps the order of one sender', async () => {
      const channel = randomUUID()
      const heard: number[] = []
      await other.subscribe(channel, (message) => heard.push(Number(message.toString())))
      for (let n = 0; n < 200; n++) void one.publish(channel, String(n))
      await waitUntil(() => heard.length === 200, 'all to be heard')
      expect(heard).toEqual([...Array(200).keys()])
    })

    test('answers how many nodes were told, and none after they left', async () => {
      const channel = randomUUID()
      expect(await one.publish(channel, 'nobody')).toBe(0)
      const leave = await other.subscribe(channel, () => {})
      expect(await one.publish(channel, 'somebody')).toBe(1)
      leave()
      await waitUntil(async () => (await one.publish(channel, 'gone')) === 0, 'the subscriber to be gone')
    })

    test('a handler that throws or rejects is reported, and hinders nobody', async () => {
      const kind = randomUUID()
      const channel = `${kind}:one`
      const heard: string[] = []
      const ends = [
        await other.subscribe(channel, () => {
          throw new Error('thrown')
        }),
        await other.subscribe(channel, () => Promise.reject(new Error('rejected'))),
        await other.subscribe(channel, (message) => heard.push(message.toString())),
      ]
      await one.publish(channel, 'first')
      await one.publish(channel, 'second')
      await waitUntil(() => heard.length === 2, 'both messages')
      const mine = () => failures.filter(([of]) => of === kind).map(([, error]) => error)
      await waitUntil(() => mine().length === 4, 'the failures')
      expect(mine().sort()).toEqual(['rejected', 'rejected', 'thrown', 'thrown'])
      for (const end of ends) end()
    })
  })
}

busContract('in one process', () => {
  const bus = createMemoryBus(noteFailure)
  return [bus, bus]
})

const redis = process.env.TEST_REDIS_URL
if (redis) {
  const prefix = `test:${randomUUID()}:`
  busContract('over Redis', () => [
    createRedisBus(redis, createLog('silent'), prefix, noteFailure),
    createRedisBus(redis, createLog('silent'), prefix, noteFailure),
  ])
}
