import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, test } from 'vitest'
import { type Counts, countOver } from '../../api/counts.ts'
import { until } from '../support/until.ts'

function contract(name: string, open: (seconds: number) => Counts) {
  describe(name, () => {
    test('each key has its own count, which begins anew when its time is over', async () => {
      const counts = open(1)
      expect([counts.add('one'), counts.add('one'), counts.add('other')].map(({ used }) => used)).toEqual([1, 2, 1])
      const { left } = counts.add('one')
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(1000)
      let asked = 3
      await until(() => {
        asked++
        return counts.add('one').used < asked
      }, 'the count to begin anew')
    })
  })
}

contract('alone', (seconds) => countOver({ redis: undefined, prefix: '', seconds, tellEvery: 3 }))

const url = process.env.TEST_REDIS_URL
describe.skipIf(!url)('over Redis', () => {
  const redis = new Redis(url ?? '', {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    keyPrefix: `test:${randomUUID()}:`,
  })
  redis.on('error', () => {})
  afterAll(() => redis.disconnect())
  const open = (seconds: number) => countOver({ redis, prefix: 'count:', seconds, tellEvery: 3 })
  contract('each for itself', open)

  test('what one node counted is known to another after some more', async () => {
    if (redis.status === 'wait') await redis.connect()
    const [one, other] = [open(60), open(60)]
    const key = randomUUID()
    for (let n = 0; n < 10; n++) one.add(key)
    let mine = 0
    await until(() => {
      one.add(key)
      mine++
      return other.add(key).used >= 10 + mine
    }, 'the other to know of both')
  })

  test('without Redis it goes on alone', async () => {
    const away = new Redis(1, '127.0.0.1', { lazyConnect: true, maxRetriesPerRequest: 0, enableOfflineQueue: false, retryStrategy: null })
    away.on('error', () => {})
    const counts = countOver({ redis: away, prefix: '', seconds: 60, tellEvery: 3 })
    for (let n = 1; n <= 20; n++) {
      expect(counts.add('one').used).toBe(n)
      await new Promise(setImmediate)
    }
    away.disconnect()
  })
})
