/** A database that an older version made is brought up to this one; one that a newer version wrote is refused, and left as it is. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { fromPglite, PgBoss } from 'pg-boss'
import { afterEach, expect, test } from 'vitest'
import { entities } from '../../domain/slices.ts'
import { StartupError } from '../../domain/kernel/db/data-dir.ts'
import { type Database, openDatabase } from '../../domain/kernel/db/database.ts'
import { createLog } from '../../domain/kernel/log.ts'
import { newNodeId } from '../../domain/kernel/node.ts'
import { start } from '../../main.ts'
import { migrations } from '../../migrations/list.ts'
import { sendRequest, registerPerson } from '../support/client.ts'
import { createConfig, createEmptyDatabase } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let made: Awaited<ReturnType<typeof createEmptyDatabase>>
afterEach(() => made.remove())

const openedWith = ({ env }: typeof made, known = migrations): Promise<Database> =>
  openDatabase({
    url: env.DATABASE_URL,
    dataDir: env.DATA_DIR as string,
    nodeId: newNodeId(),
    entities,
    migrations: known,
    log: createLog('silent'),
  })

/** 0.1.0 as it was released last. */
const older = migrations.findIndex(({ name }) => name === '0024-kept-events') + 1

test('an older database is migrated, with what is in it', async () => {
  made = await createEmptyDatabase({ migrated: false })
  const before = await openedWith(made, migrations.slice(0, older))
  const { rows: names } = await sql<{ name: string }>`select name from installation`.execute(before.sql)
  const user = randomUUID()
  await sql`insert into idempotency (user_id, key, fingerprint, answer, at) values (${user}, 'k', 'f', '1', now())`.execute(before.sql)
  await before.stop()
  const node = await start(createConfig(made.env))
  const kept = await sql`select actor, key from idempotency`.execute(node.database.sql)
  expect(kept.rows).toEqual([{ actor: user, key: 'k' }])
  const { rows } = await sql<{ name: string }>`select name from installation`.execute(node.database.sql)
  expect(rows[0]?.name).toBe(names[0]?.name)
  expect((await registerPerson(node.url, 'Ann')).id).toBeDefined()
  await node.stop()
})

test('event names are rewritten in stored events, in webhook filters and in pending jobs; preferences stay', async () => {
  made = await createEmptyDatabase({ migrated: false })
  const before = await openedWith(
    made,
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
    : new PgBoss({ connectionString: made.env.DATABASE_URL as string, max: 2 })
  await boss.start()
  await boss.createQueue('notifications.announce')
  const event = { event: 'auth.password-changed', subject: `user:${user}`, audience: [`user:${user}`], actor: user, position: 3, at }
  await boss.send('notifications.announce', { ...event, data: { userId: user, how: 'changed' } })
  await boss.stop({ graceful: false })
  await before.stop()

  const node = await start(createConfig(made.env))
  const rows = async <T>(query: ReturnType<typeof sql<T>>) => (await query.execute(node.database.sql)).rows
  expect(await rows(sql`select name, data from event where position <= 2 order by position`)).toEqual([
    { name: 'comment.changed', data: { change: 'added' } },
    { name: 'venture.created', data: { name: 'said' } },
  ])
  const [kept] = await rows(sql<{ events: string[] }>`select events from webhook where id = ${webhook}`)
  expect(kept?.events.sort()).toEqual(
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
  expect(await rows(sql`select chosen from notification_preference where user_id = ${user}`)).toEqual([{ chosen }])
  const notices = () => rows(sql<{ type: string }>`select type from notification where user_id = ${user}`)
  await waitUntil(async () => (await notices()).some(({ type }) => type === 'security.alert'), 'the pending job to notify')
  await node.stop()
})

test('a newer database is refused with one sentence, and works again with the version that wrote it', async () => {
  made = await createEmptyDatabase()
  const node = await start(createConfig(made.env))
  const ann = await registerPerson(node.url, 'Ann')
  await node.stop()
  const newer = await openedWith(made)
  await sql`insert into migration (name, executed_at) values ('0099-from-the-future', now())`.execute(newer.sql)
  await newer.stop()

  const refused = await start(createConfig(made.env)).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(StartupError)
  expect((refused as Error).message).toMatch(
    /^The database was written by a newer version of SmartStart \(migration 0099-from-the-future\)/,
  )
  expect((refused as Error).message).not.toContain('\n')

  const newest = await openedWith(made, [...migrations, { ...(migrations[0] as (typeof migrations)[0]), name: '0099-from-the-future' }])
  await sql`delete from migration where name = '0099-from-the-future'`.execute(newest.sql)
  await newest.stop()
  const again = await start(createConfig(made.env))
  const { status } = await sendRequest(again.url, 'POST', '/api/auth/login', { email: ann.email, password: ann.password })
  expect(status).toBe(200)
  await again.stop()
})
