/** Messages of a conversation: sent, listed, deleted, reacted to, read, found, with files. */
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople, shareWithRoles, createSpace } from '../support/builders.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
let person: PersonByName
const everybody = ['owner', 'editor', 'commenter', 'viewer', 'stranger']
beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, everybody)
})

/** A space in which all but the stranger have a role. Its general channel has the same id. */
async function space(): Promise<string> {
  const { id } = await createSpace(person('owner'))
  await shareWithRoles(person, `/api/spaces/${id}`)
  return id
}

const at = (id: string) => `/api/conversations/${id}`

const say = (name: string, id: string, sent: object | string) =>
  person(name).request('POST', `${at(id)}/messages`, typeof sent === 'string' ? { text: sent } : sent)

const textsOf = ({ body }: { body: { items: { text: string }[] } }) => body.items.map(({ text }) => text)

const upload = (name: string, id: string, file: string, bytes: Uint8Array) =>
  person(name).request('POST', `${at(id)}/files?name=${encodeURIComponent(file)}`, bytes, { 'content-type': 'application/octet-stream' })

test('messages have consecutive numbers; lists run in both directions, and replies are listed by thread', async () => {
  const id = await space()
  const ids: string[] = []
  for (const text of ['one', 'two', 'three', 'four']) ids.push((await say('owner', id, text)).body.id)
  for (const text of ['reply one', 'reply two']) await say('editor', id, { text, threadId: ids[1] })
  await say('owner', id, 'seven')
  const list = async (more: string) => (await person('viewer').request('GET', `${at(id)}/messages?${more}`)).body
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
  expect((await person('owner').request('GET', `${at(elsewhere)}/messages/${ids[1]}`)).status).toBe(404)
  expect((await person('viewer').request('GET', `${at(id)}/messages?cursor=x`)).body.errors).toMatchObject([{ path: 'cursor' }])
  expect((await person('viewer').request('GET', `${at(id)}/messages?after=-1`)).body.errors).toMatchObject([{ path: 'after' }])
})

test('the text of a message is stored unchanged; mentions include only people who may read it', async () => {
  const id = await space()
  const [viewer, stranger] = [person('viewer'), person('stranger')]
  const text = `<img src=x onerror=alert(1)> & **bold** \u202e @[${viewer.id}] @[${stranger.id}] @[${viewer.id.toUpperCase()}]`
  const { body } = await say('owner', id, text)
  expect(body).toMatchObject({ text, mentions: [viewer.id], kind: 'GENERAL', editedAt: null, deletedAt: null, name: 'owner' })
  const path = `${at(id)}/messages/${body.id}`
  const edited = await person('owner').request('PATCH', path, { text: `@[${person('editor').id}]` })
  expect(edited.body).toMatchObject({ mentions: [person('editor').id], editedAt: expect.any(String), seq: body.seq })
  for (const bad of ['', '   ', 'x'.repeat(5001), 5, null]) expect((await say('owner', id, { text: bad })).status).toBe(400)
  expect((await say('owner', id, 'x'.repeat(5000))).status).toBe(201)
})

test('a deleted message keeps its number; its text, mentions, reactions and files are removed everywhere', async () => {
  const id = await space()
  const file = await upload('commenter', id, 'secret.txt', Buffer.from('secret bytes'))
  const { body } = await say('commenter', id, { text: `unspeakable @[${person('viewer').id}]`, fileIds: [file.body.id] })
  const path = `${at(id)}/messages/${body.id}`
  await say('owner', id, { text: 'reply', threadId: body.id })
  await person('owner').request('PUT', `${path}/reactions/${encodeURIComponent('👍')}`)
  const deleted = await person('commenter').request('DELETE', path)
  expect(deleted.body).toMatchObject({
    seq: 1,
    text: '',
    mentions: [],
    reactions: [],
    files: [],
    replies: 1,
    deletedAt: expect.any(String),
  })
  expect((await person('commenter').request('DELETE', path)).body).toEqual(deleted.body)
  expect((await person('commenter').request('PATCH', path, { text: 'again' })).status).toBe(409)
  expect((await person('owner').request('PUT', `${path}/reactions/${encodeURIComponent('👍')}`)).status).toBe(409)
  expect(textsOf(await person('owner').request('GET', '/api/messages?q=unspeakable'))).toEqual([])
  expect((await person('viewer').request('GET', at(id))).body.mentions).toBe(0)
  expect((await person('owner').request('GET', `${at(id)}/files/${file.body.id}`)).status).toBe(404)
  const connection = node.database.em.fork().getConnection()
  expect(await connection.execute(`select count(*)::int as n from kept_piece where file = ?`, [file.body.id])).toEqual([{ n: 0 }])
  expect(await connection.execute(`select count(*)::int as n from event where data::text like '%unspeakable%'`)).toEqual([{ n: 0 }])
  const [reply] = (await person('owner').request('GET', `${at(id)}/messages?threadId=${body.id}`)).body.items
  await person('owner').request('DELETE', `${at(id)}/messages/${reply.id}`)
  expect((await person('owner').request('GET', path)).body.replies).toBe(0)
})

test('each person adds each reaction once, and a reaction must be one emoji', async () => {
  const id = await space()
  const { body } = await say('owner', id, 'party')
  const react = (name: string, emoji: string, method = 'PUT') =>
    person(name).request(method, `${at(id)}/messages/${body.id}/reactions/${encodeURIComponent(emoji)}`)
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

test('unread messages are counted for each person; a read marker never moves back', async () => {
  const id = await space()
  const viewer = person('viewer')
  const seen = (seq: number) => viewer.request('PUT', `${at(id)}/seen`, { seq })
  const counted = async () => {
    const { items } = (await viewer.request('GET', `/api/conversations?subject=space:${id}`)).body
    const { unread, mentions, seen, head } = items[0]
    expect((await viewer.request('GET', at(id))).body).toEqual(items[0])
    return { unread, mentions, seen, head }
  }
  await say('owner', id, 'one')
  await say('owner', id, `two @[${viewer.id}]`)
  await say('editor', id, 'three')
  expect(await counted()).toEqual({ unread: 3, mentions: 1, seen: 0, head: 3 })
  expect((await seen(2)).body).toMatchObject({ seen: 2, unread: 1, mentions: 0 })
  expect((await seen(1)).body).toMatchObject({ seen: 2, unread: 1 })
  expect((await seen(4)).body.errors).toMatchObject([{ path: 'seq', message: 'must be at most 3, the newest message' }])
  expect((await person('owner').request('GET', at(id))).body).toMatchObject({ seen: 0, unread: 1 })
  const { body } = await say('owner', id, 'four')
  await person('owner').request('DELETE', `${at(id)}/messages/${body.id}`)
  expect(await counted()).toEqual({ unread: 1, mentions: 0, seen: 2, head: 4 })
  await node.sequencer.drain()
  const rows = await node.database.em
    .fork()
    .getConnection()
    .execute(`select audience, data from event where name = 'conversation.read' and data->>'conversationId' = ?`, [id])
  expect(rows).toMatchObject([{ audience: [`user:${viewer.id}`], data: { seq: 2 } }])
})

test('search finds words and word prefixes in the user’s own conversations only', async () => {
  const id = await space()
  const { body: direct } = await person('stranger').request('POST', '/api/conversations/direct', { userIds: [person('owner').id] })
  await say('owner', id, 'Der Übermut der Gründer, е-почта и Договор v2.1: see https://example.org/a_b')
  await say('owner', direct.id, 'der geheime Übermut')
  const find = async (name: string, q: string, more = '') =>
    textsOf(await person(name).request('GET', `/api/messages?q=${encodeURIComponent(q)}${more}`)).length
  for (const q of ['über', 'GRÜNDER der', 'договор', 'почта', 'example.org', 'a_b', 'v2.1', "übermut' & !!"])
    expect([q, await find('viewer', q)]).toEqual([q, 1])
  for (const q of ['mut', 'nichts', '!!!', "':*"]) expect([q, await find('viewer', q)]).toEqual([q, 0])
  expect([await find('owner', 'übermut'), await find('owner', 'übermut', `&conversationId=${id}`)]).toEqual([2, 1])
  expect(await find('stranger', 'übermut')).toBe(1)
  expect((await person('owner').request('GET', '/api/messages')).body.errors).toMatchObject([{ path: 'q' }])
})

test('a file belongs to one message, and its readers can only download it', async () => {
  const id = await space()
  const bytes = Buffer.from('<script>alert(1)</script>'.repeat(20_000))
  const sent = await upload('commenter', id, '../evil\u202e\r\n"x".html', bytes)
  expect(sent).toMatchObject({ status: 201, body: { name: 'evil x .html', size: bytes.length } })
  const file = `${at(id)}/files/${sent.body.id}`
  expect((await person('commenter').request('GET', file)).status).toBe(404)
  expect((await say('owner', id, { fileIds: [sent.body.id] })).body.errors).toMatchObject([{ path: 'fileIds.0' }])
  const { body } = await say('commenter', id, { fileIds: [sent.body.id] })
  expect(body).toMatchObject({ text: '', files: [{ id: sent.body.id, name: 'evil x .html' }] })
  expect((await say('commenter', id, { fileIds: [sent.body.id] })).status).toBe(400)
  const fetched = await person('viewer').request('GET', file)
  expect([fetched.status, fetched.body]).toEqual([200, bytes.toString()])
  expect(Object.fromEntries(fetched.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': "attachment; filename*=UTF-8''evil%20x%20.html",
    'x-content-type-options': 'nosniff',
  })
  expect((await person('stranger').request('GET', file)).status).toBe(404)
  const { body: elsewhere } = await person('stranger').request('POST', '/api/spaces', { name: 'Mine' })
  expect((await person('stranger').request('GET', `${at(elsewhere.id)}/files/${sent.body.id}`)).status).toBe(404)
  expect((await upload('viewer', id, 'x', bytes)).status).toBe(403)
  expect((await upload('stranger', id, 'x', bytes)).status).toBe(404)
  expect((await upload('owner', 'x', 'x', bytes)).body.errors).toMatchObject([{ path: 'conversationId' }])
  expect((await upload('owner', id, '///', bytes)).body.errors).toMatchObject([{ path: 'name' }])
  expect((await upload('owner', id, 'x', Buffer.alloc(20 * 1024 * 1024 + 1))).status).toBe(413)
  const many = Array.from({ length: 11 }, () => sent.body.id)
  expect((await say('owner', id, { text: 'x', fileIds: many })).body.errors).toMatchObject([{ path: 'fileIds' }])
})

test('a message that is sent several times with one idempotency key is stored once', async () => {
  const id = await space()
  const send = (text: string) => person('owner').request('POST', `${at(id)}/messages`, { text }, { 'idempotency-key': 'one message' })
  const answers = await Promise.all([send('once'), send('once'), send('once')])
  expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  expect((await send('another')).status).toBe(422)
  expect(textsOf(await person('owner').request('GET', `${at(id)}/messages`))).toEqual(['once'])
})
