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
const leg = 10
const people = 8
const possible = isInstalled('kill -9 of nodes under typing clients', 'postgresql', 'redis-server')
let all: Cluster
afterAll(() => all?.stop())

test.skipIf(!possible)(
  `no acknowledged edit is lost over ${rounds} kills of 2 nodes under ${people} typing clients`,
  {
    timeout: 60_000 + rounds * 20_000,
  },
  async () => {
    const seed = readSeed('kill')
    const random = createRandom(seed)
    all = await startCluster({ nodes: 2 })
    let acknowledged = 0
    let replicas = 0
    for (let done = 0; done < rounds; done += leg) {
      const agreed = await killed(all, Math.min(leg, rounds - done), random)
      acknowledged += agreed.acknowledged
      replicas = agreed.replicas
    }
    console.log(
      `kill -9: ${rounds} kills, 2 nodes, ${people} clients: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas equal (SEED=${seed})`,
    )
  },
)

/** Kills nodes while clients edit a new draft. Returns the number of acknowledged edits and of equal replicas. */
async function killed(on: Cluster, times: number, random: () => number) {
  const { nodes } = on
  const { allClients, activeClients, journal, openTab, waitUntilAllProgress, stopAndCompare } = await startCollaboration(on, people, random)
  for (let round = 0; round < times; round++) {
    await waitUntilAllProgress()
    await wait(random() * 300)
    const victim = Math.floor(random() * nodes.length)
    const node = nodes[victim] as ClusterNode
    await node.kill('SIGKILL')
    // close half of the tabs of the killed node, so that they cannot send their acknowledged edits again
    const dying = activeClients.map((_, place) => place).filter((place) => place % nodes.length === victim && place % 4 < 2)
    await Promise.all(dying.map(async (place) => activeClients[place]?.closeTab()))
    const promised = acknowledgedKeys(allClients)
    // read the database before a client can reconnect: it must have all acknowledged edits
    await journal.readNewRows()
    expect(findMissingKeys(promised, journal.document)).toEqual([])
    await node.start()
    for (const place of dying) openTab(place)
  }
  const agreed = await stopAndCompare()
  for (const { replica } of activeClients) replica.close()
  return agreed
}
