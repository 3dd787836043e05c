/** Messages of a conversation: sent, listed, deleted, reacted to, read, found, with files. */
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople } from '../support/builders.ts'
import { getEmptyNode } from '../support/node.ts'
import { createSharedSpace, listTexts, personNames, sendMessage, toConversationPath } from '../support/conversations.ts'

let node: Node
let person: PersonByName
beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, personNames)
})

const uploadFile = (name: string, id: string, file: string, bytes: Uint8Array) =>
  person(name).request('POST', `${toConversationPath(id)}/files?name=${encodeURIComponent(file)}`, bytes, {
    'content-type': 'application/octet-stream',
  })

test('messages have consecutive numbers; lists run in both directions, and replies are listed by thread', async () => {
  const id = await createSharedSpace(person)
  const ids: string[] = []
  for (const text of ['one', 'two', 'three', 'four']) ids.push((await sendMessage(person('owner'), id, text)).body.id)
  for (const text of ['reply one', 'reply two']) await sendMessage(person('editor'), id, { text, threadId: ids[1] })
  await sendMessage(person('owner'), id, 'seven')
  const listMessages = async (query: string) => (await person('viewer').request('GET', `${toConversationPath(id)}/messages?${query}`)).body
  const listNumbers = ({ items }: { items: { seq: number }[] }) => items.map(({ seq }) => seq)
  const newestPage = await listMessages('limit=3')
  expect(listNumbers(newestPage)).toEqual([7, 4, 3])
  const olderPage = await listMessages(`limit=3&cursor=${newestPage.nextCursor}`)
  expect([listNumbers(olderPage), olderPage.nextCursor]).toEqual([[2, 1], null])
  expect(olderPage.items[0]).toMatchObject({ text: 'two', replies: 2, repliedAt: expect.any(String) })
  const replies = await listMessages(`threadId=${ids[1]}&after=0`)
  expect(replies.items.map(({ text }: { text: string }) => text)).toEqual(['reply one', 'reply two'])
  const ascendingPage = await listMessages('after=1&replies=true&limit=4')
  expect(listNumbers(ascendingPage)).toEqual([2, 3, 4, 5])
  expect(listNumbers(await listMessages(`after=1&replies=true&cursor=${ascendingPage.nextCursor}`))).toEqual([6, 7])
  const response = await sendMessage(person('owner'), id, { text: 'x', threadId: replies.items[0].id })
  expect(response.body.errors).toMatchObject([{ path: 'threadId' }])
  const otherSpace = await createSharedSpace(person)
  expect((await sendMessage(person('owner'), otherSpace, { text: 'x', threadId: ids[1] })).status).toBe(400)
  expect((await person('owner').request('GET', `${toConversationPath(otherSpace)}/messages/${ids[1]}`)).status).toBe(404)
  expect((await person('viewer').request('GET', `${toConversationPath(id)}/messages?cursor=x`)).body.errors).toMatchObject([
    { path: 'cursor' },
  ])
  expect((await person('viewer').request('GET', `${toConversationPath(id)}/messages?after=-1`)).body.errors).toMatchObject([
    { path: 'after' },
  ])
})

test('the text of a message is stored unchanged; mentions include only people who may read it', async () => {
  const id = await createSharedSpace(person)
  const [viewer, stranger] = [person('viewer'), person('stranger')]
  const text = `<img src=x onerror=alert(1)> & **bold** \u202e @[${viewer.id}] @[${stranger.id}] @[${viewer.id.toUpperCase()}]`
  const { body } = await sendMessage(person('owner'), id, text)
  expect(body).toMatchObject({ text, mentions: [viewer.id], kind: 'GENERAL', editedAt: null, deletedAt: null, name: 'owner' })
  const path = `${toConversationPath(id)}/messages/${body.id}`
  const edited = await person('owner').request('PATCH', path, { text: `@[${person('editor').id}]` })
  expect(edited.body).toMatchObject({ mentions: [person('editor').id], editedAt: expect.any(String), seq: body.seq })
  for (const badText of ['', '   ', 'x'.repeat(5001), 5, null])
    expect((await sendMessage(person('owner'), id, { text: badText })).status).toBe(400)
  expect((await sendMessage(person('owner'), id, 'x'.repeat(5000))).status).toBe(201)
})

test('a deleted message keeps its number; its text, mentions, reactions and files are removed everywhere', async () => {
  const id = await createSharedSpace(person)
  const file = await uploadFile('commenter', id, 'secret.txt', Buffer.from('secret bytes'))
  const { body } = await sendMessage(person('commenter'), id, { text: `unspeakable @[${person('viewer').id}]`, fileIds: [file.body.id] })
  const path = `${toConversationPath(id)}/messages/${body.id}`
  await sendMessage(person('owner'), id, { text: 'reply', threadId: body.id })
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
  expect(listTexts(await person('owner').request('GET', '/api/messages?q=unspeakable'))).toEqual([])
  expect((await person('viewer').request('GET', toConversationPath(id))).body.mentions).toBe(0)
  expect((await person('owner').request('GET', `${toConversationPath(id)}/files/${file.body.id}`)).status).toBe(404)
  const connection = node.database.em.fork().getConnection()
  expect(await connection.execute(`select count(*)::int as n from kept_piece where file = ?`, [file.body.id])).toEqual([{ n: 0 }])
  expect(await connection.execute(`select count(*)::int as n from event where data::text like '%unspeakable%'`)).toEqual([{ n: 0 }])
  const [reply] = (await person('owner').request('GET', `${toConversationPath(id)}/messages?threadId=${body.id}`)).body.items
  await person('owner').request('DELETE', `${toConversationPath(id)}/messages/${reply.id}`)
  expect((await person('owner').request('GET', path)).body.replies).toBe(0)
})

test('each person adds each reaction once, and a reaction must be one emoji', async () => {
  const id = await createSharedSpace(person)
  const { body } = await sendMessage(person('owner'), id, 'party')
  const setReaction = (name: string, emoji: string, method = 'PUT') =>
    person(name).request(method, `${toConversationPath(id)}/messages/${body.id}/reactions/${encodeURIComponent(emoji)}`)
  await Promise.all([setReaction('owner', '🎉'), setReaction('owner', '🎉'), setReaction('owner', '🎉')])
  await setReaction('editor', '🎉')
  const { body: reacted } = await setReaction('editor', '👩🏽‍🚒')
  expect(reacted.reactions).toEqual([
    { emoji: '🎉', userIds: [person('owner').id, person('editor').id] },
    { emoji: '👩🏽‍🚒', userIds: [person('editor').id] },
  ])
  expect((await setReaction('editor', '🎉', 'DELETE')).body.reactions[0].userIds).toEqual([person('owner').id])
  for (const badReaction of ['x', '🎉🎉', '<b>']) expect((await setReaction('owner', badReaction)).status).toBe(400)
})

test('unread messages are counted for each person; a read marker never moves back', async () => {
  const id = await createSharedSpace(person)
  const viewer = person('viewer')
  const markAsSeen = (seq: number) => viewer.request('PUT', `${toConversationPath(id)}/seen`, { seq })
  const readCounts = async () => {
    const { items } = (await viewer.request('GET', `/api/conversations?subject=space:${id}`)).body
    const { unread, mentions, seen, head } = items[0]
    expect((await viewer.request('GET', toConversationPath(id))).body).toEqual(items[0])
    return { unread, mentions, seen, head }
  }
  await sendMessage(person('owner'), id, 'one')
  await sendMessage(person('owner'), id, `two @[${viewer.id}]`)
  await sendMessage(person('editor'), id, 'three')
  expect(await readCounts()).toEqual({ unread: 3, mentions: 1, seen: 0, head: 3 })
  expect((await markAsSeen(2)).body).toMatchObject({ seen: 2, unread: 1, mentions: 0 })
  expect((await markAsSeen(1)).body).toMatchObject({ seen: 2, unread: 1 })
  expect((await markAsSeen(4)).body.errors).toMatchObject([{ path: 'seq', message: 'must be at most 3, the newest message' }])
  expect((await person('owner').request('GET', toConversationPath(id))).body).toMatchObject({ seen: 0, unread: 1 })
  const { body } = await sendMessage(person('owner'), id, 'four')
  await person('owner').request('DELETE', `${toConversationPath(id)}/messages/${body.id}`)
  expect(await readCounts()).toEqual({ unread: 1, mentions: 0, seen: 2, head: 4 })
  await node.sequencer.drain()
  const rows = await node.database.em
    .fork()
    .getConnection()
    .execute(`select audience, data from event where name = 'conversation.read' and data->>'conversationId' = ?`, [id])
  expect(rows).toMatchObject([{ audience: [`user:${viewer.id}`], data: { seq: 2 } }])
})

test('search finds words and word prefixes in the user’s own conversations only', async () => {
  const id = await createSharedSpace(person)
  const { body: direct } = await person('stranger').request('POST', '/api/conversations/direct', { userIds: [person('owner').id] })
  await sendMessage(person('owner'), id, 'Der Übermut der Gründer, е-почта и Договор v2.1: see https://example.org/a_b')
  await sendMessage(person('owner'), direct.id, 'der geheime Übermut')
  const countMatches = async (name: string, q: string, query = '') =>
    listTexts(await person(name).request('GET', `/api/messages?q=${encodeURIComponent(q)}${query}`)).length
  for (const q of ['über', 'GRÜNDER der', 'договор', 'почта', 'example.org', 'a_b', 'v2.1', "übermut' & !!"])
    expect([q, await countMatches('viewer', q)]).toEqual([q, 1])
  for (const q of ['mut', 'nichts', '!!!', "':*"]) expect([q, await countMatches('viewer', q)]).toEqual([q, 0])
  expect([await countMatches('owner', 'übermut'), await countMatches('owner', 'übermut', `&conversationId=${id}`)]).toEqual([2, 1])
  expect(await countMatches('stranger', 'übermut')).toBe(1)
  expect((await person('owner').request('GET', '/api/messages')).body.errors).toMatchObject([{ path: 'q' }])
})

test('a file belongs to one message, and its readers can only download it', async () => {
  const id = await createSharedSpace(person)
  const bytes = Buffer.from('<script>alert(1)</script>'.repeat(20_000))
  const uploaded = await uploadFile('commenter', id, '../evil\u202e\r\n"x".html', bytes)
  expect(uploaded).toMatchObject({ status: 201, body: { name: 'evil x .html', size: bytes.length } })
  const file = `${toConversationPath(id)}/files/${uploaded.body.id}`
  expect((await person('commenter').request('GET', file)).status).toBe(404)
  expect((await sendMessage(person('owner'), id, { fileIds: [uploaded.body.id] })).body.errors).toMatchObject([{ path: 'fileIds.0' }])
  const { body } = await sendMessage(person('commenter'), id, { fileIds: [uploaded.body.id] })
  expect(body).toMatchObject({ text: '', files: [{ id: uploaded.body.id, name: 'evil x .html' }] })
  expect((await sendMessage(person('commenter'), id, { fileIds: [uploaded.body.id] })).status).toBe(400)
  const downloaded = await person('viewer').request('GET', file)
  expect([downloaded.status, downloaded.body]).toEqual([200, bytes.toString()])
  expect(Object.fromEntries(downloaded.headers)).toMatchObject({
    'content-type': 'application/octet-stream',
    'content-disposition': "attachment; filename*=UTF-8''evil%20x%20.html",
    'x-content-type-options': 'nosniff',
  })
  expect((await person('stranger').request('GET', file)).status).toBe(404)
  const { body: otherSpace } = await person('stranger').request('POST', '/api/spaces', { name: 'Mine' })
  expect((await person('stranger').request('GET', `${toConversationPath(otherSpace.id)}/files/${uploaded.body.id}`)).status).toBe(404)
  expect((await uploadFile('viewer', id, 'x', bytes)).status).toBe(403)
  expect((await uploadFile('stranger', id, 'x', bytes)).status).toBe(404)
  expect((await uploadFile('owner', 'x', 'x', bytes)).body.errors).toMatchObject([{ path: 'conversationId' }])
  expect((await uploadFile('owner', id, '///', bytes)).body.errors).toMatchObject([{ path: 'name' }])
  expect((await uploadFile('owner', id, 'x', Buffer.alloc(20 * 1024 * 1024 + 1))).status).toBe(413)
  const tooManyIds = Array.from({ length: 11 }, () => uploaded.body.id)
  expect((await sendMessage(person('owner'), id, { text: 'x', fileIds: tooManyIds })).body.errors).toMatchObject([{ path: 'fileIds' }])
})

test('a message that is sent several times with one idempotency key is stored once', async () => {
  const id = await createSharedSpace(person)
  const send = (text: string) =>
    person('owner').request('POST', `${toConversationPath(id)}/messages`, { text }, { 'idempotency-key': 'one message' })
  const responses = await Promise.all([send('once'), send('once'), send('once')])
  expect(new Set(responses.map(({ body }) => body.id)).size).toBe(1)
  expect((await send('another')).status).toBe(422)
  expect(listTexts(await person('owner').request('GET', `${toConversationPath(id)}/messages`))).toEqual(['once'])
})
