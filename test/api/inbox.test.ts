/** A person’s inbox: its order, states, counts and deletion. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { system } from '../../domain/kernel/actor.ts'
import { wakeSnoozed } from '../../domain/notifications/inbox-actions.ts'
import type { Node } from '../../main.ts'
import {
  createThread,
  registerPersonWithReadInbox,
  replyToThread,
  type Role,
  createSharedDraft,
  registerWelcomedPeople,
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
  ;[admin, ann, ben, cleo] = await registerWelcomedPeople(node.url, 'Admin', 'Ann', 'Ben', 'Cleo')
})
afterAll(() => node.sequencer.drain())

/** A draft that Ann owns and shares with other people. */
const shareDraft = (title: string, people: Partial<Record<Role, Person[]>> = { commenter: [ben] }) => createSharedDraft(ann, people, title)

test('notifications about one subject are grouped, with the newest notification and the counts', async () => {
  const name = await shareDraft('Together')
  const { threadId } = await createThread(ben, name, 'one')
  for (const text of ['two', 'three']) await replyToThread(ben, name, threadId, text)
  await waitUntil(async () => (await readInbox(ann)).filter(({ subject }) => subject === name).length === 3, 'all three notifications')
  const group = `comments:${name}`
  const readGroup = async () => (await readInbox(ann, 'grouped=true')).find((item) => item.group === group)
  expect(await readGroup()).toMatchObject({ count: 3, unread: 3, summary: '3 comments in Together', message: 'three' })
  const [newestNotification] = (await readInbox(ann)).filter(({ subject }) => subject === name)
  await ann.request('PUT', `/api/notifications/${newestNotification.id}/read`)
  expect(await readGroup()).toMatchObject({ count: 3, unread: 2 })
  expect((await readInbox(ann, `status=unread&group=${group}`)).map(({ message }) => message)).toEqual(['two', 'one'])
  expect((await ann.request('PUT', '/api/notifications/read-all', { group })).body).toEqual({ changed: 2 })
  expect(await readGroup()).toMatchObject({ count: 3, unread: 0 })
  expect((await ann.request('PUT', '/api/notifications/archive-all', { group })).body).toEqual({ changed: 3 })
  expect(await readGroup()).toBeUndefined()
  expect((await readInbox(ann, 'status=archived&grouped=true')).find((item) => item.group === group)).toMatchObject({ count: 3 })

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
  const sentNotifications = []
  for (const type of ['general', 'payment.failed', 'payment.succeeded', 'goal.completed'])
    sentNotifications.push(await sendNotification(admin, dora, { type, title: type }))
  const listTitles = async (query: string) => (await readInbox(dora, query)).map(({ title }) => title)
  expect(await listTitles('status=unread')).toEqual(['goal.completed', 'payment.succeeded', 'payment.failed', 'general'])
  expect(await listTitles('category=payment')).toEqual(['payment.succeeded', 'payment.failed'])
  expect(await listTitles('type=goal.completed')).toEqual(['goal.completed'])
  expect(await listTitles('priority=HIGH&status=UNREAD')).toEqual(['goal.completed', 'payment.succeeded', 'payment.failed'])
  const firstPage = await dora.request('GET', `/api/notifications/me?limit=3`)
  const secondPage = await dora.request('GET', `/api/notifications/user/${dora.id}?limit=3&cursor=${firstPage.body.nextCursor}`)
  expect([...firstPage.body.items, ...secondPage.body.items].map(({ title }) => title)).toEqual(await listTitles(''))
  expect(secondPage.body.nextCursor).toBeNull()

  await dora.request('PUT', `/api/notifications/${sentNotifications[0].id}/read`)
  await dora.request('PUT', `/api/notifications/${sentNotifications[1].id}/archive`)
  expect(await listTitles('status=read')).toEqual(['general', 'Welcome to SmartStart'])
  expect(await listTitles('status=archived')).toEqual(['payment.failed'])
  expect(await listTitles('status=all')).toEqual(['goal.completed', 'payment.succeeded', 'general', 'Welcome to SmartStart'])
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
  const subscriber = await collectEvents(node.url, dora)
  const [firstNotification, secondNotification] = [
    await sendNotification(admin, dora, { title: 'One' }),
    await sendNotification(admin, dora, { title: 'Two' }),
  ]
  // ignores the events from before the first notification
  const listNewEvents = () => subscriber.events.slice(subscriber.events.findIndex(({ event }) => event === 'notification.created'))
  const listPushedCounts = () =>
    listNewEvents()
      .filter(({ event }) => event === 'unread-count.changed')
      .map(({ data }) => [data.unread, data.unseen])
  await waitUntil(() => subscriber.events.length > 3 && listPushedCounts().length === 2, 'the unread counts')
  expect(subscriber.events.filter(({ event }) => event === 'notification.created').map(({ data }) => data.notification)).toMatchObject([
    { id: firstNotification.id, title: 'One', message: 'Something', type: 'general', subject: null },
    { id: secondNotification.id, title: 'Two' },
  ])
  const setState = async (id: string, action: string, body?: object) =>
    (await dora.request('PUT', `/api/notifications/${id}/${action}`, body)).body
  const seenNotification = await setState(firstNotification.id, 'seen')
  expect([seenNotification.seenAt === null, seenNotification.readAt]).toEqual([false, null])
  const readNotification = await setState(firstNotification.id, 'read')
  expect(readNotification).toMatchObject({ seenAt: seenNotification.seenAt })
  expect(await setState(firstNotification.id, 'read')).toEqual(readNotification)
  expect(await readUnreadCounts(dora)).toEqual({ unread: 1, unseen: 1 })
  expect((await setState(firstNotification.id, 'unread')).readAt).toBeNull()
  expect(await readUnreadCounts(dora)).toEqual({ unread: 2, unseen: 1 })
  expect((await dora.request('PUT', '/api/notifications/seen-all')).body).toEqual({ changed: 1 })
  await setState(firstNotification.id, 'archive')
  expect(await readUnreadCounts(dora)).toEqual({ unread: 1, unseen: 0 })
  await setState(firstNotification.id, 'unarchive')
  expect((await dora.request('PUT', `/api/notifications/user/me/read-all`)).body).toEqual({ changed: 2 })
  expect((await dora.request('PUT', '/api/notifications/read-all')).body).toEqual({ changed: 0 })
  expect((await dora.request('DELETE', `/api/notifications/${firstNotification.id}`)).status).toBe(204)
  expect((await dora.request('DELETE', `/api/notifications/${firstNotification.id}`)).status).toBe(404)
  await waitUntil(() => listPushedCounts().length === 11, 'the last unread counts')
  const expectedCounts = ['1,1', '2,2', '2,1', '1,1', '1,1', '2,1', '2,0', '1,0', '2,0', '0,0', '0,0']
  expect(listPushedCounts().map(String)).toEqual(expectedCounts)
  subscriber.close()
})

test('a pushed notification about a document omits the document’s text and reaches only its recipient', async () => {
  const name = await shareDraft('Quiet')
  const [annsEvents, bensEvents] = [await collectEvents(node.url, ann), await collectEvents(node.url, ben)]
  await createThread(ben, name, 'Words for readers')
  const frame = await waitUntil(
    () => annsEvents.events.find(({ event, data }) => event === 'notification.created' && data.notification.subject === name),
    'the notification',
  )
  expect(frame.data.notification).toMatchObject({ title: 'Ben commented on Quiet', message: null })
  await waitUntilAllNotified(node, admin, cleo)
  expect(JSON.stringify([...annsEvents.events, ...bensEvents.events])).not.toContain('Words for readers')
  expect(JSON.stringify(bensEvents.events)).not.toContain('commented on Quiet')
  annsEvents.close()
  bensEvents.close()
})

test('a snoozed notification is hidden until its time, then returns unread at the top', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  const [firstNotification, secondNotification] = [
    await sendNotification(admin, dora, { title: 'One' }),
    await sendNotification(admin, dora, { title: 'Two' }),
  ]
  const snooze = (id: string, until: unknown) => dora.request('PUT', `/api/notifications/${id}/snooze`, { until })
  const listTitles = async (query = '') =>
    (await readInbox(dora, query)).map(({ title }) => title).filter((title) => !title.startsWith('Welcome'))
  await dora.request('PUT', `/api/notifications/${firstNotification.id}/read`)
  const snoozeUntil = new Date(Date.now() + 3_600_000).toISOString()
  expect((await snooze(firstNotification.id, snoozeUntil)).body).toMatchObject({ snoozedUntil: snoozeUntil, readAt: null })
  expect([await listTitles(), await listTitles('status=snoozed')]).toEqual([['Two'], ['One']])
  expect(await readUnreadCounts(dora)).toEqual({ unread: 1, unseen: 1 })

  const subscriber = await collectEvents(node.url, dora)
  await sql`update notification set snoozed_until = now() - interval '1 second', arrived_at = now() where id = ${firstNotification.id}`.execute(
    node.database.sql,
  )
  expect(await listTitles()).toEqual(['One', 'Two'])
  await node.domain.run(system, wakeSnoozed, {})
  await waitUntil(
    () => subscriber.events.some(({ event, data }) => event === 'unread-count.changed' && data.unread === 2),
    'the unread counts',
  )
  subscriber.close()

  await snooze(secondNotification.id, snoozeUntil)
  expect((await snooze(secondNotification.id, null)).body.snoozedUntil).toBeNull()
  expect(await listTitles()).toEqual(['One', 'Two'])
  expect((await dora.request('PUT', '/api/notifications/snooze-all', { until: snoozeUntil, type: 'general' })).body).toEqual({ changed: 2 })
  for (const badTime of [new Date(Date.now() - 1000).toISOString(), '2999-01-01T00:00:00Z', 'tomorrow', 5, undefined]) {
    const { status, body } = await snooze(firstNotification.id, badTime)
    expect([status, body.errors[0].path]).toEqual([400, 'until'])
  }
})

test('an expired notification is hidden and then deleted', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  const sentNotification = await sendNotification(admin, dora, {
    title: 'Soon over',
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  })
  expect(await readUnreadCounts(dora)).toEqual({ unread: 1, unseen: 1 })
  await sql`update notification set expires_at = now() - interval '1 second' where id = ${sentNotification.id}`.execute(node.database.sql)
  expect([(await readInbox(dora)).length, await readUnreadCounts(dora)]).toEqual([1, { unread: 0, unseen: 0 }])
  await node.domain.run(system, wakeSnoozed, {})
  expect((await sql`select 1 from notification where id = ${sentNotification.id}`.execute(node.database.sql)).rows).toEqual([])
})

test('only its owner can read or change an inbox', async () => {
  const sentNotification = await sendNotification(admin, ann, { title: 'For Ann' })
  for (const person of [ben, admin]) {
    for (const action of ['seen', 'read', 'unread', 'archive', 'unarchive'])
      expect((await person.request('PUT', `/api/notifications/${sentNotification.id}/${action}`)).status).toBe(404)
    expect((await person.request('PUT', `/api/notifications/${sentNotification.id}/snooze`, { until: null })).status).toBe(404)
    expect((await person.request('DELETE', `/api/notifications/${sentNotification.id}`)).status).toBe(404)
    for (const path of [`/${ann.id}`, `/user/${ann.id}`, `/stats/${ann.id}`])
      expect((await person.request('GET', `/api/notifications${path}`)).status).toBe(404)
    expect((await person.request('PUT', `/api/notifications/user/${ann.id}/read-all`)).status).toBe(404)
    expect((await person.request('PUT', '/api/notifications/read-all', { userId: ann.id })).status).toBe(404)
  }
  expect((await ann.request('PUT', `/api/notifications/${sentNotification.id}/read`, { readAt: '2001-01-01T00:00:00Z' })).status).toBe(400)
  expect((await ann.request('PUT', '/api/notifications/x/read')).status).toBe(400)
  const requestAnonymously = (path: string) => fetch(`${node.url}/api/notifications${path}`).then(({ status }) => status)
  expect(
    await Promise.all(['', `/${ann.id}`, '/unread-count', `/stats/${ann.id}`, '/preferences', '/watches'].map(requestAnonymously)),
  ).toEqual(Array(6).fill(401))
  expect((await readInbox(ann)).find(({ id }) => id === sentNotification.id)).toMatchObject({ readAt: null, seenAt: null })
})

test('deleting an account deletes its inbox', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  await dora.request('PUT', '/api/notifications/preferences', { timeZone: 'Europe/Vienna' })
  await dora.request('DELETE', '/api/users/me')
  const remaining = sql<{ count: number }>`select ((select count(*) from notification where user_id = ${dora.id})
    + (select count(*) from notification_preference where user_id = ${dora.id}))::int as count`
  await waitUntil(async () => (await remaining.execute(node.database.sql)).rows[0]?.count === 0, 'the inbox to be deleted')
})
