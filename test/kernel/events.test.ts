import { sql } from 'kysely'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { allowAnyone } from '../../domain/kernel/permission.ts'
import { createMemoryBus } from '../../domain/kernel/bus.ts'
import { newId } from '../../domain/kernel/entity.ts'
import { DomainError } from '../../domain/kernel/errors.ts'
import { event, type PublishedEvent } from '../../domain/kernel/events/event.ts'
import { startFeed } from '../../domain/kernel/events/feed.ts'
import { readEventsAfter } from '../../domain/kernel/events/kept-event.ts'
import { startJobs } from '../../domain/kernel/jobs.ts'
import { createLog } from '../../domain/kernel/log.ts'
import { anonymous, system } from '../../domain/kernel/actor.ts'
import type { EventHandler } from '../../domain/kernel/manifest/background-work.ts'
import { command, query } from '../../domain/kernel/operation.ts'
import { startSequencer } from '../../domain/kernel/events/sequencer.ts'
import { UserCreated } from '../../domain/users/events.ts'
import type { Node } from '../../main.ts'
import { registerPerson } from '../support/client.ts'
import { getEmptyNode, usesPostgres } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

const NumberEmitted = event('test.emitted', { n: z.number() })
const log = createLog('silent')

const emitNumber = command('test.emitNumber', {
  input: { n: z.number(), fail: z.boolean().default(false) },
  authorize: allowAnyone,
  async execute(work, { n, fail }) {
    work.emit(NumberEmitted, { subject: 'test:subject', audience: ['test:subject'], data: { n } })
    await work.em.flush()
    if (fail) throw new DomainError('conflict', 'The test command fails.')
  },
})

let node: Node
beforeAll(async () => {
  node = await getEmptyNode()
})

const readHead = async () =>
  Number((await sql<{ position: string }>`select position from event_head`.execute(node.database.sql)).rows[0]?.position)

test('concurrent commands get positions without gaps, and failed commands get none', async () => {
  await node.sequencer.drain()
  const before = await readHead()
  const results = await Promise.allSettled(
    Array.from({ length: 60 }, (_, n) => node.domain.run(anonymous, emitNumber, { n, fail: n % 3 === 0 })),
  )
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(40)
  await node.sequencer.drain()
  const events = await readEventsAfter(node.database.runPrepared, before, 100)
  expect(events.map(({ position }) => position)).toEqual(Array.from({ length: 40 }, (_, n) => before + n + 1))
  expect(events.every(({ data }) => (data.n as number) % 3 !== 0)).toBe(true)
})

const readPosition = async (n: number) =>
  (
    await sql<{ position: string | null }>`select position from event where name = 'test.emitted' and data ->> 'n' = ${String(n)}`.execute(
      node.database.sql,
    )
  ).rows[0]?.position

test('an event has a position when its command returns, after the events that waited', async () => {
  await node.sequencer.drain()
  const before = await readHead()
  await sql`insert into event (id, name, subject, audience, data, at)
    values (${newId()}, 'test.emitted', 'test:subject', '{test:subject}', '{"n": 1001}', now())`.execute(node.database.sql)
  await node.domain.run(anonymous, emitNumber, { n: 1002 })
  expect(await Promise.all([readPosition(1001), readPosition(1002)])).toEqual([String(before + 1), String(before + 2)])
  await node.domain.run(anonymous, emitNumber, { n: 1003 })
  expect(await readPosition(1003)).toBe(String(before + 3))
})

test.skipIf(!usesPostgres)(
  'a command does not wait for the sequencer lock, and its event comes after those that the holder numbers',
  async () => {
    await node.sequencer.drain()
    const before = await readHead()
    const other = new pg.Client({ connectionString: node.databaseUrl })
    await other.connect()
    try {
      await other.query('begin')
      await other.query(
        `select * from keep_events('[{"id": "${newId()}", "name": "test.emitted", "subject": "s", "audience": [], "data": {"n": 1004}, "at": "now"}]', 500)`,
      )
      await node.domain.run(anonymous, emitNumber, { n: 1005 })
      expect(await readPosition(1005)).toBe(null)
      await other.query('commit')
    } finally {
      await other.end()
    }
    await node.sequencer.drain()
    expect(await Promise.all([readPosition(1004), readPosition(1005)])).toEqual([String(before + 1), String(before + 2)])
  },
)

test('two concurrent sequencers number each event once', async () => {
  const bus = createMemoryBus(() => {})
  const jobs = { hasHandler: () => false, enqueueHandlers: async () => {}, stop: async () => {} }
  const otherSequencer = startSequencer({ database: node.database, bus, jobs, log })
  const before = await readHead()
  await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      await node.domain.run(anonymous, emitNumber, { n })
      otherSequencer.onCommitted([])
    }),
  )
  await Promise.all([otherSequencer.drain(), node.sequencer.drain()])
  await otherSequencer.stop()
  const events = await readEventsAfter(node.database.runPrepared, before, 100)
  expect(events.map(({ position }) => position)).toEqual(Array.from({ length: 50 }, (_, n) => before + n + 1))
})

test('a feed delivers every event once and in order, also when the bus lost messages', async () => {
  const lossy = createMemoryBus(() => {})
  const feed = await startFeed({ database: node.database, bus: lossy, log })
  const received: number[] = []
  feed.listen(({ position }) => received.push(position))
  const before = feed.position
  for (let n = 0; n < 5; n++) await node.domain.run(anonymous, emitNumber, { n })
  await node.sequencer.drain()
  // the bus delivers only the last of five events
  const last = (await readEventsAfter(node.database.runPrepared, before + 4, 1)) as PublishedEvent[]
  await lossy.publish('events', JSON.stringify(last))
  await waitUntil(() => received.length === 5, 'the feed to catch up')
  expect(received).toEqual([1, 2, 3, 4, 5].map((n) => before + n))
  await feed.stop()
})

test('an event handler is retried after a failure, and runs once if it succeeds', async () => {
  const handled: number[] = []
  const handler: EventHandler = {
    name: 'test.countNumbers',
    on: () => [NumberEmitted.name],
    async handle(_run, { data: { n } }) {
      handled.push(n as number)
      if (n === 7 && handled.filter((number) => number === 7).length === 1) throw new Error('The first attempt fails.')
    },
  }
  const url = process.env.TEST_DATABASE_URL ? node.databaseUrl : undefined
  const jobs = await startJobs({ database: node.database, url, log }, [{ handlers: [handler], schedules: [] }], (operation, input) =>
    node.domain.run(system, operation, input),
  )
  const at = new Date().toISOString()
  const events = [7, 8].map((n) => ({ position: n, event: NumberEmitted.name, subject: 's', audience: [], actor: null, at, data: { n } }))
  await node.database.sql.transaction().execute((transaction) => jobs.enqueueHandlers(transaction, events))
  await waitUntil(() => handled.filter((n) => n === 7).length === 2 && handled.includes(8), 'the handler to run again', 25_000)
  expect(handled.filter((n) => n === 8)).toHaveLength(1)
  await jobs.stop()
})

test('handlers of events that a node numbered before it died are queued once by another node', async () => {
  await node.sequencer.drain()
  const inserted = { id: newId(), name: UserCreated.name, data: JSON.stringify({ userId: newId() }) }
  const numbered = await node.database.sql.transaction().execute(async (transaction) => {
    await sql`insert into event (id, name, subject, audience, data, at)
      values (${inserted.id}, ${inserted.name}, 'test:subject', '{}', ${inserted.data}::jsonb, now())`.execute(transaction)
    return sql<{ position: string; event: string }>`select position, event from number_events(500)`.execute(transaction)
  })
  const position = numbered.rows.find(({ event }) => event === inserted.name)?.position
  await Promise.all([node.sequencer.drain(), node.sequencer.drain()])
  await node.sequencer.drain()
  const { rows } = await sql`select 1 from pgboss.job where name = 'notifications.announce' and data ->> 'position' = ${position}`.execute(
    node.database.sql,
  )
  expect(rows).toHaveLength(1)
})

test('an event without a handler creates no job', async () => {
  const before = await readHead()
  const { body } = await (await registerPerson(node.url, 'Maker')).request('POST', '/api/legal/documents', { title: 'Made' })
  await node.sequencer.drain()
  const created = (await readEventsAfter(node.database.runPrepared, before, 100)).find(
    ({ event, subject }) => event === 'access.changed' && subject === body.documentName,
  )
  const { rows } = await sql`select 1 from pgboss.job where data ->> 'position' = ${String(created?.position)}`.execute(node.database.sql)
  expect(rows).toHaveLength(0)
})

test('of many concurrent jobs the failed ones are retried and no other runs twice; a backlog is processed faster than one job a second', async () => {
  const count = 200
  const handled = new Map<number, number>()
  const handler: EventHandler = {
    name: 'test.countMany',
    on: () => [NumberEmitted.name],
    async handle(_run, { data }) {
      const n = data.n as number
      handled.set(n, (handled.get(n) ?? 0) + 1)
      if (n % 50 === 0 && handled.get(n) === 1) throw new Error('The first attempt fails.')
    },
  }
  const url = process.env.TEST_DATABASE_URL ? node.databaseUrl : undefined
  const jobs = await startJobs({ database: node.database, url, log }, [{ handlers: [handler], schedules: [] }], (operation, input) =>
    node.domain.run(system, operation, input),
  )
  const at = new Date().toISOString()
  const events = Array.from({ length: count }, (_, n) => ({
    position: n,
    event: NumberEmitted.name,
    subject: 's',
    audience: [],
    actor: null,
    at,
    data: { n },
  }))
  await node.database.sql.transaction().execute((transaction) => jobs.enqueueHandlers(transaction, events))
  await waitUntil(() => handled.size === count && [0, 50, 100, 150].every((n) => handled.get(n) === 2), 'all jobs to finish', 60_000)
  expect([...handled.values()].reduce((sum, times) => sum + times, 0)).toBe(count + 4)
  await jobs.stop()
})

test('an operation that runs inside another one is refused in place of a deadlock', async () => {
  const inner = query('test.inner', { input: {}, authorize: allowAnyone, execute: async () => 1 })
  const outer = command('test.outer', { input: {}, authorize: allowAnyone, execute: () => node.domain.run(anonymous, inner, {}) })
  await expect(node.domain.run(anonymous, outer, {})).rejects.toMatchObject({ code: 'internal' })
})
