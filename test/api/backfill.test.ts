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
const listeners: EventSubscriber[] = []
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
  for (const listener of listeners.splice(0)) listener.close()
})
afterAll(async () => {
  await node.stop()
  await remove()
})

/** The numbers of the test events that a subscriber receives after a position, up to the last event. */
async function heard(way: Subscribe, { token }: Person, after: number, audiences: string[]): Promise<number[]> {
  const one = way(node.url, { token, after, audiences })
  listeners.push(one)
  const bells = () => one.events.filter(({ event }) => event === 'test.emitted').map(({ data }) => data.n as number)
  await waitUntil(() => bells().includes(999), 'the last')
  return bells()
}

test.each<[string, Subscribe]>([
  ['a WebSocket', subscribeByWebSocket],
  ['server-sent events', subscribeByStream],
])('over %s each subscriber receives its own events, also from pages cached for other subscribers', async (_, way) => {
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
  const [first, last] = [range(10, 20), [...range(70, 5), 999]]
  const [annsOwn, bensOwn] = [range(50, 5), range(60, 5)]
  for (const turn of [1, 2]) {
    expect(await heard(way, cleo, after, [audience]), `Cleo, ${turn}`).toEqual([...first, ...last])
    expect(await heard(way, ben, after, []), `Ben without the venture, ${turn}`).toEqual([...bensOwn, 999])
    expect(await heard(way, ben, after, [audience]), `Ben, ${turn}`).toEqual([...first, ...bensOwn, ...last])
    expect(await heard(way, ann, after, [audience]), `Ann, ${turn}`).toEqual([...first, ...annsOwn, ...last])
    expect(await heard(way, ann, after, []), `Ann without the venture, ${turn}`).toEqual([...annsOwn, 999])
  }
})

test('the page cache evicts the least recently requested pages when it is full', async () => {
  const { body } = await ann.request('GET', '/api/events')
  const begins = Math.ceil(body.position / 100) * 100
  // each page has 2.5 MB, and the cache holds 16 MiB
  for (let n = 0; n < 10; n++) await emitTestEvents(node, ['user:somebody-else'], { count: 100, text: 'x'.repeat(8000) })
  await node.sequencer.drain()
  const missed = new Backfill(node.database.runPrepared, () => begins + 1000)
  const of = (page: number) => begins + page * 100
  const kept = () => [0, 1, 2, 3, 4, 5, 6, 7].filter((page) => missed.cachedPage(of(page)))
  const read = (page: number) => missed.readPage(of(page), new Set([audience]))
  for (let page = 0; page < 6; page++) await read(page)
  expect(kept()).toEqual([0, 1, 2, 3, 4, 5])
  missed.cachedPage(of(0))
  for (const page of [6, 7]) await read(page)
  expect(kept()).toEqual([0, 3, 4, 5, 6, 7])
})

test('a page whose first events were deleted is not sent to a subscriber that missed them', async () => {
  const newest = async (): Promise<number> => {
    await node.sequencer.drain()
    return (await ann.request('GET', '/api/events')).body.position
  }
  // the deleted events end in the middle of a page
  const begins = await newest()
  await emitTestEvents(node, [audience], { count: 100 - (begins % 100) + 50 })
  const forgotten = await newest()
  await waitUntil(async () => (await node.domain.run(system, forgetOldEvents, { kept: 0 })) === 0, 'all to be forgotten')
  await emitTestEvents(node, [audience], { count: 5 })
  const end = await newest()
  const missed = new Backfill(node.database.runPrepared, () => end)
  await missed.readPage(forgotten, new Set([audience]))
  expect(missed.cachedPage(forgotten)?.upTo).toBe(end)
  expect(missed.cachedPage(forgotten - 10)).toBeUndefined()
  await expect(missed.readPage(forgotten - 10, new Set([audience]))).rejects.toMatchObject({ code: 'cannot-replay', position: end })
})
