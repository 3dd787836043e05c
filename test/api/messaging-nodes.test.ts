import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { sendRequest, type Person, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'

const { env, remove } = await createEmptyDatabase()
const nodes: Node[] = []
const urls = () => nodes.map(({ url }) => url)
let ann: Person
let ben: Person
beforeAll(async () => {
  nodes.push(await startNode(env))
  // an embedded database belongs to one process
  if (usesPostgres) nodes.push(await startNode(env))
  ann = await registerPerson(urls()[0] as string, 'Ann')
  ben = await registerPerson(urls()[0] as string, 'Ben')
})
afterAll(async () => {
  for (const node of nodes) await node.stop()
  await remove()
})

const sendTo = (url: string, { token }: Person, method: string, path: string, body?: unknown) =>
  sendRequest(url, method, path, body, { authorization: `Bearer ${token}` })

test('concurrent messages of two people on every node have one order without gaps, the same for all', async () => {
  const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Team' })
  await ann.request('PUT', `/api/spaces/${space.id}/members/${ben.id}`, { role: 'commenter' })
  const messages = `/api/conversations/${space.id}/messages`
  const { body: root } = await ann.request('POST', messages, { text: 'root' })
  const messagesPerPerson = 12
  const responses = await Promise.all(
    [ann, ben].flatMap((person, personIndex) =>
      Array.from({ length: messagesPerPerson }, (_, n) =>
        sendTo(urls()[(personIndex + n) % nodes.length] as string, person, 'POST', messages, {
          text: `${person.name} ${n}`,
          ...(n % 3 === 0 && { threadId: root.id }),
        }),
      ),
    ),
  )
  expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 201))
  const total = 2 * messagesPerPerson + 1
  expect(responses.map(({ body }) => body.seq).sort((one, other) => one - other)).toEqual(
    Array.from({ length: total - 1 }, (_, n) => n + 2),
  )
  const lists = await Promise.all(
    urls().flatMap((url) =>
      [ann, ben].map(async (person) => (await sendTo(url, person, 'GET', `${messages}?after=0&replies=true&limit=100`)).body.items),
    ),
  )
  for (const list of lists) expect(list).toEqual(lists[0])
  expect(lists[0].map(({ id }: { id: string }) => id).slice(1)).toEqual(
    responses.sort((one, other) => one.body.seq - other.body.seq).map(({ body }) => body.id),
  )
  expect(lists[0][0].replies).toBe(2 * Math.ceil(messagesPerPerson / 3))
  expect((await ben.request('GET', `/api/conversations/${space.id}`)).body).toMatchObject({ head: total, unread: messagesPerPerson + 1 })
})

test('concurrent edits and a deletion of a message leave no text behind', async () => {
  const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Team' })
  const messages = `/api/conversations/${space.id}/messages`
  for (let round = 0; round < 8; round++) {
    const { body } = await ann.request('POST', messages, { text: 'first' })
    const path = `${messages}/${body.id}`
    await Promise.all(
      ['PATCH', 'DELETE', 'PATCH'].map((method, n) =>
        sendTo(urls()[n % nodes.length] as string, ann, method, path, method === 'PATCH' ? { text: 'second' } : undefined),
      ),
    )
    expect((await ann.request('GET', path)).body).toMatchObject({ text: '', deletedAt: expect.any(String) })
  }
  expect((await ann.request('GET', '/api/messages?q=second')).body.items).toEqual([])
})
