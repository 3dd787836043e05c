/** Pages of missed events are encoded once for subscribers of the same audiences, and never sent to subscribers of other audiences. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { Backfill } from '../../api/events/backfill.ts'
import { system } from '../../domain/kernel/actor.ts'
import { forgetOldEvents } from '../../domain/kernel/events/replay.ts'
import type { Node } from '../../main.ts'
import { emitTestEvents } from '../support/test-events.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { subscribeByStream, subscribeByWebSocket, type EventSubscriber, type Subscribe } from '../support/event-subscriber.ts'
import { createEmptyDatabase, startNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let remove: () => Promise<void>
let ann: Person
let ben: Person
let cleo: Person
let audience: string
const subscribers: EventSubscriber[] = []
beforeAll(async () => {
  const database = await createEmptyDatabase()
  remove = database.remove
  node = await startNode(database.env)
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
  cleo = await registerPerson(node.url, 'Cleo')
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Kept' })
  audience = `venture:${venture.id}`
  for (const { id } of [ben, cleo]) await ann.request('PUT', `/api/ventures/${venture.id}/members/${id}`, { role: 'viewer' })
})
afterEach(() => {
  for (const subscriber of subscribers.splice(0)) subscriber.close()
})
afterAll(async () => {
  await node.stop()
  await remove()
})

/** The numbers of the test events that a subscriber receives after a position, up to the last event. */
async function receiveNumbers(subscribe: Subscribe, { token }: Person, after: number, audiences: string[]): Promise<number[]> {
  const subscriber = subscribe(node.url, { token, after, audiences })
  subscribers.push(subscriber)
  const listNumbers = () => subscriber.events.filter(({ event }) => event === 'test.emitted').map(({ data }) => data.n as number)
  await waitUntil(() => listNumbers().includes(999), 'the last event')
  return listNumbers()
}

test.each<[string, Subscribe]>([
  ['a WebSocket', subscribeByWebSocket],
  ['server-sent events', subscribeByStream],
])('over %s each subscriber receives its own events, also from pages cached for other subscribers', async (_, subscribe) => {
  await emitTestEvents(node, ['user:somebody-else'], { count: 100 })
  await node.sequencer.drain()
  const { body } = await ann.request('GET', '/api/events')
  // the first position of a page
  const after = Math.floor(body.position / 100) * 100
  await emitTestEvents(node, ['user:somebody-else'], { count: 100 })
  await emitTestEvents(node, [audience], { from: 10, count: 20 })
  await emitTestEvents(node, ['user:somebody-else'], { count: 150 })
  await emitTestEvents(node, [`user:${ann.id}`], { from: 50, count: 5 })
  await emitTestEvents(node, ['user:somebody-else'], { count: 150 })
  await emitTestEvents(node, [`user:${ben.id}`], { from: 60, count: 5 })
  await emitTestEvents(node, [audience], { from: 70, count: 5 })
  await emitTestEvents(node, [audience, `user:${ann.id}`, `user:${ben.id}`], { from: 999 })
  await node.sequencer.drain()
  const range = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n)
  const [firstShared, lastShared] = [range(10, 20), [...range(70, 5), 999]]
  const [annsNumbers, bensNumbers] = [range(50, 5), range(60, 5)]
  for (const round of [1, 2]) {
    expect(await receiveNumbers(subscribe, cleo, after, [audience]), `Cleo, ${round}`).toEqual([...firstShared, ...lastShared])
    expect(await receiveNumbers(subscribe, ben, after, []), `Ben without the venture, ${round}`).toEqual([...bensNumbers, 999])
    expect(await receiveNumbers(subscribe, ben, after, [audience]), `Ben, ${round}`).toEqual([
      ...firstShared,
      ...bensNumbers,
      ...lastShared,
    ])
    expect(await receiveNumbers(subscribe, ann, after, [audience]), `Ann, ${round}`).toEqual([
      ...firstShared,
      ...annsNumbers,
      ...lastShared,
    ])
    expect(await receiveNumbers(subscribe, ann, after, []), `Ann without the venture, ${round}`).toEqual([...annsNumbers, 999])
  }
})

test('the page cache evicts the least recently requested pages when it is full', async () => {
  const { body } = await ann.request('GET', '/api/events')
  const firstPosition = Math.ceil(body.position / 100) * 100
  // each page has 2.5 MB, and the cache holds 16 MiB
  for (let n = 0; n < 10; n++) await emitTestEvents(node, ['user:somebody-else'], { count: 100, text: 'x'.repeat(8000) })
  await node.sequencer.drain()
  const backfill = new Backfill(node.database.runPrepared, () => firstPosition + 1000)
  const toPosition = (page: number) => firstPosition + page * 100
  const listCachedPages = () => [0, 1, 2, 3, 4, 5, 6, 7].filter((page) => backfill.cachedPage(toPosition(page)))
  const readPage = (page: number) => backfill.readPage(toPosition(page), new Set([audience]))
  for (let page = 0; page < 6; page++) await readPage(page)
  expect(listCachedPages()).toEqual([0, 1, 2, 3, 4, 5])
  backfill.cachedPage(toPosition(0))
  for (const page of [6, 7]) await readPage(page)
  expect(listCachedPages()).toEqual([0, 3, 4, 5, 6, 7])
})

test('a page whose first events were deleted is not sent to a subscriber that missed them', async () => {
  const readNewestPosition = async (): Promise<number> => {
    await node.sequencer.drain()
    return (await ann.request('GET', '/api/events')).body.position
  }
  // the deleted events end in the middle of a page
  const firstPosition = await readNewestPosition()
  await emitTestEvents(node, [audience], { count: 100 - (firstPosition % 100) + 50 })
  const lastDeleted = await readNewestPosition()
  await waitUntil(async () => (await node.domain.run(system, forgetOldEvents, { kept: 0 })) === 0, 'all old events to be deleted')
  await emitTestEvents(node, [audience], { count: 5 })
  const end = await readNewestPosition()
  const backfill = new Backfill(node.database.runPrepared, () => end)
  await backfill.readPage(lastDeleted, new Set([audience]))
  expect(backfill.cachedPage(lastDeleted)?.upTo).toBe(end)
  expect(backfill.cachedPage(lastDeleted - 10)).toBeUndefined()
  await expect(backfill.readPage(lastDeleted - 10, new Set([audience]))).rejects.toMatchObject({ code: 'cannot-replay', position: end })
})
