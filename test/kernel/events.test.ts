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

const Rang = event('test.emitted', { n: z.number() })
const log = createLog('silent')

const ring = command('test.ring', {
  input: { n: z.number(), fail: z.boolean().default(false) },
  authorize: allowAnyone,
  async execute(work, { n, fail }) {
    work.emit(Rang, { subject: 'test:subject', audience: ['test:subject'], data: { n } })
    await work.em.flush()
    if (fail) throw new DomainError('conflict', 'it was said so')
  },
})

let node: Node
beforeAll(async () => {
  node = await getEmptyNode()
})

const headOf = async () =>
  Number((await sql<{ position: string }>`select position from event_head`.execute(node.database.sql)).rows[0]?.position)

test('events committed at once get positions without a gap, and none when the command failed', async () => {
  await node.sequencer.drain()
  const before = await headOf()
  const results = await Promise.allSettled(Array.from({ length: 60 }, (_, n) => node.domain.run(anonymous, ring, { n, fail: n % 3 === 0 })))
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(40)
  await node.sequencer.drain()
  const heard = await readEventsAfter(node.database.runPrepared, before, 100)
  expect(heard.map(({ position }) => position)).toEqual(Array.from({ length: 40 }, (_, n) => before + n + 1))
  expect(heard.every(({ data }) => (data.n as number) % 3 !== 0)).toBe(true)
})

const positionOf = async (n: number) =>
  (
    await sql<{ position: string | null }>`select position from event where name = 'test.emitted' and data ->> 'n' = ${String(n)}`.execute(
      node.database.sql,
    )
  ).rows[0]?.position

test('an event has its position when its command is done, after those that waited', async () => {
  await node.sequencer.drain()
  const before = await headOf()
  await sql`insert into event (id, name, subject, audience, data, at)
    values (${newId()}, 'test.emitted', 'test:subject', '{test:subject}', '{"n": 1001}', now())`.execute(node.database.sql)
  await node.domain.run(anonymous, ring, { n: 1002 })
  expect(await Promise.all([positionOf(1001), positionOf(1002)])).toEqual([String(before + 1), String(before + 2)])
  await node.domain.run(anonymous, ring, { n: 1003 })
  expect(await positionOf(1003)).toBe(String(before + 3))
})

test.skipIf(!usesPostgres)(
  'while another one numbers, a command waits for nobody, and its event comes after what is numbered there',
  async () => {
    await node.sequencer.drain()
    const before = await headOf()
    const other = new pg.Client({ connectionString: node.databaseUrl })
    await other.connect()
    try {
      await other.query('begin')
      await other.query(
        `select * from keep_events('[{"id": "${newId()}", "name": "test.emitted", "subject": "s", "audience": [], "data": {"n": 1004}, "at": "now"}]', 500)`,
      )
      await node.domain.run(anonymous, ring, { n: 1005 })
      expect(await positionOf(1005)).toBe(null)
      await other.query('commit')
    } finally {
      await other.end()
    }
    await node.sequencer.drain()
    expect(await Promise.all([positionOf(1004), positionOf(1005)])).toEqual([String(before + 1), String(before + 2)])
  },
)

test('two relays at once number each event once', async () => {
  const bus = createMemoryBus(() => {})
  const jobs = { hasHandler: () => false, enqueueHandlers: async () => {}, stop: async () => {} }
  const rival = startSequencer({ database: node.database, bus, jobs, log })
  const before = await headOf()
  await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      await node.domain.run(anonymous, ring, { n })
      rival.onCommitted([])
    }),
  )
  await Promise.all([rival.drain(), node.sequencer.drain()])
  await rival.stop()
  const heard = await readEventsAfter(node.database.runPrepared, before, 100)
  expect(heard.map(({ position }) => position)).toEqual(Array.from({ length: 50 }, (_, n) => before + n + 1))
})

test('a feed hears every event once and in order, also those that the bus lost', async () => {
  const lossy = createMemoryBus(() => {})
  const feed = await startFeed({ database: node.database, bus: lossy, log })
  const heard: number[] = []
  feed.listen(({ position }) => heard.push(position))
  const before = feed.position
  for (let n = 0; n < 5; n++) await node.domain.run(anonymous, ring, { n })
  await node.sequencer.drain()
  // of five events the bus tells this feed only the last
  const last = (await readEventsAfter(node.database.runPrepared, before + 4, 1)) as PublishedEvent[]
  await lossy.publish('events', JSON.stringify(last))
  await waitUntil(() => heard.length === 5, 'the feed to catch up')
  expect(heard).toEqual([1, 2, 3, 4, 5].map((n) => before + n))
  await feed.stop()
})

test('an event handler runs again when it failed, and once when it succeeds', async () => {
  const seen: number[] = []
  const handler: EventHandler = {
    name: 'test.countRings',
    on: () => [Rang.name],
    async handle(_run, { data: { n } }) {
      seen.push(n as number)
      if (n === 7 && seen.filter((one) => one === 7).length === 1) throw new Error('the first time fails')
    },
  }
  const url = process.env.TEST_DATABASE_URL ? node.databaseUrl : undefined
  const jobs = await startJobs({ database: node.database, url, log }, [{ handlers: [handler], schedules: [] }], (operation, input) =>
    node.domain.run(system, operation, input),
  )
  const at = new Date().toISOString()
  const told = [7, 8].map((n) => ({ position: n, event: Rang.name, subject: 's', audience: [], actor: null, at, data: { n } }))
  await node.database.sql.transaction().execute((transaction) => jobs.enqueueHandlers(transaction, told))
  await waitUntil(() => seen.filter((n) => n === 7).length === 2 && seen.includes(8), 'the handler to run again', 25_000)
  expect(seen.filter((n) => n === 8)).toHaveLength(1)
  await jobs.stop()
})

test('what follows events that a node numbered before it died is queued by another, once', async () => {
  await node.sequencer.drain()
  const told = { id: newId(), name: UserCreated.name, data: JSON.stringify({ userId: newId() }) }
  const numbered = await node.database.sql.transaction().execute(async (transaction) => {
    await sql`insert into event (id, name, subject, audience, data, at)
      values (${told.id}, ${told.name}, 'test:subject', '{}', ${told.data}::jsonb, now())`.execute(transaction)
    return sql<{ position: string; event: string }>`select position, event from number_events(500)`.execute(transaction)
  })
  const position = numbered.rows.find(({ event }) => event === told.name)?.position
  await Promise.all([node.sequencer.drain(), node.sequencer.drain()])
  await node.sequencer.drain()
  const { rows } = await sql`select 1 from pgboss.job where name = 'notifications.announce' and data ->> 'position' = ${position}`.execute(
    node.database.sql,
  )
  expect(rows).toHaveLength(1)
})

test('an event of which nothing follows makes no job', async () => {
  const before = await headOf()
  const { body } = await (await registerPerson(node.url, 'Maker')).request('POST', '/api/legal/documents', { title: 'Made' })
  await node.sequencer.drain()
  const made = (await readEventsAfter(node.database.runPrepared, before, 100)).find(
    ({ event, subject }) => event === 'access.changed' && subject === body.documentName,
  )
  const { rows } = await sql`select 1 from pgboss.job where data ->> 'position' = ${String(made?.position)}`.execute(node.database.sql)
  expect(rows).toHaveLength(0)
})

test('of many jobs at once those that fail are tried again, and no other is done twice; a backlog takes no second a job', async () => {
  const count = 200
  const seen = new Map<number, number>()
  const handler: EventHandler = {
    name: 'test.countMany',
    on: () => [Rang.name],
    async handle(_run, { data }) {
      const n = data.n as number
      seen.set(n, (seen.get(n) ?? 0) + 1)
      if (n % 50 === 0 && seen.get(n) === 1) throw new Error('the first time fails')
    },
  }
  const url = process.env.TEST_DATABASE_URL ? node.databaseUrl : undefined
  const jobs = await startJobs({ database: node.database, url, log }, [{ handlers: [handler], schedules: [] }], (operation, input) =>
    node.domain.run(system, operation, input),
  )
  const at = new Date().toISOString()
  const told = Array.from({ length: count }, (_, n) => ({
    position: n,
    event: Rang.name,
    subject: 's',
    audience: [],
    actor: null,
    at,
    data: { n },
  }))
  await node.database.sql.transaction().execute((transaction) => jobs.enqueueHandlers(transaction, told))
  await waitUntil(() => seen.size === count && [0, 50, 100, 150].every((n) => seen.get(n) === 2), 'all to be done', 60_000)
  expect([...seen.values()].reduce((sum, times) => sum + times, 0)).toBe(count + 4)
  await jobs.stop()
})

test('the door opened from inside is refused rather than hanging', async () => {
  const inner = query('test.inner', { input: {}, authorize: allowAnyone, execute: async () => 1 })
  const outer = command('test.outer', { input: {}, authorize: allowAnyone, execute: () => node.domain.run(anonymous, inner, {}) })
  await expect(node.domain.run(anonymous, outer, {})).rejects.toMatchObject({ code: 'internal' })
})
