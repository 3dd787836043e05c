import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { installDom } from '../support/dom.ts'
import { type Cluster, startCluster, type ClusterNode } from '../support/cluster.ts'
import { pickRandom } from '../support/participant.ts'
import type { NodeProcess } from '../support/process.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { registerRestPerson } from '../support/rest-person.ts'
import { type SeedPeople, createTotals, runSeed } from '../support/rich-text-seed.ts'
import { isInstalled } from '../support/servers.ts'

/** A long run: RICH_TEXT_SEEDS=500. */
const seedCount = process.env.SEED ? 1 : Number(process.env.RICH_TEXT_SEEDS ?? 20)
/** The number of documents that are edited concurrently. */
const concurrentDocuments = Number(process.env.RICH_TEXT_LANES ?? 4)
/** The time between two kills of a node: the minimum and the maximum random addition. RICH_TEXT_KILLS=off disables kills. */
const [minKillPauseMs, randomKillPauseMs] = [2000, 4000]
/** A token is valid for 15 minutes, so everyone signs in again after 8. */
const renewAfterMs = 480_000
const isPossible = isInstalled('random rich-text edits by editors and raw clients', 'postgresql', 'redis-server')

let cluster: Cluster
let removeDom: (() => void) | undefined
afterAll(async () => {
  removeDom?.()
  await cluster?.stop()
})

test.skipIf(!isPossible)('random rich-text edits by editors and raw clients', { timeout: 3_600_000, retry: 0 }, async () => {
  const firstSeed = process.env.SEED ? Number(process.env.SEED) : readSeed('rich text')
  cluster = await startCluster({ nodes: 2, env: async () => ({ LOG_LEVEL: 'error' }) })
  removeDom = installDom()
  // each y-websocket client adds an exit listener to the process
  process.setMaxListeners(concurrentDocuments * 20)
  const people = await registerSeedPeople(cluster)
  const totals = createTotals()
  const failures: string[] = []
  const kills = killNodes(cluster, createRandom(firstSeed), failures)
  let nextOffset = 0
  let signedInAt = Date.now()
  const runSeeds = async () => {
    while (nextOffset < seedCount) {
      const seed = firstSeed + nextOffset++
      if (Date.now() > signedInAt + renewAfterMs) {
        signedInAt = Date.now()
        await Promise.all([people.owner, people.commenter, people.viewer, ...people.writers].map((person) => person.renewToken()))
      }
      await runSeed(seed, people, totals).catch((error: Error) => {
        failures.push(error.message)
        console.log(error.message)
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrentDocuments, seedCount) }, runSeeds))
  const killCount = await kills.stop()
  const { editors, edits, acknowledged, disconnects, decisions, undos, restores, suggestions, comments } = totals
  console.log(
    `rich text: ${seedCount} seeds, ${editors} editors, ${edits} edits, ${acknowledged} acknowledged, ${killCount} kills, ${disconnects} disconnects, ` +
      `${decisions} decisions, ${undos} undos, ${restores} restores, ${suggestions} suggestions, ${comments} comments: ` +
      `${failures.length} seeds failed${failures.length === 0 ? ', lost 0' : ''}`,
  )
  expect(failures).toEqual([])
})

async function registerSeedPeople(cluster: Cluster): Promise<SeedPeople> {
  const urls = cluster.nodes.map(({ url }) => url)
  const [owner, commenter, viewer, ...writers] = await Promise.all(
    ['Owner', 'Commenter', 'Viewer', 'Ann', 'Ben', 'Cleo', 'Dan', 'Eve'].map((name) => registerRestPerson(urls, name)),
  )
  return { installation: cluster, owner, commenter, viewer, writers } as SeedPeople
}

/** Kills and restarts nodes at random times. A node that exits by itself or logs an error is a failure. */
function killNodes({ nodes }: Cluster, random: () => number, failures: string[]) {
  let isRunning = true
  let kills = 0
  const processes: NodeProcess[] = []
  const watch = ({ process }: ClusterNode) => {
    processes.push(process)
    process.child.once('exit', (code, signal) => {
      if (signal !== 'SIGKILL') failures.push(`a node ended by itself (${code ?? signal})`)
    })
  }
  async function killAtRandomTimes() {
    while (isRunning && process.env.RICH_TEXT_KILLS !== 'off') {
      for (let remainingMs = minKillPauseMs + random() * randomKillPauseMs; remainingMs > 0 && isRunning; remainingMs -= 100)
        await wait(100)
      if (!isRunning) return
      const node = pickRandom(nodes, random)
      await node.kill('SIGKILL')
      kills++
      await node.start()
      watch(node)
    }
  }
  nodes.forEach(watch)
  const killing = killAtRandomTimes()
  return {
    /** Stops the kills and returns their number. */
    async stop(): Promise<number> {
      isRunning = false
      await killing
      for (const { errors } of processes) if (errors()) failures.push(`a node logged errors: ${errors()}`)
      return kills
    },
  }
}
