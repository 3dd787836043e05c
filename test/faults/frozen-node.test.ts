import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Cluster, startCluster, type ClusterNode } from '../support/cluster.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { findBreaches } from '../support/rows.ts'
import { isInstalled } from '../support/servers.ts'
import { startCollaboration } from '../support/collaborators.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Nightly: FROZEN_SECONDS=30. */
const seconds = Number(process.env.FROZEN_SECONDS ?? 3)
const peopleCount = 6
const possible = isInstalled('a node that is frozen and wakes', 'postgresql', 'redis-server')
let all: Cluster
afterAll(() => all?.stop())

test.skipIf(!possible)(
  `a node frozen (SIGSTOP) for ${seconds} s loses no acknowledged edit and then enforces access changes made meanwhile`,
  {
    timeout: 120_000 + seconds * 2000,
  },
  async () => {
    const seed = readSeed('frozen node')
    all = await startCluster({ nodes: 2 })
    const [awake, frozen] = all.nodes as [ClusterNode, ClusterNode]
    const { owner, documentName, people, activeClients, journal, waitUntilAllProgress, stopAndCompare } = await startCollaboration(
      all,
      peopleCount,
      createRandom(seed),
    )
    await waitUntilAllProgress()
    const member = (place: number) => `/api/documents/${documentName}/members/${people[place]?.id}`
    const ask = (place: number, method: string, body?: unknown) => {
      const headers = { authorization: `Bearer ${owner.token}`, ...(body !== undefined && { 'content-type': 'application/json' }) }
      return fetch(awake.url + member(place), { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
    }

    frozen.process.child.kill('SIGSTOP')
    const began = Date.now()
    // two clients of the frozen node lose write access and continue to type
    const answers = await Promise.all([ask(1, 'PUT', { role: 'viewer' }), ask(3, 'DELETE')])
    const told: string[] = []
    for (const answer of answers) {
      const { enforcement } = (await answer.json()) as { enforcement: { nodes: number; confirmed: number } }
      told.push(`${enforcement.confirmed} of ${enforcement.nodes}`)
      // the response reports that the frozen node has not confirmed
      expect(enforcement.confirmed).toBeLessThan(enforcement.nodes)
    }
    const typed = (place: number) => new Map([[activeClients[place]?.name as string, activeClients[place]?.typed as number]])
    const revocations = [1, 3].map((place) => ({ actor: people[place]?.id as string, typed: typed(place) }))
    for (const place of [1, 3]) for (let more = 0; more < 10; more++) activeClients[place]?.typeEdit()
    await waitUntilAllProgress({ except: [1, 3, 5] })
    await wait(Math.max(0, began + seconds * 1000 - Date.now()))
    frozen.process.child.kill('SIGCONT')

    await waitUntil(() => activeClients[1]?.replica.provider.authorizedScope === 'readonly', 'the viewer to lose the pen')
    await waitUntil(() => !activeClients[3]?.replica.provider.isSynced, 'the removed to be shut out')
    await waitUntilAllProgress({ except: [1, 3] })
    // the sockets of the resumed node still hold updates sent while it was frozen; no update from here on may be saved either
    const from = await journal.readHead()
    const late = [1, 3].map((place) => ({ place, mark: activeClients[place]?.typed as number }))
    for (const { place } of late) for (let more = 0; more < 10; more++) activeClients[place]?.typeEdit()
    await waitUntilAllProgress({ except: [1, 3] })
    await journal.readNewRows()
    const crossed = revocations.flatMap((one) =>
      findBreaches(journal.rows, { ...one, from: 0, to: from }).filter((text) => text.includes('typed after')),
    )
    expect(crossed).toEqual([])
    for (const one of revocations) expect(findBreaches(journal.rows, { ...one, from, to: journal.rows.length })).toEqual([])

    for (const place of [1, 3]) await ask(place, 'PUT', { role: 'editor' })
    activeClients[3]?.replica.provider.configuration.websocketProvider.webSocket?.close()
    const { acknowledged, replicas } = await stopAndCompare()
    console.log(
      `a node frozen for ${seconds} s: changes of access confirmed by ${told.join(' and ')} nodes meanwhile, in force once it woke; ` +
        `${crossed.length} edits typed meanwhile by those concerned entered as it woke; ${acknowledged} acknowledged edits, lost 0, ` +
        `${replicas} replicas equal (SEED=${seed})`,
    )
    for (const { replica } of activeClients) replica.close()
  },
)
