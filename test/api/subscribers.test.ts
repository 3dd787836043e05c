import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let admin: Person
let ann: Person
let ben: Person
const sockets: WebSocket[] = []
beforeAll(async () => {
  node = await getEmptyNode()
  admin = await registerPerson(node.url, 'Admin')
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})
afterAll(() => {
  for (const socket of sockets) socket.terminate()
})

interface TestSubscriber {
  frames: any[]
  closed: { code: number; reason: string } | undefined
  send(frame: unknown): void
  /** Waits for the first frame of a type. */
  waitForFrame(type: string): Promise<any>
}

async function openSubscriber(): Promise<TestSubscriber> {
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/notifications`)
  sockets.push(socket)
  const subscriber: TestSubscriber = {
    frames: [],
    closed: undefined,
    send: (frame) => socket.send(typeof frame === 'string' || frame instanceof Buffer ? frame : JSON.stringify(frame)),
    async waitForFrame(type) {
      await waitUntil(() => subscriber.closed ?? subscriber.frames.some((frame) => frame.type === type), `a frame of type ${type}`)
      const frame = subscriber.frames.find((frame) => frame.type === type)
      if (!frame)
        throw new Error(`closed with ${subscriber.closed?.reason} before a frame of type ${type}: ${JSON.stringify(subscriber.frames)}`)
      return frame
    },
  }
  socket.on('message', (data: Buffer) => subscriber.frames.push(JSON.parse(data.toString())))
  socket.on('close', (code, reason) => {
    subscriber.closed = { code, reason: reason.toString() }
  })
  await once(socket, 'open')
  return subscriber
}

async function subscribe(person: Person, options: { after?: number; audiences?: string[] } = {}): Promise<TestSubscriber> {
  const subscriber = await openSubscriber()
  subscriber.send({ type: 'hello', token: person.token, ...options })
  await subscriber.waitForFrame('welcome')
  return subscriber
}

const listEvents = ({ frames }: TestSubscriber) => frames.filter(({ type }) => type === 'event')

/** The position after all requests answered so far. The events of these requests can reach a node later. */
async function readPosition(): Promise<number> {
  await node.sequencer.drain()
  return (await ann.request('GET', '/api/events')).body.position
}

test('a subscriber receives the events of its own user and not those of others', async () => {
  const after = await readPosition()
  const annsSubscriber = await subscribe(ann, { after })
  const bensSubscriber = await subscribe(ben, { after })
  expect(annsSubscriber.frames[0]).toMatchObject({ type: 'welcome', userId: ann.id })
  const name = await createDraft(ann, 'Heard')
  await waitUntil(() => listEvents(annsSubscriber).some(({ subject }) => subject === name), 'the event of the new draft')
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  await waitUntil(() => listEvents(bensSubscriber).some(({ subject }) => subject === name), 'the event of the role')
  expect(
    listEvents(bensSubscriber)
      .map(({ event }) => event)
      .filter((event) => !event.startsWith('notification.') && event !== 'unread-count.changed'),
  ).toEqual(['access.changed'])
})

test('a subscriber that reconnects with a position receives exactly the missed events', async () => {
  const position = await readPosition()
  const firstSubscriber = await subscribe(ann, { after: position })
  const names = [await createDraft(ann, 'One'), await createDraft(ann, 'Two')]
  await waitUntil(() => names.every((name) => listEvents(firstSubscriber).some(({ subject }) => subject === name)), 'both events')
  await readPosition()
  const resumed = await subscribe(ann, { after: position })
  resumed.send({ type: 'ping' })
  const { position: lastPosition } = await resumed.waitForFrame('pong')
  expect(listEvents(resumed)).toEqual(listEvents(firstSubscriber))
  expect(lastPosition).toBeGreaterThanOrEqual(listEvents(resumed).at(-1).position)
})

test('a subscriber receives the events of an audience only while its user may read the audience', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Venture' })
  const audience = `venture:${venture.id}`
  const bensSubscriber = await subscribe(ben)
  bensSubscriber.send({ type: 'subscribe', audience })
  expect(await bensSubscriber.waitForFrame('problem')).toMatchObject({ code: 'not-found', audience })
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'viewer' })
  bensSubscriber.send({ type: 'subscribe', audience })
  await bensSubscriber.waitForFrame('subscribed')
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${admin.id}`, { role: 'viewer' })
  await waitUntil(() => listEvents(bensSubscriber).some(({ data }) => data.userId === admin.id), 'the event of the venture')

  bensSubscriber.frames.length = 0
  const { body } = await ann.request('DELETE', `/api/ventures/${venture.id}/members/${ben.id}`)
  expect(body.enforcement.confirmed).toBe(body.enforcement.nodes)
  expect(await bensSubscriber.waitForFrame('problem')).toMatchObject({ code: 'not-found', audience })
  await ann.request('DELETE', `/api/ventures/${venture.id}/members/${admin.id}`)
  const adminsSubscriber = await subscribe(admin, { after: 0 })
  await waitUntil(
    () => listEvents(adminsSubscriber).some(({ data }) => data.userId === admin.id && data.role === null),
    'the event of the removed administrator',
  )
  bensSubscriber.send({ type: 'ping' })
  await bensSubscriber.waitForFrame('pong')
  expect(listEvents(bensSubscriber).some(({ data }) => data.userId === admin.id)).toBe(false)
})

test('an unsubscribed audience sends no more events; the events of the own user still arrive', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Let go' })
  const audience = `venture:${venture.id}`
  const ownAudience = `user:${ann.id}`
  const after = await readPosition()
  const annsSubscriber = await subscribe(ann, { after, audiences: [audience, 'platform'] })
  annsSubscriber.send({ type: 'unsubscribe', audience })
  annsSubscriber.send({ type: 'unsubscribe', audience: ownAudience })
  await waitUntil(() => annsSubscriber.frames.filter(({ type }) => type === 'unsubscribed').length === 2, 'both `unsubscribed` frames')
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'viewer' })
  const name = await createDraft(ann, 'After')
  await waitUntil(() => listEvents(annsSubscriber).some(({ subject }) => subject === name), 'the event of the later draft')
  expect(listEvents(annsSubscriber).some(({ subject }) => subject === audience)).toBe(false)
})

test.each([
  ['signs out', (person: Person) => person.request('POST', '/api/auth/logout')],
  ['is suspended', (person: Person) => admin.request('PATCH', `/api/users/${person.id}`, { status: 'suspended' })],
])('the socket of a user who %s is closed as unauthenticated', async (_, act) => {
  const cleo = await registerPerson(node.url, 'Cleo')
  const subscriber = await subscribe(cleo)
  expect((await act(cleo)).status).toBeLessThan(300)
  expect(await waitUntil(() => subscriber.closed, 'the socket to be closed')).toEqual({ code: 4401, reason: 'unauthenticated' })
})

test.each([
  ['a frame that is not JSON', 'hello', 4400],
  ['an unknown type', { type: 'shout' }, 4400],
  ['an unknown field', { type: 'ping', loud: true }, 4400, 'loud'],
  ['a number as an audience', { type: 'subscribe', audience: 5 }, 4400, 'audience'],
  ['an audience that is too long', { type: 'subscribe', audience: 'x'.repeat(201) }, 4400, 'audience'],
  ['a negative position', { type: 'hello', token: 'x', after: -1 }, 4400, 'after'],
  ['a position that is a string', { type: 'hello', token: 'x', after: '5' }, 4400, 'after'],
  ['a fractional position', { type: 'hello', token: 'x', after: 1.5 }, 4400, 'after'],
  ['a position that is too large', '{"type":"hello","token":"x","after":1e300}', 4400, 'after'],
  ['a binary frame', Buffer.from('{"type":"ping"}'), 4400],
  ['a bad token', { type: 'hello', token: 'x' }, 4401],
  ['a subscription before hello', { type: 'subscribe', audience: 'venture:x' }, 4401],
])('%s is answered with a problem and closes the socket', async (_, frame, code, field?: string) => {
  const subscriber = await openSubscriber()
  subscriber.send(frame)
  expect((await waitUntil(() => subscriber.closed, 'the socket to be closed')).code).toBe(code)
  expect(subscriber.frames).toMatchObject([{ type: 'problem', code: subscriber.closed?.reason, detail: expect.any(String) }])
  if (field) expect(subscriber.frames[0].errors.map(({ path }: { path: string }) => path)).toContain(field)
})

test('a subscriber can have a hundred audiences; a further one is refused, and the others continue', async () => {
  const names: string[] = []
  for (let n = 0; n < 101; n++) names.push((await ann.request('POST', '/api/spaces', { name: `Space ${n}` })).body.documentName)
  const subscriber = await subscribe(ann, { after: await readPosition(), audiences: names.slice(0, 99) })
  subscriber.send({ type: 'subscribe', audience: names[99] })
  await subscriber.waitForFrame('subscribed')
  subscriber.send({ type: 'subscribe', audience: names[100] })
  expect(await subscriber.waitForFrame('problem')).toMatchObject({ code: 'too-many-audiences', audience: names[100] })
  await ann.request('PUT', `/api/documents/${names[7]}/members/${ben.id}`, { role: 'viewer' })
  await waitUntil(() => listEvents(subscriber).some(({ subject }) => subject === names[7]), 'an event of the hundred audiences')
  const refusedSubscriber = await openSubscriber()
  refusedSubscriber.send({ type: 'hello', token: ann.token, audiences: names })
  expect(await waitUntil(() => refusedSubscriber.closed, 'the socket to be closed')).toEqual({ code: 4432, reason: 'too-many-audiences' })
})

test('ten thousand subscriptions at once close the socket that sent them, and no other', async () => {
  const otherSubscriber = await subscribe(ben)
  const subscriber = await subscribe(ann)
  for (let n = 0; n < 10_000 && !subscriber.closed; n++) subscriber.send({ type: 'subscribe', audience: `venture:${n}` })
  expect((await waitUntil(() => subscriber.closed, 'the socket to be closed')).reason).toBe('rate-limited')
  otherSubscriber.send({ type: 'ping' })
  await otherSubscriber.waitForFrame('pong')
})

test('a later hello accepts a token of the same user; a token of another user closes the socket', async () => {
  const subscriber = await subscribe(ann)
  subscriber.send({ type: 'hello', token: ann.token })
  subscriber.send({ type: 'ping' })
  await subscriber.waitForFrame('pong')
  expect(subscriber.frames.filter(({ type }) => type === 'welcome')).toHaveLength(1)
  subscriber.send({ type: 'hello', token: ben.token })
  expect((await waitUntil(() => subscriber.closed, 'the socket to be closed')).code).toBe(4401)
})
