/** Access is removed on a slow node: the test decides when its database answers. */
import { Writable } from 'node:stream'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Transport } from '../../api/events/transport.ts'
import type { Subscriber } from '../../api/events/subscriber.ts'
import { SubscriberHub } from '../../api/events/hub.ts'
import { assertSessionActive, identify } from '../../domain/auth/session.ts'
import { createMemoryBus } from '../../domain/kernel/bus.ts'
import { type Feed, startFeed } from '../../domain/kernel/events/feed.ts'
import { createLog } from '../../domain/kernel/log.ts'
import { createMetrics } from '../../domain/kernel/metrics.ts'
import { anonymous } from '../../domain/kernel/actor.ts'
import type { Node } from '../../main.ts'
import { emitTestEvents } from '../support/test-events.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})

/** Lets callers pass, or makes them wait while it is shut. */
class Gate {
  waiting = 0
  #open: Promise<void> | undefined
  #release = () => {}

  async pass(): Promise<void> {
    if (!this.#open) return
    this.waiting++
    await this.#open
    this.waiting--
  }

  shut() {
    this.#open = new Promise((release) => (this.#release = release))
  }

  open() {
    this.#open = undefined
    this.#release()
  }
}

const reading = new Gate()
const judging = new Gate()
let judgements = 0
let feed: Feed
let hub: SubscriberHub
beforeEach(async () => {
  judgements = 0
  const log = createLog('silent')
  feed = await startFeed({ database: node.database, bus: createMemoryBus(() => {}), log })
  hub = new SubscriberHub({
    domain: {
      ...node.domain,
      async run(actor, operation, input) {
        if ((operation as unknown) === assertSessionActive) {
          judgements++
          await judging.pass()
        }
        return node.domain.run(actor, operation, input)
      },
    },
    feed,
    async read(statement, values) {
      if (statement.name.startsWith('events of ')) await reading.pass()
      return node.database.runPrepared(statement, values)
    },
    metrics: createMetrics(),
    maxPerUser: 100,
  })
})
afterEach(async () => {
  reading.open()
  judging.open()
  hub.stop()
  await feed.stop()
})

/** Subscribes Ben on the slow node to an audience from a position on. `told` returns the numbers of the received events. */
async function bensOwn(audience: string, after: number): Promise<{ subscriber: Subscriber; words: any[]; told: () => number[] }> {
  const frames: any[] = []
  const words: any[] = []
  const transport: Transport = {
    encoding: 'serverSent',
    stream: new Writable({
      write(chunk: Buffer, _encoding, done) {
        frames.push(...framesOf(chunk))
        done()
      },
    }),
    isOpen: true,
    encode(message) {
      words.push(message)
      return Buffer.alloc(0)
    },
    keepAlive: () => {},
    close: () => {},
  }
  const subscriber = hub.open(transport)
  const refused = await subscriber.begin(() => node.domain.run(anonymous, identify, { token: ben.token }), [audience], after)
  expect(refused).toEqual([])
  return { subscriber, words, told: () => frames.filter(({ event }) => event === 'test.emitted').map(({ data }) => data.n) }
}

const framesOf = (sent: Buffer) =>
  sent
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)))

async function venture(): Promise<{ audience: string; after: number; withdraw: () => Promise<unknown> }> {
  const { body } = await ann.request('POST', '/api/ventures', { name: 'Withdrawn' })
  const membership = `/api/ventures/${body.id}/members/${ben.id}`
  await ann.request('PUT', membership, { role: 'viewer' })
  await node.sequencer.drain()
  const { body: events } = await ann.request('GET', '/api/events')
  return { audience: `venture:${body.id}`, after: events.position, withdraw: () => ann.request('DELETE', membership) }
}

test('a subscriber that catches up during an access check receives nothing of the withdrawn audience', async () => {
  const { audience, after, withdraw } = await venture()
  await emitTestEvents(node, [audience], { from: 1 })
  await node.sequencer.drain()
  await feed.catchUp()
  const { subscriber, words, told } = await bensOwn(audience, after)
  reading.shut()
  judging.shut()
  const caughtUp = subscriber.catchUp()
  await waitUntil(() => reading.waiting > 0, 'what was missed to be asked for')
  await withdraw()
  await emitTestEvents(node, [audience], { from: 2 })
  await emitTestEvents(node, [`user:${ben.id}`], { from: 3 })
  await node.sequencer.drain()
  await feed.catchUp()
  const enforced = hub.enforce({ userId: ben.id, subject: audience })
  await waitUntil(() => judging.waiting > 0, 'the judgement')
  reading.open()
  // subscribers receive the page in the order of their requests: when the second has it, the first was skipped
  const second = await bensOwn(`user:${ben.id}`, after)
  await second.subscriber.catchUp()
  expect(second.told()).toContain(3)
  expect(told()).toEqual([])
  judging.open()
  await enforced
  await caughtUp
  await waitUntil(() => told().includes(3), 'what is his own')
  expect(told()).toEqual([3])
  expect(words).toContainEqual(expect.objectContaining({ type: 'problem', code: 'not-found', audience }))
})

test('a subscriber that waits to catch up when the access check begins receives nothing of the audience', async () => {
  const { audience, after, withdraw } = await venture()
  const { subscriber, told } = await bensOwn(audience, after)
  await withdraw()
  await emitTestEvents(node, [audience], { from: 2 })
  await emitTestEvents(node, [`user:${ben.id}`], { from: 3 })
  await node.sequencer.drain()
  await feed.catchUp()
  // this loads the events into memory
  await (await bensOwn(`user:${ben.id}`, after)).subscriber.catchUp()
  const other = await bensOwn(`user:${ben.id}`, after)
  judging.shut()
  const caughtUp = subscriber.catchUp()
  const enforced = hub.enforce({ userId: ben.id, subject: audience })
  await other.subscriber.catchUp()
  expect(other.told()).toEqual([3])
  expect(told()).toEqual([])
  judging.open()
  await enforced
  await caughtUp
  expect(told()).toEqual([3])
})

test('a subscriber that adds an audience while missed events are read receives its missed events, too', async () => {
  const { audience, after } = await venture()
  // enough events that the missed ones are read by audience
  for (let n = 0; n < 5; n++) await emitTestEvents(node, ['user:somebody-else'], { count: 2500 })
  await emitTestEvents(node, [audience], { from: 7 })
  await node.sequencer.drain()
  await feed.catchUp()
  const { subscriber, words, told } = await bensOwn(`user:${ben.id}`, after)
  reading.shut()
  const caughtUp = subscriber.catchUp()
  await waitUntil(() => reading.waiting > 0, 'what was missed to be asked for')
  await subscriber.subscribe(audience)
  expect(words.at(-1)).toEqual({ type: 'subscribed', audience, position: after })
  reading.open()
  await caughtUp
  expect(told()).toEqual([7])
})

test('many access changes during an access check share one further check', async () => {
  const { audience, after, withdraw } = await venture()
  const { subscriber, words } = await bensOwn(audience, after)
  await subscriber.catchUp()
  judging.shut()
  const change = { userId: ben.id, subject: audience }
  const first = hub.enforce(change)
  await waitUntil(() => judging.waiting > 0, 'the first judgement')
  await withdraw()
  const others = Array.from({ length: 20 }, () => hub.enforce(change))
  judging.open()
  await Promise.all([first, ...others])
  expect(judgements).toBe(2)
  expect(words).toContainEqual(expect.objectContaining({ type: 'problem', code: 'not-found', audience }))
})
