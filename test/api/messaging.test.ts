/** Conversations: access to them, and the audiences of their events. */
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { createSharedSpace, listTexts, personNames, sendMessage, toConversationPath } from '../support/conversations.ts'

let node: Node
let person: PersonByName
beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, personNames)
})

test('a space and a venture have a general channel, which their readers can open', async () => {
  const id = await createSharedSpace(person)
  const { body: venture } = await person('owner').request('POST', '/api/ventures', { name: 'Venture' })
  expect((await person('owner').request('GET', toConversationPath(venture.id))).body).toMatchObject({
    subject: `venture:${venture.id}`,
    general: true,
  })
  const { body } = await person('viewer').request('GET', `/api/conversations?subject=space:${id}`)
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
  expect((await person('stranger').request('GET', `/api/conversations?subject=space:${id}`)).status).toBe(404)
  const archived = await person('owner').request('PATCH', toConversationPath(id), { archived: true })
  expect(archived).toMatchObject({ status: 409 })
})

test('editors create, rename and archive channels; an archived channel is readable and refuses messages', async () => {
  const id = await createSharedSpace(person)
  const subject = `space:${id}`
  const { status, headers, body } = await person('editor').request('POST', '/api/conversations', { subject, name: ' Ship it ' })
  expect([status, body.name]).toEqual([201, 'Ship it'])
  expect((await person('owner').request('POST', '/api/conversations', { subject, name: 'ship IT' })).status).toBe(409)
  expect((await person('owner').request('POST', '/api/conversations', { subject, name: ' \n\u0001' })).status).toBe(400)
  expect((await person('owner').request('POST', '/api/conversations', { subject: `legal:${id}`, name: 'x' })).status).toBe(400)
  expect(headers.get('etag')).toMatch(/^"1-/)
  await sendMessage(person('commenter'), body.id, 'before')
  const renamed = await person('editor').request('PATCH', toConversationPath(body.id), { name: 'Shipped' }, { 'if-match': '"1"' })
  expect(renamed.body).toMatchObject({ name: 'Shipped', archivedAt: null })
  expect((await person('editor').request('PATCH', toConversationPath(body.id), { name: 'Late' }, { 'if-match': '"1"' })).status).toBe(412)
  const archived = await person('editor').request('PATCH', toConversationPath(body.id), { archived: true })
  expect(archived.body.archivedAt).toEqual(expect.any(String))
  expect(await sendMessage(person('owner'), body.id, 'after')).toMatchObject({ status: 409 })
  expect(listTexts(await person('viewer').request('GET', `${toConversationPath(body.id)}/messages`))).toEqual(['before'])
  const listNames = async (query: string) =>
    (await person('viewer').request('GET', `/api/conversations?subject=${subject}${query}`)).body.items.map(
      (channel: { name: string }) => channel.name,
    )
  expect([await listNames(''), await listNames('&archived=true')]).toEqual([['general'], ['Shipped']])
  await person('editor').request('PATCH', toConversationPath(body.id), { archived: false })
  expect((await sendMessage(person('owner'), body.id, 'again')).status).toBe(201)
})

test('each role has exactly its permissions on channels and messages', async () => {
  const id = await createSharedSpace(person)
  const subject = `space:${id}`
  const { body: channel } = await person('owner').request('POST', '/api/conversations', { subject, name: 'plans' })
  const { body: sentMessage } = await sendMessage(person('commenter'), channel.id, 'mine')
  const message = `${toConversationPath(channel.id)}/messages/${sentMessage.id}`
  const requests: [string, string, object | undefined, number, Record<string, number>][] = [
    ['GET', toConversationPath(channel.id), undefined, 200, { stranger: 404 }],
    ['GET', `${toConversationPath(channel.id)}/messages`, undefined, 200, { stranger: 404 }],
    ['GET', message, undefined, 200, { stranger: 404 }],
    ['GET', `/api/messages?q=mine&conversationId=${channel.id}`, undefined, 200, { stranger: 404 }],
    ['PUT', `${toConversationPath(channel.id)}/seen`, { seq: 1 }, 200, { stranger: 404 }],
    ['POST', `${toConversationPath(channel.id)}/messages`, { text: 'x' }, 201, { stranger: 404, viewer: 403 }],
    ['POST', `${toConversationPath(channel.id)}/messages`, { text: 'x', threadId: sentMessage.id }, 201, { stranger: 404, viewer: 403 }],
    ['POST', `${toConversationPath(channel.id)}/messages`, { text: 'x', kind: 'QUESTION' }, 201, { stranger: 404, viewer: 403 }],
    [
      'POST',
      `${toConversationPath(channel.id)}/messages`,
      { text: 'x', kind: 'ANNOUNCEMENT' },
      201,
      { stranger: 404, viewer: 403, commenter: 403 },
    ],
    ['PUT', `${message}/reactions/👍`, undefined, 200, { stranger: 404, viewer: 403 }],
    ['DELETE', `${message}/reactions/👍`, undefined, 200, { stranger: 404, viewer: 403 }],
    ['PATCH', message, { text: 'edited' }, 200, { stranger: 404, viewer: 403, editor: 403, owner: 403 }],
    ['PATCH', toConversationPath(channel.id), { name: 'plans' }, 200, { stranger: 404, viewer: 403, commenter: 403 }],
  ]
  for (const [method, path, body, expectedStatus, statusByPerson] of requests)
    for (const name of personNames)
      expect([method, path, name, (await person(name).request(method, encodeURI(path), body)).status]).toEqual([
        method,
        path,
        name,
        statusByPerson[name] ?? expectedStatus,
      ])
  for (const name of personNames)
    expect([name, (await person(name).request('POST', '/api/conversations', { subject, name: `of ${name}` })).status]).toEqual([
      name,
      { stranger: 404, viewer: 403, commenter: 403 }[name] ?? 201,
    ])
  for (const [name, status] of Object.entries({ stranger: 404, viewer: 403, editor: 403, commenter: 200, owner: 200 }))
    expect([name, (await person(name).request('DELETE', message)).status]).toEqual([name, status])
  const { body: secondMessage } = await sendMessage(person('commenter'), channel.id, 'theirs')
  expect(
    (await person('owner').request('DELETE', `${toConversationPath(channel.id)}/messages/${secondMessage.id}`)).body.deletedAt,
  ).toEqual(expect.any(String))
})

test('a person who is removed from a space loses access to its general channel and messages', async () => {
  const id = await createSharedSpace(person)
  await sendMessage(person('viewer'), id, 'no')
  await sendMessage(person('commenter'), id, 'I was here')
  await person('owner').request('DELETE', `/api/spaces/${id}/members/${person('commenter').id}`)
  const commenter = person('commenter')
  for (const path of [toConversationPath(id), `${toConversationPath(id)}/messages`, `/api/messages?q=here&conversationId=${id}`])
    expect((await commenter.request('GET', path)).status).toBe(404)
  expect((await sendMessage(person('commenter'), id, 'still?')).status).toBe(404)
  const conversations = (await commenter.request('GET', '/api/conversations?limit=100')).body.items
  expect(conversations.some((conversation: { id: string }) => conversation.id === id)).toBe(false)
  expect(listTexts(await commenter.request('GET', '/api/messages?q=here'))).toEqual([])
})

test('the same people always share one direct conversation, and nobody else has access', async () => {
  const [owner, stranger] = [person('owner'), person('stranger')]
  const openDirectConversation = (starter: Person, ...userIds: string[]) =>
    starter.request('POST', '/api/conversations/direct', { userIds })
  const responses = await Promise.all([
    openDirectConversation(owner, stranger.id),
    openDirectConversation(stranger, owner.id),
    openDirectConversation(owner, stranger.id, owner.id, stranger.id),
  ])
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(new Set(responses.map(({ body }) => body.id)).size).toBe(1)
  const { body } = responses[0] as { body: { id: string; people: { id: string; name: string }[] } }
  expect(body).toMatchObject({ kind: 'direct', subject: null, name: null, role: 'editor' })
  expect(body.people.map(({ name }) => name).sort()).toEqual(['owner', 'stranger'])
  expect((await openDirectConversation(owner, stranger.id, person('viewer').id)).body.id).not.toBe(body.id)
  await sendMessage(person('stranger'), body.id, 'hello')
  expect(listTexts(await owner.request('GET', `${toConversationPath(body.id)}/messages`))).toEqual(['hello'])
  for (const path of [toConversationPath(body.id), `${toConversationPath(body.id)}/messages`])
    expect((await person('editor').request('GET', path)).status).toBe(404)
  expect((await sendMessage(person('editor'), body.id, 'me too')).status).toBe(404)
  const { body: sentMessage } = await sendMessage(person('stranger'), body.id, 'mine')
  expect((await owner.request('DELETE', `${toConversationPath(body.id)}/messages/${sentMessage.id}`)).status).toBe(403)
  expect((await owner.request('PATCH', toConversationPath(body.id), { name: 'x' })).status).toBe(403)
  expect((await openDirectConversation(owner, owner.id)).body.errors).toMatchObject([{ path: 'userIds' }])
  expect((await openDirectConversation(owner, '01a1fc0a-edfa-7688-b7f5-c95999d90817')).status).toBe(404)
})

test('the event of a message goes to the space’s audience, or to each person of a direct conversation', async () => {
  const id = await createSharedSpace(person)
  const { body: sentMessage } = await sendMessage(person('owner'), id, `for @[${person('viewer').id}]`)
  const { body: direct } = await person('owner').request('POST', '/api/conversations/direct', { userIds: [person('editor').id] })
  const { body: directMessage } = await sendMessage(person('owner'), direct.id, 'for you')
  const rows = await node.database.em
    .fork()
    .getConnection()
    .execute(`select subject, audience, data from event where name = 'message.sent' order by id desc limit 2`)
  expect(rows).toMatchObject([
    {
      subject: `conversation:${direct.id}`,
      audience: [`user:${person('owner').id}`, `user:${person('editor').id}`].sort(),
      data: { messageId: directMessage.id },
    },
    {
      subject: `space:${id}`,
      audience: [`space:${id}`],
      data: { messageId: sentMessage.id, seq: 1, threadId: null, mentions: [person('viewer').id] },
    },
  ])
  expect(JSON.stringify(rows)).not.toContain('for you')
})
