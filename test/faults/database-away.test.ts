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

const possible = isInstalled('PostgreSQL stopped and started under typing clients', 'postgresql', 'redis-server')
const outages = Number(process.env.OUTAGE_ROUNDS ?? 2)
let all: Cluster | undefined
let proxy: FaultProxy | undefined
afterEach(async () => {
  await all?.stop()
  await proxy?.stop()
  all = proxy = undefined
})

test.skipIf(!possible).each<ShutdownMode>(['immediate', 'fast'])(
  'clients lose no acknowledged edit when PostgreSQL is stopped (%s) and started',
  {
    timeout: 180_000,
  },
  async (how) => {
    const seed = readSeed(`PostgreSQL stopped (${how})`)
    const random = createRandom(seed)
    all = await startCluster({ nodes: 2 })
    const { nodes, postgres } = all
    const { allClients, activeClients, journal, people, documentName, waitUntilAllProgress, stopAndCompare } = await startCollaboration(
      all,
      6,
      random,
    )
    let waited = 0
    for (let outage = 0; outage < outages; outage++) {
      await waitUntilAllProgress()
      await postgres.stop(how)
      // edits committed before the stop can still be acknowledged; edits typed from here on cannot be committed
      const typedBefore = activeClients.map(({ typed }) => typed)
      for (const one of activeClients) for (let more = 0; more < 20; more++) one.typeEdit()
      // a client that connects during the outage is authorized after the outage
      const late = createTypingClient({
        url: nodes[0]?.url as string,
        documentName,
        token: people[0]?.token as string,
        name: `late${outage}`,
        random,
      })
      let refused = false
      late.replica.provider.on('authenticationFailed', () => {
        refused = true
      })
      await waitUntil(
        () => late.replica.provider.configuration.websocketProvider.status === 'connected',
        'the one who comes meanwhile to stand at the door',
      )
      late.typeEdit()
      for (const [place, one] of activeClients.entries()) {
        expect(one.acknowledged).toBeLessThanOrEqual(typedBefore[place] as number)
        waited += one.typed - one.acknowledged
      }
      const promised = acknowledgedKeys(allClients)
      await postgres.start()
      await waitUntilAllProgress({ timeoutMs: 60_000 })
      await journal.readNewRows()
      expect(findMissingKeys(promised, journal.document)).toEqual([])
      await waitUntil(() => late.acknowledged === 1, 'the one who came meanwhile to be acknowledged', 30_000)
      expect(refused).toBe(false)
      late.replica.close()
      allClients.push(late)
    }
    const { acknowledged, replicas } = await stopAndCompare()
    console.log(
      `PostgreSQL stopped (${how}) ${outages} times: ${waited} edits waited, ${acknowledged} acknowledged, lost 0, ${replicas} replicas equal (SEED=${seed})`,
    )
    for (const { replica } of activeClients) replica.close()
  },
)

test.skipIf(!possible)('an edit whose commit response is lost is in the text exactly once', { timeout: 120_000 }, async () => {
  const seed = readSeed('lost answers')
  const random = createRandom(seed)
  const rounds = 5 * outages
  all = await startCluster({
    nodes: 2,
    async env(_, { postgres }) {
      proxy ??= await startFaultProxy(postgres.port)
      return { DATABASE_URL: postgres.url.replace(`:${postgres.port}/`, `:${proxy.port}/`) }
    },
  })
  const { documentName, owner, activeClients, journal, waitUntilAllProgress, stopAndCompare } = await startCollaboration(all, 4, random)
  const own = createTypingClient({ url: all.nodes[0]?.url as string, documentName, token: owner.token, name: 'own', random })
  for (let round = 0; round < rounds; round++) {
    await waitUntilAllProgress()
    await proxy?.loseResponse('journal write', isReadyForQuery)
    own.typeEdit()
    await waitUntil(() => own.acknowledged === own.typed, 'the edit to be acknowledged')
  }
  const { acknowledged, replicas } = await stopAndCompare()
  const twice = journal.rows.length - new Set(journal.rows.map(({ update }) => Buffer.from(update).toString('base64'))).size
  console.log(
    `${rounds} answers to commits lost: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas equal, ` +
      `${twice} of ${journal.rows.length} rows written twice (SEED=${seed})`,
  )
  const reader = await openDocument(all.nodes[0]?.url as string, documentName, owner.token)
  expect(reader.text.toString()).toBe(journal.document.getText('text').toString())
  reader.close()
  own.replica.close()
  for (const { replica } of activeClients) replica.close()
})
