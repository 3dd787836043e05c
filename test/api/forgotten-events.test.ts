/** Event retention: events are kept for thirty days. A subscriber that missed older events gets `cannot-replay`. */
import { once } from 'node:events'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { eventRetentionMs, forgetOldEvents } from '../../domain/kernel/events/replay.ts'
import { system } from '../../domain/kernel/actor.ts'
import type { Node } from '../../main.ts'
import { emitTestEvents } from '../support/test-events.ts'
import { type Person, registerPerson } from '../support/client.ts'
import {
  subscribeByWebSocket,
  readNewestPosition,
  toNumbers,
  toPositions,
  subscribeForTest,
  transports,
} from '../support/event-subscriber.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

describe('event retention', () => {
  test('events are kept for thirty days, and an older event after a younger one is kept as well', async () => {
    expect(eventRetentionMs).toBe(30 * 24 * 3600_000)
    const before = await readNewestPosition(node, ann)
    await emitTestEvents(node, [`user:${ann.id}`], { count: 4 })
    await readNewestPosition(node, ann)
    expect(await node.domain.run(system, forgetOldEvents, {})).toBe(0)
    await sql`update event set at = now() - interval '31 days'
      where position <= ${before + 2}::bigint or position = ${before + 4}::bigint`.execute(node.database.sql)
    let deletedCount = 0
    for (let batch = 1; batch > 0; deletedCount += batch) batch = await node.domain.run(system, forgetOldEvents, {})
    expect(deletedCount).toBeGreaterThan(1)
    const { rows } = await sql<any>`
      select (select min(position) from event)::int as oldest, (select forgotten from event_head)::int as forgotten,
        (select count(*) from event_audience where position <= ${before + 2}::bigint)::int as "audienceRows"`.execute(node.database.sql)
    expect(rows).toEqual([{ oldest: before + 3, forgotten: before + 2, audienceRows: 0 }])
    const subscriber = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after: before + 2 })
    await waitUntil(() => subscriber.events.length >= 2, 'the kept events')
    expect(toPositions(subscriber.events.slice(0, 2))).toEqual([before + 3, before + 4])
  })

  test.each(transports)('over %s a position before the deleted events gets `cannot-replay`', async (_, subscribe) => {
    const oldPosition = await readNewestPosition(node, ann)
    await emitTestEvents(node, [`user:${ann.id}`], { from: 1 })
    const newerPosition = await readNewestPosition(node, ann)
    // with `kept: 0` every event is old
    while ((await node.domain.run(system, forgetOldEvents, { kept: 0 })) > 0);
    await emitTestEvents(node, [`user:${ann.id}`], { from: 2 })
    const newestPosition = await readNewestPosition(node, ann)
    const subscriber = subscribeForTest(node, subscribe, { token: ann.token, after: oldPosition })
    await waitUntil(() => subscriber.closeReason, 'the subscription to end')
    expect(subscriber.frames.at(-1)).toMatchObject({ code: 'cannot-replay', position: newestPosition })
    const resumed = subscribeForTest(node, subscribe, { token: ann.token, after: newerPosition })
    await waitUntil(() => resumed.events.length > 0, 'the kept events')
    expect(toNumbers(resumed.events)).toEqual([2])
  })

  test('`cannot-replay` has HTTP status 410 and close code 4410', async () => {
    const response = await ann.request('GET', '/api/events?after=0')
    expect(response.status).toBe(410)
    expect(response.body).toMatchObject({ type: 'urn:problem:cannot-replay', status: 410, position: expect.any(Number) })
    const subscriber = subscribeForTest(node, subscribeByWebSocket, { token: ann.token, after: 0 })
    const [code, reason] = (await once(subscriber.socket, 'close')) as [number, Buffer]
    expect([code, reason.toString()]).toEqual([4410, 'cannot-replay'])
  })
})
