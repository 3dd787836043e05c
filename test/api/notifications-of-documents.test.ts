/** Notifications about comments, suggestions and versions, and watch levels. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { system } from '../../domain/kernel/actor.ts'
import { notifyOfEvent } from '../../domain/notifications/dispatch.ts'
import type { Node } from '../../main.ts'
import { createThread, replyToThread, type Role, createSharedDraft, registerWelcomedPeople } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { readInbox, hasType, waitForNotification, readUnreadCounts, waitUntilAllNotified } from '../support/inbox.ts'
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

/** A draft of Ann's, shared with others. */
const shareDraft = (title: string, people: Partial<Record<Role, Person[]>> = { commenter: [ben] }) => createSharedDraft(ann, people, title)

test('a comment notifies the owner, a reply the participants, a mention the mentioned person; never the author', async () => {
  const documentName = await shareDraft('Talk', { commenter: [ben, cleo] })
  const { threadId, commentId } = await createThread(ben, documentName, 'First words')
  const notification = await waitForNotification(ann, hasType('comment.created', 'Talk'), 'the comment')
  expect(notification).toMatchObject({
    title: 'Ben commented on Talk',
    message: 'First words',
    data: { documentName, threadId, commentId, link: `/documents/${documentName}?thread=${threadId}` },
  })
  await replyToThread(ann, documentName, threadId, `What does @[${cleo.id}] say?`)
  expect(await waitForNotification(ben, hasType('comment.replied', 'Talk'), 'the reply')).toMatchObject({ title: 'Ann replied in Talk' })
  const mention = await waitForNotification(cleo, hasType('comment.mentioned', 'Talk'), 'the mention')
  expect(mention).toMatchObject({ title: 'Ann mentioned you in Talk', message: 'What does @Cleo say?', priority: 'high' })
  await replyToThread(ben, documentName, threadId, 'Nobody asked')
  // a mentioned person becomes a participant
  await waitForNotification(cleo, hasType('comment.replied', 'Talk'), 'the next reply')
  await waitUntilAllNotified(node, admin, cleo)
  const listTypes = async (person: Person) =>
    (await readInbox(person)).filter(({ data }) => data.threadId === threadId).map(({ type }) => type)
  expect(await listTypes(ann)).toEqual(['comment.replied', 'comment.created'])
  expect(await listTypes(ben)).toEqual(['comment.replied'])
  expect(await listTypes(cleo)).toEqual(['comment.replied', 'comment.mentioned'])
})

test('an edited comment notifies mentioned people who had no notification; a deleted comment leaves every inbox', async () => {
  const name = await shareDraft('Edited', { commenter: [ben, cleo] })
  const { threadId, commentId } = await createThread(ben, name, 'To nobody')
  await waitForNotification(ann, hasType('comment.created', 'Edited'), 'the comment')
  const path = `/api/documents/${name}/comments/${threadId}/replies/${commentId}`
  await ben.request('PATCH', path, { text: `To @[${cleo.id}] and @[${ann.id}]` })
  await waitForNotification(cleo, hasType('comment.mentioned', 'Edited'), 'the mention')
  await ben.request('PATCH', path, { text: `Again to @[${cleo.id}]` })
  await waitUntilAllNotified(node, admin, cleo)
  const listNotifications = async (person: Person) => (await readInbox(person)).filter(({ data }) => data.commentId === commentId)
  expect((await listNotifications(cleo)).map(({ message }) => message)).toEqual(['To @Cleo and @Ann'])
  expect((await listNotifications(ann)).map(({ type }) => type)).toEqual(['comment.created'])
  const countsBefore = await readUnreadCounts(cleo)
  await ben.request('DELETE', path)
  await waitUntil(
    async () => (await listNotifications(cleo)).length === 0 && (await listNotifications(ann)).length === 0,
    'the notifications of the comment to be deleted',
  )
  expect((await readUnreadCounts(cleo)).unread).toBe(countsBefore.unread - 1)
})

test('resolving a thread notifies its participants', async () => {
  const name = await shareDraft('Settled', { commenter: [ben, cleo] })
  const { threadId } = await createThread(ben, name, 'Is it so?')
  const path = `/api/documents/${name}/comments/${threadId}/state`
  await ann.request('PUT', path, { state: 'resolved' })
  expect(await waitForNotification(ben, hasType('comment.resolved', 'Settled'), 'the resolution')).toMatchObject({
    message: 'Is it so?',
    priority: 'low',
  })
  await ann.request('PUT', path, { state: 'resolved' })
  await ann.request('PUT', path, { state: 'open' })
  await waitUntilAllNotified(node, admin, cleo)
  expect((await readInbox(ben)).filter(hasType('comment.resolved', 'Settled'))).toHaveLength(1)
  expect((await readInbox(cleo)).some(({ data }) => data.threadId === threadId)).toBe(false)
})

test('a suggestion and a named version notify watchers; a decision notifies the suggestion’s author', async () => {
  const documentName = await shareDraft('Suggested', { commenter: [ben], editor: [cleo] })
  const id = randomUUID()
  const suggestion = { document: documentName.split(':')[1], by: ben.id }
  await sql`insert into suggestion (document, id, mark, user_id, kind, inserted, deleted, at, state)
    values (${suggestion.document}, ${id}, ${id}, ${suggestion.by}, 'replace', 'shall', 'may', now(), 'open')`.execute(node.database.sql)
  const event = { subject: documentName, audience: [documentName], at: new Date().toISOString(), event: 'suggestion.changed' }
  const data = { documentName, suggestionId: id, change: 'created' }
  await node.domain.run(system, notifyOfEvent, { ...event, position: 900_000_001, actor: ben.id, data })
  expect(await waitForNotification(ann, hasType('suggestion.made', 'Suggested'), 'the suggestion')).toMatchObject({
    title: 'Ben suggested a change in Suggested',
    message: 'Replace “may” with “shall”',
    data: { link: `/documents/${documentName}?suggestion=${id}` },
  })
  await sql`update suggestion set state = 'accepted' where id = ${id}`.execute(node.database.sql)
  const decisionEvent = { ...event, position: 900_000_002, actor: cleo.id, data: { ...data, change: 'accepted' } }
  await node.domain.run(system, notifyOfEvent, decisionEvent)
  expect(await waitForNotification(ben, hasType('suggestion.decided', 'Suggested'), 'the decision')).toMatchObject({
    title: 'Cleo accepted your suggestion in Suggested',
  })
  await cleo.request('POST', `/api/documents/${documentName}/versions`, { name: 'First round' })
  expect(await waitForNotification(ann, hasType('version.named', 'Suggested'), 'the version')).toMatchObject({ message: 'First round' })
  await waitUntilAllNotified(node, admin, cleo)
  const listTypes = async (person: Person) =>
    (await readInbox(person)).filter(({ subject }) => subject === documentName).map(({ type }) => type)
  expect(await listTypes(cleo)).toEqual(['team.invitation'])
  expect(await listTypes(ben)).toEqual(['suggestion.decided', 'team.invitation'])
})

test('a job that runs several times notifies each person once', async () => {
  const name = await shareDraft('Twice')
  await createThread(ben, name, 'Only once')
  await waitForNotification(ann, hasType('comment.created', 'Twice'), 'the comment')
  const { rows } = await sql<any>`select position::int, name as event, subject, audience, actor, data, at from event
    where name = 'comment.changed' and subject = ${name}`.execute(node.database.sql)
  const event = { ...rows[0], at: new Date(rows[0].at).toISOString() }
  const jobs = [1, 2, 3].map(() => node.domain.run(system, notifyOfEvent, event))
  await Promise.all(jobs)
  expect((await readInbox(ann)).filter(hasType('comment.created', 'Twice'))).toHaveLength(1)
  // not even when the notification no longer has its data
  await sql`update notification set data = '{}' where subject = ${name}`.execute(node.database.sql)
  await node.domain.run(system, notifyOfEvent, event)
  expect((await readInbox(ann)).filter(hasType('comment.created', 'Twice'))).toHaveLength(1)
  const { rows: deliveries } = await sql<any>`select channel from delivery d
    join notification n on n.id = any(d.notification_ids) where n.subject = ${name} and n.type = 'comment.created' order by 1`.execute(
    node.database.sql,
  )
  expect(deliveries.map(({ channel }) => channel)).toEqual(['email', 'in_app'])
})

test('notifications have the order of their events, in whatever order the jobs run', async () => {
  const name = await shareDraft('In order')
  const { threadId } = await createThread(ben, name, 'first')
  await replyToThread(ben, name, threadId, 'second')
  const listMessages = async () => (await readInbox(ann)).filter(({ subject }) => subject === name).map(({ message }) => message)
  await waitUntil(async () => (await listMessages()).length === 2, 'both notifications')
  const { rows } = await sql<any>`select position::int, name as event, subject, audience, actor, data, at from event
    where name = 'comment.changed' and subject = ${name} order by position desc`.execute(node.database.sql)
  await sql`delete from notification where subject = ${name} and user_id = ${ann.id}`.execute(node.database.sql)
  for (const row of rows) await node.domain.run(system, notifyOfEvent, { ...row, at: new Date(row.at).toISOString() })
  expect(await listMessages()).toEqual(['second', 'first'])
})

test('the nearest watch level decides: watching sends everything, muted sends only mentions', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Watched' })
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'commenter' })
  const { body: draft } = await ann.request('POST', '/api/legal/documents', { title: 'Inside', ventureId: venture.id })
  const name: string = draft.documentName
  const watch = (subject: string, level?: string) =>
    ben.request(level ? 'PUT' : 'GET', `/api/subjects/${subject}/watch`, level ? { level } : undefined)
  const countCommentNotifications = async () =>
    (await readInbox(ben)).filter(({ subject, data }) => subject === name && data.commentId).length

  expect((await watch(name)).body).toEqual({ subject: name, level: 'participating', chosenOn: null })
  await createThread(ann, name, 'one')
  await waitUntilAllNotified(node, admin, cleo)
  expect(await countCommentNotifications()).toBe(0)

  await watch(`venture:${venture.id}`, 'watching')
  expect((await watch(name)).body).toEqual({ subject: name, level: 'watching', chosenOn: `venture:${venture.id}` })
  const { threadId } = await createThread(ann, name, 'two')
  await waitUntil(async () => (await countCommentNotifications()) === 1, 'the notification of the watched venture')
  await ann.request('PATCH', `/api/ventures/${venture.id}`, { name: 'Watched well' })
  await waitForNotification(ben, hasType('venture.updated', 'Watched well'), 'the venture')

  await replyToThread(ben, name, threadId, 'I take part')
  expect((await watch(name, 'muted')).body).toEqual({ subject: name, level: 'muted', chosenOn: name })
  await replyToThread(ann, name, threadId, 'three')
  await createThread(ann, name, 'four')
  await waitUntilAllNotified(node, admin, cleo)
  expect(await countCommentNotifications()).toBe(1)
  await replyToThread(ann, name, threadId, `five for @[${ben.id}]`)
  await waitUntil(async () => (await countCommentNotifications()) === 2, 'the mention')

  const { body: watches } = await ben.request('GET', '/api/notifications/watches')
  expect(watches.items.map(({ subject, level, title }: any) => [subject, level, title])).toEqual([
    [name, 'muted', 'Inside'],
    [`venture:${venture.id}`, 'watching', 'Watched well'],
  ])
  expect((await ben.request('DELETE', `/api/subjects/${name}/watch`)).status).toBe(204)
  expect((await watch(name)).body.level).toBe('watching')
  expect((await ann.request('GET', `/api/subjects/${name}/watch`)).body).toMatchObject({ level: 'watching', chosenOn: null })

  for (const [subject, status] of [
    [name, 404],
    [`legal:${randomUUID()}`, 404],
    ['user:x', 400],
    [name.toUpperCase(), 400],
  ] as const)
    expect((await cleo.request('PUT', `/api/subjects/${encodeURIComponent(subject)}/watch`, { level: 'muted' })).status).toBe(status)
  expect((await ben.request('PUT', `/api/subjects/${name}/watch`, { level: 'loud' })).status).toBe(400)
})
