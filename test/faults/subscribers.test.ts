import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { expect, test } from 'vitest'
import { newId } from '../../domain/kernel/entity.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { type Cluster, startCluster, type ClusterNode, startClusterNode } from '../support/cluster.ts'
import { subscribeByPolling, type ReceivedEvent, transports } from '../support/event-subscriber.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { type ReconnectingSubscriber, subscribeReconnecting } from '../support/reconnecting-subscriber.ts'
import { findFreePort, isInstalled, createFolder } from '../support/servers.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Nightly: SUBSCRIBER_STEPS=400. */
const steps = Number(process.env.SUBSCRIBER_STEPS ?? 7)
const personCount = 5
const subscribersPerPerson = 4
const isPossible = isInstalled('subscribers on two nodes while nodes, Redis and the sequencer fail', 'postgresql', 'redis-server')

interface Scenario {
  nodes: ClusterNode[]
  random: () => number
  owner: Person
  persons: Person[]
  /** The people whose role changes cause events: the first before the withdrawal, the second after it. */
  extras: [Person, Person]
  /** Ventures: all subscribers keep `open`, and the first person loses access to `taken`. */
  open: string
  removed: string
  after: number
  subscribers: { person: Person; subscriber: ReconnectingSubscriber }[]
  /** The number of acknowledged role changes. Each must have an event. */
  acknowledged: number
  isWithdrawn: boolean
}

const pickAny = <T>(values: readonly T[], random: () => number): T => values[Math.floor(random() * values.length)] as T

/** Sends a request to a random node and retries until one responds. A failed attempt may have had an effect. */
async function request({ nodes, owner, random }: Scenario, method: string, path: string, body?: unknown): Promise<any> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const response = await fetch(pickAny(nodes, random).url + path, {
      method,
      headers: { authorization: `Bearer ${owner.token}`, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => undefined)
    if (response && response.status < 300) return response.json()
    // an earlier attempt removed the member, but its response was lost
    if (response?.status === 404 && method === 'DELETE') return undefined
    await wait(50)
  }
  throw new Error(`${method} ${path} was never answered`)
}

async function startScenario(nodes: ClusterNode[], random: () => number): Promise<Scenario> {
  const { url } = nodes[0] as ClusterNode
  const owner = await registerPerson(url, 'Owner')
  const [firstExtra, secondExtra, ...persons] = (await Promise.all(
    Array.from({ length: personCount + 2 }, (_, n) => registerPerson(url, `Person${n}`)),
  )) as [Person, Person, ...Person[]]
  const ventures = await Promise.all(['Open', 'Taken'].map((name) => owner.request('POST', '/api/ventures', { name })))
  const [open, removed] = ventures.map(({ body }) => body.id) as [string, string]
  for (const { id } of persons)
    for (const venture of [open, removed]) await owner.request('PUT', `/api/ventures/${venture}/members/${id}`, { role: 'viewer' })
  const { body } = await owner.request('GET', '/api/events')
  const scenario: Scenario = {
    nodes,
    random,
    owner,
    persons,
    extras: [firstExtra, secondExtra],
    open,
    removed,
    after: body.position,
    subscribers: [],
    acknowledged: 0,
    isWithdrawn: false,
  }
  for (let index = 0; index < personCount * subscribersPerPerson; index++) {
    const person = persons[index % personCount] as Person
    const [, subscribe] = transports[index % transports.length] as (typeof transports)[number]
    const options = { token: person.token, after: scenario.after, audiences: [`venture:${open}`, `venture:${removed}`] }
    scenario.subscribers.push({ person, subscriber: subscribeReconnecting(subscribe, () => pickAny(nodes, random).url, options) })
  }
  return scenario
}

/** Changes a person's role in one of the ventures. */
async function changeRole(scenario: Scenario): Promise<string> {
  const venture = scenario.random() < 0.5 ? scenario.open : scenario.removed
  const extra = scenario.extras[scenario.isWithdrawn ? 1 : 0]
  const role = scenario.random() < 0.5 ? 'viewer' : 'editor'
  await request(scenario, 'PUT', `/api/ventures/${venture}/members/${extra.id}`, { role })
  scenario.acknowledged++
  return 'role'
}

async function withdrawAccess(scenario: Scenario): Promise<string> {
  await request(scenario, 'DELETE', `/api/ventures/${scenario.removed}/members/${scenario.persons[0]?.id}`)
  scenario.isWithdrawn = true
  return 'withdrawn'
}

async function disconnectSome({ subscribers, random }: Scenario): Promise<string> {
  for (let n = 0; n < 5; n++) pickAny(subscribers, random).subscriber.disconnect()
  return 'disconnects'
}

async function killNode(node: ClusterNode): Promise<string> {
  await node.kill('SIGKILL')
  await node.start()
  return 'kill'
}

/** Kills the node whose sequencer holds the lock, before it has assigned any position. */
async function killLeader({ nodes, owner, extras, open }: Scenario, cluster: Cluster): Promise<string> {
  const lockingClient = new pg.Client({ connectionString: cluster.postgres.url })
  await lockingClient.connect()
  try {
    await lockingClient.query('begin')
    await lockingClient.query('select from event_head for update')
    const role = { role: 'editor' }
    const roleRequest = fetch(`${nodes[0]?.url}/api/ventures/${open}/members/${extras[0].id}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(role),
    }).catch(() => undefined)
    const leader = await waitUntil(async () => {
      const holders = await cluster.postgres.query(
        `select a.client_port from pg_locks l join pg_stat_activity a using (pid)
        where l.locktype = 'advisory' and l.objid = 7220002 and l.granted`,
      )
      return nodes.find(({ process }) => holders.some(({ client_port: port }) => hasPort(process.child.pid as number, port)))
    }, 'a sequencer to hold the lock')
    await leader.kill('SIGKILL')
    await lockingClient.query('rollback')
    await roleRequest
    await leader.start()
    return 'leader killed'
  } finally {
    await lockingClient.end()
  }
}

/** Whether a process has a TCP connection from a port. */
function hasPort(pid: number, port: number): boolean {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const inodes = ['tcp', 'tcp6'].flatMap((kind) =>
    readFileSync(`/proc/net/${kind}`, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => fields[1]?.endsWith(local))
      .map((fields) => `socket:[${fields[9]}]`),
  )
  return readdirSync(`/proc/${pid}/fd`).some((descriptor) => {
    try {
      return inodes.includes(readlinkSync(`/proc/${pid}/fd/${descriptor}`))
    } catch {
      return false
    }
  })
}

/** Inserts many events in one transaction, as a command with many events does. */
async function emitBurst({ open, random }: Scenario, { postgres }: Cluster): Promise<string> {
  const count = 50 + Math.floor(random() * 1000)
  const ids = Array.from({ length: count }, newId).sort()
  await postgres.query(
    `insert into event (id, name, subject, audience, data, at)
    select id, 'test.emitted', 'test:subject', array[$2, 'platform'], jsonb_build_object('n', place), now() from unnest($1::uuid[]) with ordinality as made(id, place)`,
    [ids, `venture:${open}`],
  )
  return `burst of ${count}`
}

/** Compares the events of every subscriber with the expected events. */
async function verifySubscribers(scenario: Scenario, seed: number): Promise<string> {
  const { nodes, owner, persons, subscribers, open, removed, after, extras } = scenario
  // the last event: a subscriber that received it has received all earlier events
  const lastPerson = await registerPerson((nodes[0] as ClusterNode).url, 'Last')
  await request(scenario, 'PUT', `/api/ventures/${open}/members/${lastPerson.id}`, { role: 'viewer' })
  const isLastEvent = ({ subject, data }: ReceivedEvent) => subject === `venture:${open}` && data.userId === lastPerson.id
  const pollEvents = async (person: Person, audiences: string[]) => {
    const poller = subscribeByPolling((nodes[1] ?? (nodes[0] as ClusterNode)).url, { token: person.token, after, audiences })
    await waitUntil(() => poller.closeReason ?? poller.events.some(isLastEvent), 'all events to be polled', 30_000)
    poller.close()
    return poller.events.slice(0, poller.events.findIndex(isLastEvent) + 1)
  }
  await waitUntil(
    () => subscribers.every(({ subscriber }) => subscriber.events().some(isLastEvent)),
    `SEED=${seed} the last event to reach all subscribers`,
    60_000,
  )
  let eventCount = 0
  let reconnectCount = 0
  for (const [index, { person, subscriber }] of subscribers.entries()) {
    const title = `SEED=${seed} subscriber ${index} (${transports[index % transports.length]?.[0]})`
    const hasLostAccess = scenario.isWithdrawn && person === persons[0]
    const expected = await pollEvents(person, hasLostAccess ? [`venture:${open}`] : [`venture:${open}`, `venture:${removed}`])
    const received = subscriber.events().slice(0, subscriber.events().findIndex(isLastEvent) + 1)
    const positions = received.map(({ position }) => position)
    expect(positions, `${title}: once each, in order`).toEqual([...new Set(positions)].sort((one, other) => one - other))
    const isOfRemoved = ({ subject }: ReceivedEvent) => subject === `venture:${removed}`
    const compared = hasLostAccess
      ? received.filter((event) => !isOfRemoved(event) || expected.some(({ position }) => position === event.position))
      : received
    expect(compared, `${title}: no gap`).toEqual(expected)
    if (hasLostAccess)
      expect(
        received.filter((event) => isOfRemoved(event) && event.data.userId === extras[1].id),
        `${title}: nothing after the withdrawal`,
      ).toEqual([])
    eventCount += received.length
    reconnectCount += subscriber.reconnects
  }
  const ownersEvents = await pollEvents(owner, [`venture:${open}`, `venture:${removed}`])
  expect(
    ownersEvents.filter(({ data }) => extras.some(({ id }) => id === data.userId)).length,
    'acknowledged commands have events',
  ).toBeGreaterThanOrEqual(scenario.acknowledged)
  return `${eventCount} frames received by ${subscribers.length} subscribers, ${reconnectCount} reconnects: no gap, no duplicate, no event of the removed audience`
}

async function runScenario(scenario: Scenario, seed: number, actions: ((scenario: Scenario) => Promise<string>)[], stepCount = steps) {
  const doneSteps: string[] = []
  // each step runs once before any runs again
  const remainingSteps: typeof actions = []
  const drawStep = () => {
    if (remainingSteps.length === 0) remainingSteps.push(...actions)
    return remainingSteps.splice(Math.floor(scenario.random() * remainingSteps.length), 1)[0] as (typeof actions)[number]
  }
  try {
    for (let step = 0; step < stepCount; step++) {
      doneSteps.push(step === Math.floor(stepCount / 2) ? await withdrawAccess(scenario) : await drawStep()(scenario))
      await wait(scenario.random() * 100)
    }
    await changeRole(scenario)
    console.log(`subscribers: ${stepCount} steps: ${await verifySubscribers(scenario, seed)} (SEED=${seed})`)
  } catch (error) {
    throw new Error(`SEED=${seed}: ${(error as Error).message}\nafter ${doneSteps.join(', ')}`, { cause: error })
  } finally {
    for (const { subscriber } of scenario.subscribers) subscriber.stop()
  }
}

test.skipIf(!isPossible)(
  'subscribers of two nodes receive each event once while nodes, Redis and the leading sequencer fail',
  { timeout: 600_000 },
  async () => {
    const seed = readSeed('subscribers')
    const random = createRandom(seed)
    const cluster = await startCluster({ nodes: 2 })
    try {
      const redis = cluster.redis as NonNullable<typeof cluster.redis>
      const scenario = await startScenario(cluster.nodes, random)
      await runScenario(scenario, seed, [
        changeRole,
        changeRole,
        changeRole,
        disconnectSome,
        disconnectSome,
        (current) => emitBurst(current, cluster),
        ...(steps > 7 ? [() => killNode(pickAny(cluster.nodes, random))] : []),
        (current) => killLeader(current, cluster),
        async () => (await redis.flush(), 'flush'),
        async () => {
          await redis.kill('SIGKILL')
          await changeRole(scenario)
          await redis.start()
          return 'Redis restarted'
        },
      ])
      const [row] = await cluster.postgres.query(
        'select count(position)::int as numbered, max(position)::int as last, (select position::int from event_head) as head from event',
      )
      expect(row.numbered).toBe(row.last)
      expect(row.head).toBe(row.last)
    } finally {
      await cluster.stop()
    }
  },
)

test('subscribers of one embedded node receive each event once although the node is killed', { timeout: 600_000 }, async () => {
  const seed = readSeed('subscribers embedded')
  const random = createRandom(seed)
  const folder = createFolder('embedded')
  const node = await startClusterNode({
    DATA_DIR: folder,
    PORT: String(await findFreePort()),
    LIMITS: 'off',
    LOG_LEVEL: process.env.TEST_LOG ?? 'silent',
  })
  try {
    await runScenario(await startScenario([node], random), seed, [changeRole, disconnectSome, () => killNode(node)], Math.ceil(steps / 2))
  } finally {
    await node.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})
