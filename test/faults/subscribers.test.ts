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
const people = 5
const each = 4
const possible = isInstalled('subscribers on two nodes while nodes, Redis and the sequencer fail', 'postgresql', 'redis-server')

interface Scene {
  nodes: ClusterNode[]
  random: () => number
  owner: Person
  persons: Person[]
  /** The people whose role changes cause events: the first before the withdrawal, the second after it. */
  extras: [Person, Person]
  /** Ventures: all subscribers keep `open`, and the first person loses access to `taken`. */
  open: string
  taken: string
  after: number
  subscribers: { person: Person; roamer: ReconnectingSubscriber }[]
  /** The number of acknowledged role changes. Each must have an event. */
  acknowledged: number
  withdrawn: boolean
}

const anyOf = <T>(values: readonly T[], random: () => number): T => values[Math.floor(random() * values.length)] as T

/** Sends a request to a random node and retries until one responds. A failed attempt may have had an effect. */
async function ask({ nodes, owner, random }: Scene, method: string, path: string, body?: unknown): Promise<any> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const response = await fetch(anyOf(nodes, random).url + path, {
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

async function begin(nodes: ClusterNode[], random: () => number): Promise<Scene> {
  const { url } = nodes[0] as ClusterNode
  const owner = await registerPerson(url, 'Owner')
  const [extra, other, ...persons] = (await Promise.all(
    Array.from({ length: people + 2 }, (_, n) => registerPerson(url, `Person${n}`)),
  )) as [Person, Person, ...Person[]]
  const ventures = await Promise.all(['Open', 'Taken'].map((name) => owner.request('POST', '/api/ventures', { name })))
  const [open, taken] = ventures.map(({ body }) => body.id) as [string, string]
  for (const { id } of persons)
    for (const venture of [open, taken]) await owner.request('PUT', `/api/ventures/${venture}/members/${id}`, { role: 'viewer' })
  const { body } = await owner.request('GET', '/api/events')
  const scene: Scene = {
    nodes,
    random,
    owner,
    persons,
    extras: [extra, other],
    open,
    taken,
    after: body.position,
    subscribers: [],
    acknowledged: 0,
    withdrawn: false,
  }
  for (let place = 0; place < people * each; place++) {
    const person = persons[place % people] as Person
    const [, way] = transports[place % transports.length] as (typeof transports)[number]
    const told = { token: person.token, after: scene.after, audiences: [`venture:${open}`, `venture:${taken}`] }
    scene.subscribers.push({ person, roamer: subscribeReconnecting(way, () => anyOf(nodes, random).url, told) })
  }
  return scene
}

/** Changes a person's role in one of the ventures. */
async function happen(scene: Scene): Promise<string> {
  const venture = scene.random() < 0.5 ? scene.open : scene.taken
  const extra = scene.extras[scene.withdrawn ? 1 : 0]
  await ask(scene, 'PUT', `/api/ventures/${venture}/members/${extra.id}`, { role: scene.random() < 0.5 ? 'viewer' : 'editor' })
  scene.acknowledged++
  return 'role'
}

async function withdraw(scene: Scene): Promise<string> {
  await ask(scene, 'DELETE', `/api/ventures/${scene.taken}/members/${scene.persons[0]?.id}`)
  scene.withdrawn = true
  return 'withdrawn'
}

async function breakOff({ subscribers, random }: Scene): Promise<string> {
  for (let n = 0; n < 5; n++) anyOf(subscribers, random).roamer.disconnect()
  return 'disconnects'
}

async function kill(node: ClusterNode): Promise<string> {
  await node.kill('SIGKILL')
  await node.start()
  return 'kill'
}

/** Kills the node whose sequencer holds the lock, before it has assigned any position. */
async function killLeader({ nodes, owner, extras, open }: Scene, all: Cluster): Promise<string> {
  const blocker = new pg.Client({ connectionString: all.postgres.url })
  await blocker.connect()
  try {
    await blocker.query('begin')
    await blocker.query('select from event_head for update')
    const role = { role: 'editor' }
    const asked = fetch(`${nodes[0]?.url}/api/ventures/${open}/members/${extras[0].id}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${owner.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(role),
    }).catch(() => undefined)
    const leader = await waitUntil(async () => {
      const holders = await all.postgres.query(
        `select a.client_port from pg_locks l join pg_stat_activity a using (pid)
        where l.locktype = 'advisory' and l.objid = 7220002 and l.granted`,
      )
      return nodes.find(({ process }) => holders.some(({ client_port: port }) => hasPort(process.child.pid as number, port)))
    }, 'a sequencer to hold the lock')
    await leader.kill('SIGKILL')
    await blocker.query('rollback')
    await asked
    await leader.start()
    return 'leader killed'
  } finally {
    await blocker.end()
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
async function burst({ open, random }: Scene, { postgres }: Cluster): Promise<string> {
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
async function judge(scene: Scene, seed: number): Promise<string> {
  const { nodes, owner, persons, subscribers, open, taken, after, extras } = scene
  // the last event: a subscriber that received it has received all earlier events
  const last = await registerPerson((nodes[0] as ClusterNode).url, 'Last')
  await ask(scene, 'PUT', `/api/ventures/${open}/members/${last.id}`, { role: 'viewer' })
  const isLast = ({ subject, data }: ReceivedEvent) => subject === `venture:${open}` && data.userId === last.id
  const theirs = async (person: Person, audiences: string[]) => {
    const listener = subscribeByPolling((nodes[1] ?? (nodes[0] as ClusterNode)).url, { token: person.token, after, audiences })
    await waitUntil(() => listener.closeReason ?? listener.events.some(isLast), 'all to be polled', 30_000)
    listener.close()
    return listener.events.slice(0, listener.events.findIndex(isLast) + 1)
  }
  await waitUntil(
    () => subscribers.every(({ roamer }) => roamer.events().some(isLast)),
    `SEED=${seed} all subscribers to hear the last event`,
    60_000,
  )
  let told = 0
  let returns = 0
  for (const [place, { person, roamer }] of subscribers.entries()) {
    const who = `SEED=${seed} subscriber ${place} (${transports[place % transports.length]?.[0]})`
    const lost = scene.withdrawn && person === persons[0]
    const truth = await theirs(person, lost ? [`venture:${open}`] : [`venture:${open}`, `venture:${taken}`])
    const heard = roamer.events().slice(0, roamer.events().findIndex(isLast) + 1)
    const positions = heard.map(({ position }) => position)
    expect(positions, `${who}: once each, in order`).toEqual([...new Set(positions)].sort((one, other) => one - other))
    const ofTaken = ({ subject }: ReceivedEvent) => subject === `venture:${taken}`
    const kept = lost ? heard.filter((event) => !ofTaken(event) || truth.some(({ position }) => position === event.position)) : heard
    expect(kept, `${who}: no gap`).toEqual(truth)
    if (lost)
      expect(
        heard.filter((event) => ofTaken(event) && event.data.userId === extras[1].id),
        `${who}: nothing after the withdrawal`,
      ).toEqual([])
    told += heard.length
    returns += roamer.reconnects
  }
  const all = await theirs(owner, [`venture:${open}`, `venture:${taken}`])
  expect(
    all.filter(({ data }) => extras.some(({ id }) => id === data.userId)).length,
    'acknowledged commands are told',
  ).toBeGreaterThanOrEqual(scene.acknowledged)
  return `${told} frames heard by ${subscribers.length} subscribers, who came back ${returns} times: no gap, no duplicate, none of what was taken away`
}

async function play(scene: Scene, seed: number, deeds: ((scene: Scene) => Promise<string>)[], more = steps) {
  const done: string[] = []
  // each step runs once before any runs again
  const next: typeof deeds = []
  const drawn = () => {
    if (next.length === 0) next.push(...deeds)
    return next.splice(Math.floor(scene.random() * next.length), 1)[0] as (typeof deeds)[number]
  }
  try {
    for (let step = 0; step < more; step++) {
      done.push(step === Math.floor(more / 2) ? await withdraw(scene) : await drawn()(scene))
      await wait(scene.random() * 100)
    }
    await happen(scene)
    console.log(`subscribers: ${more} deeds: ${await judge(scene, seed)} (SEED=${seed})`)
  } catch (error) {
    throw new Error(`SEED=${seed}: ${(error as Error).message}\nafter ${done.join(', ')}`, { cause: error })
  } finally {
    for (const { roamer } of scene.subscribers) roamer.stop()
  }
}

test.skipIf(!possible)(
  'subscribers of two nodes receive each event once while nodes, Redis and the leading sequencer fail',
  { timeout: 600_000 },
  async () => {
    const seed = readSeed('subscribers')
    const random = createRandom(seed)
    const all = await startCluster({ nodes: 2 })
    try {
      const redis = all.redis as NonNullable<typeof all.redis>
      const scene = await begin(all.nodes, random)
      await play(scene, seed, [
        happen,
        happen,
        happen,
        breakOff,
        breakOff,
        (now) => burst(now, all),
        ...(steps > 7 ? [() => kill(anyOf(all.nodes, random))] : []),
        (now) => killLeader(now, all),
        async () => (await redis.flush(), 'flush'),
        async () => {
          await redis.kill('SIGKILL')
          await happen(scene)
          await redis.start()
          return 'Redis restarted'
        },
      ])
      const [row] = await all.postgres.query(
        'select count(position)::int as numbered, max(position)::int as last, (select position::int from event_head) as head from event',
      )
      expect(row.numbered).toBe(row.last)
      expect(row.head).toBe(row.last)
    } finally {
      await all.stop()
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
    await play(await begin([node], random), seed, [happen, breakOff, () => kill(node)], Math.ceil(steps / 2))
  } finally {
    await node.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
})
