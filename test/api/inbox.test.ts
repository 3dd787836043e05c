/** A person’s inbox: its order, states, counts and deletion. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { system } from '../../domain/kernel/actor.ts'
import { wakeSnoozed } from '../../domain/notifications/inbox-actions.ts'
import type { Node } from '../../main.ts'
import {
  createThread,
  registerWelcomedPerson,
  registerPersonWithReadInbox,
  replyToThread,
  type Role,
  createSharedDraft,
} from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { collectEvents, readInbox, sendNotification, readUnreadCounts, waitUntilAllNotified } from '../support/inbox.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let admin: Person
let ann: Person
let ben: Person
let cleo: Person
beforeAll(async () => {
  node = await getEmptyNode()
  admin = await registerWelcomedPerson(node.url, 'Admin')
  ;[ann, ben, cleo] = (await Promise.all(['Ann', 'Ben', 'Cleo'].map((name) => registerWelcomedPerson(node.url, name)))) as [
    Person,
    Person,
    Person,
  ]
})
afterAll(() => node.sequencer.drain())

/** A draft that Ann owns and shares with other people. */
const shared = (title: string, people: Partial<Record<Role, Person[]>> = { commenter: [ben] }) => createSharedDraft(ann, people, title)

test('notifications about one subject are grouped, with the newest notification and the counts', async () => {
  const name = await shared('Together')
  const { threadId } = await createThread(ben, name, 'one')
  for (const text of ['two', 'three']) await replyToThread(ben, name, threadId, text)
  await waitUntil(async () => (await readInbox(ann)).filter(({ subject }) => subject === name).length === 3, 'all three')
  const group = `comments:${name}`
  const row = async () => (await readInbox(ann, 'grouped=true')).find((one) => one.group === group)
  expect(await row()).toMatchObject({ count: 3, unread: 3, summary: '3 comments in Together', message: 'three' })
  const [newest] = (await readInbox(ann)).filter(({ subject }) => subject === name)
  await ann.request('PUT', `/api/notifications/${newest.id}/read`)
  expect(await row()).toMatchObject({ count: 3, unread: 2 })
  expect((await readInbox(ann, `status=unread&group=${group}`)).map(({ message }) => message)).toEqual(['two', 'one'])
  expect((await ann.request('PUT', '/api/notifications/read-all', { group })).body).toEqual({ changed: 2 })
  expect(await row()).toMatchObject({ count: 3, unread: 0 })
  expect((await ann.request('PUT', '/api/notifications/archive-all', { group })).body).toEqual({ changed: 3 })
  expect(await row()).toBeUndefined()
  expect((await readInbox(ann, 'status=archived&grouped=true')).find((one) => one.group === group)).toMatchObject({ count: 3 })

  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  for (const title of ['a', 'b', 'c', 'd', 'e'])
    await sendNotification(admin, dora, { title, type: title < 'c' ? 'buz.transaction' : 'payment.failed' })
  const pages: any[] = []
  for (let cursor = ''; ; ) {
    const { body } = await dora.request('GET', `/api/notifications?grouped=true&limit=1${cursor}`)
    pages.push(...body.items)
    if (!body.nextCursor) break
    cursor = `&cursor=${body.nextCursor}`
  }
  expect(pages.map(({ title, count, summary }) => [title, count, summary])).toEqual([
    ['e', 3, 'e (3)'],
    ['b', 2, 'b (2)'],
    ['Welcome to SmartStart', 1, 'Welcome to SmartStart'],
  ])
})

test('the inbox lists the newest first, in pages, and filters by status, type, priority and category', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  const sent = []
  for (const type of ['general', 'payment.failed', 'payment.succeeded', 'goal.completed'])
    sent.push(await sendNotification(admin, dora, { type, title: type }))
  const titles = async (query: string) => (await readInbox(dora, query)).map(({ title }) => title)
  expect(await titles('status=unread')).toEqual(['goal.completed', 'payment.succeeded', 'payment.failed', 'general'])
  expect(await titles('category=payment')).toEqual(['payment.succeeded', 'payment.failed'])
  expect(await titles('type=goal.completed')).toEqual(['goal.completed'])
  expect(await titles('priority=HIGH&status=UNREAD')).toEqual(['goal.completed', 'payment.succeeded', 'payment.failed'])
  const first = await dora.request('GET', `/api/notifications/me?limit=3`)
  const second = await dora.request('GET', `/api/notifications/user/${dora.id}?limit=3&cursor=${first.body.nextCursor}`)
  expect([...first.body.items, ...second.body.items].map(({ title }) => title)).toEqual(await titles(''))
  expect(second.body.nextCursor).toBeNull()

  await dora.request('PUT', `/api/notifications/${sent[0].id}/read`)
  await dora.request('PUT', `/api/notifications/${sent[1].id}/archive`)
  expect(await titles('status=read')).toEqual(['general', 'Welcome to SmartStart'])
  expect(await titles('status=archived')).toEqual(['payment.failed'])
  expect(await titles('status=all')).toEqual(['goal.completed', 'payment.succeeded', 'general', 'Welcome to SmartStart'])
  const { body: stats } = await dora.request('GET', `/api/notifications/stats/${dora.id}`)
  expect(stats).toMatchObject({
    total: 4,
    unread: 2,
    byType: { general: 1, 'payment.succeeded': 1, 'goal.completed': 1, 'user.welcome': 1 },
    byPriority: { high: 2, medium: 1, low: 1 },
  })
  expect(stats.recent).toHaveLength(4)
  for (const query of ['status=lost', 'priority=9', 'type=x', 'category=x', 'limit=0', 'cursor=x', 'page=1', 'grouped=maybe'])
    expect([query, (await dora.request('GET', `/api/notifications?${query}`)).status]).toEqual([query, 400])
})

test('repeating an inbox action changes nothing, and each action updates and pushes the unread counts', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  const heard = await collectEvents(node.url, dora)
  const [one, two] = [await sendNotification(admin, dora, { title: 'One' }), await sendNotification(admin, dora, { title: 'Two' })]
  // ignores the events from before the first notification
  const since = () => heard.events.slice(heard.events.findIndex(({ event }) => event === 'notification.created'))
  const pushed = () =>
    since()
      .filter(({ event }) => event === 'unread-count.changed')
      .map(({ data }) => [data.unread, data.unseen])
  await waitUntil(() => heard.events.length > 3 && pushed().length === 2, 'the counts')
  expect(heard.events.filter(({ event }) => event === 'notification.created').map(({ data }) => data.notification)).toMatchObject([
    { id: one.id, title: 'One', message: 'Something', type: 'general', subject: null },
    { id: two.id, title: 'Two' },
  ])
  const put = async (id: string, what: string, body?: object) => (await dora.request('PUT', `/api/notifications/${id}/${what}`, body)).body
  const seen = await put(one.id, 'seen')
  expect([seen.seenAt === null, seen.readAt]).toEqual([false, null])
  const read = await put(one.id, 'read')
  expect(read).toMatchObject({ seenAt: seen.seenAt })
  expect(await put(one.id, 'read')).toEqual(read)
  expect(await readUnreadCounts(dora)).toEqual({ unread: 1, unseen: 1 })
  expect((await put(one.id, 'unread')).readAt).toBeNull()
  expect(await readUnreadCounts(dora)).toEqual({ unread: 2, unseen: 1 })
  expect((await dora.request('PUT', '/api/notifications/seen-all')).body).toEqual({ changed: 1 })
  await put(one.id, 'archive')
  expect(await readUnreadCounts(dora)).toEqual({ unread: 1, unseen: 0 })
  await put(one.id, 'unarchive')
  expect((await dora.request('PUT', `/api/notifications/user/me/read-all`)).body).toEqual({ changed: 2 })
  expect((await dora.request('PUT', '/api/notifications/read-all')).body).toEqual({ changed: 0 })
  expect((await dora.request('DELETE', `/api/notifications/${one.id}`)).status).toBe(204)
  expect((await dora.request('DELETE', `/api/notifications/${one.id}`)).status).toBe(404)
  await waitUntil(() => pushed().length === 11, 'the last counts')
  const told = ['1,1', '2,2', '2,1', '1,1', '1,1', '2,1', '2,0', '1,0', '2,0', '0,0', '0,0']
  expect(pushed().map(String)).toEqual(told)
  heard.close()
})

test('a pushed notification about a document omits the document’s text and reaches only its recipient', async () => {
  const name = await shared('Quiet')
  const [hers, his] = [await collectEvents(node.url, ann), await collectEvents(node.url, ben)]
  await createThread(ben, name, 'Words for readers')
  const frame = await waitUntil(
    () => hers.events.find(({ event, data }) => event === 'notification.created' && data.notification.subject === name),
    'it',
  )
  expect(frame.data.notification).toMatchObject({ title: 'Ben commented on Quiet', message: null })
  await waitUntilAllNotified(node, admin, cleo)
  expect(JSON.stringify([...hers.events, ...his.events])).not.toContain('Words for readers')
  expect(JSON.stringify(his.events)).not.toContain('commented on Quiet')
  hers.close()
  his.close()
})

test('a snoozed notification is hidden until its time, then returns unread at the top', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  const [one, two] = [await sendNotification(admin, dora, { title: 'One' }), await sendNotification(admin, dora, { title: 'Two' })]
  const snooze = (id: string, until: unknown) => dora.request('PUT', `/api/notifications/${id}/snooze`, { until })
  const titles = async (query = '') =>
    (await readInbox(dora, query)).map(({ title }) => title).filter((title) => !title.startsWith('Welcome'))
  await dora.request('PUT', `/api/notifications/${one.id}/read`)
  const until_ = new Date(Date.now() + 3_600_000).toISOString()
  expect((await snooze(one.id, until_)).body).toMatchObject({ snoozedUntil: until_, readAt: null })
  expect([await titles(), await titles('status=snoozed')]).toEqual([['Two'], ['One']])
  expect(await readUnreadCounts(dora)).toEqual({ unread: 1, unseen: 1 })

  const heard = await collectEvents(node.url, dora)
  await sql`update notification set snoozed_until = now() - interval '1 second', arrived_at = now() where id = ${one.id}`.execute(
    node.database.sql,
  )
  expect(await titles()).toEqual(['One', 'Two'])
  await node.domain.run(system, wakeSnoozed, {})
  await waitUntil(() => heard.events.some(({ event, data }) => event === 'unread-count.changed' && data.unread === 2), 'the counts')
  heard.close()

  await snooze(two.id, until_)
  expect((await snooze(two.id, null)).body.snoozedUntil).toBeNull()
  expect(await titles()).toEqual(['One', 'Two'])
  expect((await dora.request('PUT', '/api/notifications/snooze-all', { until: until_, type: 'general' })).body).toEqual({ changed: 2 })
  for (const bad of [new Date(Date.now() - 1000).toISOString(), '2999-01-01T00:00:00Z', 'tomorrow', 5, undefined]) {
    const { status, body } = await snooze(one.id, bad)
    expect([status, body.errors[0].path]).toEqual([400, 'until'])
  }
})

test('an expired notification is hidden and then deleted', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  const sent = await sendNotification(admin, dora, { title: 'Soon over', expiresAt: new Date(Date.now() + 3_600_000).toISOString() })
  expect(await readUnreadCounts(dora)).toEqual({ unread: 1, unseen: 1 })
  await sql`update notification set expires_at = now() - interval '1 second' where id = ${sent.id}`.execute(node.database.sql)
  expect([(await readInbox(dora)).length, await readUnreadCounts(dora)]).toEqual([1, { unread: 0, unseen: 0 }])
  await node.domain.run(system, wakeSnoozed, {})
  expect((await sql`select 1 from notification where id = ${sent.id}`.execute(node.database.sql)).rows).toEqual([])
})

test('only its owner can read or change an inbox', async () => {
  const sent = await sendNotification(admin, ann, { title: 'For Ann' })
  for (const person of [ben, admin]) {
    for (const what of ['seen', 'read', 'unread', 'archive', 'unarchive'])
      expect((await person.request('PUT', `/api/notifications/${sent.id}/${what}`)).status).toBe(404)
    expect((await person.request('PUT', `/api/notifications/${sent.id}/snooze`, { until: null })).status).toBe(404)
    expect((await person.request('DELETE', `/api/notifications/${sent.id}`)).status).toBe(404)
    for (const path of [`/${ann.id}`, `/user/${ann.id}`, `/stats/${ann.id}`])
      expect((await person.request('GET', `/api/notifications${path}`)).status).toBe(404)
    expect((await person.request('PUT', `/api/notifications/user/${ann.id}/read-all`)).status).toBe(404)
    expect((await person.request('PUT', '/api/notifications/read-all', { userId: ann.id })).status).toBe(404)
  }
  expect((await ann.request('PUT', `/api/notifications/${sent.id}/read`, { readAt: '2001-01-01T00:00:00Z' })).status).toBe(400)
  expect((await ann.request('PUT', '/api/notifications/x/read')).status).toBe(400)
  const nobody = (path: string) => fetch(`${node.url}/api/notifications${path}`).then(({ status }) => status)
  expect(await Promise.all(['', `/${ann.id}`, '/unread-count', `/stats/${ann.id}`, '/preferences', '/watches'].map(nobody))).toEqual(
    Array(6).fill(401),
  )
  expect((await readInbox(ann)).find(({ id }) => id === sent.id)).toMatchObject({ readAt: null, seenAt: null })
})

test('deleting an account deletes its inbox', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  await dora.request('PUT', '/api/notifications/preferences', { timeZone: 'Europe/Vienna' })
  await dora.request('DELETE', '/api/users/me')
  const left = sql<{ count: number }>`select ((select count(*) from notification where user_id = ${dora.id})
    + (select count(*) from notification_preference where user_id = ${dora.id}))::int as count`
  await waitUntil(async () => (await left.execute(node.database.sql)).rows[0]?.count === 0, 'the inbox to be gone')
})
