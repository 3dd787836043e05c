import { afterEach, expect, test } from 'vitest'
import { openDocument } from '../support/client.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import type { ShutdownMode } from '../support/postgres-server.ts'
import { type FaultProxy, startFaultProxy, isReadyForQuery } from '../support/proxy.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { isInstalled } from '../support/servers.ts'
import { startCollaboration } from '../support/collaborators.ts'
import { acknowledgedKeys, findMissingKeys, createTypingClient } from '../support/typing-client.ts'
import { waitUntil } from '../support/wait-until.ts'

const isPossible = isInstalled('PostgreSQL stopped and started under typing clients', 'postgresql', 'redis-server')
const outages = Number(process.env.OUTAGE_ROUNDS ?? 2)
let cluster: Cluster | undefined
let proxy: FaultProxy | undefined
afterEach(async () => {
  await cluster?.stop()
  await proxy?.stop()
  cluster = proxy = undefined
})

test.skipIf(!isPossible).each<ShutdownMode>(['immediate', 'fast'])(
  'clients lose no acknowledged edit when PostgreSQL is stopped (%s) and started',
  {
    timeout: 180_000,
  },
  async (mode) => {
    const seed = readSeed(`PostgreSQL stopped (${mode})`)
    const random = createRandom(seed)
    cluster = await startCluster({ nodes: 2 })
    const { nodes, postgres } = cluster
    const { allClients, activeClients, journal, people, documentName, waitUntilAllProgress, stopAndCompare } = await startCollaboration(
      cluster,
      6,
      random,
    )
    let waitingEdits = 0
    for (let outage = 0; outage < outages; outage++) {
      await waitUntilAllProgress()
      await postgres.stop(mode)
      // edits committed before the stop can still be acknowledged; edits typed from here on cannot be committed
      const typedBefore = activeClients.map(({ typed }) => typed)
      for (const client of activeClients) for (let n = 0; n < 20; n++) client.typeEdit()
      // a client that connects during the outage is authorized after the outage
      const lateClient = createTypingClient({
        url: nodes[0]?.url as string,
        documentName,
        token: people[0]?.token as string,
        name: `late${outage}`,
        random,
      })
      let isRefused = false
      lateClient.replica.provider.on('authenticationFailed', () => {
        isRefused = true
      })
      await waitUntil(() => lateClient.replica.provider.configuration.websocketProvider.status === 'connected', 'the new client to connect')
      lateClient.typeEdit()
      for (const [index, client] of activeClients.entries()) {
        expect(client.acknowledged).toBeLessThanOrEqual(typedBefore[index] as number)
        waitingEdits += client.typed - client.acknowledged
      }
      const acknowledgedBefore = acknowledgedKeys(allClients)
      await postgres.start()
      await waitUntilAllProgress({ timeoutMs: 60_000 })
      await journal.readNewRows()
      expect(findMissingKeys(acknowledgedBefore, journal.document)).toEqual([])
      await waitUntil(() => lateClient.acknowledged === 1, 'the new client’s edit to be acknowledged', 30_000)
      expect(isRefused).toBe(false)
      lateClient.replica.close()
      allClients.push(lateClient)
    }
    const { acknowledged, replicas } = await stopAndCompare()
    console.log(
      `PostgreSQL stopped (${mode}) ${outages} times: ${waitingEdits} edits waited, ${acknowledged} acknowledged, lost 0, ${replicas} replicas equal (SEED=${seed})`,
    )
    for (const { replica } of activeClients) replica.close()
  },
)

test.skipIf(!isPossible)('an edit whose commit response is lost is in the text exactly once', { timeout: 120_000 }, async () => {
  const seed = readSeed('lost answers')
  const random = createRandom(seed)
  const rounds = 5 * outages
  cluster = await startCluster({
    nodes: 2,
    async env(_, { postgres }) {
      proxy ??= await startFaultProxy(postgres.port)
      return { DATABASE_URL: postgres.url.replace(`:${postgres.port}/`, `:${proxy.port}/`) }
    },
  })
  const { documentName, owner, activeClients, journal, waitUntilAllProgress, stopAndCompare } = await startCollaboration(cluster, 4, random)
  const ownClient = createTypingClient({ url: cluster.nodes[0]?.url as string, documentName, token: owner.token, name: 'own', random })
  for (let round = 0; round < rounds; round++) {
    await waitUntilAllProgress()
    await proxy?.loseResponse('journal write', isReadyForQuery)
    ownClient.typeEdit()
    await waitUntil(() => ownClient.acknowledged === ownClient.typed, 'the edit to be acknowledged')
  }
  const { acknowledged, replicas } = await stopAndCompare()
  const duplicateRows = journal.rows.length - new Set(journal.rows.map(({ update }) => Buffer.from(update).toString('base64'))).size
  console.log(
    `${rounds} answers to commits lost: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas equal, ` +
      `${duplicateRows} of ${journal.rows.length} rows written twice (SEED=${seed})`,
  )
  const reader = await openDocument(cluster.nodes[0]?.url as string, documentName, owner.token)
  expect(reader.text.toString()).toBe(journal.document.getText('text').toString())
  reader.close()
  ownClient.replica.close()
  for (const { replica } of activeClients) replica.close()
})
