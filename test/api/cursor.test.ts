/** WebSocket, server-sent events and polling share one cursor: the same events, positions, audiences and errors. */

import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { emitTestEvents } from '../support/test-events.ts'
import { type ApiResponse, createDraft, type Person, registerPerson } from '../support/client.ts'
import { testSecret } from '../support/cluster.ts'
import {
  subscribeByPolling,
  subscribeByStream,
  subscribeByWebSocket,
  type EventSubscriber,
  readNewestPosition,
  toNumbers,
  toPositions,
  subscribeForTest,
  type ReceivedEvent,
  type Subscribe,
  transports,
  withoutNotifications,
} from '../support/event-subscriber.ts'
import { createEmptyDatabase, startNode } from '../support/node.ts'
import { chooseSize } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let remove: () => Promise<void>
let ann: Person
let ben: Person
beforeAll(async () => {
  const database = await createEmptyDatabase()
  remove = database.remove
  node = await startNode({ ...database.env, TOKEN_SECRET: testSecret })
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})
afterAll(async () => {
  await node.stop()
  await remove()
})

test('a WebSocket, server-sent events and polling deliver the same events', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Journey' })
  const audience = `venture:${venture.id}`
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'viewer' })
  const after = await readNewestPosition(node, ann)
  // these events are missed, and the events after the subscriptions are live
  await emitTestEvents(node, [`user:${ben.id}`], { count: 3 })
  await emitTestEvents(node, ['user:somebody-else'], { count: 30 })
  await emitTestEvents(node, [audience, 'platform'], { from: 10, count: 250, text: 'two\nlines, “quoted” \u2028 <b>' })
  const middle = await readNewestPosition(node, ann)
  const options = { token: ben.token, after, audiences: [audience, 'platform'] }
  const subscribers = transports.map(([, subscribe]) => subscribeForTest(node, subscribe, options))
  await Promise.all(subscribers.map((subscriber) => subscriber.waitUntilReady()))
  await emitTestEvents(node, ['platform'], { from: 1000, count: 2 })
  await createDraft(ben, 'His own')
  await ann.request('PUT', `/api/ventures/${venture.id}`, { name: 'x' })
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'editor' })
  await waitUntil(() => subscribers.every(({ events }) => events.some(({ data }) => data.role === 'editor')), 'the last event')
  const [firstSubscriber, ...otherSubscribers] = subscribers as [EventSubscriber, ...EventSubscriber[]]
  expect(withoutNotifications(firstSubscriber.events).length).toBeGreaterThan(255)
  expect(toPositions(firstSubscriber.events)).toEqual([...new Set(toPositions(firstSubscriber.events))].sort((one, other) => one - other))
  for (const otherSubscriber of otherSubscribers)
    expect(withoutNotifications(otherSubscriber.events)).toEqual(withoutNotifications(firstSubscriber.events))
  expect(withoutNotifications(firstSubscriber.events).filter(({ position }) => position <= middle)).toHaveLength(253)

  // after Ben’s access is removed, each transport reports it and delivers only his other audiences
  const { body } = await ann.request('DELETE', `/api/ventures/${venture.id}/members/${ben.id}`)
  expect(body.enforcement.confirmed).toBe(body.enforcement.nodes)
  await emitTestEvents(node, [audience], { from: 2000, count: 5 })
  await emitTestEvents(node, [`user:${ben.id}`], { from: 3000 })
  const end = await readNewestPosition(node, ann)
  const [socket, stream, polling] = subscribers as [EventSubscriber, EventSubscriber, EventSubscriber]
  await waitUntil(
    () => [socket, stream].every(({ events }) => events.some(({ data }) => data.n === 3000)),
    'the event of Ben’s own audience',
  )
  for (const subscriber of [socket, stream])
    expect(subscriber.frames).toContainEqual(expect.objectContaining({ type: 'problem', code: 'not-found', audience }))
  await waitUntil(() => polling.closeReason, 'the `not-found` problem')
  expect(polling.frames.at(-1)).toMatchObject({ code: 'not-found', errors: [{ path: 'audience', message: audience }] })
  const pollingAgain = subscribeForTest(node, subscribeByPolling, {
    token: ben.token,
    after: polling.position as number,
    audiences: ['platform'],
  })
  await pollingAgain.waitForPosition(end)
  expect([...withoutNotifications(polling.events), ...withoutNotifications(pollingAgain.events)]).toEqual(
    withoutNotifications(socket.events),
  )
  expect(withoutNotifications(stream.events)).toEqual(withoutNotifications(socket.events))
  expect(toNumbers(socket.events)).not.toContain(2000)
})

describe.each(transports)('over %s', (_, subscribe: Subscribe) => {
  test('missed events follow current access: an audience granted since is replayed, a removed one is not', async () => {
    const [grantedId, removedId] = (await Promise.all([1, 2].map((n) => ann.request('POST', '/api/ventures', { name: `V${n}` })))).map(
      ({ body }) => body.id,
    )
    await ann.request('PUT', `/api/ventures/${removedId}/members/${ben.id}`, { role: 'viewer' })
    const after = await readNewestPosition(node, ann)
    await emitTestEvents(node, [`venture:${grantedId}`], { from: 1 })
    await emitTestEvents(node, [`venture:${removedId}`], { from: 2 })
    await ann.request('PUT', `/api/ventures/${grantedId}/members/${ben.id}`, { role: 'viewer' })
    await ann.request('DELETE', `/api/ventures/${removedId}/members/${ben.id}`)
    await emitTestEvents(node, [`user:${ben.id}`], { from: 3 })
    await readNewestPosition(node, ann)
    const subscriber = subscribeForTest(node, subscribe, { token: ben.token, after, audiences: [`venture:${grantedId}`] })
    await waitUntil(() => withoutNotifications(subscriber.events).at(-1)?.data.n === 3, 'the newest event')
    expect(toNumbers(subscriber.events).filter((n) => n !== undefined)).toEqual([1, 3])
    const refusedSubscriber = subscribeForTest(node, subscribe, { token: ben.token, after, audiences: [`venture:${removedId}`] })
    await waitUntil(() => refusedSubscriber.frames.some(({ code }) => code === 'not-found'), 'the `not-found` problem')
    expect(toNumbers(refusedSubscriber.events)).not.toContain(2)
  })

  test('a position that does not exist yet gets `cannot-replay` with the newest position', async () => {
    const newest = await readNewestPosition(node, ann)
    const subscriber = subscribeForTest(node, subscribe, { token: ann.token, after: newest + 1000 })
    await waitUntil(() => subscriber.closeReason, 'the subscription to end')
    expect(subscriber.closeReason).toBe('cannot-replay')
    expect(subscriber.frames.at(-1)).toMatchObject({ code: 'cannot-replay', position: expect.any(Number) })
    expect(subscriber.frames.at(-1).position).toBeGreaterThanOrEqual(newest)
    const resumed = subscribeForTest(node, subscribe, { token: ann.token, after: subscriber.frames.at(-1).position })
    await resumed.waitUntilReady()
    await emitTestEvents(node, [`user:${ann.id}`], { from: 77 })
    await waitUntil(() => toNumbers(resumed.events).includes(77), 'the next event')
  })

  test('a subscription ends when its token expires', async () => {
    const { sid } = jwt.decode(ann.token) as { sid: string }
    const token = jwt.sign({ sid }, testSecret, { algorithm: 'HS256', subject: ann.id, issuer: 'smartstart', expiresIn: 3 })
    const subscriber = subscribeForTest(node, subscribe, { token, after: await readNewestPosition(node, ann) })
    await subscriber.waitUntilReady()
    await waitUntil(() => subscriber.closeReason, 'the subscription to end', 20_000)
    expect(subscriber.closeReason).toBe('unauthenticated')
  })

  test('a subscriber that is thousands of events behind receives only its own events, in order', async () => {
    const after = await readNewestPosition(node, ann)
    for (let n = 0; n < 5; n++) {
      await emitTestEvents(node, ['user:somebody-else'], { count: chooseSize(400, 2500) })
      await emitTestEvents(node, [`user:${ann.id}`, 'platform'], { from: n * 100, count: 100 })
    }
    await emitTestEvents(node, ['platform'], { from: 500 })
    await readNewestPosition(node, ann)
    const subscriber = subscribeForTest(node, subscribe, { token: ann.token, after, audiences: ['platform'] })
    await waitUntil(() => withoutNotifications(subscriber.events).at(-1)?.data.n === 500, 'the newest event')
    expect(toNumbers(subscriber.events)).toEqual(Array.from({ length: 501 }, (_, n) => n))
  })
})

test('a subscriber of several audiences receives each missed event once, in order', async () => {
  const after = await readNewestPosition(node, ann)
  const [own, platform, foreign] = [`user:${ann.id}`, 'platform', 'user:somebody-else']
  const audienceLists = [[own], [foreign], [platform], [own, platform], [platform, foreign]]
  const count = chooseSize(120, 250)
  for (let n = 0; n < count; n++) await emitTestEvents(node, audienceLists[n % audienceLists.length] as string[], { from: n })
  await readNewestPosition(node, ann)
  const expectedNumbers = Array.from({ length: count }, (_, n) => n).filter((n) => n % audienceLists.length !== 1)
  const subscribers = transports.map(([, subscribe]) =>
    subscribeForTest(node, subscribe, { token: ann.token, after, audiences: ['platform'] }),
  )
  await waitUntil(() => subscribers.every(({ events }) => withoutNotifications(events).at(-1)?.data.n === count - 1), 'the newest event')
  for (const { events } of subscribers) expect(toNumbers(events)).toEqual(expectedNumbers)
})

test('a subscriber receives missed events and events emitted during the replay once each, in order', async () => {
  const after = await readNewestPosition(node, ann)
  await emitTestEvents(node, [`user:${ann.id}`], { count: 1500 })
  await readNewestPosition(node, ann)
  let n = 1500
  const subscriber = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after })
  while (!subscriber.events.some(({ data }) => data.n >= 1500)) await emitTestEvents(node, [`user:${ann.id}`], { from: n++ })
  await waitUntil(() => withoutNotifications(subscriber.events).at(-1)?.data.n === n - 1, 'the newest event')
  expect(toNumbers(subscriber.events)).toEqual(Array.from({ length: n }, (_, index) => index))
})

test('a poll returns at most `limit` events, and repeated polls neither skip nor repeat events', async () => {
  const after = await readNewestPosition(node, ann)
  for (let n = 0; n < 30; n++) await emitTestEvents(node, [n % 3 ? 'user:somebody-else' : `user:${ann.id}`], { from: n })
  const end = await readNewestPosition(node, ann)
  const receivedNumbers: number[] = []
  let position = after
  for (let polls = 0; position < end; polls++) {
    const { body } = await ann.request('GET', `/api/events?after=${position}&limit=3`)
    expect(body.items.length).toBeLessThanOrEqual(3)
    expect(body.position).toBeGreaterThan(position)
    receivedNumbers.push(...body.items.map(({ data }: ReceivedEvent) => data.n))
    position = body.position
    expect(polls).toBeLessThan(10)
  }
  expect(receivedNumbers).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27])
  expect((await ann.request('GET', `/api/events?after=${position}`)).body).toEqual({ items: [], position })
})

const paths = ['/api/events', '/api/notifications/stream']

test.each(paths.flatMap((path) => ['-1', '1.5', 'x', '1e3', ' 1', '9'.repeat(16), ''].map((after) => [path, after])))(
  '%s?after=%s is refused',
  async (path, after) => {
    const { status, body } = await ann.request('GET', `${path}?after=${encodeURIComponent(after)}`)
    expect({ status, type: body.type, path: body.errors?.[0].path }).toEqual({
      status: 400,
      type: 'urn:problem:invalid-input',
      path: 'after',
    })
  },
)

test.each(paths)('%s refuses a missing token, unknown fields, forbidden audiences and too many audiences', async (path) => {
  const name = await createDraft(ann)
  const readProblemType = async (request: Promise<ApiResponse>) => (await request).body.type
  expect((await fetch(node.url + path)).status).toBe(401)
  expect(await readProblemType(ann.request('GET', `${path}?loud=1`))).toBe('urn:problem:invalid-input')
  expect(await readProblemType(ben.request('GET', `${path}?audience=${name}`))).toBe('urn:problem:not-found')
  expect(await readProblemType(ben.request('GET', `${path}?audience=user:${ann.id}`))).toBe('urn:problem:not-found')
  const tooManyAudiences = Array.from({ length: 101 }, (_, n) => `audience=venture:${n}`).join('&')
  expect(await readProblemType(ann.request('GET', `${path}?${tooManyAudiences}`))).toBe('urn:problem:too-many-audiences')
})

test('a stream reports its position, prefers Last-Event-ID to `after`, and refuses an invalid Last-Event-ID', async () => {
  const after = await readNewestPosition(node, ann)
  await emitTestEvents(node, [`user:${ann.id}`], { from: 1 })
  const between = await readNewestPosition(node, ann)
  await emitTestEvents(node, [`user:${ann.id}`], { from: 2 })
  const headers = { authorization: `Bearer ${ann.token}`, 'last-event-id': String(between) }
  const response = await fetch(`${node.url}/api/notifications/stream?after=${after}`, { headers })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  expect(response.headers.get('cache-control')).toBe('no-store')
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  let text = ''
  await waitUntil(async () => {
    text += Buffer.from((await reader.read()).value ?? []).toString()
    return text.includes('"n":2')
  }, 'the second event')
  await reader.cancel()
  expect(text).toContain(`id: ${between}\nevent: welcome\n`)
  expect(text).not.toContain('"n":1')
  const refusal = await ann.request('GET', '/api/notifications/stream', undefined, { 'last-event-id': 'x' })
  expect(refusal.body.errors).toMatchObject([{ path: 'lastEventId' }])
  expect((await fetch(`${node.url}/api/notifications/stream`, { method: 'HEAD', headers })).status).toBe(200)
})

test('a stream without events stays open and receives keep-alive comments and the newest position', { timeout: 60_000 }, async () => {
  const after = await readNewestPosition(node, ann)
  const subscriber = subscribeForTest(node, subscribeByStream, { token: ann.token, after })
  await subscriber.waitUntilReady()
  await emitTestEvents(node, ['user:somebody-else'])
  const end = await readNewestPosition(node, ann)
  await subscriber.waitForPosition(end)
  expect(subscriber.comments.length).toBeGreaterThan(0)
  expect(subscriber.events).toEqual([])
})
