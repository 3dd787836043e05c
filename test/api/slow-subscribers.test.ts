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
  const slow = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after })
  await slow.waitUntilReady()
  slow.socket.pause()
  const request = get(`${node.url}/api/notifications/stream?after=${after}`, { headers: { authorization: `Bearer ${ann.token}` } })
  request.on('error', () => {})
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  response.pause()
  let ended = false
  response.on('close', () => {
    ended = true
  })
  response.on('error', () => {})
  const good = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after })
  await good.waitUntilReady()
  const letGo = async () =>
    Number(
      /smartstart_socket_refusals_total\{problem="slow-reader"\} (\d+)/.exec(await (await fetch(`${node.url}/metrics`)).text())?.[1] ?? 0,
    )
  const before = await letGo()
  let n = 0
  while ((await letGo()) < before + 2) {
    await emitTestEvents(node, [`user:${ann.id}`], { from: n, count: 10, text })
    n += 10
    expect(n).toBeLessThan(5000)
  }
  await emitTestEvents(node, [`user:${ann.id}`], { from: n++ })
  await waitUntil(() => withoutNotifications(good.events).at(-1)?.data.n === n - 1, 'the other to hear all', 30_000)
  slow.socket.resume()
  await waitUntil(() => slow.closeReason, 'the slow one to be closed')
  response.resume()
  await waitUntil(() => ended, 'the stream to end')
  const again = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after: slow.position as number })
  await waitUntil(() => withoutNotifications(again.events).at(-1)?.data.n === n - 1, 'the slow one to have all', 30_000)
  expect(toNumbers([...slow.events, ...again.events])).toEqual(Array.from({ length: n }, (_, place) => place))
})

test('a subscriber that reads its backlog slowly receives all of it', async () => {
  const after = await readNewestPosition(node, ann)
  await emitTestEvents(node, [`user:${ann.id}`], { count: 300, text: 'x'.repeat(20_000) })
  await readNewestPosition(node, ann)
  const one = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after })
  await waitUntil(() => one.events.length > 0, 'the first')
  one.socket.pause()
  // it reads only after the other subscriber has received everything
  const other = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after })
  await waitUntil(() => other.events.length === 300, 'the other to have all', 30_000)
  one.socket.resume()
  await waitUntil(() => one.events.length === 300, 'the slow one to have all', 30_000)
  expect(toNumbers(one.events)).toEqual(toNumbers(other.events))
})
