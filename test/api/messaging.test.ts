/** Conversations: access to them, and the audiences of their events. */
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople, shareWithRoles, createSpace } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
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

test('a space and a venture have a general channel, which their readers can open', async () => {
  const id = await space()
  const { body: venture } = await person('owner').request('POST', '/api/ventures', { name: 'Venture' })
  expect((await person('owner').request('GET', at(venture.id))).body).toMatchObject({ subject: `venture:${venture.id}`, general: true })
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
  const archived = await person('owner').request('PATCH', at(id), { archived: true })
  expect(archived).toMatchObject({ status: 409 })
})

test('editors create, rename and archive channels; an archived channel is readable and refuses messages', async () => {
  const id = await space()
  const subject = `space:${id}`
  const { status, headers, body } = await person('editor').request('POST', '/api/conversations', { subject, name: ' Ship it ' })
  expect([status, body.name]).toEqual([201, 'Ship it'])
  expect((await person('owner').request('POST', '/api/conversations', { subject, name: 'ship IT' })).status).toBe(409)
  expect((await person('owner').request('POST', '/api/conversations', { subject, name: ' \n\u0001' })).status).toBe(400)
  expect((await person('owner').request('POST', '/api/conversations', { subject: `legal:${id}`, name: 'x' })).status).toBe(400)
  expect(headers.get('etag')).toMatch(/^"1-/)
  await say('commenter', body.id, 'before')
  const renamed = await person('editor').request('PATCH', at(body.id), { name: 'Shipped' }, { 'if-match': '"1"' })
  expect(renamed.body).toMatchObject({ name: 'Shipped', archivedAt: null })
  expect((await person('editor').request('PATCH', at(body.id), { name: 'Late' }, { 'if-match': '"1"' })).status).toBe(412)
  const archived = await person('editor').request('PATCH', at(body.id), { archived: true })
  expect(archived.body.archivedAt).toEqual(expect.any(String))
  expect(await say('owner', body.id, 'after')).toMatchObject({ status: 409 })
  expect(textsOf(await person('viewer').request('GET', `${at(body.id)}/messages`))).toEqual(['before'])
  const listed = async (more: string) =>
    (await person('viewer').request('GET', `/api/conversations?subject=${subject}${more}`)).body.items.map(
      (one: { name: string }) => one.name,
    )
  expect([await listed(''), await listed('&archived=true')]).toEqual([['general'], ['Shipped']])
  await person('editor').request('PATCH', at(body.id), { archived: false })
  expect((await say('owner', body.id, 'again')).status).toBe(201)
})

test('each role has exactly its permissions on channels and messages', async () => {
  const id = await space()
  const subject = `space:${id}`
  const { body: channel } = await person('owner').request('POST', '/api/conversations', { subject, name: 'plans' })
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
      expect([method, path, name, (await person(name).request(method, encodeURI(path), sent)).status]).toEqual([
        method,
        path,
        name,
        refused[name] ?? fine,
      ])
  for (const name of everybody)
    expect([name, (await person(name).request('POST', '/api/conversations', { subject, name: `of ${name}` })).status]).toEqual([
      name,
      { stranger: 404, viewer: 403, commenter: 403 }[name] ?? 201,
    ])
  for (const [name, status] of Object.entries({ stranger: 404, viewer: 403, editor: 403, commenter: 200, owner: 200 }))
    expect([name, (await person(name).request('DELETE', message)).status]).toEqual([name, status])
  const { body: theirs } = await say('commenter', channel.id, 'theirs')
  expect((await person('owner').request('DELETE', `${at(channel.id)}/messages/${theirs.id}`)).body.deletedAt).toEqual(expect.any(String))
})

test('a person who is removed from a space loses access to its general channel and messages', async () => {
  const id = await space()
  await say('viewer', id, 'no')
  await say('commenter', id, 'I was here')
  await person('owner').request('DELETE', `/api/spaces/${id}/members/${person('commenter').id}`)
  const commenter = person('commenter')
  for (const path of [at(id), `${at(id)}/messages`, `/api/messages?q=here&conversationId=${id}`])
    expect((await commenter.request('GET', path)).status).toBe(404)
  expect((await say('commenter', id, 'still?')).status).toBe(404)
  const listed = (await commenter.request('GET', '/api/conversations?limit=100')).body.items
  expect(listed.some((one: { id: string }) => one.id === id)).toBe(false)
  expect(textsOf(await commenter.request('GET', '/api/messages?q=here'))).toEqual([])
})

test('each set of people has one direct conversation, whoever starts it, and nobody else has access', async () => {
  const [owner, stranger] = [person('owner'), person('stranger')]
  const start = (from: Person, ...userIds: string[]) => from.request('POST', '/api/conversations/direct', { userIds })
  const begun = await Promise.all([start(owner, stranger.id), start(stranger, owner.id), start(owner, stranger.id, owner.id, stranger.id)])
  expect(begun.map(({ status }) => status)).toEqual([200, 200, 200])
  expect(new Set(begun.map(({ body }) => body.id)).size).toBe(1)
  const { body } = begun[0] as { body: { id: string; people: { id: string; name: string }[] } }
  expect(body).toMatchObject({ kind: 'direct', subject: null, name: null, role: 'editor' })
  expect(body.people.map(({ name }) => name).sort()).toEqual(['owner', 'stranger'])
  expect((await start(owner, stranger.id, person('viewer').id)).body.id).not.toBe(body.id)
  await say('stranger', body.id, 'hello')
  expect(textsOf(await owner.request('GET', `${at(body.id)}/messages`))).toEqual(['hello'])
  for (const path of [at(body.id), `${at(body.id)}/messages`]) expect((await person('editor').request('GET', path)).status).toBe(404)
  expect((await say('editor', body.id, 'me too')).status).toBe(404)
  const { body: said } = await say('stranger', body.id, 'mine')
  expect((await owner.request('DELETE', `${at(body.id)}/messages/${said.id}`)).status).toBe(403)
  expect((await owner.request('PATCH', at(body.id), { name: 'x' })).status).toBe(403)
  expect((await start(owner, owner.id)).body.errors).toMatchObject([{ path: 'userIds' }])
  expect((await start(owner, '01a1fc0a-edfa-7688-b7f5-c95999d90817')).status).toBe(404)
})

test('the event of a message goes to the space’s audience, or to each person of a direct conversation', async () => {
  const id = await space()
  const { body: said } = await say('owner', id, `for @[${person('viewer').id}]`)
  const { body: direct } = await person('owner').request('POST', '/api/conversations/direct', { userIds: [person('editor').id] })
  const { body: whispered } = await say('owner', direct.id, 'for you')
  const rows = await node.database.em
    .fork()
    .getConnection()
    .execute(`select subject, audience, data from event where name = 'message.sent' order by id desc limit 2`)
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
