/** A database of an older version is migrated. A database of a newer version is refused and not changed. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { fromPglite, PgBoss } from 'pg-boss'
import { afterEach, expect, test } from 'vitest'
import { entities } from '../../domain/slices.ts'
import { StartupError } from '../../domain/kernel/db/data-dir.ts'
import { type Database, openDatabase } from '../../domain/kernel/db/database.ts'
import { createLog } from '../../domain/kernel/log.ts'
import { newNodeId } from '../../domain/kernel/node.ts'
import { legalDocumentMachine } from '../../domain/legal/machine/document-machine.ts'
import { start } from '../../main.ts'
import { migrations } from '../../migrations/list.ts'
import { sendRequest, registerPerson } from '../support/client.ts'
import { sendInternally } from '../support/machines.ts'
import { createConfig, createEmptyDatabase } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let database: Awaited<ReturnType<typeof createEmptyDatabase>>
afterEach(() => database.remove())

const openWith = ({ env }: typeof database, known = migrations): Promise<Database> =>
  openDatabase({
    url: env.DATABASE_URL,
    dataDir: env.DATA_DIR as string,
    nodeId: newNodeId(),
    entities,
    migrations: known,
    log: createLog('silent'),
  })

/** The number of migrations in release 0.1.0. */
const olderCount = migrations.findIndex(({ name }) => name === '0024-kept-events') + 1

test('an older database is migrated with its data', async () => {
  database = await createEmptyDatabase({ migrated: false })
  const before = await openWith(database, migrations.slice(0, olderCount))
  const { rows: names } = await sql<{ name: string }>`select name from installation`.execute(before.sql)
  const user = randomUUID()
  await sql`insert into idempotency (user_id, key, fingerprint, answer, at) values (${user}, 'k', 'f', '1', now())`.execute(before.sql)
  await before.stop()
  const node = await start(createConfig(database.env))
  const stored = await sql`select actor, key from idempotency`.execute(node.database.sql)
  expect(stored.rows).toEqual([{ actor: user, key: 'k' }])
  const { rows } = await sql<{ name: string }>`select name from installation`.execute(node.database.sql)
  expect(rows[0]?.name).toBe(names[0]?.name)
  expect((await registerPerson(node.url, 'Ann')).id).toBeDefined()
  await node.stop()
})

test('drafts that exist get their state machine', async () => {
  database = await createEmptyDatabase({ migrated: false })
  const before = await openWith(
    database,
    migrations.slice(
      0,
      migrations.findIndex(({ name }) => name === '0039-workflows'),
    ),
  )
  const id = randomUUID()
  const createdAt = '2026-01-02T03:04:05.678Z'
  await sql`insert into legal_draft (id, created_at, updated_at, title, kind, state)
    values (${id}, ${createdAt}, ${createdAt}, 'Agreement', 'nda', 'draft')`.execute(before.sql)
  await before.stop()
  const node = await start(createConfig(database.env))
  const admin = await registerPerson(node.url, 'Ada')
  const path = `/api/state-machines/legalDocument/${id}`
  expect((await admin.request('GET', `${path}/state`)).body).toMatchObject({
    state: 'draft',
    version: 1,
    done: false,
    startedAt: createdAt,
  })
  expect((await admin.request('GET', `${path}/history`)).body.items).toMatchObject([
    { version: 1, event: 'START', from: null, to: 'draft', at: createdAt, actor: { kind: 'system', id: null } },
  ])
  expect(await sendInternally(node, legalDocumentMachine, id, 'CANCEL')).toEqual({ state: 'cancelled', version: 2 })
  await node.stop()
})

test('event names are rewritten in stored events, webhook filters and pending jobs; preferences do not change', async () => {
  database = await createEmptyDatabase({ migrated: false })
  const before = await openWith(
    database,
    migrations.slice(
      0,
      migrations.findIndex(({ name }) => name === '0034-event-names'),
    ),
  )
  const [user, webhook] = [randomUUID(), randomUUID()]
  const at = new Date()
  await sql`insert into "user" (id, created_at, updated_at, email, name, role, status)
    values (${user}, ${at}, ${at}, 'ann@example.org', 'Ann', 'member', 'active')`.execute(before.sql)
  const events = ['legal.*', 'documents.comment-changed', 'venture.*', 'venture.created']
  await sql`insert into webhook (id, created_at, updated_at, audience, user_id, url, events, description, secret, after, state)
    values (${webhook}, ${at}, ${at}, ${`user:${user}`}, ${user}, 'https://example.org/', ${events}, '', 'whsec_x', 0, 'active')`.execute(
    before.sql,
  )
  const chosen = { categories: { security: { email: false } } }
  await sql`insert into notification_preference (user_id, chosen, updated_at) values (${user}, ${JSON.stringify(chosen)}::jsonb, ${at})`.execute(
    before.sql,
  )
  await sql`insert into event (id, position, name, subject, audience, data, at) values
    (${randomUUID()}, 1, 'documents.comment-changed', 'legal:x', '{}', '{"change":"said"}', ${at}),
    (${randomUUID()}, 2, 'venture.created', 'venture:x', '{}', '{"name":"said"}', ${at})`.execute(before.sql)
  await sql`update event_head set position = 2`.execute(before.sql)
  const boss = before.pglite
    ? new PgBoss({ db: fromPglite(before.pglite), backend: 'pglite' })
    : new PgBoss({ connectionString: database.env.DATABASE_URL as string, max: 2 })
  await boss.start()
  await boss.createQueue('notifications.announce')
  const event = { event: 'auth.password-changed', subject: `user:${user}`, audience: [`user:${user}`], actor: user, position: 3, at }
  await boss.send('notifications.announce', { ...event, data: { userId: user, how: 'changed' } })
  await boss.stop({ graceful: false })
  await before.stop()

  const node = await start(createConfig(database.env))
  const run = async <T>(query: ReturnType<typeof sql<T>>) => (await query.execute(node.database.sql)).rows
  expect(await run(sql`select name, data from event where position <= 2 order by position`)).toEqual([
    { name: 'comment.changed', data: { change: 'added' } },
    { name: 'venture.created', data: { name: 'said' } },
  ])
  const [storedWebhook] = await run(sql<{ events: string[] }>`select events from webhook where id = ${webhook}`)
  expect(storedWebhook?.events.sort()).toEqual(
    [
      'clause.*',
      'comment.changed',
      'import.*',
      'legal-document.*',
      'legal-update.*',
      'venture-update.*',
      'venture.*',
      'venture.created',
    ].sort(),
  )
  expect(await run(sql`select chosen from notification_preference where user_id = ${user}`)).toEqual([{ chosen }])
  const readNotifications = () => run(sql<{ type: string }>`select type from notification where user_id = ${user}`)
  await waitUntil(
    async () => (await readNotifications()).some(({ type }) => type === 'security.alert'),
    'the notification of the pending job',
  )
  await node.stop()
})

test('a newer database is refused with one sentence, and works with the version that wrote it', async () => {
  database = await createEmptyDatabase()
  const node = await start(createConfig(database.env))
  const ann = await registerPerson(node.url, 'Ann')
  await node.stop()
  const newer = await openWith(database)
  await sql`insert into migration (name, executed_at) values ('0099-from-the-future', now())`.execute(newer.sql)
  await newer.stop()

  const refused = await start(createConfig(database.env)).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(StartupError)
  expect((refused as Error).message).toMatch(
    /^The database was written by a newer version of SmartStart \(migration 0099-from-the-future\)/,
  )
  expect((refused as Error).message).not.toContain('\n')

  const newest = await openWith(database, [...migrations, { ...(migrations[0] as (typeof migrations)[0]), name: '0099-from-the-future' }])
  await sql`delete from migration where name = '0099-from-the-future'`.execute(newest.sql)
  await newest.stop()
  const again = await start(createConfig(database.env))
  const { status } = await sendRequest(again.url, 'POST', '/api/auth/login', { email: ann.email, password: ann.password })
  expect(status).toBe(200)
  await again.stop()
})
