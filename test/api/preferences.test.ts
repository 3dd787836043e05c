import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { DateTime } from 'luxon'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { system } from '../../domain/kernel/actor.ts'
import { command } from '../../domain/kernel/operation.ts'
import { requireSystem } from '../../domain/kernel/permission.ts'
import { filterDeliverable } from '../../domain/notifications/deliverable.ts'
import type { Node } from '../../main.ts'
import { registerWelcomedPerson } from '../support/builders.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { readInbox, waitForNotification } from '../support/inbox.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
let admin: Person
beforeAll(async () => {
  node = await getEmptyNode()
  admin = await registerPerson(node.url, 'Admin')
})
afterAll(() => node.sequencer.drain())

async function registerNewPerson(name: string, preferences?: object): Promise<Person> {
  const person = await registerWelcomedPerson(node.url, name)
  if (preferences) expect((await setPreferences(person, preferences)).status).toBe(200)
  return person
}
const setPreferences = (person: Person, preferences: object) => person.request('PUT', '/api/notifications/preferences', preferences)
const readPreferences = async (person: Person) => (await person.request('GET', '/api/notifications/preferences')).body
const sendNotification = async (person: Person, type: string, fields: object = {}) => {
  const body = { recipientId: person.id, type, title: type, message: 'x', ...fields }
  return (await admin.request('POST', '/api/notifications/send', body)).body
}

interface Row {
  channel: string
  target: string
  state: string
  due_at: string | Date | null
  ids: string[]
}
/** The deliveries to a person, without those of the welcome notification. */
async function listDeliveries(person: Person): Promise<Row[]> {
  const { rows } = await sql<Row>`select channel, target, state, due_at, notification_ids::text[] as ids from delivery
    where user_id = ${person.id} and not notification_ids && array(select id from notification where type = 'user.welcome')
    order by created_at, id`.execute(node.database.sql)
  return rows
}
const listChannels = async (person: Person) => (await listDeliveries(person)).map(({ channel }) => channel).toSorted()
const sendAndListChannels = async (person: Person, type: string) => (await sendNotification(person, type)).channels

test('a new user has the default preferences, and notifications use their channels', async () => {
  const ann = await registerNewPerson('Ann')
  const defaults = await readPreferences(ann)
  expect(defaults).toMatchObject({
    timeZone: 'UTC',
    channels: { in_app: true, email: true, push: false },
    categories: {
      system: { in_app: true, email: true, push: true },
      venture: { in_app: true, email: true, push: false },
      buz: { email: false },
    },
    quietHours: { enabled: false, from: '22:00', to: '08:00' },
    digests: { email: { every: 'immediately', at: '09:00', on: 1 }, push: { every: 'immediately' } },
  })
  expect(await sendAndListChannels(ann, 'payment.failed')).toEqual(['in_app', 'email'])
  expect(await sendAndListChannels(ann, 'buz.transaction')).toEqual(['in_app'])
  expect(await sendAndListChannels(ann, 'team.invitation')).toEqual(['in_app', 'email'])
  const deliveries = await listDeliveries(ann)
  expect(
    deliveries.filter(({ channel }) => channel === 'in_app').every(({ state, due_at }) => state === 'delivered' && due_at === null),
  ).toBe(true)
  const mail = deliveries.filter(({ channel }) => channel === 'email')
  expect(mail.map(({ target, ids }) => [target, ids.length])).toEqual([
    [ann.email, 1],
    [ann.email, 1],
  ])
})

test('an update changes only the named preferences; a disabled channel is off for all categories; null restores the default', async () => {
  const ann = await registerNewPerson('Ann', { channels: { push: true }, categories: { payment: { email: false }, buz: { email: true } } })
  expect(await sendAndListChannels(ann, 'payment.failed')).toEqual(['in_app'])
  expect(await sendAndListChannels(ann, 'buz.transaction')).toEqual(['in_app', 'email'])
  expect(await sendAndListChannels(ann, 'team.invitation')).toEqual(['in_app', 'email', 'push'])
  await setPreferences(ann, { categories: { payment: { push: true } } })
  expect((await readPreferences(ann)).categories.payment).toEqual({ in_app: true, email: false, push: true })
  await setPreferences(ann, { channels: { email: false } })
  expect(await sendAndListChannels(ann, 'buz.transaction')).toEqual(['in_app'])
  await setPreferences(ann, { categories: { payment: null }, channels: { email: true } })
  expect(await sendAndListChannels(ann, 'payment.failed')).toEqual(['in_app', 'email'])
})

test('a notification without a channel is not stored; one with e-mail alone is not in the inbox', async () => {
  const ann = await registerNewPerson('Ann', { categories: { comment: { in_app: false, email: false }, payment: { in_app: false } } })
  expect(await sendAndListChannels(ann, 'payment.failed')).toEqual(['email'])
  expect((await readInbox(ann)).map(({ type }) => type)).toEqual(['user.welcome'])
  const ben = await registerNewPerson('Ben')
  const name = await createDraft(ann, 'Silent')
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'commenter' })
  await ben.request('POST', `/api/documents/${name}/comments`, { text: 'one' })
  await ben.request('POST', `/api/documents/${name}/comments`, { text: `two @[${ann.id}]` })
  await waitForNotification(ann, ({ type }) => type === 'comment.mentioned', 'the mention')
  const { rows } = await sql`select 1 from notification where user_id = ${ann.id} and type = 'comment.created'`.execute(node.database.sql)
  expect(rows).toEqual([])
})

test('a critical notification uses all its channels at once, whatever the preferences', async () => {
  const noChannels = { in_app: false, email: false, push: false }
  const delays = { quietHours: { enabled: true, from: '00:00', to: '23:59' }, digests: { email: { every: 'weekly' } } }
  const ann = await registerNewPerson('Ann', { channels: noChannels, categories: { system: noChannels }, ...delays })
  const notification = await sendNotification(ann, 'system.maintenance')
  expect(notification).toMatchObject({ critical: true, channels: ['in_app', 'email', 'push'] })
  expect(await sendAndListChannels(ann, 'general')).toEqual([])
  expect(await listChannels(ann)).toEqual(['email', 'in_app', 'push'])
  const queued = (await listDeliveries(ann)).filter(({ state }) => state === 'queued')
  expect(queued.every(({ due_at }) => due_at && new Date(due_at).getTime() < Date.now() + 3_600_000)).toBe(true)
  expect((await readInbox(ann)).map(({ type }) => type)).toEqual(['system.maintenance', 'user.welcome'])
})

/** The full hour in a time zone, a number of hours from now. */
const formatHour = (timeZone: string, hoursAhead: number) => DateTime.now().setZone(timeZone).plus({ hours: hoursAhead }).toFormat('HH:00')

test('quiet hours delay e-mail and push; the delayed e-mail notifications become one mail', async () => {
  const timeZone = 'Asia/Kathmandu'
  const quietHours = { enabled: true, from: formatHour(timeZone, -2), to: formatHour(timeZone, 4) }
  const ann = await registerNewPerson('Ann', { timeZone, quietHours, channels: { push: true } })
  const notifications = [
    await sendNotification(ann, 'payment.failed'),
    await sendNotification(ann, 'payment.succeeded'),
    await sendNotification(ann, 'team.invitation'),
  ]
  const mail = (await listDeliveries(ann)).filter(({ channel }) => channel === 'email')
  expect(mail.map(({ ids }) => ids)).toEqual([notifications.map(({ id }) => id)])
  expect(
    DateTime.fromJSDate(new Date(mail[0]?.due_at as string))
      .setZone(timeZone)
      .toFormat('HH:mm'),
  ).toBe(quietHours.to)
  expect((await listDeliveries(ann)).filter(({ channel }) => channel === 'push')).toMatchObject([
    { target: 'push', ids: [notifications[2].id] },
  ])
  expect((await listDeliveries(ann)).filter(({ channel }) => channel === 'in_app')).toHaveLength(3)
})

test('a digest collects notifications until its time, also concurrent ones; an attempted digest gets no more', async () => {
  const timeZone = 'America/St_Johns'
  const at = formatHour(timeZone, 5)
  const ann = await registerNewPerson('Ann', { timeZone, digests: { email: { every: 'daily', at } } })
  const notifications = await Promise.all(Array.from({ length: 6 }, () => sendNotification(ann, 'payment.failed')))
  const listMails = async () => (await listDeliveries(ann)).filter(({ channel }) => channel === 'email')
  const [digest, ...otherMails] = await listMails()
  expect(otherMails).toEqual([])
  expect(new Set(digest?.ids)).toEqual(new Set(notifications.map(({ id }) => id)))
  expect(
    DateTime.fromJSDate(new Date(digest?.due_at as string))
      .setZone(timeZone)
      .toFormat('HH:mm'),
  ).toBe(formatHour(timeZone, 5))
  await sql`update delivery set attempts = 1 where user_id = ${ann.id} and channel = 'email'`.execute(node.database.sql)
  await sendNotification(ann, 'payment.failed')
  expect((await listMails()).map(({ ids }) => ids.length)).toEqual([6, 1])
})

test('a notification that is read, archived, deleted, expired, switched off or no longer readable is not sent', async () => {
  const ann = await registerNewPerson('Ann')
  const ben = await registerNewPerson('Ben')
  const name = await createDraft(ben, 'Wanted')
  await ben.request('PUT', `/api/documents/${name}/members/${ann.id}`, { role: 'viewer' })
  const invitation = await waitForNotification(ann, ({ subject }) => subject === name, 'the role')
  const notifications = []
  for (let n = 0; n < 5; n++) notifications.push(await sendNotification(ann, n === 4 ? 'payment.failed' : 'general'))
  const ids: string[] = [invitation, ...notifications].map(({ id }) => id)
  const filterOperation = command(`test.stillWanted${randomUUID()}`, {
    input: {},
    authorize: requireSystem,
    execute: async (context) => (await filterDeliverable(context, ids, { channel: 'email' })).map(({ id }) => ids.indexOf(id)),
  })
  const listDeliverable = () => node.domain.run(system, filterOperation, {})
  await setPreferences(ann, { categories: { system: { email: true } } })
  expect(await listDeliverable()).toEqual([0, 1, 2, 3, 4, 5])
  await ann.request('PUT', `/api/notifications/${ids[1]}/read`)
  await ann.request('PUT', `/api/notifications/${ids[2]}/archive`)
  await ann.request('DELETE', `/api/notifications/${ids[3]}`)
  await sql`update notification set expires_at = now() where id = ${ids[4]}`.execute(node.database.sql)
  expect(await listDeliverable()).toEqual([0, 5])
  await setPreferences(ann, { categories: { payment: { email: false } } })
  expect(await listDeliverable()).toEqual([0])
  await ben.request('DELETE', `/api/documents/${name}/members/${ann.id}`)
  expect(await listDeliverable()).toEqual([])
})

test('invalid preferences change nothing, and the error names the field', async () => {
  const ann = await registerNewPerson('Ann', { timeZone: 'Europe/Vienna' })
  const preferencesBefore = await readPreferences(ann)
  for (const [badFields, path] of [
    [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
    [{ timeZone: '+01:00' }, 'timeZone'],
    [{ timeZone: null }, 'timeZone'],
    [{ quietHours: { from: '24:00' } }, 'quietHours.from'],
    [{ quietHours: { to: '8:00' } }, 'quietHours.to'],
    [{ quietHours: { enabled: true, from: '08:00', to: '08:00' } }, 'quietHours.to'],
    [{ digests: { email: { every: 'yearly' } } }, 'digests.email.every'],
    [{ digests: { email: { on: 0 } } }, 'digests.email.on'],
    [{ digests: { in_app: { every: 'daily' } } }, 'digests.in_app'],
    [{ channels: { sms: true } }, 'channels.sms'],
    [{ categories: { weather: { email: true } } }, 'categories.weather'],
    [{ categories: { payment: { email: 'yes' } } }, 'categories.payment.email'],
    [{ loud: true }, 'loud'],
  ] as const) {
    const { status, body } = await setPreferences(ann, badFields)
    expect([path, status, body.errors?.[0].path]).toEqual([path, 400, path])
  }
  expect(await readPreferences(ann)).toEqual(preferencesBefore)
})

test('concurrent changes of preferences are all kept', async () => {
  const ann = await registerNewPerson('Ann')
  await Promise.all(
    ['mention', 'comment', 'team', 'legal', 'buz'].map((category) =>
      setPreferences(ann, { categories: { [category]: { in_app: false } } }),
    ),
  )
  const { categories } = await readPreferences(ann)
  expect(['mention', 'comment', 'team', 'legal', 'buz'].map((category) => categories[category].in_app)).toEqual(Array(5).fill(false))
})

test('a user cannot access the preferences of another user; an administrator can', async () => {
  const [ann, ben] = [await registerNewPerson('Ann'), await registerNewPerson('Ben')]
  expect((await ann.request('PUT', '/api/notifications/settings/me', { timeZone: 'Asia/Tokyo' })).body.timeZone).toBe('Asia/Tokyo')
  for (const method of ['GET', 'PUT']) {
    const requestSettings = (person: Person, id: string) =>
      person.request(method, `/api/notifications/settings/${id}`, method === 'PUT' ? {} : undefined)
    expect((await requestSettings(ben, ann.id)).status).toBe(404)
    expect((await requestSettings(admin, ann.id)).body.timeZone).toBe('Asia/Tokyo')
    expect((await requestSettings(admin, randomUUID())).status).toBe(404)
    expect((await requestSettings(ann, 'x')).status).toBe(400)
  }
})
