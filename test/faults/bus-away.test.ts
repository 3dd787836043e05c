import { afterEach, expect, test } from 'vitest'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { type FaultProxy, startFaultProxy } from '../support/proxy.ts'
import { createRandom, readSeed } from '../support/random.ts'
import type { RedisServer } from '../support/redis-server.ts'
import { isInstalled } from '../support/servers.ts'
import { startCollaboration } from '../support/collaborators.ts'
import { acknowledgedKeys, getLedger, findMissingKeys } from '../support/typing-client.ts'
import { waitUntil } from '../support/wait-until.ts'

const clientCount = 6
const isPossible = isInstalled('Redis killed, flushed, restarted, partitioned and absent', 'postgresql', 'redis-server')
let cluster: Cluster | undefined
let proxy: FaultProxy | undefined
afterEach(async () => {
  await cluster?.stop()
  await proxy?.stop()
  cluster = proxy = undefined
})

/** A fault of the bus: how it begins and how it ends. */
interface Fault {
  name: string
  begin: (redis: RedisServer) => Promise<void> | void
  end: (redis: RedisServer) => Promise<void> | void
}

const faults: Fault[] = [
  { name: 'killed and restarted', begin: (redis) => redis.kill('SIGKILL'), end: (redis) => redis.start() },
  { name: 'stopped and restarted', begin: (redis) => redis.kill('SIGTERM'), end: (redis) => redis.start() },
  { name: 'flushed, its clients disconnected', begin: (redis) => redis.flush(), end: () => {} },
  { name: 'cut off from one node', begin: () => proxy?.disconnect(), end: () => proxy?.resume() },
  { name: 'silent for one node', begin: () => proxy?.pause(), end: () => proxy?.resume() },
]

test.skipIf(!isPossible).each(faults)('no edit is lost while Redis is $name', { timeout: 180_000 }, async ({ name, begin, end }) => {
  const seed = readSeed(`Redis ${name}`)
  cluster = await startCluster({
    nodes: 2,
    async env(node, { redis }): Promise<Record<string, string>> {
      if (node === 0 || !redis) return {}
      proxy = await startFaultProxy(redis.port)
      return { REDIS_URL: `redis://127.0.0.1:${proxy.port}` }
    },
  })
  const { allClients, activeClients, journal, waitUntilAllProgress, stopAndCompare } = await startCollaboration(
    cluster,
    clientCount,
    createRandom(seed),
  )
  const redis = cluster.redis as RedisServer
  await waitUntilAllProgress()
  await begin(redis)
  await waitUntilAllProgress()
  // without the bus the nodes still exchange edits, because they read the heads in the database
  const acknowledgedBefore = acknowledgedKeys(allClients)
  await waitUntil(
    () => activeClients.every(({ replica }) => acknowledgedBefore.every((key) => getLedger(replica.document).has(key))),
    'the edits to reach the other node',
  )
  await journal.readNewRows()
  expect(findMissingKeys(acknowledgedBefore, journal.document)).toEqual([])
  await end(redis)
  await waitUntilAllProgress()
  const { acknowledged, replicas } = await stopAndCompare()
  console.log(`Redis ${name}: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas on 2 nodes equal (SEED=${seed})`)
  for (const { replica } of activeClients) replica.close()
})

test.skipIf(!isPossible)('two nodes on one database have the same text without Redis', { timeout: 120_000 }, async () => {
  const seed = readSeed('no Redis')
  cluster = await startCluster({ nodes: 2, redis: false })
  const { activeClients, waitUntilAllProgress, stopAndCompare } = await startCollaboration(cluster, clientCount, createRandom(seed))
  await waitUntilAllProgress()
  const { acknowledged, replicas } = await stopAndCompare()
  console.log(`no Redis: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas on 2 nodes equal (SEED=${seed})`)
  for (const { replica } of activeClients) replica.close()
})
