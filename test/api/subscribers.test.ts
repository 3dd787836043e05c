import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Node } from '../../main.ts'
import { draftOf, type Person, register } from '../support/client.ts'
import { emptyNode } from '../support/node.ts'
import { until } from '../support/until.ts'

let node: Node
let admin: Person
let ann: Person
let ben: Person
const sockets: WebSocket[] = []
beforeAll(async () => {
  node = await emptyNode()
  admin = await register(node.url, 'Admin')
  ann = await register(node.url, 'Ann')
  ben = await register(node.url, 'Ben')
})
afterAll(() => {
  for (const socket of sockets) socket.terminate()
})

interface Subscribed {
  frames: any[]
  closed: { code: number; reason: string } | undefined
  say(frame: unknown): void
  /** The first frame of a type, once it is there. */
  heard(type: string): Promise<any>
}

async function subscriber(): Promise<Subscribed> {
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/notifications`)
  sockets.push(socket)
  const one: Subscribed = {
    frames: [],
    closed: undefined,
    say: (frame) => socket.send(typeof frame === 'string' || frame instanceof Buffer ? frame : JSON.stringify(frame)),
    heard: (type) => until(() => one.frames.find((frame) => frame.type === type), `a frame of type ${type}`),
  }
  socket.on('message', (data: Buffer) => one.frames.push(JSON.parse(data.toString())))
  socket.on('close', (code, reason) => {
    one.closed = { code, reason: reason.toString() }
  })
  await once(socket, 'open')
  return one
}

async function greeted(person: Person, after?: number): Promise<Subscribed> {
  const one = await subscriber()
  one.say({ type: 'hello', token: person.token, ...(after !== undefined && { after }) })
  await one.heard('welcome')
  return one
}

const eventsOf = ({ frames }: Subscribed) => frames.filter(({ type }) => type === 'event')

test('one hears what concerns oneself, and not what concerns others', async () => {
  const hers = await greeted(ann)
  const his = await greeted(ben)
  expect(hers.frames[0]).toMatchObject({ type: 'welcome', userId: ann.id })
  const name = await draftOf(ann, 'Heard')
  await until(() => eventsOf(hers).some(({ subject }) => subject === name), 'the event of the draft')
  await ann.ask('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  await until(() => eventsOf(his).some(({ subject }) => subject === name), 'the event of the role')
  expect(eventsOf(his).every(({ event }) => event === 'access.changed' || event.startsWith('notification.'))).toBe(true)
})

test('who comes back with a position hears exactly what they missed', async () => {
  const first = await greeted(ann)
  const { position } = first.frames[0]
  const names = [await draftOf(ann, 'One'), await draftOf(ann, 'Two')]
  await until(() => names.every((name) => eventsOf(first).some(({ subject }) => subject === name)), 'both events')
  const again = await greeted(ann, position)
  await until(() => eventsOf(again).length === eventsOf(first).length, 'the same events')
  expect(eventsOf(again)).toEqual(eventsOf(first))
})

test('an audience is heard by whoever may read it, for as long as they may', async () => {
  const { body: venture } = await ann.ask('POST', '/api/ventures', { name: 'Venture' })
  const audience = `venture:${venture.id}`
  const his = await greeted(ben)
  his.say({ type: 'subscribe', audience })
  expect(await his.heard('problem')).toMatchObject({ code: 'not-found', audience })
  await ann.ask('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'viewer' })
  his.say({ type: 'subscribe', audience })
  await his.heard('subscribed')
  await ann.ask('PUT', `/api/ventures/${venture.id}/members/${admin.id}`, { role: 'viewer' })
  await until(() => eventsOf(his).some(({ data }) => data.userId === admin.id), 'what happens in the venture')

  his.frames.length = 0
  const { body } = await ann.ask('DELETE', `/api/ventures/${venture.id}/members/${ben.id}`)
  expect(body.enforcement.confirmed).toBe(body.enforcement.nodes)
  expect(await his.heard('problem')).toMatchObject({ code: 'not-found', audience })
  await ann.ask('DELETE', `/api/ventures/${venture.id}/members/${admin.id}`)
  const theirs = await greeted(admin, 0)
  await until(() => eventsOf(theirs).some(({ data }) => data.userId === admin.id && data.role === null), 'the last event to be told')
  his.say({ type: 'ping' })
  await his.heard('pong')
  expect(eventsOf(his).some(({ data }) => data.userId === admin.id)).toBe(false)
})

test.each([
  ['signs out', (person: Person) => person.ask('POST', '/api/auth/logout')],
  ['is suspended', (person: Person) => admin.ask('PATCH', `/api/users/${person.id}`, { status: 'suspended' })],
])('somebody who %s is shut out before the request is answered', async (_, act) => {
  const cleo = await register(node.url, 'Cleo')
  const one = await greeted(cleo)
  expect((await act(cleo)).status).toBeLessThan(300)
  expect(await until(() => one.closed, 'the socket to be closed')).toEqual({ code: 4401, reason: 'unauthenticated' })
})

test.each([
  ['no JSON', 'hello', 4400],
  ['an unknown type', { type: 'shout' }, 4400],
  ['an unknown field', { type: 'ping', loud: true }, 4400],
  ['bytes', Buffer.from('{"type":"ping"}'), 4400],
  ['a bad token', { type: 'hello', token: 'x' }, 4401],
  ['a subscription before the greeting', { type: 'subscribe', audience: 'venture:x' }, 4401],
])('%s closes the socket', async (_, frame, code) => {
  const one = await subscriber()
  one.say(frame)
  expect((await until(() => one.closed, 'the socket to be closed')).code).toBe(code)
})

test('a later greeting brings a new token of the same person, and no other', async () => {
  const one = await greeted(ann)
  one.say({ type: 'hello', token: ann.token })
  one.say({ type: 'ping' })
  await one.heard('pong')
  expect(one.frames.filter(({ type }) => type === 'welcome')).toHaveLength(1)
  one.say({ type: 'hello', token: ben.token })
  expect((await until(() => one.closed, 'the socket to be closed')).code).toBe(4401)
})
