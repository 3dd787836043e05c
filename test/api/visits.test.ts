import { sql as run } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { registerInOrder } from '../support/builders.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[ann, ben] = await registerInOrder(node.url, 'Ann', 'Ben')
})
afterAll(() => node.sequencer.drain())

/** A draft of Ann's in which Ben has a role. */
async function createSharedDraft(role = 'editor'): Promise<string> {
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role })
  return name
}

const write = (name: string, actor: string | null, text: string) =>
  node.write(name, actor, (document) => document.getText('text').insert(0, text))
const requestLook = (person: Person, name: string, body?: unknown) =>
  person.request(body === undefined ? 'GET' : 'PUT', `/api/documents/${name}/look`, body)

/** Whether the list shows a document as unread; the document itself must agree. */
async function readUnread(person: Person, name: string): Promise<boolean> {
  const { body } = await person.request('GET', '/api/documents?limit=100')
  const listItem = body.items.find(({ documentName }: { documentName: string }) => documentName === name)
  const { body: document } = await person.request('GET', `/api/documents/${name}`)
  const { body: look } = await requestLook(person, name)
  expect([document.unread, look.changed]).toEqual([listItem.unread, listItem.unread])
  return listItem.unread
}

test('a document is unread after an edit by another actor, until the user looks at it', async () => {
  const name = await createSharedDraft()
  expect(await readUnread(ben, name)).toBe(false)
  expect((await requestLook(ben, name)).body).toEqual({ at: 0, lookedAt: null, head: 0, changed: false })
  await write(name, ann.id, 'from Ann')
  expect(await readUnread(ben, name)).toBe(true)
  expect((await requestLook(ben, name)).body).toMatchObject({ at: 0, head: 1, changed: true })

  const { status, body } = await requestLook(ben, name, {})
  expect(status).toBe(200)
  expect(body).toMatchObject({ at: 1, head: 1, changed: false })
  expect(Date.parse(body.lookedAt)).toBeGreaterThan(0)
  expect(await readUnread(ben, name)).toBe(false)
  await write(name, null, 'from the server itself')
  expect(await readUnread(ben, name)).toBe(true)
  expect(await readUnread(ann, name)).toBe(true)
})

test('a user’s own edits do not make a document unread, and do not hide earlier edits of others', async () => {
  const name = await createSharedDraft()
  await write(name, ben.id, 'mine')
  await write(name, ben.id, 'mine too')
  expect(await readUnread(ben, name)).toBe(false)
  expect((await requestLook(ben, name)).body).toMatchObject({ at: 0, head: 2, changed: false })
  expect(await readUnread(ann, name)).toBe(true)
  await write(name, ann.id, 'hers')
  await write(name, ben.id, 'mine again')
  expect(await readUnread(ben, name)).toBe(true)
})

test('a look is stored up to a row; it never moves back and never passes the newest row', async () => {
  const name = await createSharedDraft()
  for (const text of ['one', 'two', 'three']) await write(name, ann.id, text)
  expect((await requestLook(ben, name, { at: 2 })).body).toMatchObject({ at: 2, head: 3, changed: true })
  expect((await requestLook(ben, name, { at: 1 })).body).toMatchObject({ at: 2, changed: true })
  const refused = await requestLook(ben, name, { at: 4 })
  expect([refused.status, refused.body.type]).toEqual([400, 'urn:problem:invalid-input'])
  expect(refused.body.errors).toEqual([{ path: 'at', message: 'must be at most 3, the newest row' }])
  for (const at of [-1, 1.5, '2', 2 ** 60, null]) expect((await requestLook(ben, name, { at })).status).toBe(400)
  expect((await requestLook(ben, name)).body).toMatchObject({ at: 2 })
  await Promise.all(Array.from({ length: 8 }, (_, index) => requestLook(ben, name, { at: index % 4 })))
  expect((await requestLook(ben, name)).body).toMatchObject({ at: 3, changed: false })
})

test('each reader has their own look; a stranger gets 404', async () => {
  const name = await createSharedDraft('viewer')
  await write(name, ann.id, 'words')
  expect((await requestLook(ben, name, {})).status).toBe(200)
  expect((await requestLook(ann, name)).body).toMatchObject({ at: 0, lookedAt: null })
  const eve = await registerPerson(node.url, 'Eve')
  for (const body of [undefined, {}]) expect((await requestLook(eve, name, body)).status).toBe(404)
  await ann.request('DELETE', `/api/documents/${name}/members/${ben.id}`)
  expect((await requestLook(ben, name)).status).toBe(404)
})

test('a document whose newest 10,001 rows are the user’s own counts as unread until they look', async () => {
  const name = await createSharedDraft()
  const id = name.split(':')[1]
  const { sql } = node.database
  await run`insert into document_update select ${id}::uuid, n, ${ben.id}::uuid, now(), ''::bytea from generate_series(1, 10001) n`.execute(
    sql,
  )
  await run`update document set head = 10000 where id = ${id}`.execute(sql)
  expect(await readUnread(ben, name)).toBe(false)
  await run`update document set head = 10001 where id = ${id}`.execute(sql)
  expect(await readUnread(ben, name)).toBe(true)
  await requestLook(ben, name, {})
  expect(await readUnread(ben, name)).toBe(false)
})
