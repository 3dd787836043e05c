import { afterEach, expect, test } from 'vitest'
import { type Installation, installation } from '../support/cluster.ts'
import { type Proxy, proxyTo } from '../support/proxy.ts'
import { randomFrom, seedOf } from '../support/random.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { installed } from '../support/servers.ts'
import { team } from '../support/collaborators.ts'
import { acknowledgedKeys, ledgerOf, missingKeys } from '../support/typing-client.ts'
import { until } from '../support/until.ts'

const people = 6
const possible = installed('Redis killed, flushed, restarted, partitioned and absent', 'postgresql', 'redis-server')
let all: Installation | undefined
let proxy: Proxy | undefined
afterEach(async () => {
  await all?.stop()
  await proxy?.stop()
  all = proxy = undefined
})

/** A fault of the bus: what is done to it, and how that is mended. */
interface Fault {
  name: string
  begin: (redis: RedisServer) => Promise<void> | void
  end: (redis: RedisServer) => Promise<void> | void
}

const faults: Fault[] = [
  { name: 'killed and restarted', begin: (redis) => redis.end('SIGKILL'), end: (redis) => redis.start() },
  { name: 'stopped and restarted', begin: (redis) => redis.end('SIGTERM'), end: (redis) => redis.start() },
  { name: 'flushed, its clients thrown out', begin: (redis) => redis.flush(), end: () => {} },
  { name: 'cut off from one node', begin: () => proxy?.cut(), end: () => proxy?.restore() },
  { name: 'not heard from by one node', begin: () => proxy?.hold(), end: () => proxy?.restore() },
]

test.skipIf(!possible).each(faults)('Redis is $name while people on two nodes type', { timeout: 180_000 }, async ({ name, begin, end }) => {
  const seed = seedOf(`Redis ${name}`)
  all = await installation({
    nodes: 2,
    async env(node, { redis }): Promise<Record<string, string>> {
      if (node === 0 || !redis) return {}
      proxy = await proxyTo(redis.port)
      return { REDIS_URL: `redis://127.0.0.1:${proxy.port}` }
    },
  })
  const { everybody, present, journal, untilAllGoOn, untilAgreed } = await team(all, people, randomFrom(seed))
  const redis = all.redis as RedisServer
  await untilAllGoOn()
  await begin(redis)
  await untilAllGoOn()
  // without the bus the nodes still agree, by the heads in the database
  const before = acknowledgedKeys(everybody)
  await until(() => present.every(({ one }) => before.every((key) => ledgerOf(one.document).has(key))), 'the nodes to hear of each other')
  await journal.look()
  expect(missingKeys(before, journal.document)).toEqual([])
  await end(redis)
  await untilAllGoOn()
  const { acknowledged, replicas } = await untilAgreed()
  console.log(`Redis ${name}: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas on 2 nodes equal (SEED=${seed})`)
  for (const { one } of present) one.close()
})

test.skipIf(!possible)('without Redis two nodes on one database agree', { timeout: 120_000 }, async () => {
  const seed = seedOf('no Redis')
  all = await installation({ nodes: 2, redis: false })
  const { present, untilAllGoOn, untilAgreed } = await team(all, people, randomFrom(seed))
  await untilAllGoOn()
  const { acknowledged, replicas } = await untilAgreed()
  console.log(`no Redis: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas on 2 nodes equal (SEED=${seed})`)
  for (const { one } of present) one.close()
})
