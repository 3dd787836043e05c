import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type Person, register } from '../support/client.ts'
import { emptyNode } from '../support/node.ts'

let node: Node
const people: Record<string, Person> = {}
const person = (name: string) => people[name] as Person
const everybody = ['owner', 'editor', 'commenter', 'viewer', 'stranger']

beforeAll(async () => {
  node = await emptyNode()
  for (const name of everybody) people[name] = await register(node.url, name)
})

/** A space that all but the stranger have a role in; its general channel has its id. */
async function space(): Promise<string> {
  const { body } = await person('owner').ask('POST', '/api/spaces', { name: 'Team' })
  for (const role of ['editor', 'commenter', 'viewer'])
    await person('owner').ask('PUT', `/api/spaces/${body.id}/members/${person(role).id}`, { role })
  return body.id
}

const at = (id: string) => `/api/conversations/${id}`
const say = (name: string, id: string, sent: object | string) =>
  person(name).ask('POST', `${at(id)}/messages`, typeof sent === 'string' ? { text: sent } : sent)
const textsOf = ({ body }: { body: { items: { text: string }[] } }) => body.items.map(({ text }) => text)
const upload = (name: string, id: string, file: string, bytes: Uint8Array) =>
  person(name).ask('POST', `${at(id)}/files?name=${encodeURIComponent(file)}`, bytes, { 'content-type': 'application/octet-stream' })

test('a space and a venture come with a general channel, which all who read them have', async () => {
  const id = await space()
  const { body: venture } = await person('owner').ask('POST', '/api/ventures', { name: 'Venture' })
  expect((await person('owner').ask('GET', at(venture.id))).body).toMatchObject({ subject: `venture:${venture.id}`, general: true })
  const { body } = await person('viewer').ask('GET', `/api/conversations?subject=space:${id}`)
  expect(body.items).toMatchObject([
    {
      id,
      kind: 'channel',
      subject: `space:${id}`,
      name: 'general',
      place: 'Team',
      general: true,
      people: [],
      role: 'viewer',
      head: 0,
      seen: 0,
      unread: 0,
    },
  ])
  expect((await person('stranger').ask('GET', `/api/conversations?subject=space:${id}`)).status).toBe(404)
  const archived = await person('owner').ask('PATCH', at(id), { archived: true })
  expect(archived).toMatchObject({ status: 409 })
})

test('editors make channels, rename and archive them; an archived one is read and takes no messages', async () => {
  const id = await space()
  const subject = `space:${id}`
  const { status, headers, body } = await person('editor').ask('POST', '/api/conversations', { subject, name: ' Ship it ' })
  expect([status, body.name]).toEqual([201, 'Ship it'])
  expect((await person('owner').ask('POST', '/api/conversations', { subject, name: 'ship IT' })).status).toBe(409)
  expect((await person('owner').ask('POST', '/api/conversations', { subject, name: 'two\nlines' })).status).toBe(400)
  expect((await person('owner').ask('POST', '/api/conversations', { subject: `legal:${id}`, name: 'x' })).status).toBe(400)
  expect(headers.get('etag')).toBe('"1"')
  await say('commenter', body.id, 'before')
  const renamed = await person('editor').ask('PATCH', at(body.id), { name: 'Shipped' }, { 'if-match': '"1"' })
  expect(renamed.body).toMatchObject({ name: 'Shipped', archivedAt: null })
  expect((await person('editor').ask('PATCH', at(body.id), { name: 'Late' }, { 'if-match': '"1"' })).status).toBe(409)
  const archived = await person('editor').ask('PATCH', at(body.id), { archived: true })
  expect(archived.body.archivedAt).toEqual(expect.any(String))
  expect(await say('owner', body.id, 'after')).toMatchObject({ status: 409 })
  expect(textsOf(await person('viewer').ask('GET', `${at(body.id)}/messages`))).toEqual(['before'])
  const listed = async (more: string) =>
    (await person('viewer').ask('GET', `/api/conversations?subject=${subject}${more}`)).body.items.map((one: { name: string }) => one.name)
  expect([await listed(''), await listed('&archived=true')]).toEqual([['general'], ['Shipped']])
  await person('editor').ask('PATCH', at(body.id), { archived: false })
  expect((await say('owner', body.id, 'again')).status).toBe(201)
})

test('who may what', async () => {
  const id = await space()
  const subject = `space:${id}`
  const { body: channel } = await person('owner').ask('POST', '/api/conversations', { subject, name: 'plans' })
  const { body: said } = await say('commenter', channel.id, 'mine')
  const message = `${at(channel.id)}/messages/${said.id}`
  const asked: [string, string, object | undefined, number, Record<string, number>][] = [
    ['GET', at(channel.id), undefined, 200, { stranger: 404 }],
    ['GET', `${at(channel.id)}/messages`, undefined, 200, { stranger: 404 }],
    ['GET', message, undefined, 200, { stranger: 404 }],
    ['GET', `/api/messages?q=mine&conversationId=${channel.id}`, undefined, 200, { stranger: 404 }],
    ['PUT', `${at(channel.id)}/seen`, { seq: 1 }, 200, { stranger: 404 }],
    ['POST', `${at(channel.id)}/messages`, { text: 'x' }, 201, { stranger: 404, viewer: 403 }],
    ['POST', `${at(channel.id)}/messages`, { text: 'x', threadId: said.id }, 201, { stranger: 404, viewer: 403 }],
    ['POST', `${at(channel.id)}/messages`, { text: 'x', kind: 'QUESTION' }, 201, { stranger: 404, viewer: 403 }],
    ['POST', `${at(channel.id)}/messages`, { text: 'x', kind: 'ANNOUNCEMENT' }, 201, { stranger: 404, viewer: 403, commenter: 403 }],
    ['PUT', `${message}/reactions/👍`, undefined, 200, { stranger: 404, viewer: 403 }],
    ['DELETE', `${message}/reactions/👍`, undefined, 200, { stranger: 404, viewer: 403 }],
    ['PATCH', message, { text: 'edited' }, 200, { stranger: 404, viewer: 403, editor: 403, owner: 403 }],
    ['PATCH', at(channel.id), { name: 'plans' }, 200, { stranger: 404, viewer: 403, commenter: 403 }],
  ]
  for (const [method, path, sent, fine, refused] of asked)
    for (const name of everybody)
      expect([method, path, name, (await person(name).ask(method, encodeURI(path), sent)).status]).toEqual([
        method,
        path,
        name,
        refused[name] ?? fine,
      ])
  for (const name of everybody)
    expect([name, (await person(name).ask('POST', '/api/conversations', { subject, name: `of ${name}` })).status]).toEqual([
      name,
      { stranger: 404, viewer: 403, commenter: 403 }[name] ?? 201,
    ])
  for (const [name, status] of Object.entries({ stranger: 404, viewer: 403, editor: 403, commenter: 200, owner: 200 }))
    expect([name, (await person(name).ask('DELETE', message)).status]).toEqual([name, status])
  const { body: theirs } = await say('commenter', channel.id, 'theirs')
  expect((await person('owner').ask('DELETE', `${at(channel.id)}/messages/${theirs.id}`)).body.deletedAt).toEqual(expect.any(String))
})

test('who is removed from a space has none of its channels any more', async () => {
  const id = await space()
  await say('viewer', id, 'no')
  await say('commenter', id, 'I was here')
  await person('owner').ask('DELETE', `/api/spaces/${id}/members/${person('commenter').id}`)
  const commenter = person('commenter')
  for (const path of [at(id), `${at(id)}/messages`, `/api/messages?q=here&conversationId=${id}`])
    expect((await commenter.ask('GET', path)).status).toBe(404)
  expect((await say('commenter', id, 'still?')).status).toBe(404)
  const listed = (await commenter.ask('GET', '/api/conversations?limit=100')).body.items
  expect(listed.some((one: { id: string }) => one.id === id)).toBe(false)
  expect(textsOf(await commenter.ask('GET', '/api/messages?q=here'))).toEqual([])
})

test('a direct conversation is one for each set of people, begun by whoever, and for nobody else', async () => {
  const [owner, stranger] = [person('owner'), person('stranger')]
  const start = (from: Person, ...userIds: string[]) => from.ask('POST', '/api/conversations/direct', { userIds })
  const begun = await Promise.all([start(owner, stranger.id), start(stranger, owner.id), start(owner, stranger.id, owner.id, stranger.id)])
  expect(begun.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(new Set(begun.map(({ body }) => body.id)).size).toBe(1)
  const { body } = begun[0] as { body: { id: string; people: { id: string; name: string }[] } }
  expect(body).toMatchObject({ kind: 'direct', subject: null, name: null, role: 'editor' })
  expect(body.people.map(({ name }) => name).sort()).toEqual(['owner', 'stranger'])
  expect((await start(owner, stranger.id, person('viewer').id)).body.id).not.toBe(body.id)
  await say('stranger', body.id, 'hello')
  expect(textsOf(await owner.ask('GET', `${at(body.id)}/messages`))).toEqual(['hello'])
  for (const path of [at(body.id), `${at(body.id)}/messages`]) expect((await person('editor').ask('GET', path)).status).toBe(404)
  expect((await say('editor', body.id, 'me too')).status).toBe(404)
  const { body: said } = await say('stranger', body.id, 'mine')
  expect((await owner.ask('DELETE', `${at(body.id)}/messages/${said.id}`)).status).toBe(403)
  expect((await owner.ask('PATCH', at(body.id), { name: 'x' })).status).toBe(403)
  expect((await start(owner, owner.id)).body.errors).toMatchObject([{ path: 'userIds' }])
  expect((await start(owner, '01a1fc0a-edfa-7688-b7f5-c95999d90817')).status).toBe(404)
})

test('messages have dense numbers; lists go both ways, and threads are beside them', async () => {
  const id = await space()
  const ids: string[] = []
  for (const text of ['one', 'two', 'three', 'four']) ids.push((await say('owner', id, text)).body.id)
  for (const text of ['reply one', 'reply two']) await say('editor', id, { text, threadId: ids[1] })
  await say('owner', id, 'seven')
  const list = async (more: string) => (await person('viewer').ask('GET', `${at(id)}/messages?${more}`)).body
  const seqs = ({ items }: { items: { seq: number }[] }) => items.map(({ seq }) => seq)
  const newest = await list('limit=3')
  expect(seqs(newest)).toEqual([7, 4, 3])
  const older = await list(`limit=3&cursor=${newest.nextCursor}`)
  expect([seqs(older), older.nextCursor]).toEqual([[2, 1], null])
  expect(older.items[0]).toMatchObject({ text: 'two', replies: 2, repliedAt: expect.any(String) })
  const thread = await list(`threadId=${ids[1]}&after=0`)
  expect(thread.items.map(({ text }: { text: string }) => text)).toEqual(['reply one', 'reply two'])
  const rising = await list('after=1&replies=true&limit=4')
  expect(seqs(rising)).toEqual([2, 3, 4, 5])
  expect(seqs(await list(`after=1&replies=true&cursor=${rising.nextCursor}`))).toEqual([6, 7])
  const answered = await say('owner', id, { text: 'x', threadId: thread.items[0].id })
  expect(answered.body.errors).toMatchObject([{ path: 'threadId' }])
  const elsewhere = await space()
  expect((await say('owner', elsewhere, { text: 'x', threadId: ids[1] })).status).toBe(400)
  expect((await person('owner').ask('GET', `${at(elsewhere)}/messages/${ids[1]}`)).status).toBe(404)
  expect((await person('viewer').ask('GET', `${at(id)}/messages?cursor=x`)).body.errors).toMatchObject([{ path: 'cursor' }])
  expect((await person('viewer').ask('GET', `${at(id)}/messages?after=-1`)).body.errors).toMatchObject([{ path: 'after' }])
})

test('a message is text, whatever is in it; mentions are of those who may read', async () => {
  const id = await space()
  const [viewer, stranger] = [person('viewer'), person('stranger')]
  const text = `<img src=x onerror=alert(1)> & **bold** \u202e @[${viewer.id}] @[${stranger.id}] @[${viewer.id.toUpperCase()}]`
  const { body } = await say('owner', id, text)
  expect(body).toMatchObject({ text, mentions: [viewer.id], kind: 'GENERAL', editedAt: null, deletedAt: null, name: 'owner' })
  const path = `${at(id)}/messages/${body.id}`
  const edited = await person('owner').ask('PATCH', path, { text: `@[${person('editor').id}]` })
  expect(edited.body).toMatchObject({ mentions: [person('editor').id], editedAt: expect.any(String), seq: body.seq })
  for (const bad of ['', '   ', 'x'.repeat(5001), 5, null]) expect((await say('owner', id, { text: bad })).status).toBe(400)
  expect((await say('owner', id, 'x'.repeat(5000))).status).toBe(201)
})

test('a deleted message keeps its place; its words, mentions, reactions and files are gone from everywhere', async () => {
  const id = await space()
  const file = await upload('commenter', id, 'secret.txt', Buffer.from('secret bytes'))
  const { body } = await say('commenter', id, { text: `unspeakable @[${person('viewer').id}]`, fileIds: [file.body.id] })
  const path = `${at(id)}/messages/${body.id}`
  await say('owner', id, { text: 'reply', threadId: body.id })
  await person('owner').ask('PUT', `${path}/reactions/${encodeURIComponent('👍')}`)
  const deleted = await person('commenter').ask('DELETE', path)
  expect(deleted.body).toMatchObject({
    seq: 1,
    text: '',
    mentions: [],
    reactions: [],
    files: [],
    replies: 1,
    deletedAt: expect.any(String),
  })
  expect((await person('commenter').ask('DELETE', path)).body).toEqual(deleted.body)
  expect((await person('commenter').ask('PATCH', path, { text: 'again' })).status).toBe(409)
  expect((await person('owner').ask('PUT', `${path}/reactions/${encodeURIComponent('👍')}`)).status).toBe(409)
  expect(textsOf(await person('owner').ask('GET', '/api/messages?q=unspeakable'))).toEqual([])
  expect((await person('viewer').ask('GET', at(id))).body.mentions).toBe(0)
  expect((await person('owner').ask('GET', `${at(id)}/files/${file.body.id}`)).status).toBe(404)
  const connection = node.database.em.fork().getConnection()
  expect(await connection.execute(`select count(*)::int as n from kept_piece where file = ?`, [file.body.id])).toEqual([{ n: 0 }])
  expect(await connection.execute(`select count(*)::int as n from event where data::text like '%unspeakable%'`)).toEqual([{ n: 0 }])
  const [reply] = (await person('owner').ask('GET', `${at(id)}/messages?threadId=${body.id}`)).body.items
  await person('owner').ask('DELETE', `${at(id)}/messages/${reply.id}`)
  expect((await person('owner').ask('GET', path)).body.replies).toBe(0)
})

test('reactions are one of each person and kind, and are emoji', async () => {
  const id = await space()
  const { body } = await say('owner', id, 'party')
  const react = (name: string, emoji: string, method = 'PUT') =>
    person(name).ask(method, `${at(id)}/messages/${body.id}/reactions/${encodeURIComponent(emoji)}`)
  await Promise.all([react('owner', '🎉'), react('owner', '🎉'), react('owner', '🎉')])
  await react('editor', '🎉')
  const { body: seen } = await react('editor', '👩🏽‍🚒')
  expect(seen.reactions).toEqual([
    { emoji: '🎉', userIds: [person('owner').id, person('editor').id] },
    { emoji: '👩🏽‍🚒', userIds: [person('editor').id] },
  ])
  expect((await react('editor', '🎉', 'DELETE')).body.reactions[0].userIds).toEqual([person('owner').id])
  for (const bad of ['x', '🎉🎉', '<b>']) expect((await react('owner', bad)).status).toBe(400)
})

test('unread is counted from the store, for each person; a marker never goes back', async () => {
  const id = await space()
  const viewer = person('viewer')
  const seen = (seq: number) => viewer.ask('PUT', `${at(id)}/seen`, { seq })
  const counted = async () => {
    const { items } = (await viewer.ask('GET', `/api/conversations?subject=space:${id}`)).body
    const { unread, mentions, seen, head } = items[0]
    expect((await viewer.ask('GET', at(id))).body).toEqual(items[0])
    return { unread, mentions, seen, head }
  }
  await say('owner', id, 'one')
  await say('owner', id, `two @[${viewer.id}]`)
  await say('editor', id, 'three')
  expect(await counted()).toEqual({ unread: 3, mentions: 1, seen: 0, head: 3 })
  expect((await seen(2)).body).toMatchObject({ seen: 2, unread: 1, mentions: 0 })
  expect((await seen(1)).body).toMatchObject({ seen: 2, unread: 1 })
  expect((await seen(4)).body.errors).toMatchObject([{ path: 'seq', message: 'takes at most 3, the newest message' }])
  expect((await person('owner').ask('GET', at(id))).body).toMatchObject({ seen: 0, unread: 1 })
  const { body } = await say('owner', id, 'four')
  await person('owner').ask('DELETE', `${at(id)}/messages/${body.id}`)
  expect(await counted()).toEqual({ unread: 1, mentions: 0, seen: 2, head: 4 })
  await node.relay.settled()
  const rows = await node.database.em
    .fork()
    .getConnection()
    .execute(`select audience, data from event where name = 'messaging.seen-moved' and data->>'conversationId' = ?`, [id])
  expect(rows).toMatchObject([{ audience: [`user:${viewer.id}`], data: { seq: 2 } }])
})

test('search finds words, and beginnings of words, in one’s conversations and no others', async () => {
  const id = await space()
  const { body: direct } = await person('stranger').ask('POST', '/api/conversations/direct', { userIds: [person('owner').id] })
  await say('owner', id, 'Der Übermut der Gründer, е-почта и Договор v2.1: see https://example.org/a_b')
  await say('owner', direct.id, 'der geheime Übermut')
  const find = async (name: string, q: string, more = '') =>
    textsOf(await person(name).ask('GET', `/api/messages?q=${encodeURIComponent(q)}${more}`)).length
  for (const q of ['über', 'GRÜNDER der', 'договор', 'почта', 'example.org', 'a_b', 'v2.1', "übermut' & !!"])
    expect([q, await find('viewer', q)]).toEqual([q, 1])
  for (const q of ['mut', 'nichts', '!!!', "':*"]) expect([q, await find('viewer', q)]).toEqual([q, 0])
  expect([await find('owner', 'übermut'), await find('owner', 'übermut', `&conversationId=${id}`)]).toEqual([2, 1])
  expect(await find('stranger', 'übermut')).toBe(1)
  expect((await person('owner').ask('GET', '/api/messages')).body.errors).toMatchObject([{ path: 'q' }])
})

test('files are kept for their message, and saved, never shown, by whoever may read it', async () => {
  const id = await space()
  const bytes = Buffer.from('<script>alert(1)</script>'.repeat(20_000))
  const sent = await upload('commenter', id, '../evil\u202e\r\n"x".html', bytes)
  expect(sent).toMatchObject({ status: 201, body: { name: 'evil x .html', size: bytes.length } })
  const file = `${at(id)}/files/${sent.body.id}`
  expect((await person('commenter').ask('GET', file)).status).toBe(404)
  expect((await say('owner', id, { fileIds: [sent.body.id] })).body.errors).toMatchObject([{ path: 'fileIds.0' }])
  const { body } = await say('commenter', id, { fileIds: [sent.body.id] })
  expect(body).toMatchObject({ text: '', files: [{ id: sent.body.id, name: 'evil x .html' }] })
  expect((await say('commenter', id, { fileIds: [sent.body.id] })).status).toBe(400)
  const fetched = await person('viewer').ask('GET', file)
  expect([fetched.status, fetched.body]).toEqual([200, bytes.toString()])
  expect(Object.fromEntries(fetched.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': "attachment; filename*=UTF-8''evil%20x%20.html",
    'x-content-type-options': 'nosniff',
  })
  expect((await person('stranger').ask('GET', file)).status).toBe(404)
  const { body: elsewhere } = await person('stranger').ask('POST', '/api/spaces', { name: 'Mine' })
  expect((await person('stranger').ask('GET', `${at(elsewhere.id)}/files/${sent.body.id}`)).status).toBe(404)
  expect((await upload('viewer', id, 'x', bytes)).status).toBe(403)
  expect((await upload('stranger', id, 'x', bytes)).status).toBe(404)
  expect((await upload('owner', 'x', 'x', bytes)).body.errors).toMatchObject([{ path: 'conversationId' }])
  expect((await upload('owner', id, '///', bytes)).body.errors).toMatchObject([{ path: 'name' }])
  expect((await upload('owner', id, 'x', Buffer.alloc(20 * 1024 * 1024 + 1))).status).toBe(413)
  const many = Array.from({ length: 11 }, () => sent.body.id)
  expect((await say('owner', id, { text: 'x', fileIds: many })).body.errors).toMatchObject([{ path: 'fileIds' }])
})

test('a message that is sent twice under one key is said once', async () => {
  const id = await space()
  const send = (text: string) => person('owner').ask('POST', `${at(id)}/messages`, { text }, { 'idempotency-key': 'one message' })
  const answers = await Promise.all([send('once'), send('once'), send('once')])
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect((await send('another')).status).toBe(409)
  expect(textsOf(await person('owner').ask('GET', `${at(id)}/messages`))).toEqual(['once'])
})

test('all hear of it who may, and nobody else: readers of the space, each of the people', async () => {
  const id = await space()
  const { body: said } = await say('owner', id, `for @[${person('viewer').id}]`)
  const { body: direct } = await person('owner').ask('POST', '/api/conversations/direct', { userIds: [person('editor').id] })
  const { body: whispered } = await say('owner', direct.id, 'for you')
  const rows = await node.database.em
    .fork()
    .getConnection()
    .execute(`select subject, audience, data from event where name = 'messaging.message-sent' order by id desc limit 2`)
  expect(rows).toMatchObject([
    {
      subject: `conversation:${direct.id}`,
      audience: [`user:${person('owner').id}`, `user:${person('editor').id}`].sort(),
      data: { messageId: whispered.id },
    },
    {
      subject: `space:${id}`,
      audience: [`space:${id}`],
      data: { messageId: said.id, seq: 1, threadId: null, mentions: [person('viewer').id] },
    },
  ])
  expect(JSON.stringify(rows)).not.toContain('for you')
})
