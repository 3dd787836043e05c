import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Cluster, startCluster, type ClusterNode } from '../support/cluster.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { findBreaches } from '../support/rows.ts'
import { isInstalled } from '../support/servers.ts'
import { startCollaboration } from '../support/collaborators.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Nightly: FROZEN_SECONDS=30. */
const frozenSeconds = Number(process.env.FROZEN_SECONDS ?? 3)
const peopleCount = 6
const isPossible = isInstalled('a node that is frozen and wakes', 'postgresql', 'redis-server')
let cluster: Cluster
afterAll(() => cluster?.stop())

test.skipIf(!isPossible)(
  `a node frozen (SIGSTOP) for ${frozenSeconds} s loses no acknowledged edit and then enforces access changes made meanwhile`,
  {
    timeout: 120_000 + frozenSeconds * 2000,
  },
  async () => {
    const seed = readSeed('frozen node')
    cluster = await startCluster({ nodes: 2 })
    const [runningNode, frozenNode] = cluster.nodes as [ClusterNode, ClusterNode]
    const { owner, documentName, people, activeClients, journal, waitUntilAllProgress, stopAndCompare } = await startCollaboration(
      cluster,
      peopleCount,
      createRandom(seed),
    )
    await waitUntilAllProgress()
    const toMemberPath = (index: number) => `/api/documents/${documentName}/members/${people[index]?.id}`
    const requestMember = (index: number, method: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${owner.token}`, ...(body !== undefined && { 'content-type': 'application/json' }) }
      return fetch(runningNode.url + toMemberPath(index), { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    }

    frozenNode.process.child.kill('SIGSTOP')
    const frozenAt = Date.now()
    // two clients of the frozen node lose write access and continue to type
    const responses = await Promise.all([requestMember(1, 'PUT', { role: 'viewer' }), requestMember(3, 'DELETE')])
    const confirmations: string[] = []
    for (const response of responses) {
      const { enforcement } = (await response.json()) as { enforcement: { nodes: number; confirmed: number } }
      confirmations.push(`${enforcement.confirmed} of ${enforcement.nodes}`)
      // the response reports that the frozen node has not confirmed
      expect(enforcement.confirmed).toBeLessThan(enforcement.nodes)
    }
    const readTyped = (index: number) => new Map([[activeClients[index]?.name as string, activeClients[index]?.typed as number]])
    const revocations = [1, 3].map((index) => ({ actor: people[index]?.id as string, typed: readTyped(index) }))
    for (const index of [1, 3]) for (let n = 0; n < 10; n++) activeClients[index]?.typeEdit()
    await waitUntilAllProgress({ except: [1, 3, 5] })
    await wait(Math.max(0, frozenAt + frozenSeconds * 1000 - Date.now()))
    frozenNode.process.child.kill('SIGCONT')

    await waitUntil(() => activeClients[1]?.replica.provider.authorizedScope === 'readonly', 'the viewer’s connection to become read-only')
    await waitUntil(() => !activeClients[3]?.replica.provider.isSynced, 'the removed member to be disconnected')
    await waitUntilAllProgress({ except: [1, 3] })
    // the sockets of the resumed node still hold updates sent while it was frozen; no update from here on may be saved either
    const head = await journal.readHead()
    const typedAfter = [1, 3].map((index) => ({ index, mark: activeClients[index]?.typed as number }))
    for (const { index } of typedAfter) for (let n = 0; n < 10; n++) activeClients[index]?.typeEdit()
    await waitUntilAllProgress({ except: [1, 3] })
    await journal.readNewRows()
    const acceptedLate = revocations.flatMap((revocation) =>
      findBreaches(journal.rows, { ...revocation, from: 0, to: head }).filter((text) => text.includes('typed after')),
    )
    expect(acceptedLate).toEqual([])
    for (const revocation of revocations)
      expect(findBreaches(journal.rows, { ...revocation, from: head, to: journal.rows.length })).toEqual([])

    for (const index of [1, 3]) await requestMember(index, 'PUT', { role: 'editor' })
    activeClients[3]?.replica.provider.configuration.websocketProvider.webSocket?.close()
    const { acknowledged, replicas } = await stopAndCompare()
    console.log(
      `a node frozen for ${frozenSeconds} s: changes of access confirmed by ${confirmations.join(' and ')} nodes meanwhile, in force once it woke; ` +
        `${acceptedLate.length} edits typed meanwhile by those concerned entered as it woke; ${acknowledged} acknowledged edits, lost 0, ` +
        `${replicas} replicas equal (SEED=${seed})`,
    )
    for (const { replica } of activeClients) replica.close()
  },
)
