/** A subscriber that does not read is disconnected alone; one that reads its backlog slowly stays connected. */
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { emitTestEvents } from '../support/test-events.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { subscribeByWebSocket, readNewestPosition, toNumbers, subscribeForTest, withoutNotifications } from '../support/event-subscriber.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

test('a subscriber that does not read is disconnected alone, and resumes from its position', async () => {
  const text = 'x'.repeat(20_000)
  const after = await readNewestPosition(node, ann)
  const pausedSubscriber = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after })
  await pausedSubscriber.waitUntilReady()
  pausedSubscriber.socket.pause()
  const request = get(`${node.url}/api/notifications/stream?after=${after}`, { headers: { authorization: `Bearer ${ann.token}` } })
  request.on('error', () => {})
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.pause()
  let isStreamEnded = false
  response.on('close', () => {
    isStreamEnded = true
  })
  response.on('error', () => {})
  const readingSubscriber = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after })
  await readingSubscriber.waitUntilReady()
  const countDisconnected = async () =>
    Number(
      /smartstart_socket_refusals_total\{problem="slow-reader"\} (\d+)/.exec(await (await fetch(`${node.url}/metrics`)).text())?.[1] ?? 0,
    )
  const disconnectedBefore = await countDisconnected()
  let n = 0
  while ((await countDisconnected()) < disconnectedBefore + 2) {
    await emitTestEvents(node, [`user:${ann.id}`], { from: n, count: 10, text })
    n += 10
    expect(n).toBeLessThan(5000)
  }
  await emitTestEvents(node, [`user:${ann.id}`], { from: n++ })
  await waitUntil(
    () => withoutNotifications(readingSubscriber.events).at(-1)?.data.n === n - 1,
    'the reading subscriber to receive all events',
    30_000,
  )
  pausedSubscriber.socket.resume()
  await waitUntil(() => pausedSubscriber.closeReason, 'the paused subscriber to be closed')
  response.resume()
  await waitUntil(() => isStreamEnded, 'the stream to end')
  const resumed = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after: pausedSubscriber.position as number })
  await waitUntil(() => withoutNotifications(resumed.events).at(-1)?.data.n === n - 1, 'the slow subscriber to receive all events', 30_000)
  expect(toNumbers([...pausedSubscriber.events, ...resumed.events])).toEqual(Array.from({ length: n }, (_, index) => index))
})

test('a subscriber that reads its backlog slowly receives all of it', async () => {
  const after = await readNewestPosition(node, ann)
  await emitTestEvents(node, [`user:${ann.id}`], { count: 300, text: 'x'.repeat(20_000) })
  await readNewestPosition(node, ann)
  const slowSubscriber = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after })
  await waitUntil(() => slowSubscriber.events.length > 0, 'the first event')
  slowSubscriber.socket.pause()
  // it reads only after the other subscriber has received everything
  const fastSubscriber = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after })
  await waitUntil(() => fastSubscriber.events.length === 300, 'the fast subscriber to receive all events', 30_000)
  slowSubscriber.socket.resume()
  await waitUntil(() => slowSubscriber.events.length === 300, 'the slow subscriber to receive all events', 30_000)
  expect(toNumbers(slowSubscriber.events)).toEqual(toNumbers(fastSubscriber.events))
})
