import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { system } from '../../domain/kernel/operation.ts'
import { announce } from '../../domain/notifications/announcement.ts'
import { wakeSnoozed } from '../../domain/notifications/mark.ts'
import type { Node } from '../../main.ts'
import { draftOf, type Person, register } from '../support/client.ts'
import { hearing, inboxOf, toldTo } from '../support/inbox.ts'
import { emptyNode, onPostgres } from '../support/node.ts'
import { until } from '../support/until.ts'

let node: Node
let admin: Person
let ann: Person
let ben: Person
let cleo: Person
beforeAll(async () => {
  node = await emptyNode()
  admin = await register(node.url, 'Admin')
  ;[ann, ben, cleo] = (await Promise.all(['Ann', 'Ben', 'Cleo'].map((name) => register(node.url, name)))) as [Person, Person, Person]
  for (const person of [admin, ann, ben, cleo]) await welcomed(person)
})
afterAll(() => node.relay.settled())

const welcomed = (person: Person) => toldTo(person, ({ type }) => type === 'user.welcome', 'their account')

/** Somebody new, with nothing but their welcome, read. */
async function newcomer(name: string): Promise<Person> {
  const person = await register(node.url, name)
  await welcomed(person)
  await person.ask('PUT', '/api/notifications/read-all')
  return person
}

/** A draft of Ann's that others may use. */
async function shared(title: string, people: Record<string, Person[]> = { commenter: [ben] }): Promise<string> {
  const name = await draftOf(ann, title)
  for (const [role, persons] of Object.entries(people))
    for (const person of persons) await ann.ask('PUT', `/api/documents/${name}/members/${person.id}`, { role })
  return name
}

async function comment(person: Person, name: string, text: string): Promise<{ threadId: string; commentId: string }> {
  const { status, body } = await person.ask('POST', `/api/documents/${name}/comments`, { text })
  expect(status).toBe(201)
  return { threadId: body.id, commentId: body.comments[0].id }
}
const reply = (person: Person, name: string, threadId: string, text: string) =>
  person.ask('POST', `/api/documents/${name}/comments/${threadId}/replies`, { text })

const send = async (person: Person, more: object = {}) => {
  const { status, body } = await admin.ask('POST', '/api/notifications/send', {
    recipientId: person.id,
    type: 'general',
    title: 'Told',
    message: 'Something',
    ...more,
  })
  expect(status).toBe(201)
  return body
}
const of = (type: string, title?: string) => (told: any) => told.type === type && (!title || told.title.includes(title))
const countsOf = async (person: Person) => (await person.ask('GET', '/api/notifications/unread-count')).body

/** Waits until every event up to now was told, to whomever: a later event of the same person's was. */
async function allTold() {
  const marker = randomUUID()
  // jobs are done in the order in which their events were numbered, together or not
  await node.relay.settled()
  const name = await draftOf(admin, marker)
  await admin.ask('PUT', `/api/documents/${name}/members/${cleo.id}`, { role: 'viewer' })
  await toldTo(cleo, of('team.invitation', marker), 'the last event')
}

test('whoever is given a role is told, with who gave it, what it allows, and where it is found', async () => {
  const name = await shared('Given', { editor: [ben] })
  const told = await toldTo(ben, of('team.invitation', 'Given'), 'the role')
  expect(told).toMatchObject({
    category: 'team',
    priority: 'high',
    title: 'Ann shared Given with you',
    message: 'You may edit it.',
    subject: name,
    actorId: ann.id,
    data: { subject: name, role: 'editor', link: `/documents/${name}` },
    channels: ['in_app', 'email'],
    readAt: null,
    count: 1,
  })
  await ann.ask('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  expect(await toldTo(ben, of('team.role-changed', 'Given'), 'the change')).toMatchObject({ message: 'You may read it.' })
  expect((await inboxOf(ann)).filter(({ subject }) => subject === name)).toEqual([])
})

test('whoever loses a role is told so, and sees nothing any more of what they were told of it', async () => {
  const name = await shared('Lost', { editor: [ben] })
  await toldTo(ben, of('team.invitation', 'Lost'), 'the role')
  const before = await countsOf(ben)
  await ann.ask('DELETE', `/api/documents/${name}/members/${ben.id}`)
  const told = await toldTo(ben, of('team.access-ended', 'Lost'), 'the loss')
  expect(told).toMatchObject({
    title: 'Your access to Lost has ended',
    message: 'Ann took it away.',
    subject: null,
    data: { subject: name },
  })
  expect((await inboxOf(ben)).filter(({ subject }) => subject === name)).toEqual([])
  expect(await countsOf(ben)).toEqual(before)
  await ann.ask('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  await until(async () => (await inboxOf(ben)).filter(({ subject }) => subject === name).length === 2, 'both to be shown again')
})

test('whoever leaves by themself is told nothing, and their counts follow', async () => {
  const dora = await newcomer('Dora')
  const name = await shared('Left', { editor: [dora] })
  await toldTo(dora, of('team.invitation', 'Left'), 'the role')
  const heard = await hearing(node.url, dora)
  await dora.ask('DELETE', `/api/documents/${name}/members/${dora.id}`)
  await until(() => heard.events.some(({ event, data }) => event === 'notification.counts' && data.unread === 0), 'the counts')
  expect((await inboxOf(dora)).map(({ type }) => type)).toEqual(['user.welcome'])
  heard.close()
})

test('a comment is told to who owns the document, a reply to who takes part, a mention to who is meant, once each, never to who spoke', async () => {
  const name = await shared('Talk', { commenter: [ben, cleo] })
  const { threadId, commentId } = await comment(ben, name, 'First words')
  const told = await toldTo(ann, of('comment.created', 'Talk'), 'the comment')
  expect(told).toMatchObject({
    title: 'Ben commented on Talk',
    message: 'First words',
    data: { documentName: name, threadId, commentId, link: `/documents/${name}?thread=${threadId}` },
  })
  await reply(ann, name, threadId, `What does @[${cleo.id}] say?`)
  expect(await toldTo(ben, of('comment.replied', 'Talk'), 'the reply')).toMatchObject({ title: 'Ann replied in Talk' })
  const mention = await toldTo(cleo, of('comment.mentioned', 'Talk'), 'the mention')
  expect(mention).toMatchObject({ title: 'Ann mentioned you in Talk', message: 'What does @Cleo say?', priority: 'high' })
  await reply(ben, name, threadId, 'Nobody asked')
  // a mention makes one take part
  await toldTo(cleo, of('comment.replied', 'Talk'), 'the next reply')
  await allTold()
  const about = async (person: Person) => (await inboxOf(person)).filter(({ data }) => data.threadId === threadId).map(({ type }) => type)
  expect(await about(ann)).toEqual(['comment.replied', 'comment.created'])
  expect(await about(ben)).toEqual(['comment.replied'])
  expect(await about(cleo)).toEqual(['comment.replied', 'comment.mentioned'])
})

test('an edit tells those whom it mentions now and had not told; what is deleted is in no inbox', async () => {
  const name = await shared('Edited', { commenter: [ben, cleo] })
  const { threadId, commentId } = await comment(ben, name, 'To nobody')
  await toldTo(ann, of('comment.created', 'Edited'), 'the comment')
  const path = `/api/documents/${name}/comments/${threadId}/replies/${commentId}`
  await ben.ask('PATCH', path, { text: `To @[${cleo.id}] and @[${ann.id}]` })
  await toldTo(cleo, of('comment.mentioned', 'Edited'), 'the mention')
  await ben.ask('PATCH', path, { text: `Again to @[${cleo.id}]` })
  await allTold()
  const about = async (person: Person) => (await inboxOf(person)).filter(({ data }) => data.commentId === commentId)
  expect((await about(cleo)).map(({ message }) => message)).toEqual(['To @Cleo and @Ann'])
  expect((await about(ann)).map(({ type }) => type)).toEqual(['comment.created'])
  const before = await countsOf(cleo)
  await ben.ask('DELETE', path)
  await until(async () => (await about(cleo)).length === 0 && (await about(ann)).length === 0, 'the words to be gone')
  expect((await countsOf(cleo)).unread).toBe(before.unread - 1)
})

test('a thread that is resolved is told to who takes part', async () => {
  const name = await shared('Settled', { commenter: [ben, cleo] })
  const { threadId } = await comment(ben, name, 'Is it so?')
  const path = `/api/documents/${name}/comments/${threadId}/state`
  await ann.ask('PUT', path, { state: 'resolved' })
  expect(await toldTo(ben, of('comment.resolved', 'Settled'), 'the end')).toMatchObject({ message: 'Is it so?', priority: 'low' })
  await ann.ask('PUT', path, { state: 'resolved' })
  await ann.ask('PUT', path, { state: 'open' })
  await allTold()
  expect((await inboxOf(ben)).filter(of('comment.resolved', 'Settled'))).toHaveLength(1)
  expect((await inboxOf(cleo)).some(({ data }) => data.threadId === threadId)).toBe(false)
})

test('a suggestion is told to who watches, its decision to who made it, a named version to who watches', async () => {
  const name = await shared('Suggested', { commenter: [ben], editor: [cleo] })
  const id = randomUUID()
  const row = { document: name.split(':')[1], by: ben.id }
  await sql`insert into suggestion (document, id, mark, user_id, kind, inserted, deleted, at, state)
    values (${row.document}, ${id}, ${id}, ${row.by}, 'replace', 'shall', 'may', now(), 'open')`.execute(node.database.sql)
  const event = { subject: name, audience: [name], at: new Date().toISOString(), event: 'documents.suggestion-changed' }
  const made = { documentName: name, suggestionId: id, change: 'made' }
  await node.domain.run(system, announce, { ...event, position: 900_000_001, actor: ben.id, data: made })
  expect(await toldTo(ann, of('suggestion.made', 'Suggested'), 'the suggestion')).toMatchObject({
    title: 'Ben suggested a change in Suggested',
    message: '“shall” in place of “may”',
    data: { link: `/documents/${name}?suggestion=${id}` },
  })
  await sql`update suggestion set state = 'accepted' where id = ${id}`.execute(node.database.sql)
  const decided = { ...event, position: 900_000_002, actor: cleo.id, data: { ...made, change: 'accepted' } }
  await node.domain.run(system, announce, decided)
  expect(await toldTo(ben, of('suggestion.decided', 'Suggested'), 'the decision')).toMatchObject({
    title: 'Cleo accepted your suggestion in Suggested',
  })
  await cleo.ask('POST', `/api/documents/${name}/versions`, { name: 'First round' })
  expect(await toldTo(ann, of('version.named', 'Suggested'), 'the version')).toMatchObject({ message: 'First round' })
  await allTold()
  const types = async (person: Person) => (await inboxOf(person)).filter(({ subject }) => subject === name).map(({ type }) => type)
  expect(await types(cleo)).toEqual(['team.invitation'])
  expect(await types(ben)).toEqual(['suggestion.decided', 'team.invitation'])
})

test('a job that runs twice tells nobody twice', async () => {
  const name = await shared('Twice')
  await comment(ben, name, 'Only once')
  await toldTo(ann, of('comment.created', 'Twice'), 'the comment')
  const { rows } = await sql<any>`select position::int, name as event, subject, audience, actor, data, at from event
    where name = 'documents.comment-changed' and subject = ${name}`.execute(node.database.sql)
  const event = { ...rows[0], at: new Date(rows[0].at).toISOString() }
  const runs = [1, 2, 3].map(() => node.domain.run(system, announce, event))
  await Promise.all(runs)
  expect((await inboxOf(ann)).filter(of('comment.created', 'Twice'))).toHaveLength(1)
  // not even where what it was told by is not known any more
  await sql`update notification set data = '{}' where subject = ${name}`.execute(node.database.sql)
  await node.domain.run(system, announce, event)
  expect((await inboxOf(ann)).filter(of('comment.created', 'Twice'))).toHaveLength(1)
  const { rows: deliveries } = await sql<any>`select channel from delivery d
    join notification n on n.id = any(d.notification_ids) where n.subject = ${name} and n.type = 'comment.created' order by 1`.execute(
    node.database.sql,
  )
  expect(deliveries.map(({ channel }) => channel)).toEqual(['email', 'in_app'])
})

test('what happened later is the newer one, in whatever order the jobs run', async () => {
  const name = await shared('In order')
  const { threadId } = await comment(ben, name, 'first')
  await reply(ben, name, threadId, 'second')
  const messages = async () => (await inboxOf(ann)).filter(({ subject }) => subject === name).map(({ message }) => message)
  await until(async () => (await messages()).length === 2, 'both')
  const { rows } = await sql<any>`select position::int, name as event, subject, audience, actor, data, at from event
    where name = 'documents.comment-changed' and subject = ${name} order by position desc`.execute(node.database.sql)
  await sql`delete from notification where subject = ${name} and user_id = ${ann.id}`.execute(node.database.sql)
  for (const row of rows) await node.domain.run(system, announce, { ...row, at: new Date(row.at).toISOString() })
  expect(await messages()).toEqual(['second', 'first'])
})

test('whoever may not read it any more when the job runs is not told', async () => {
  const name = await shared('Withdrawn', { editor: [ben] })
  await ben.ask('PUT', `/api/subjects/${name}/watch`, { level: 'watching' })
  const { threadId, commentId } = await comment(ann, name, `Secret for @[${ben.id}]`)
  await toldTo(ben, of('comment.mentioned', 'Withdrawn'), 'the mention')
  await sql`delete from notification where subject = ${name}`.execute(node.database.sql)
  await ann.ask('DELETE', `/api/documents/${name}/members/${ben.id}`)
  const data = { documentName: name, threadId, commentId, change: 'said' }
  const event = { position: 900_000_003, event: 'documents.comment-changed', subject: name, audience: [name] }
  await node.domain.run(system, announce, { ...event, actor: ann.id, at: new Date().toISOString(), data })
  const { rows } = await sql`select 1 from notification where subject = ${name} and user_id = ${ben.id}`.execute(node.database.sql)
  expect(rows).toEqual([])
})

test('who watches hears all, who takes part what is meant for them, who mutes only their name; the nearest choice counts', async () => {
  const { body: venture } = await ann.ask('POST', '/api/ventures', { name: 'Watched' })
  await ann.ask('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'commenter' })
  const { body: draft } = await ann.ask('POST', '/api/legal/documents', { title: 'Inside', ventureId: venture.id })
  const name: string = draft.documentName
  const watch = (subject: string, level?: string) =>
    ben.ask(level ? 'PUT' : 'GET', `/api/subjects/${subject}/watch`, level ? { level } : undefined)
  const ofComments = async () => (await inboxOf(ben)).filter(({ subject, data }) => subject === name && data.commentId).length

  expect((await watch(name)).body).toEqual({ subject: name, level: 'participating', chosenOn: null })
  await comment(ann, name, 'one')
  await allTold()
  expect(await ofComments()).toBe(0)

  await watch(`venture:${venture.id}`, 'watching')
  expect((await watch(name)).body).toEqual({ subject: name, level: 'watching', chosenOn: `venture:${venture.id}` })
  const { threadId } = await comment(ann, name, 'two')
  await until(async () => (await ofComments()) === 1, 'what is watched')
  await ann.ask('PATCH', `/api/ventures/${venture.id}`, { name: 'Watched well' })
  await toldTo(ben, of('venture.updated', 'Watched well'), 'the venture')

  await reply(ben, name, threadId, 'I take part')
  expect((await watch(name, 'muted')).body).toEqual({ subject: name, level: 'muted', chosenOn: name })
  await reply(ann, name, threadId, 'three')
  await comment(ann, name, 'four')
  await allTold()
  expect(await ofComments()).toBe(1)
  await reply(ann, name, threadId, `five for @[${ben.id}]`)
  await until(async () => (await ofComments()) === 2, 'the mention')

  const { body: listed } = await ben.ask('GET', '/api/notifications/watches')
  expect(listed.items.map(({ subject, level, title }: any) => [subject, level, title])).toEqual([
    [name, 'muted', 'Inside'],
    [`venture:${venture.id}`, 'watching', 'Watched well'],
  ])
  expect((await ben.ask('DELETE', `/api/subjects/${name}/watch`)).status).toBe(204)
  expect((await watch(name)).body.level).toBe('watching')
  expect((await ann.ask('GET', `/api/subjects/${name}/watch`)).body).toMatchObject({ level: 'watching', chosenOn: null })

  for (const [subject, status] of [
    [name, 404],
    [`legal:${randomUUID()}`, 404],
    ['user:x', 400],
    [name.toUpperCase(), 400],
  ] as const)
    expect((await cleo.ask('PUT', `/api/subjects/${encodeURIComponent(subject)}/watch`, { level: 'muted' })).status).toBe(status)
  expect((await ben.ask('PUT', `/api/subjects/${name}/watch`, { level: 'loud' })).status).toBe(400)
})

test('what is about one subject is put together, with the newest and how many there are', async () => {
  const name = await shared('Together')
  const { threadId } = await comment(ben, name, 'one')
  for (const text of ['two', 'three']) await reply(ben, name, threadId, text)
  await until(async () => (await inboxOf(ann)).filter(({ subject }) => subject === name).length === 3, 'all three')
  const group = `comments:${name}`
  const row = async () => (await inboxOf(ann, 'grouped=true')).find((one) => one.group === group)
  expect(await row()).toMatchObject({ count: 3, unread: 3, summary: '3 comments in Together', message: 'three' })
  const [newest] = (await inboxOf(ann)).filter(({ subject }) => subject === name)
  await ann.ask('PUT', `/api/notifications/${newest.id}/read`)
  expect(await row()).toMatchObject({ count: 3, unread: 2 })
  expect((await inboxOf(ann, `status=unread&group=${group}`)).map(({ message }) => message)).toEqual(['two', 'one'])
  expect((await ann.ask('PUT', '/api/notifications/read-all', { group })).body).toEqual({ changed: 2 })
  expect(await row()).toMatchObject({ count: 3, unread: 0 })
  expect((await ann.ask('PUT', '/api/notifications/archive-all', { group })).body).toEqual({ changed: 3 })
  expect(await row()).toBeUndefined()
  expect((await inboxOf(ann, 'status=archived&grouped=true')).find((one) => one.group === group)).toMatchObject({ count: 3 })

  const dora = await newcomer('Dora')
  for (const title of ['a', 'b', 'c', 'd', 'e']) await send(dora, { title, type: title < 'c' ? 'buz.transaction' : 'payment.failed' })
  const pages: any[] = []
  for (let cursor = ''; ; ) {
    const { body } = await dora.ask('GET', `/api/notifications?grouped=true&limit=1${cursor}`)
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

test('the inbox is told newest first, page by page, by state, kind, priority and category', async () => {
  const dora = await newcomer('Dora')
  const sent = []
  for (const type of ['general', 'payment.failed', 'payment.succeeded', 'goal.completed'])
    sent.push(await send(dora, { type, title: type }))
  const titles = async (query: string) => (await inboxOf(dora, query)).map(({ title }) => title)
  expect(await titles('status=unread')).toEqual(['goal.completed', 'payment.succeeded', 'payment.failed', 'general'])
  expect(await titles('category=payment')).toEqual(['payment.succeeded', 'payment.failed'])
  expect(await titles('type=goal.completed')).toEqual(['goal.completed'])
  expect(await titles('priority=HIGH&status=UNREAD')).toEqual(['goal.completed', 'payment.succeeded', 'payment.failed'])
  const first = await dora.ask('GET', `/api/notifications/me?limit=3`)
  const second = await dora.ask('GET', `/api/notifications/user/${dora.id}?limit=3&cursor=${first.body.nextCursor}`)
  expect([...first.body.items, ...second.body.items].map(({ title }) => title)).toEqual(await titles(''))
  expect(second.body.nextCursor).toBeNull()

  await dora.ask('PUT', `/api/notifications/${sent[0].id}/read`)
  await dora.ask('PUT', `/api/notifications/${sent[1].id}/archive`)
  expect(await titles('status=read')).toEqual(['general', 'Welcome to SmartStart'])
  expect(await titles('status=archived')).toEqual(['payment.failed'])
  expect(await titles('status=all')).toEqual(['goal.completed', 'payment.succeeded', 'general', 'Welcome to SmartStart'])
  const { body: stats } = await dora.ask('GET', `/api/notifications/stats/${dora.id}`)
  expect(stats).toMatchObject({
    total: 4,
    unread: 2,
    byType: { general: 1, 'payment.succeeded': 1, 'goal.completed': 1, 'user.welcome': 1 },
    byPriority: { high: 2, medium: 1, low: 1 },
  })
  expect(stats.recent).toHaveLength(4)
  for (const query of ['status=lost', 'priority=9', 'type=x', 'category=x', 'limit=0', 'cursor=x', 'page=1', 'grouped=maybe'])
    expect([query, (await dora.ask('GET', `/api/notifications?${query}`)).status]).toEqual([query, 400])
})

test('seen, read, unread, archived, deleted: said twice it stays; the counts are those of the store, and are pushed', async () => {
  const dora = await newcomer('Dora')
  const heard = await hearing(node.url, dora)
  const [one, two] = [await send(dora, { title: 'One' }), await send(dora, { title: 'Two' })]
  // what was told before is not counted
  const since = () => heard.events.slice(heard.events.findIndex(({ event }) => event === 'notification.created'))
  const pushed = () =>
    since()
      .filter(({ event }) => event === 'notification.counts')
      .map(({ data }) => [data.unread, data.unseen])
  await until(() => heard.events.length > 3 && pushed().length === 2, 'the counts')
  expect(heard.events.filter(({ event }) => event === 'notification.created').map(({ data }) => data.notification)).toMatchObject([
    { id: one.id, title: 'One', message: 'Something', type: 'general', subject: null },
    { id: two.id, title: 'Two' },
  ])
  const put = async (id: string, what: string, body?: object) => (await dora.ask('PUT', `/api/notifications/${id}/${what}`, body)).body
  const seen = await put(one.id, 'seen')
  expect([seen.seenAt === null, seen.readAt]).toEqual([false, null])
  const read = await put(one.id, 'read')
  expect(read).toMatchObject({ seenAt: seen.seenAt })
  expect(await put(one.id, 'read')).toEqual(read)
  expect(await countsOf(dora)).toEqual({ unread: 1, unseen: 1 })
  expect((await put(one.id, 'unread')).readAt).toBeNull()
  expect(await countsOf(dora)).toEqual({ unread: 2, unseen: 1 })
  expect((await dora.ask('PUT', '/api/notifications/seen-all')).body).toEqual({ changed: 1 })
  await put(one.id, 'archive')
  expect(await countsOf(dora)).toEqual({ unread: 1, unseen: 0 })
  await put(one.id, 'unarchive')
  expect((await dora.ask('PUT', `/api/notifications/user/me/read-all`)).body).toEqual({ changed: 2 })
  expect((await dora.ask('PUT', '/api/notifications/read-all')).body).toEqual({ changed: 0 })
  expect((await dora.ask('DELETE', `/api/notifications/${one.id}`)).status).toBe(204)
  expect((await dora.ask('DELETE', `/api/notifications/${one.id}`)).status).toBe(404)
  await until(() => pushed().length === 11, 'the last counts')
  const told = ['1,1', '2,2', '2,1', '1,1', '1,1', '2,1', '2,0', '1,0', '2,0', '0,0', '0,0']
  expect(pushed().map(String)).toEqual(told)
  heard.close()
})

test('what is about a subject goes over the wire without its words, and to nobody else', async () => {
  const name = await shared('Quiet')
  const [hers, his] = [await hearing(node.url, ann), await hearing(node.url, ben)]
  await comment(ben, name, 'Words for readers')
  const frame = await until(
    () => hers.events.find(({ event, data }) => event === 'notification.created' && data.notification.subject === name),
    'it',
  )
  expect(frame.data.notification).toMatchObject({ title: 'Ben commented on Quiet', message: null })
  await allTold()
  expect(JSON.stringify([...hers.events, ...his.events])).not.toContain('Words for readers')
  expect(JSON.stringify(his.events)).not.toContain('commented on Quiet')
  hers.close()
  his.close()
})

test('what is snoozed is away until its time, and comes back as new, on top', async () => {
  const dora = await newcomer('Dora')
  const [one, two] = [await send(dora, { title: 'One' }), await send(dora, { title: 'Two' })]
  const snooze = (id: string, until: unknown) => dora.ask('PUT', `/api/notifications/${id}/snooze`, { until })
  const titles = async (query = '') =>
    (await inboxOf(dora, query)).map(({ title }) => title).filter((title) => !title.startsWith('Welcome'))
  await dora.ask('PUT', `/api/notifications/${one.id}/read`)
  const until_ = new Date(Date.now() + 3_600_000).toISOString()
  expect((await snooze(one.id, until_)).body).toMatchObject({ snoozedUntil: until_, readAt: null })
  expect([await titles(), await titles('status=snoozed')]).toEqual([['Two'], ['One']])
  expect(await countsOf(dora)).toEqual({ unread: 1, unseen: 1 })

  const heard = await hearing(node.url, dora)
  await sql`update notification set snoozed_until = now() - interval '1 second', arrived_at = now() where id = ${one.id}`.execute(
    node.database.sql,
  )
  expect(await titles()).toEqual(['One', 'Two'])
  await node.domain.run(system, wakeSnoozed, {})
  await until(() => heard.events.some(({ event, data }) => event === 'notification.counts' && data.unread === 2), 'the counts')
  heard.close()

  await snooze(two.id, until_)
  expect((await snooze(two.id, null)).body.snoozedUntil).toBeNull()
  expect(await titles()).toEqual(['One', 'Two'])
  expect((await dora.ask('PUT', '/api/notifications/snooze-all', { until: until_, type: 'general' })).body).toEqual({ changed: 2 })
  for (const bad of [new Date(Date.now() - 1000).toISOString(), '2999-01-01T00:00:00Z', 'tomorrow', 5, undefined]) {
    const { status, body } = await snooze(one.id, bad)
    expect([status, body.errors[0].path]).toEqual([400, 'until'])
  }
})

test('what is over is not shown, and then gone', async () => {
  const dora = await newcomer('Dora')
  const sent = await send(dora, { title: 'Soon over', expiresAt: new Date(Date.now() + 3_600_000).toISOString() })
  expect(await countsOf(dora)).toEqual({ unread: 1, unseen: 1 })
  await sql`update notification set expires_at = now() - interval '1 second' where id = ${sent.id}`.execute(node.database.sql)
  expect([(await inboxOf(dora)).length, await countsOf(dora)]).toEqual([1, { unread: 0, unseen: 0 }])
  await node.domain.run(system, wakeSnoozed, {})
  expect((await sql`select 1 from notification where id = ${sent.id}`.execute(node.database.sql)).rows).toEqual([])
})

test('only administrators send, to one or to many, whatever each of them is called', async () => {
  const dora = await newcomer('Dora')
  const body = {
    recipientId: dora.id,
    type: 'GENERAL',
    title: ' <b>Bold</b> ',
    message: 'x',
    priority: 'URGENT',
    data: { link: '/documents/x' },
  }
  for (const path of ['', '/send', '/create']) expect((await ann.ask('POST', `/api/notifications${path}`, body)).status).toBe(403)
  expect((await ann.ask('POST', '/api/notifications/bulk', { user_ids: [ben.id], type: 'general', title: 'x', message: 'y' })).status).toBe(
    403,
  )
  const key = { 'idempotency-key': randomUUID() }
  const [first, again] = [
    await admin.ask('POST', '/api/notifications/send', body, key),
    await admin.ask('POST', '/api/notifications/send', body, key),
  ]
  expect(first.body).toMatchObject({
    userId: dora.id,
    type: 'general',
    title: '<b>Bold</b>',
    priority: 'urgent',
    actorId: admin.id,
    data: body.data,
  })
  expect(again.body).toEqual(first.body)
  expect(await countsOf(dora)).toEqual({ unread: 1, unseen: 1 })
  expect((await admin.ask('POST', '/api/notifications', { ...body, priority: 'NORMAL' })).body.priority).toBe('medium')

  const many = { user_ids: [dora.id, ben.id, dora.id], type: 'system.maintenance', title: 'Tonight', message: 'From ten on' }
  expect(await admin.ask('POST', '/api/notifications/bulk', many)).toMatchObject({ status: 201, body: { sent: 2 } })
  await toldTo(ben, of('system.maintenance'), 'the maintenance')
  const nobody = await admin.ask('POST', '/api/notifications/bulk', { ...many, title: 'To some', user_ids: [ben.id, randomUUID()] })
  expect([nobody.status, nobody.body.errors]).toEqual([400, [{ path: 'user_ids.1', message: 'is nobody' }]])
  expect((await inboxOf(ben)).some(({ title }) => title === 'To some')).toBe(false)

  for (const [wrong, path] of [
    [{ type: 'unheard.of' }, 'type'],
    [{ title: ' ' }, 'title'],
    [{ title: 'x'.repeat(201) }, 'title'],
    [{ message: undefined }, 'message'],
    [{ priority: 'huge' }, 'priority'],
    [{ data: 'x' }, 'data'],
    [{ data: { link: 'https://example.org' } }, 'data'],
    [{ data: { link: '//example.org' } }, 'data'],
    [{ data: { link: 'javascript:alert(1)' } }, 'data'],
    [{ data: { much: 'x'.repeat(5000) } }, 'data'],
    [{ expiresAt: '2001-01-01T00:00:00Z' }, 'expiresAt'],
    [{ recipientId: 'x' }, 'recipientId'],
    [{ loud: true }, 'loud'],
  ] as const) {
    const { status, body: problem } = await admin.ask('POST', '/api/notifications/send', { ...body, ...wrong })
    expect([path, status, problem.errors?.[0].path]).toEqual([path, 400, path])
  }
  expect((await admin.ask('POST', '/api/notifications/send', { ...body, recipientId: randomUUID() })).status).toBe(404)
})

test('an inbox is its owner’s alone', async () => {
  const sent = await send(ann, { title: 'For Ann' })
  for (const person of [ben, admin]) {
    for (const what of ['seen', 'read', 'unread', 'archive', 'unarchive'])
      expect((await person.ask('PUT', `/api/notifications/${sent.id}/${what}`)).status).toBe(404)
    expect((await person.ask('PUT', `/api/notifications/${sent.id}/snooze`, { until: null })).status).toBe(404)
    expect((await person.ask('DELETE', `/api/notifications/${sent.id}`)).status).toBe(404)
    for (const path of [`/${ann.id}`, `/user/${ann.id}`, `/stats/${ann.id}`])
      expect((await person.ask('GET', `/api/notifications${path}`)).status).toBe(404)
    expect((await person.ask('PUT', `/api/notifications/user/${ann.id}/read-all`)).status).toBe(404)
    expect((await person.ask('PUT', '/api/notifications/read-all', { userId: ann.id })).status).toBe(404)
  }
  expect((await ann.ask('PUT', `/api/notifications/${sent.id}/read`, { readAt: '2001-01-01T00:00:00Z' })).status).toBe(400)
  expect((await ann.ask('PUT', '/api/notifications/x/read')).status).toBe(400)
  const nobody = (path: string) => fetch(`${node.url}/api/notifications${path}`).then(({ status }) => status)
  expect(await Promise.all(['', `/${ann.id}`, '/unread-count', `/stats/${ann.id}`, '/preferences', '/watches'].map(nobody))).toEqual(
    Array(6).fill(401),
  )
  expect((await inboxOf(ann)).find(({ id }) => id === sent.id)).toMatchObject({ readAt: null, seenAt: null })
})

test('an account that is deleted leaves no inbox', async () => {
  const dora = await newcomer('Dora')
  await dora.ask('PUT', '/api/notifications/preferences', { timeZone: 'Europe/Vienna' })
  await dora.ask('DELETE', '/api/users/me')
  const left = sql<{ count: number }>`select ((select count(*) from notification where user_id = ${dora.id})
    + (select count(*) from notification_preference where user_id = ${dora.id}))::int as count`
  await until(async () => (await left.execute(node.database.sql)).rows[0]?.count === 0, 'the inbox to be gone')
})

test('a direct message is told to the others, a mention in a channel to who is meant; who reads there has read here; deleted is gone', async () => {
  const [dora, eve] = [await newcomer('Dora'), await newcomer('Eve')]
  const { body: direct } = await dora.ask('POST', '/api/conversations/direct', { userIds: [eve.id] })
  const say = async (person: Person, id: string, body: object) => {
    const answered = await person.ask('POST', `/api/conversations/${id}/messages`, body)
    expect(answered.status).toBe(201)
    return answered.body
  }
  const heard = await hearing(node.url, eve)
  const first = await say(dora, direct.id, { text: 'Hello you' })
  expect(await toldTo(eve, of('message.direct'), 'the message')).toMatchObject({
    title: 'Dora wrote to you',
    message: 'Hello you',
    subject: null,
    group: `messages:conversation:${direct.id}`,
    data: { conversationId: direct.id, messageId: first.id, seq: first.seq },
  })
  const second = await say(dora, direct.id, { text: 'Are you there?' })
  await until(async () => (await countsOf(eve)).unread === 2, 'both')
  await eve.ask('PUT', `/api/conversations/${direct.id}/seen`, { seq: first.seq })
  await until(async () => (await countsOf(eve)).unread === 1, 'one of them to be read')
  await dora.ask('DELETE', `/api/conversations/${direct.id}/messages/${second.id}`)
  await until(async () => (await inboxOf(eve)).filter(of('message.direct')).length === 1, 'the other to be gone')
  expect(JSON.stringify(heard.events)).not.toContain('Hello you')
  heard.close()

  const { body: space } = await dora.ask('POST', '/api/spaces', { name: 'Room' })
  await dora.ask('PUT', `/api/spaces/${space.id}/members/${eve.id}`, { role: 'commenter' })
  const { body: channels } = await eve.ask('GET', '/api/conversations')
  const channel = channels.items.find(({ subject }: any) => subject === `space:${space.id}`)
  await say(dora, channel.id, { text: 'To all' })
  const mention = await say(dora, channel.id, { text: `To @[${eve.id}]` })
  expect(await toldTo(eve, of('message.mentioned', 'Room'), 'the mention')).toMatchObject({
    message: 'To @Eve',
    subject: `space:${space.id}`,
  })
  await say(eve, channel.id, { text: 'Here', threadId: mention.id })
  expect(await toldTo(dora, of('message.replied', 'Room'), 'the reply')).toMatchObject({ message: 'Here' })
  expect((await inboxOf(eve)).filter(({ data }) => data.conversationId === channel.id)).toHaveLength(1)
})

// embedded, one transaction waits for the other
test.skipIf(!onPostgres)('a message that is read in the moment in which it is told is unread in no inbox', async () => {
  const dora = await newcomer('Dora')
  const both = [await newcomer('Eve'), await newcomer('Finn')]
  const { body: direct } = await dora.ask('POST', '/api/conversations/direct', { userIds: both.map(({ id }) => id) })
  // inboxes are taken in the order of their keys: the telling waits for the first while who has the last reads
  const other = new pg.Client({ connectionString: node.databaseUrl })
  await other.connect()
  const { rows } = await other.query('select id::text from unnest($1::text[]) id order by hashtext(id)', [both.map(({ id }) => id)])
  const [first, last] = rows.map(({ id }) => both.find((person) => person.id === id)) as [Person, Person]
  await other.query('begin')
  await other.query('select pg_advisory_xact_lock(7220017, hashtext($1))', [first.id])
  const waiting = `select from pg_locks l join pg_database d on d.oid = l.database
    where d.datname = current_database() and l.locktype = 'advisory' and l.classid = 7220017 and not l.granted`
  const { body: message } = await dora.ask('POST', `/api/conversations/${direct.id}/messages`, { text: 'Hello both' })
  await until(async () => (await other.query(waiting)).rowCount === 1, 'the telling to wait')
  await last.ask('PUT', `/api/conversations/${direct.id}/seen`, { seq: message.seq })
  // as another node does while the one that tells still waits
  const moved = await until(async () => {
    const { rows } = await sql<any>`select position::int, name as event, subject, audience, actor, data, at from event
      where name = 'messaging.seen-moved' and data ->> 'conversationId' = ${direct.id}`.execute(node.database.sql)
    return rows[0]
  }, 'word of the reading')
  await node.domain.run(system, announce, { ...moved, at: new Date(moved.at).toISOString() })
  await other.query('commit')
  await other.end()
  expect((await toldTo(first, of('message.direct'), 'the message')).readAt).toBeNull()
  expect((await inboxOf(last)).filter(of('message.direct'))).toEqual([])
})
