import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createRedisBus } from '../../domain/kernel/bus.ts'
import { readInstallationName } from '../../domain/kernel/db/database.ts'
import { createLog } from '../../domain/kernel/log.ts'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople, shareWithRoles, createSpace } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

const onRedis = process.env.TEST_REDIS_URL !== undefined
const { env, remove } = await createEmptyDatabase()
const nodes: Node[] = []
let person: PersonByName
const sockets: WebSocket[] = []
/** The URL of a node. With a bus there are two nodes, so that senders and receivers can use different ones. */
const urlOf = (place: number) => nodes[place % nodes.length]?.url as string

beforeAll(async () => {
  nodes.push(await startNode(env))
  if (usesPostgres && onRedis) nodes.push(await startNode(env))
  person = await registerPeople(urlOf(0), ['owner', 'commenter', 'viewer', 'stranger'])
})
afterAll(async () => {
  for (const socket of sockets) socket.terminate()
  for (const node of nodes) await node.stop()
  await remove()
})

interface Subscribed {
  frames: any[]
  say(frame: object): void
  close(): void
}

async function greeted(who: Person, place: number, ...audiences: string[]): Promise<Subscribed> {
  const socket = new WebSocket(`${urlOf(place).replace('http', 'ws')}/notifications`)
  sockets.push(socket)
  const frames: any[] = []
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())))
  await once(socket, 'open')
  const one = { frames, say: (frame: object) => socket.send(JSON.stringify(frame)), close: () => socket.close() }
  one.say({ type: 'hello', token: who.token, audiences })
  await waitUntil(() => frames.some(({ type }) => type === 'welcome'), 'the welcome')
  return one
}

async function space(): Promise<string> {
  const { id } = await createSpace(person('owner'))
  await shareWithRoles(person, `/api/spaces/${id}`, ['commenter', 'viewer'])
  return id
}
const typings = ({ frames }: Subscribed) => frames.filter(({ type }) => type === 'typing')
const presences = ({ frames }: Subscribed) => frames.filter(({ type }) => type === 'presence')
/** Waits until the server has answered all earlier frames of this subscriber. */
async function answered(one: Subscribed) {
  const before = one.frames.filter(({ type }) => type === 'pong').length
  one.say({ type: 'ping' })
  await waitUntil(() => one.frames.filter(({ type }) => type === 'pong').length > before, 'the pong')
}
const nameOf = (who: Person) => ({ userId: who.id, name: who.name })

describe('typing', () => {
  test('is sent to the other subscribers of the conversation, on every node, and is not stored', async () => {
    const id = await space()
    const audience = `space:${id}`
    const types = await greeted(person('commenter'), 0, audience)
    const [near, far, deaf, again] = [
      await greeted(person('owner'), 0, audience),
      await greeted(person('viewer'), 1, audience),
      await greeted(person('stranger'), 1, audience),
      await greeted(person('commenter'), 1, audience),
    ]
    types.say({ type: 'typing', conversation: id })
    const expected = { type: 'typing', conversation: id, userId: person('commenter').id, name: 'commenter' }
    for (const one of [near, far]) {
      await waitUntil(() => typings(one).length > 0, 'that somebody types')
      expect(typings(one)).toEqual([expected])
    }
    for (const one of [types, deaf, again]) {
      await answered(one)
      expect(typings(one)).toEqual([])
    }
    const later = await greeted(person('owner'), 0, audience)
    await answered(later)
    expect(typings(later)).toEqual([])
  })

  test('in a direct conversation is sent only to its participants', async () => {
    const { body } = await person('owner').request('POST', '/api/conversations/direct', { userIds: [person('stranger').id] })
    const [one, other, third] = [
      await greeted(person('owner'), 0),
      await greeted(person('stranger'), 1),
      await greeted(person('viewer'), 1),
    ]
    third.say({ type: 'typing', conversation: body.id })
    await waitUntil(() => third.frames.some(({ code }) => code === 'not-found'), 'the refusal')
    one.say({ type: 'typing', conversation: body.id })
    await waitUntil(() => typings(other).length === 1, 'that somebody types')
    await answered(third)
    expect(typings(third)).toEqual([])
    expect(typings(other)[0]).toMatchObject({ userId: person('owner').id })
  })

  test('requires write access, and exceeding its rate limit does not close the connection', async () => {
    const id = await space()
    const [viewer, stranger, commenter] = [
      await greeted(person('viewer'), 0),
      await greeted(person('stranger'), 0),
      await greeted(person('commenter'), 0),
    ]
    viewer.say({ type: 'typing', conversation: id })
    stranger.say({ type: 'typing', conversation: id })
    await waitUntil(() => viewer.frames.some(({ code, conversation }) => code === 'forbidden' && conversation === id), 'forbidden')
    await waitUntil(() => stranger.frames.some(({ code, conversation }) => code === 'not-found' && conversation === id), 'not found')
    for (let n = 0; n < 45; n++) commenter.say({ type: 'typing', conversation: id })
    await waitUntil(() => commenter.frames.some(({ code }) => code === 'rate-limited'), 'the limit')
    await answered(commenter)
    await answered(viewer)
  })
})

describe('presence', () => {
  test('lists the present users, announces each join, and announces a leave with the user’s last socket', async () => {
    const audience = `space:${await space()}`
    const owner = await greeted(person('owner'), 0)
    owner.say({ type: 'presence', audience })
    await waitUntil(() => presences(owner).length > 0, 'who is there')
    expect(presences(owner)).toEqual([{ type: 'presence', audience, users: [nameOf(person('owner'))] }])
    const [one, two] = [await greeted(person('viewer'), 1), await greeted(person('viewer'), 0)]
    one.say({ type: 'presence', audience })
    await waitUntil(() => presences(owner).length === 2, 'the viewer to come')
    expect(presences(owner)[1]).toEqual({ type: 'presence', audience, joined: nameOf(person('viewer')) })
    two.say({ type: 'presence', audience })
    await waitUntil(() => presences(two).length > 0, 'who is there')
    await waitUntil(() => presences(one)[0].users.length === 2, 'both to be there')
    one.close()
    const third = await greeted(person('commenter'), 1)
    third.say({ type: 'presence', audience })
    await waitUntil(() => presences(owner).some(({ joined }) => joined?.userId === person('commenter').id), 'the commenter to come')
    expect(presences(owner).some(({ left }) => left)).toBe(false)
    two.say({ type: 'unsubscribe', audience })
    await waitUntil(() => presences(owner).some(({ left }) => left?.userId === person('viewer').id), 'the viewer to go')
  })

  test('ends on `here: false` while the subscription continues', async () => {
    const id = await space()
    const audience = `space:${id}`
    const [owner, viewer] = [await greeted(person('owner'), 0), await greeted(person('viewer'), 1)]
    owner.say({ type: 'presence', audience })
    await waitUntil(() => presences(owner).some(({ users }) => users), 'the owner to be there')
    viewer.say({ type: 'presence', audience })
    await waitUntil(() => presences(owner).some(({ joined }) => joined?.userId === person('viewer').id), 'the viewer to come')
    viewer.say({ type: 'presence', audience, here: false })
    await waitUntil(() => presences(owner).some(({ left }) => left?.userId === person('viewer').id), 'the viewer to go')
    const before = presences(viewer).length
    await person('owner').request('PUT', `/api/spaces/${id}/members/${person('viewer').id}`, { role: 'editor' })
    await waitUntil(() => viewer.frames.some(({ event, subject }) => event === 'access.changed' && subject === audience), 'the event')
    owner.say({ type: 'presence', audience, here: false })
    await answered(owner)
    await answered(viewer)
    expect(presences(viewer)).toHaveLength(before)
  })

  test('requires read access, ends when that access is removed, and is refused for platform and user audiences', async () => {
    const id = await space()
    const audience = `space:${id}`
    const [owner, commenter, stranger] = [
      await greeted(person('owner'), 0),
      await greeted(person('commenter'), 1),
      await greeted(person('stranger'), 1),
    ]
    owner.say({ type: 'presence', audience })
    await waitUntil(() => presences(owner).some(({ users }) => users), 'the owner to be there')
    for (const one of [commenter, stranger]) one.say({ type: 'presence', audience })
    await waitUntil(() => stranger.frames.some(({ code }) => code === 'not-found'), 'the refusal')
    await waitUntil(() => presences(owner).some(({ joined }) => joined?.userId === person('commenter').id), 'the commenter to come')
    await person('owner').request('DELETE', `/api/spaces/${id}/members/${person('commenter').id}`)
    await waitUntil(() => presences(owner).some(({ left }) => left?.userId === person('commenter').id), 'the commenter to go')
    for (const bad of ['platform', `user:${person('owner').id}`]) {
      owner.say({ type: 'presence', audience: bad })
      await waitUntil(() => owner.frames.some(({ code, audience: of }) => code === 'forbidden' && of === bad), 'the refusal')
    }
  })

  test.skipIf(!usesPostgres || !onRedis)(
    'ends when its node stops, and after a timeout when its node is silent',
    async () => {
      const audience = `space:${await space()}`
      const owner = await greeted(person('owner'), 0)
      owner.say({ type: 'presence', audience })
      nodes.push(await startNode(env))
      const viewer = await greeted(person('viewer'), 2)
      viewer.say({ type: 'presence', audience })
      const went = (who: Person) =>
        waitUntil(() => presences(owner).some(({ left }) => left?.userId === who.id), `${who.name} to go`, 60_000)
      await waitUntil(() => presences(owner).some(({ joined }) => joined?.userId === person('viewer').id), 'the viewer to come')
      await nodes.pop()?.stop()
      await went(person('viewer'))

      const prefix = `smartstart:${await readInstallationName((nodes[0] as Node).database)}:`
      const bus = createRedisBus(process.env.TEST_REDIS_URL as string, createLog('silent'), prefix, () => {})
      const came = { audience, ...nameOf(person('commenter')) }
      await waitUntil(async () => (await bus.publish('presence', JSON.stringify({ node: 'one that died', came }))) > 0, 'the bus')
      await waitUntil(() => presences(owner).some(({ joined }) => joined?.userId === person('commenter').id), 'the commenter to come')
      await bus.stop()
      await went(person('commenter'))
    },
    120_000,
  )
})

test('a connected user receives platform broadcasts without subscribing', async () => {
  const one = await greeted(person('stranger'), 1)
  await person('owner').request('POST', '/api/websocket/broadcast', { message: 'hello all' })
  const heard = await waitUntil(() => one.frames.find(({ event }) => event === 'websocket-message.broadcast'), 'the broadcast')
  expect(heard).toMatchObject({ data: { message: 'hello all' }, subject: 'platform' })
})
