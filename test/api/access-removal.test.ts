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
import { type Person } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'
import { registerInOrder } from '../support/builders.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[ann, ben] = await registerInOrder(node.url, 'Ann', 'Ben')
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

const readGate = new Gate()
const accessCheckGate = new Gate()
let accessChecks = 0
let feed: Feed
let hub: SubscriberHub
beforeEach(async () => {
  accessChecks = 0
  const log = createLog('silent')
  feed = await startFeed({ database: node.database, bus: createMemoryBus(() => {}), log })
  hub = new SubscriberHub({
    domain: {
      ...node.domain,
      async run(actor, operation, input) {
        if ((operation as unknown) === assertSessionActive) {
          accessChecks++
          await accessCheckGate.pass()
        }
        return node.domain.run(actor, operation, input)
      },
    },
    feed,
    async read(statement, values) {
      if (statement.name.startsWith('events of ')) await readGate.pass()
      return node.database.runPrepared(statement, values)
    },
    metrics: createMetrics(),
    maxPerUser: 100,
  })
})
afterEach(async () => {
  readGate.open()
  accessCheckGate.open()
  hub.stop()
  await feed.stop()
})

/** Subscribes Ben on the slow node to an audience from a position on. `listNumbers` returns the numbers of the received events. */
async function subscribeBen(
  audience: string,
  after: number,
): Promise<{ subscriber: Subscriber; messages: any[]; listNumbers: () => number[] }> {
  const frames: any[] = []
  const messages: any[] = []
  const transport: Transport = {
    encoding: 'serverSent',
    stream: new Writable({
      write(chunk: Buffer, _encoding, done) {
        frames.push(...parseFrames(chunk))
        done()
      },
    }),
    isOpen: true,
    encode(message) {
      messages.push(message)
      return Buffer.alloc(0)
    },
    keepAlive: () => {},
    close: () => {},
  }
  const subscriber = hub.open(transport)
  const refusals = await subscriber.begin(() => node.domain.run(anonymous, identify, { token: ben.token }), [audience], after)
  expect(refusals).toEqual([])
  return { subscriber, messages, listNumbers: () => frames.filter(({ event }) => event === 'test.emitted').map(({ data }) => data.n) }
}

const parseFrames = (chunk: Buffer) =>
  chunk
    .toString()
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice('data: '.length)))

async function createSharedVenture(): Promise<{ audience: string; after: number; removeBen: () => Promise<unknown> }> {
  const { body } = await ann.request('POST', '/api/ventures', { name: 'Withdrawn' })
  const membership = `/api/ventures/${body.id}/members/${ben.id}`
  await ann.request('PUT', membership, { role: 'viewer' })
  await node.sequencer.drain()
  const { body: events } = await ann.request('GET', '/api/events')
  return { audience: `venture:${body.id}`, after: events.position, removeBen: () => ann.request('DELETE', membership) }
}

test('a subscriber that catches up during an access check receives nothing of the withdrawn audience', async () => {
  const { audience, after, removeBen } = await createSharedVenture()
  await emitTestEvents(node, [audience], { from: 1 })
  await node.sequencer.drain()
  await feed.catchUp()
  const { subscriber, messages, listNumbers } = await subscribeBen(audience, after)
  readGate.shut()
  accessCheckGate.shut()
  const caughtUp = subscriber.catchUp()
  await waitUntil(() => readGate.waiting > 0, 'the missed events to be read')
  await removeBen()
  await emitTestEvents(node, [audience], { from: 2 })
  await emitTestEvents(node, [`user:${ben.id}`], { from: 3 })
  await node.sequencer.drain()
  await feed.catchUp()
  const enforcement = hub.enforce({ userId: ben.id, subject: audience })
  await waitUntil(() => accessCheckGate.waiting > 0, 'the access check')
  readGate.open()
  // subscribers receive the page in the order of their requests: when the second has it, the first was skipped
  const secondSubscriber = await subscribeBen(`user:${ben.id}`, after)
  await secondSubscriber.subscriber.catchUp()
  expect(secondSubscriber.listNumbers()).toContain(3)
  expect(listNumbers()).toEqual([])
  accessCheckGate.open()
  await enforcement
  await caughtUp
  await waitUntil(() => listNumbers().includes(3), 'the event of Ben’s own audience')
  expect(listNumbers()).toEqual([3])
  expect(messages).toContainEqual(expect.objectContaining({ type: 'problem', code: 'not-found', audience }))
})

test('a subscriber that waits to catch up when the access check begins receives nothing of the audience', async () => {
  const { audience, after, removeBen } = await createSharedVenture()
  const { subscriber, listNumbers } = await subscribeBen(audience, after)
  await removeBen()
  await emitTestEvents(node, [audience], { from: 2 })
  await emitTestEvents(node, [`user:${ben.id}`], { from: 3 })
  await node.sequencer.drain()
  await feed.catchUp()
  // this loads the events into memory
  await (await subscribeBen(`user:${ben.id}`, after)).subscriber.catchUp()
  const secondSubscriber = await subscribeBen(`user:${ben.id}`, after)
  accessCheckGate.shut()
  const caughtUp = subscriber.catchUp()
  const enforcement = hub.enforce({ userId: ben.id, subject: audience })
  await secondSubscriber.subscriber.catchUp()
  expect(secondSubscriber.listNumbers()).toEqual([3])
  expect(listNumbers()).toEqual([])
  accessCheckGate.open()
  await enforcement
  await caughtUp
  expect(listNumbers()).toEqual([3])
})

test('a subscriber that adds an audience while missed events are read receives its missed events, too', async () => {
  const { audience, after } = await createSharedVenture()
  // enough events that the missed ones are read by audience
  for (let n = 0; n < 5; n++) await emitTestEvents(node, ['user:somebody-else'], { count: 2500 })
  await emitTestEvents(node, [audience], { from: 7 })
  await node.sequencer.drain()
  await feed.catchUp()
  const { subscriber, messages, listNumbers } = await subscribeBen(`user:${ben.id}`, after)
  readGate.shut()
  const caughtUp = subscriber.catchUp()
  await waitUntil(() => readGate.waiting > 0, 'the missed events to be read')
  await subscriber.subscribe(audience)
  expect(messages.at(-1)).toEqual({ type: 'subscribed', audience, position: after })
  readGate.open()
  await caughtUp
  expect(listNumbers()).toEqual([7])
})

test('many access changes during an access check share one further check', async () => {
  const { audience, after, removeBen } = await createSharedVenture()
  const { subscriber, messages } = await subscribeBen(audience, after)
  await subscriber.catchUp()
  accessCheckGate.shut()
  const change = { userId: ben.id, subject: audience }
  const firstCheck = hub.enforce(change)
  await waitUntil(() => accessCheckGate.waiting > 0, 'the first access check')
  await removeBen()
  const laterChecks = Array.from({ length: 20 }, () => hub.enforce(change))
  accessCheckGate.open()
  await Promise.all([firstCheck, ...laterChecks])
  expect(accessChecks).toBe(2)
  expect(messages).toContainEqual(expect.objectContaining({ type: 'problem', code: 'not-found', audience }))
})
