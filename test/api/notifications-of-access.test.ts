/** Notifications about roles that are granted, changed, removed or given up. */
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { system } from '../../domain/kernel/actor.ts'
import { notifyOfEvent } from '../../domain/notifications/dispatch.ts'
import type { Node } from '../../main.ts'
import { createThread, registerPersonWithReadInbox, type Role, createSharedDraft, registerWelcomedPeople } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { collectEvents, readInbox, hasType, waitForNotification, readUnreadCounts } from '../support/inbox.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  // the first person is the administrator
  ;[, ann, ben] = await registerWelcomedPeople(node.url, 'Admin', 'Ann', 'Ben')
})
afterAll(() => node.sequencer.drain())

/** A draft of Ann's, shared with others. */
const shareDraft = (title: string, people: Partial<Record<Role, Person[]>> = { commenter: [ben] }) => createSharedDraft(ann, people, title)

test('a granted role sends a notification with the granting person, the permission and a link', async () => {
  const name = await shareDraft('Given', { editor: [ben] })
  const notification = await waitForNotification(ben, hasType('team.invitation', 'Given'), 'the role')
  expect(notification).toMatchObject({
    category: 'team',
    priority: 'high',
    title: 'Ann shared Given with you',
    message: 'You can edit it.',
    subject: name,
    actorId: ann.id,
    data: { subject: name, role: 'editor', link: `/documents/${name}` },
    channels: ['in_app', 'email'],
    readAt: null,
    count: 1,
  })
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  expect(await waitForNotification(ben, hasType('team.role-changed', 'Given'), 'the change')).toMatchObject({ message: 'You can read it.' })
  expect((await readInbox(ann)).filter(({ subject }) => subject === name)).toEqual([])
})

test('a removed role sends a notification; earlier notifications about the document are hidden until access returns', async () => {
  const name = await shareDraft('Lost', { editor: [ben] })
  await waitForNotification(ben, hasType('team.invitation', 'Lost'), 'the role')
  const countsBefore = await readUnreadCounts(ben)
  await ann.request('DELETE', `/api/documents/${name}/members/${ben.id}`)
  const notification = await waitForNotification(ben, hasType('team.access-ended', 'Lost'), 'the loss')
  expect(notification).toMatchObject({
    title: 'Your access to Lost has ended',
    message: 'Ann removed you.',
    subject: null,
    data: { subject: name },
  })
  expect((await readInbox(ben)).filter(({ subject }) => subject === name)).toEqual([])
  expect(await readUnreadCounts(ben)).toEqual(countsBefore)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  await waitUntil(
    async () => (await readInbox(ben)).filter(({ subject }) => subject === name).length === 2,
    'both notifications to be visible again',
  )
})

test('a person who leaves a document gets no notification, and their unread count is updated', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  const name = await shareDraft('Left', { editor: [dora] })
  await waitForNotification(dora, hasType('team.invitation', 'Left'), 'the role')
  const subscriber = await collectEvents(node.url, dora)
  await dora.request('DELETE', `/api/documents/${name}/members/${dora.id}`)
  await waitUntil(
    () => subscriber.events.some(({ event, data }) => event === 'unread-count.changed' && data.unread === 0),
    'the unread counts',
  )
  expect((await readInbox(dora)).map(({ type }) => type)).toEqual(['user.welcome'])
  subscriber.close()
})

test('a person who lost access before the job runs gets no notification', async () => {
  const documentName = await shareDraft('Withdrawn', { editor: [ben] })
  await ben.request('PUT', `/api/subjects/${documentName}/watch`, { level: 'watching' })
  const { threadId, commentId } = await createThread(ann, documentName, `Secret for @[${ben.id}]`)
  await waitForNotification(ben, hasType('comment.mentioned', 'Withdrawn'), 'the mention')
  await sql`delete from notification where subject = ${documentName}`.execute(node.database.sql)
  await ann.request('DELETE', `/api/documents/${documentName}/members/${ben.id}`)
  const data = { documentName, threadId, commentId, change: 'added' }
  const event = { position: 900_000_003, event: 'comment.changed', subject: documentName, audience: [documentName] }
  await node.domain.run(system, notifyOfEvent, { ...event, actor: ann.id, at: new Date().toISOString(), data })
  const { rows } = await sql`select 1 from notification where subject = ${documentName} and user_id = ${ben.id}`.execute(node.database.sql)
  expect(rows).toEqual([])
})
