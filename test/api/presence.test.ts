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
const getNodeUrl = (nodeIndex: number) => nodes[nodeIndex % nodes.length]?.url as string

beforeAll(async () => {
  nodes.push(await startNode(env))
  if (usesPostgres && onRedis) nodes.push(await startNode(env))
  person = await registerPeople(getNodeUrl(0), ['owner', 'commenter', 'viewer', 'stranger'])
})
afterAll(async () => {
  for (const socket of sockets) socket.terminate()
  for (const node of nodes) await node.stop()
  await remove()
})

interface Subscriber {
  frames: any[]
  send(frame: object): void
  close(): void
}

async function subscribe(user: Person, nodeIndex: number, ...audiences: string[]): Promise<Subscriber> {
  const socket = new WebSocket(`${getNodeUrl(nodeIndex).replace('http', 'ws')}/notifications`)
  sockets.push(socket)
  const frames: any[] = []
  socket.on('message', (data: Buffer) => frames.push(JSON.parse(data.toString())))
  await once(socket, 'open')
  const subscriber = { frames, send: (frame: object) => socket.send(JSON.stringify(frame)), close: () => socket.close() }
  subscriber.send({ type: 'hello', token: user.token, audiences })
  await waitUntil(() => frames.some(({ type }) => type === 'welcome'), 'the welcome frame')
  return subscriber
}

async function createSharedSpace(): Promise<string> {
  const { id } = await createSpace(person('owner'))
  await shareWithRoles(person, `/api/spaces/${id}`, ['commenter', 'viewer'])
  return id
}
const listTypingFrames = ({ frames }: Subscriber) => frames.filter(({ type }) => type === 'typing')
const listPresenceFrames = ({ frames }: Subscriber) => frames.filter(({ type }) => type === 'presence')
/** Waits until the server has answered all earlier frames of this subscriber. */
async function waitUntilAnswered(subscriber: Subscriber) {
  const pongsBefore = subscriber.frames.filter(({ type }) => type === 'pong').length
  subscriber.send({ type: 'ping' })
  await waitUntil(() => subscriber.frames.filter(({ type }) => type === 'pong').length > pongsBefore, 'the pong')
}
const toPresentUser = (user: Person) => ({ userId: user.id, name: user.name })

describe('typing', () => {
  test('is sent to the other subscribers of the conversation, on every node, and is not stored', async () => {
    const id = await createSharedSpace()
    const audience = `space:${id}`
    const typist = await subscribe(person('commenter'), 0, audience)
    const [sameNode, otherNode, unauthorized, ownSecondSocket] = [
      await subscribe(person('owner'), 0, audience),
      await subscribe(person('viewer'), 1, audience),
      await subscribe(person('stranger'), 1, audience),
      await subscribe(person('commenter'), 1, audience),
    ]
    typist.send({ type: 'typing', conversation: id })
    const expected = { type: 'typing', conversation: id, userId: person('commenter').id, name: 'commenter' }
    for (const subscriber of [sameNode, otherNode]) {
      await waitUntil(() => listTypingFrames(subscriber).length > 0, 'the typing frame')
      expect(listTypingFrames(subscriber)).toEqual([expected])
    }
    for (const subscriber of [typist, unauthorized, ownSecondSocket]) {
      await waitUntilAnswered(subscriber)
      expect(listTypingFrames(subscriber)).toEqual([])
    }
    const lateSubscriber = await subscribe(person('owner'), 0, audience)
    await waitUntilAnswered(lateSubscriber)
    expect(listTypingFrames(lateSubscriber)).toEqual([])
  })

  test('in a direct conversation is sent only to its participants', async () => {
    const { body } = await person('owner').request('POST', '/api/conversations/direct', { userIds: [person('stranger').id] })
    const [sender, recipient, outsider] = [
      await subscribe(person('owner'), 0),
      await subscribe(person('stranger'), 1),
      await subscribe(person('viewer'), 1),
    ]
    outsider.send({ type: 'typing', conversation: body.id })
    await waitUntil(() => outsider.frames.some(({ code }) => code === 'not-found'), 'the problem frame')
    sender.send({ type: 'typing', conversation: body.id })
    await waitUntil(() => listTypingFrames(recipient).length === 1, 'the typing frame')
    await waitUntilAnswered(outsider)
    expect(listTypingFrames(outsider)).toEqual([])
    expect(listTypingFrames(recipient)[0]).toMatchObject({ userId: person('owner').id })
  })

  test('requires write access, and exceeding its rate limit does not close the connection', async () => {
    const id = await createSharedSpace()
    const [viewer, stranger, commenter] = [
      await subscribe(person('viewer'), 0),
      await subscribe(person('stranger'), 0),
      await subscribe(person('commenter'), 0),
    ]
    viewer.send({ type: 'typing', conversation: id })
    stranger.send({ type: 'typing', conversation: id })
    await waitUntil(
      () => viewer.frames.some(({ code, conversation }) => code === 'forbidden' && conversation === id),
      'the `forbidden` problem',
    )
    await waitUntil(
      () => stranger.frames.some(({ code, conversation }) => code === 'not-found' && conversation === id),
      'the `not-found` problem',
    )
    for (let n = 0; n < 45; n++) commenter.send({ type: 'typing', conversation: id })
    await waitUntil(() => commenter.frames.some(({ code }) => code === 'rate-limited'), 'the `rate-limited` problem')
    await waitUntilAnswered(commenter)
    await waitUntilAnswered(viewer)
  })
})

describe('presence', () => {
  test('lists the present users, announces each join, and announces a leave with the user’s last socket', async () => {
    const audience = `space:${await createSharedSpace()}`
    const owner = await subscribe(person('owner'), 0)
    owner.send({ type: 'presence', audience })
    await waitUntil(() => listPresenceFrames(owner).length > 0, 'the list of present users')
    expect(listPresenceFrames(owner)).toEqual([{ type: 'presence', audience, users: [toPresentUser(person('owner'))] }])
    const [firstSocket, secondSocket] = [await subscribe(person('viewer'), 1), await subscribe(person('viewer'), 0)]
    firstSocket.send({ type: 'presence', audience })
    await waitUntil(() => listPresenceFrames(owner).length === 2, 'the viewer to join')
    expect(listPresenceFrames(owner)[1]).toEqual({ type: 'presence', audience, joined: toPresentUser(person('viewer')) })
    secondSocket.send({ type: 'presence', audience })
    await waitUntil(() => listPresenceFrames(secondSocket).length > 0, 'the list of present users')
    await waitUntil(() => listPresenceFrames(firstSocket)[0].users.length === 2, 'two present users')
    firstSocket.close()
    const commenter = await subscribe(person('commenter'), 1)
    commenter.send({ type: 'presence', audience })
    await waitUntil(
      () => listPresenceFrames(owner).some(({ joined }) => joined?.userId === person('commenter').id),
      'the commenter to join',
    )
    expect(listPresenceFrames(owner).some(({ left }) => left)).toBe(false)
    secondSocket.send({ type: 'unsubscribe', audience })
    await waitUntil(() => listPresenceFrames(owner).some(({ left }) => left?.userId === person('viewer').id), 'the viewer to leave')
  })

  test('ends on `here: false` while the subscription continues', async () => {
    const id = await createSharedSpace()
    const audience = `space:${id}`
    const [owner, viewer] = [await subscribe(person('owner'), 0), await subscribe(person('viewer'), 1)]
    owner.send({ type: 'presence', audience })
    await waitUntil(() => listPresenceFrames(owner).some(({ users }) => users), 'the owner to be present')
    viewer.send({ type: 'presence', audience })
    await waitUntil(() => listPresenceFrames(owner).some(({ joined }) => joined?.userId === person('viewer').id), 'the viewer to join')
    viewer.send({ type: 'presence', audience, here: false })
    await waitUntil(() => listPresenceFrames(owner).some(({ left }) => left?.userId === person('viewer').id), 'the viewer to leave')
    const framesBefore = listPresenceFrames(viewer).length
    await person('owner').request('PUT', `/api/spaces/${id}/members/${person('viewer').id}`, { role: 'editor' })
    await waitUntil(
      () => viewer.frames.some(({ event, subject }) => event === 'access.changed' && subject === audience),
      'the event of the role',
    )
    owner.send({ type: 'presence', audience, here: false })
    await waitUntilAnswered(owner)
    await waitUntilAnswered(viewer)
    expect(listPresenceFrames(viewer)).toHaveLength(framesBefore)
  })

  test('requires read access, ends when that access is removed, and is refused for platform and user audiences', async () => {
    const id = await createSharedSpace()
    const audience = `space:${id}`
    const [owner, commenter, stranger] = [
      await subscribe(person('owner'), 0),
      await subscribe(person('commenter'), 1),
      await subscribe(person('stranger'), 1),
    ]
    owner.send({ type: 'presence', audience })
    await waitUntil(() => listPresenceFrames(owner).some(({ users }) => users), 'the owner to be present')
    for (const subscriber of [commenter, stranger]) subscriber.send({ type: 'presence', audience })
    await waitUntil(() => stranger.frames.some(({ code }) => code === 'not-found'), 'the problem frame')
    await waitUntil(
      () => listPresenceFrames(owner).some(({ joined }) => joined?.userId === person('commenter').id),
      'the commenter to join',
    )
    await person('owner').request('DELETE', `/api/spaces/${id}/members/${person('commenter').id}`)
    await waitUntil(() => listPresenceFrames(owner).some(({ left }) => left?.userId === person('commenter').id), 'the commenter to leave')
    for (const refusedAudience of ['platform', `user:${person('owner').id}`]) {
      owner.send({ type: 'presence', audience: refusedAudience })
      await waitUntil(
        () => owner.frames.some(({ code, audience: frameAudience }) => code === 'forbidden' && frameAudience === refusedAudience),
        'the problem frame',
      )
    }
  })

  test.skipIf(!usesPostgres || !onRedis)(
    'ends when its node stops, and after a timeout when its node is silent',
    async () => {
      const audience = `space:${await createSharedSpace()}`
      const owner = await subscribe(person('owner'), 0)
      owner.send({ type: 'presence', audience })
      nodes.push(await startNode(env))
      const viewer = await subscribe(person('viewer'), 2)
      viewer.send({ type: 'presence', audience })
      const waitForLeave = (user: Person) =>
        waitUntil(() => listPresenceFrames(owner).some(({ left }) => left?.userId === user.id), `${user.name} to leave`, 60_000)
      await waitUntil(() => listPresenceFrames(owner).some(({ joined }) => joined?.userId === person('viewer').id), 'the viewer to join')
      await nodes.pop()?.stop()
      await waitForLeave(person('viewer'))

      const prefix = `smartstart:${await readInstallationName((nodes[0] as Node).database)}:`
      const bus = createRedisBus(process.env.TEST_REDIS_URL as string, createLog('silent'), prefix, () => {})
      const came = { audience, ...toPresentUser(person('commenter')) }
      await waitUntil(
        async () => (await bus.publish('presence', JSON.stringify({ node: 'ended node', came }))) > 0,
        'a node to receive the bus message',
      )
      await waitUntil(
        () => listPresenceFrames(owner).some(({ joined }) => joined?.userId === person('commenter').id),
        'the commenter to join',
      )
      await bus.stop()
      await waitForLeave(person('commenter'))
    },
    120_000,
  )
})

test('a connected user receives platform broadcasts without subscribing', async () => {
  const subscriber = await subscribe(person('stranger'), 1)
  await person('owner').request('POST', '/api/websocket/broadcast', { message: 'hello all' })
  const broadcast = await waitUntil(() => subscriber.frames.find(({ event }) => event === 'websocket-message.broadcast'), 'the broadcast')
  expect(broadcast).toMatchObject({ data: { message: 'hello all' }, subject: 'platform' })
})
