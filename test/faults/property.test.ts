import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { type Cluster, startCluster, type ClusterNode } from '../support/cluster.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { findBreaches, readLedgerKeys, type Revocation } from '../support/rows.ts'
import { isInstalled } from '../support/servers.ts'
import { type Collaboration, startCollaboration } from '../support/collaborators.ts'

/** Seeds that failed in earlier runs. */
const pinned = [1511312653]
/** Nightly: PROPERTY_RUNS=50. */
const runs = Number(process.env.PROPERTY_RUNS ?? 2)
const steps = Number(process.env.PROPERTY_STEPS ?? 20)
const people = 3
const possible = isInstalled('random edits, disconnects, revocations and restarts', 'postgresql', 'redis-server')
let all: Cluster
afterAll(() => all?.stop())

interface State {
  nodes: ClusterNode[]
  staff: Collaboration
  /** Clients without write access: how it was revoked and when. */
  revoked: Map<number, { how: 'viewer' | 'removed'; revocation: Omit<Revocation, 'to'> }>
  revocations: Revocation[]
  random: () => number
}

const seeds = process.env.SEED ? [Number(process.env.SEED)] : [...pinned, ...Array.from({ length: runs }, () => undefined)]

test.skipIf(!possible).each(seeds.map((seed, place) => ({ seed, place })))(
  'random edits, disconnects, revocations and restarts ($place)',
  { timeout: 180_000 },
  async ({ seed: given }) => {
    const seed = given ?? readSeed('property')
    const random = createRandom(seed)
    all ??= await startCluster({ nodes: 2 })
    const state: State = {
      nodes: all.nodes,
      staff: await startCollaboration(all, people, random),
      revoked: new Map(),
      revocations: [],
      random,
    }
    const done: string[] = []
    const { staff, revocations } = state
    const live = async () => {
      for (let step = 0; step < steps; step++) {
        done.push(await anyOf(deeds, random)(state))
        await wait(random() * 100)
      }
      for (const place of state.revoked.keys()) await giveBack(state, place)
      return staff.stopAndCompare()
    }
    const { acknowledged, replicas } = await live().catch((error: Error) => {
      throw new Error(`SEED=${seed}: ${error.message}\nafter ${done.join(', ')}`)
    })
    const { rows } = staff.journal
    expect(revocations.flatMap((one) => findBreaches(rows, one).map((breach) => `SEED=${seed} ${breach}`))).toEqual([])
    const idOf = new Map(staff.allClients.map(({ name }) => [name, staff.people[Number(name.slice(1, name.indexOf('-')))]?.id]))
    const carried = rows.filter(({ actor, update }) =>
      readLedgerKeys(update).some((key) => idOf.get(key.split('.')[0] as string) !== actor),
    )
    console.log(
      `property: ${steps} deeds, ${revocations.length} revocations: ${acknowledged} acknowledged edits, lost 0, ${replicas} replicas equal, ` +
        `no edit after a revocation was answered; ${carried.length} of ${rows.length} rows brought by somebody other than who typed them (SEED=${seed})`,
    )
    for (const { replica } of staff.activeClients) replica.close()
  },
)

const anyOf = <T>(values: T[], random: () => number): T => values[Math.floor(random() * values.length)] as T
const anybody = ({ random }: State) => Math.floor(random() * people)

async function takePen({ staff, nodes, revoked, random }: State, place: number, how: 'viewer' | 'removed'): Promise<void> {
  const { people, owner, documentName, journal, allClients, activeClients } = staff
  const actor = people[place]?.id as string
  const path = `/api/documents/${documentName}/members/${actor}`
  const node = anyOf(nodes, random)
  const ask = (method: string, body?: unknown) =>
    fetch(node.url + path, {
      method,
      headers: { authorization: `Bearer ${owner.token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const response = how === 'viewer' ? await ask('PUT', { role: 'viewer' }) : await ask('DELETE')
  const typed = new Map(allClients.filter((tab) => tab.name.startsWith(`p${place}-`)).map((tab) => [tab.name, tab.typed]))
  const body = (await response.json()) as { enforcement: { nodes: number; confirmed: number } }
  expect(response.status).toBe(200)
  expect(body.enforcement.confirmed).toBe(body.enforcement.nodes)
  for (let more = 0; more < 5; more++) activeClients[place]?.typeEdit()
  revoked.set(place, { how, revocation: { actor, from: await journal.readHead(), typed } })
}

async function giveBack({ staff, revoked, revocations }: State, place: number): Promise<void> {
  const { people, owner, documentName, journal, activeClients } = staff
  const { how, revocation } = revoked.get(place) as NonNullable<ReturnType<State['revoked']['get']>>
  revoked.delete(place)
  revocations.push({ ...revocation, to: await journal.readHead() })
  const { status } = await owner.request('PUT', `/api/documents/${documentName}/members/${people[place]?.id}`, { role: 'editor' })
  expect(status).toBe(200)
  // a removed client must reconnect, as after a page reload; a viewer gets write access on its open connection
  if (how === 'removed') reconnect(staff, place)
  activeClients[place]?.startTyping()
}

/** Closes the client's connection; the provider reconnects by itself. */
function reconnect({ activeClients }: Collaboration, place: number) {
  activeClients[place]?.replica.provider.configuration.websocketProvider.webSocket?.close()
}

/** Random steps. Each returns its name. */
const deeds: ((state: State) => Promise<string>)[] = [
  async function penTaken(state) {
    const place = anybody(state)
    if (state.revoked.has(place)) return 'nothing'
    const how = anyOf(['viewer', 'removed'] as const, state.random)
    await takePen(state, place, how)
    return `${how} ${place}`
  },
  async function penGiven(state) {
    const [place] = state.revoked.keys()
    if (place === undefined) return 'nothing'
    await giveBack(state, place)
    return `editor ${place}`
  },
  async function disconnected(state) {
    const place = anybody(state)
    reconnect(state.staff, place)
    return `reconnect ${place}`
  },
  async function tabClosed(state) {
    const place = anybody(state)
    await state.staff.activeClients[place]?.closeTab()
    state.staff.openTab(place)
    return `new tab ${place}`
  },
  async function restarted({ nodes, random }) {
    const node = anyOf(nodes, random)
    const signal = anyOf(['SIGTERM', 'SIGKILL'] as const, random)
    await node.kill(signal)
    await node.start()
    return `${signal} ${nodes.indexOf(node)}`
  },
  async function goneOn({ staff, revoked }) {
    await staff.waitUntilAllProgress({ except: [...revoked.keys()] })
    return 'go on'
  },
]
