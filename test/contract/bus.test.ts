import { randomUUID } from 'node:crypto'
import { afterAll, describe, expect, test } from 'vitest'
import { type Bus, createMemoryBus, createRedisBus } from '../../domain/kernel/bus.ts'
import { createLog } from '../../domain/kernel/log.ts'
import { waitUntil } from '../support/wait-until.ts'

const failures: [channel: string, error: string][] = []
const recordFailure = (channel: string, error: unknown) => void failures.push([channel, (error as Error).message])

/** The contract of every bus. @param nodes the buses of two nodes; in one process the same bus twice */
function testBus(name: string, nodes: () => [Bus, Bus]) {
  describe(name, () => {
    const [first, second] = nodes()
    afterAll(async () => {
      await first.stop()
      await second.stop()
    })

    test('delivers bytes unchanged to every subscriber, including the sender', async () => {
      const channel = randomUUID()
      const received: Buffer[] = []
      await first.subscribe(channel, (message) => received.push(message))
      await second.subscribe(channel, (message) => received.push(message))
      const bytes = Buffer.from([0, 255, 13, 10, 128])
      await first.publish(channel, bytes)
      await waitUntil(() => received.length === 2, 'both subscribers to receive it')
      expect(received.every((message) => message.equals(bytes))).toBe(true)
    })

    test('keeps the order of messages of one sender', async () => {
      const channel = randomUUID()
      const received: number[] = []
      await second.subscribe(channel, (message) => received.push(Number(message.toString())))
      for (let n = 0; n < 200; n++) void first.publish(channel, String(n))
      await waitUntil(() => received.length === 200, 'all messages')
      expect(received).toEqual([...Array(200).keys()])
    })

    test('returns the number of receivers, and zero after they unsubscribe', async () => {
      const channel = randomUUID()
      expect(await first.publish(channel, 'message')).toBe(0)
      const unsubscribe = await second.subscribe(channel, () => {})
      expect(await first.publish(channel, 'message')).toBe(1)
      unsubscribe()
      await waitUntil(async () => (await first.publish(channel, 'message')) === 0, 'the subscription to end')
    })

    test('a handler that throws or rejects is reported and does not affect other subscribers', async () => {
      const kind = randomUUID()
      const channel = `${kind}:one`
      const received: string[] = []
      const unsubscribes = [
        await second.subscribe(channel, () => {
          throw new Error('thrown')
        }),
        await second.subscribe(channel, () => Promise.reject(new Error('rejected'))),
        await second.subscribe(channel, (message) => received.push(message.toString())),
      ]
      await first.publish(channel, 'first')
      await first.publish(channel, 'second')
      await waitUntil(() => received.length === 2, 'both messages')
      const readFailures = () => failures.filter(([of]) => of === kind).map(([, error]) => error)
      await waitUntil(() => readFailures().length === 4, 'the failures')
      expect(readFailures().sort()).toEqual(['rejected', 'rejected', 'thrown', 'thrown'])
      for (const unsubscribe of unsubscribes) unsubscribe()
    })
  })
}

testBus('in one process', () => {
  const bus = createMemoryBus(recordFailure)
  return [bus, bus]
})

const redis = process.env.TEST_REDIS_URL
if (redis) {
  const prefix = `test:${randomUUID()}:`
  testBus('over Redis', () => [
    createRedisBus(redis, createLog('silent'), prefix, recordFailure),
    createRedisBus(redis, createLog('silent'), prefix, recordFailure),
  ])
}
