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

interface Subscribed {
  frames: any[]
  closed: { code: number; reason: string } | undefined
  say(frame: unknown): void
  /** Waits for the first frame of a type. */
  heard(type: string): Promise<any>
}

async function subscriber(): Promise<Subscribed> {
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/notifications`)
  sockets.push(socket)
  const one: Subscribed = {
    frames: [],
    closed: undefined,
    say: (frame) => socket.send(typeof frame === 'string' || frame instanceof Buffer ? frame : JSON.stringify(frame)),
    async heard(type) {
      await waitUntil(() => one.closed ?? one.frames.some((frame) => frame.type === type), `a frame of type ${type}`)
      const found = one.frames.find((frame) => frame.type === type)
      if (!found) throw new Error(`closed with ${one.closed?.reason} before a frame of type ${type}: ${JSON.stringify(one.frames)}`)
      return found
    },
  }
  socket.on('message', (data: Buffer) => one.frames.push(JSON.parse(data.toString())))
  socket.on('close', (code, reason) => {
    one.closed = { code, reason: reason.toString() }
  })
  await once(socket, 'open')
  return one
}

async function greeted(person: Person, more: { after?: number; audiences?: string[] } = {}): Promise<Subscribed> {
  const one = await subscriber()
  one.say({ type: 'hello', token: person.token, ...more })
  await one.heard('welcome')
  return one
}

const eventsOf = ({ frames }: Subscribed) => frames.filter(({ type }) => type === 'event')

/** The position after all requests answered so far. The events of these requests can reach a node later. */
async function now(): Promise<number> {
  await node.sequencer.drain()
  return (await ann.request('GET', '/api/events')).body.position
}

test('a subscriber receives the events of its own user and not those of others', async () => {
  const after = await now()
  const hers = await greeted(ann, { after })
  const his = await greeted(ben, { after })
  expect(hers.frames[0]).toMatchObject({ type: 'welcome', userId: ann.id })
  const name = await createDraft(ann, 'Heard')
  await waitUntil(() => eventsOf(hers).some(({ subject }) => subject === name), 'the event of the draft')
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  await waitUntil(() => eventsOf(his).some(({ subject }) => subject === name), 'the event of the role')
  expect(
    eventsOf(his)
      .map(({ event }) => event)
      .filter((event) => !event.startsWith('notification.') && event !== 'unread-count.changed'),
  ).toEqual(['access.changed'])
})

test('a subscriber that reconnects with a position receives exactly the missed events', async () => {
  const position = await now()
  const first = await greeted(ann, { after: position })
  const names = [await createDraft(ann, 'One'), await createDraft(ann, 'Two')]
  await waitUntil(() => names.every((name) => eventsOf(first).some(({ subject }) => subject === name)), 'both events')
  await now()
  const again = await greeted(ann, { after: position })
  again.say({ type: 'ping' })
  const { position: reached } = await again.heard('pong')
  expect(eventsOf(again)).toEqual(eventsOf(first))
  expect(reached).toBeGreaterThanOrEqual(eventsOf(again).at(-1).position)
})

test('a subscriber receives the events of an audience only while its user may read the audience', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Venture' })
  const audience = `venture:${venture.id}`
  const his = await greeted(ben)
  his.say({ type: 'subscribe', audience })
  expect(await his.heard('problem')).toMatchObject({ code: 'not-found', audience })
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'viewer' })
  his.say({ type: 'subscribe', audience })
  await his.heard('subscribed')
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${admin.id}`, { role: 'viewer' })
  await waitUntil(() => eventsOf(his).some(({ data }) => data.userId === admin.id), 'what happens in the venture')

  his.frames.length = 0
  const { body } = await ann.request('DELETE', `/api/ventures/${venture.id}/members/${ben.id}`)
  expect(body.enforcement.confirmed).toBe(body.enforcement.nodes)
  expect(await his.heard('problem')).toMatchObject({ code: 'not-found', audience })
  await ann.request('DELETE', `/api/ventures/${venture.id}/members/${admin.id}`)
  const theirs = await greeted(admin, { after: 0 })
  await waitUntil(() => eventsOf(theirs).some(({ data }) => data.userId === admin.id && data.role === null), 'the last event to be told')
  his.say({ type: 'ping' })
  await his.heard('pong')
  expect(eventsOf(his).some(({ data }) => data.userId === admin.id)).toBe(false)
})

test('an unsubscribed audience sends no more events; the events of the own user still arrive', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Let go' })
  const audience = `venture:${venture.id}`
  const own = `user:${ann.id}`
  const after = await now()
  const hers = await greeted(ann, { after, audiences: [audience, 'platform'] })
  hers.say({ type: 'unsubscribe', audience })
  hers.say({ type: 'unsubscribe', audience: own })
  await waitUntil(() => hers.frames.filter(({ type }) => type === 'unsubscribed').length === 2, 'both answers')
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'viewer' })
  const name = await createDraft(ann, 'After')
  await waitUntil(() => eventsOf(hers).some(({ subject }) => subject === name), 'the draft that came after')
  expect(eventsOf(hers).some(({ subject }) => subject === audience)).toBe(false)
})

test.each([
  ['signs out', (person: Person) => person.request('POST', '/api/auth/logout')],
  ['is suspended', (person: Person) => admin.request('PATCH', `/api/users/${person.id}`, { status: 'suspended' })],
])('the socket of a user who %s is closed as unauthenticated', async (_, act) => {
  const cleo = await registerPerson(node.url, 'Cleo')
  const one = await greeted(cleo)
  expect((await act(cleo)).status).toBeLessThan(300)
  expect(await waitUntil(() => one.closed, 'the socket to be closed')).toEqual({ code: 4401, reason: 'unauthenticated' })
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
  const one = await subscriber()
  one.say(frame)
  expect((await waitUntil(() => one.closed, 'the socket to be closed')).code).toBe(code)
  expect(one.frames).toMatchObject([{ type: 'problem', code: one.closed?.reason, detail: expect.any(String) }])
  if (field) expect(one.frames[0].errors.map(({ path }: { path: string }) => path)).toContain(field)
})

test('a subscriber can have a hundred audiences; a further one is refused, and the others continue', async () => {
  const names: string[] = []
  for (let n = 0; n < 101; n++) names.push((await ann.request('POST', '/api/spaces', { name: `Space ${n}` })).body.documentName)
  const one = await greeted(ann, { after: await now(), audiences: names.slice(0, 99) })
  one.say({ type: 'subscribe', audience: names[99] })
  await one.heard('subscribed')
  one.say({ type: 'subscribe', audience: names[100] })
  expect(await one.heard('problem')).toMatchObject({ code: 'too-many-audiences', audience: names[100] })
  await ann.request('PUT', `/api/documents/${names[7]}/members/${ben.id}`, { role: 'viewer' })
  await waitUntil(() => eventsOf(one).some(({ subject }) => subject === names[7]), 'one of the hundred')
  const more = await subscriber()
  more.say({ type: 'hello', token: ann.token, audiences: names })
  expect(await waitUntil(() => more.closed, 'the socket to be closed')).toEqual({ code: 4432, reason: 'too-many-audiences' })
})

test('ten thousand subscriptions at once close the socket that sent them, and no other', async () => {
  const other = await greeted(ben)
  const one = await greeted(ann)
  for (let n = 0; n < 10_000 && !one.closed; n++) one.say({ type: 'subscribe', audience: `venture:${n}` })
  expect((await waitUntil(() => one.closed, 'the socket to be closed')).reason).toBe('rate-limited')
  other.say({ type: 'ping' })
  await other.heard('pong')
})

test('a later hello accepts a token of the same user; a token of another user closes the socket', async () => {
  const one = await greeted(ann)
  one.say({ type: 'hello', token: ann.token })
  one.say({ type: 'ping' })
  await one.heard('pong')
  expect(one.frames.filter(({ type }) => type === 'welcome')).toHaveLength(1)
  one.say({ type: 'hello', token: ben.token })
  expect((await waitUntil(() => one.closed, 'the socket to be closed')).code).toBe(4401)
})
