import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Cluster, startCluster, type ClusterNode } from '../support/cluster.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { isInstalled } from '../support/servers.ts'
import { startCollaboration } from '../support/collaborators.ts'
import { acknowledgedKeys, findMissingKeys } from '../support/typing-client.ts'

/** Nightly: KILL_ROUNDS=100. */
const rounds = Number(process.env.KILL_ROUNDS ?? 10)
/** Kills per draft. A new draft bounds the size of the document. */
const killsPerDraft = 10
const clientCount = 8
const isPossible = isInstalled('kill -9 of nodes under typing clients', 'postgresql', 'redis-server')
let cluster: Cluster
afterAll(() => cluster?.stop())

test.skipIf(!isPossible)(
  `no acknowledged edit is lost over ${rounds} kills of 2 nodes under ${clientCount} typing clients`,
  {
    timeout: 60_000 + rounds * 20_000,
  },
  async () => {
    const seed = readSeed('kill')
    const random = createRandom(seed)
    cluster = await startCluster({ nodes: 2 })
    let acknowledged = 0
    let replicas = 0
    for (let done = 0; done < rounds; done += killsPerDraft) {
      const result = await runKills(cluster, Math.min(killsPerDraft, rounds - done), random)
      acknowledged += result.acknowledged
      replicas = result.replicas
    }
    console.log(
      `kill -9: ${rounds} kills, 2 nodes, ${clientCount} clients: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas equal (SEED=${seed})`,
    )
  },
)

/** Kills nodes while clients edit a new draft. Returns the number of acknowledged edits and of equal replicas. */
async function runKills(cluster: Cluster, times: number, random: () => number) {
  const { nodes } = cluster
  const { allClients, activeClients, journal, openTab, waitUntilAllProgress, stopAndCompare } = await startCollaboration(
    cluster,
    clientCount,
    random,
  )
  for (let round = 0; round < times; round++) {
    await waitUntilAllProgress()
    await wait(random() * 300)
    const nodeIndex = Math.floor(random() * nodes.length)
    const node = nodes[nodeIndex] as ClusterNode
    await node.kill('SIGKILL')
    // close half of the tabs of the killed node, so that they cannot send their acknowledged edits again
    const closedClients = activeClients.map((_, index) => index).filter((index) => index % nodes.length === nodeIndex && index % 4 < 2)
    await Promise.all(closedClients.map(async (index) => activeClients[index]?.closeTab()))
    const acknowledgedBefore = acknowledgedKeys(allClients)
    // read the database before a client can reconnect: it must have all acknowledged edits
    await journal.readNewRows()
    expect(findMissingKeys(acknowledgedBefore, journal.document)).toEqual([])
    await node.start()
    for (const index of closedClients) openTab(index)
  }
  const result = await stopAndCompare()
  for (const { replica } of activeClients) replica.close()
  return result
}
