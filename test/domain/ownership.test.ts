import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { shareSubject, createSpace } from '../support/builders.ts'
import { sendRequest, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { waitForNotification } from '../support/inbox.ts'
import { createEmptyDatabase, getEmptyNode, startNode } from '../support/node.ts'
import { getBlockText, suggestInsertion, writeParagraphs } from '../support/prose.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let admin: Person
beforeAll(async () => {
  node = await getEmptyNode()
  admin = await registerPerson(node.url, 'Admin')
})

const people = (...names: string[]) => Promise.all(names.map((name) => registerPerson(node.url, name)))
type Three = [Person, Person, Person]

/** A space of some owners, with an editor. */
async function sharedSpace([first, ...others]: Person[], editor: Person, more: object = {}): Promise<{ id: string; path: string }> {
  const { id } = await createSpace(first as Person, { name: 'Team space', ...more })
  const path = `/api/spaces/${id}`
  await shareSubject(first as Person, path, 'owner', ...others)
  await shareSubject(first as Person, path, 'editor', editor)
  return { id, path }
}
const remove = (who: Person) => who.request('DELETE', `/api/users/${who.id}`)
const setStatus = (who: Person, status: string) => admin.request('PATCH', `/api/users/${who.id}`, { status })
const grantsOf = ({ database }: Node, { id }: Person) =>
  database.runPrepared({ name: 'grants left', text: 'select subject from access_grant where user_id = $1' }, [id])
const membersOf = async (path: string, as: Person) => (await as.request('GET', `${path}/members`)).body.items

test('the only living owner cannot delete the account until what is shared was handed over, which the problem names', async () => {
  const [ann, ben, cem] = (await people('Ann', 'Ben', 'Cem')) as Three
  const space = await sharedSpace([ann, ben], cem)
  expect((await remove(ann)).status).toBe(204)
  expect(await grantsOf(node, ann)).toEqual([])
  expect(await membersOf(space.path, cem)).toMatchObject([
    { userId: ben.id, role: 'owner' },
    { userId: cem.id, role: 'editor' },
  ])
  const refused = await remove(ben)
  expect(refused.status).toBe(409)
  expect(refused.body).toMatchObject({
    detail: 'You are the only owner of "Team space". Make another active person an owner first.',
    errors: [{ path: `space:${space.id}`, message: 'Team space' }],
  })
  expect((await admin.request('DELETE', `/api/users/${ben.id}`)).body.detail).toMatch(/^This person is the only owner of "Team space"/)
  expect((await ben.request('PUT', `${space.path}/members/${cem.id}`, { role: 'owner' })).status).toBe(200)
  expect((await remove(ben)).status).toBe(204)
})

test('what nobody else may read holds nobody back, and what lies in a venture has the venture’s owners', async () => {
  const [ann, ben, cem] = (await people('Ann', 'Ben', 'Cem')) as Three
  const { body: venture } = await ben.request('POST', '/api/ventures', { name: 'Venture' })
  await ben.request('PUT', `/api/ventures/${venture.id}/members/${ann.id}`, { role: 'editor' })
  await ann.request('POST', '/api/spaces', { name: 'Mine alone' })
  const inVenture = await sharedSpace([ann], cem, { ventureId: venture.id })
  expect((await remove(ann)).status).toBe(204)
  expect(await membersOf(inVenture.path, cem)).toContainEqual(expect.objectContaining({ userId: ben.id, role: 'owner', inherited: true }))
  // the venture's owner is the only one that is left of what lies in it
  const refused = await remove(ben)
  expect(refused.body.errors).toEqual([{ path: `space:${inVenture.id}`, message: 'Team space' }])
  await ben.request('PUT', `${inVenture.path}/members/${cem.id}`, { role: 'owner' })
  expect((await remove(ben)).status).toBe(204)
})

test('a deleted or suspended owner does not count when another owner leaves or steps down', async () => {
  const [ann, ben, cem] = (await people('Ann', 'Ben', 'Cem')) as Three
  const space = await sharedSpace([ann, ben], cem)
  expect((await setStatus(ben, 'suspended')).status).toBe(200)
  expect(await membersOf(space.path, ann)).toContainEqual(expect.objectContaining({ userId: ben.id, suspended: true }))
  for (const [method, body] of [['DELETE'], ['PUT', { role: 'editor' }]] as const) {
    const refused = await ann.request(method, `${space.path}/members/${ann.id}`, body)
    expect(refused.status).toBe(409)
    expect(refused.body.detail).toBe('The last active owner cannot be removed. Make another active person an owner first.')
  }
  expect((await remove(ann)).status).toBe(409)
  await setStatus(ben, 'active')
  expect((await remove(ann)).status).toBe(204)
  expect((await remove(ben)).status).toBe(409)
})

test('of two owners who delete their accounts at once, or of whom one deletes and one leaves, one stays', async () => {
  for (let round = 0; round < 6; round++) {
    const [ann, ben, cem] = (await people('Ann', 'Ben', 'Cem')) as Three
    const space = await sharedSpace([ann, ben], cem)
    const other = round % 2 === 0 ? remove(ben) : ben.request('DELETE', `${space.path}/members/${ben.id}`)
    const answers = await Promise.all([remove(ann), other])
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(1)
    const owners = (await membersOf(space.path, cem)).filter(({ role }: { role: string }) => role === 'owner')
    expect(owners).toHaveLength(1)
  }
})

test('a role that is given while its account is deleted is not left behind', async () => {
  for (let round = 0; round < 6; round++) {
    const [ann, ben, cem] = (await people('Ann', 'Ben', 'Cem')) as Three
    const space = await sharedSpace([ann], cem)
    await Promise.all([remove(ben), ann.request('PUT', `${space.path}/members/${ben.id}`, { role: 'owner' })])
    expect(await grantsOf(node, ben)).toEqual([])
  }
})

test('a suspension goes through; an administrator finds what has no living owner and names one; a reactivated owner has it back', async () => {
  const [ann, ben, cem] = (await people('Ann', 'Ben', 'Cem')) as Three
  const space = await sharedSpace([ann], ben)
  const owner = `${space.path}/members/${ben.id}`
  expect((await admin.request('PUT', owner, { role: 'owner' })).status).toBe(404)
  expect((await setStatus(ann, 'suspended')).status).toBe(200)
  expect((await ben.request('GET', '/api/access/ownerless')).status).toBe(403)
  const listed = (await admin.request('GET', '/api/access/ownerless')).body.items
  expect(listed).toContainEqual({ subject: `space:${space.id}`, title: 'Team space' })
  expect(await membersOf(space.path, admin)).toHaveLength(2)
  // nobody but an administrator names one, and nothing else is open to administrators
  expect((await ben.request('PUT', owner, { role: 'owner' })).status).toBe(403)
  expect((await cem.request('PUT', owner, { role: 'owner' })).status).toBe(404)
  expect((await admin.request('PUT', owner, { role: 'editor' })).status).toBe(404)
  expect((await admin.request('GET', space.path)).status).toBe(404)
  expect((await admin.request('PUT', owner, { role: 'owner' })).status).toBe(200)
  expect((await admin.request('GET', '/api/access/ownerless')).body.items).not.toContainEqual(
    expect.objectContaining({ subject: `space:${space.id}` }),
  )
  expect((await admin.request('PUT', `${space.path}/members/${cem.id}`, { role: 'owner' })).status).toBe(404)
  await setStatus(ann, 'active')
  expect(await membersOf(space.path, ben)).toContainEqual(expect.objectContaining({ userId: ann.id, role: 'owner', suspended: false }))
})

test('a deleted account has no name anywhere: comments, messages, history, authorship, suggestions, members, inbox', async () => {
  const [ann, ben] = (await people('Ann', 'Benjamin')) as [Person, Person]
  const space = await sharedSpace([ann], ben)
  const name = `space:${space.id}`
  const live = await openDocument(node.url, name, ben.token)
  writeParagraphs(live.document, 'Words that stay')
  const lead = { id: randomUUID(), author: ben.id, at: new Date().toISOString() }
  suggestInsertion(getBlockText(live.document, 0), 0, 'New ', lead)
  await waitUntil(() => isSaved(live), 'the edit to be saved')
  live.close()
  await ben.request('POST', `/api/documents/${name}/comments`, { text: `Said to @[${ann.id}]` })
  const { body: conversation } = await ben.request('POST', '/api/conversations/direct', { userIds: [ann.id] })
  await ben.request('POST', `/api/conversations/${conversation.id}/messages`, { text: 'Hello' })
  await ben.request('POST', `/api/documents/${name}/versions`, { name: 'First' })
  const inbox = async () => (await ann.request('GET', '/api/notifications')).body.items.map(({ title }: { title: string }) => title)
  await waitUntil(async () => (await inbox()).filter((title: string) => title.startsWith('Benjamin ')).length >= 2, 'the inbox')
  expect((await remove(ben)).status).toBe(204)
  await waitUntil(async () => !(await inbox()).some((title: string) => title.includes('Benjamin')), 'the inbox to forget the name')
  expect((await inbox()).filter((title: string) => title.startsWith('Deleted account '))).not.toEqual([])
  const paths = ['comments', 'versions', 'history', 'authorship', 'suggestions', 'redline?from=0', 'members'].map(
    (path) => `/api/documents/${name}/${path}`,
  )
  for (const path of [...paths, '/api/conversations', `/api/conversations/${conversation.id}/messages`, '/api/users?q=Benjamin']) {
    const { status, body } = await ann.request('GET', path)
    expect(status, path).toBe(200)
    expect(JSON.stringify(body), path).not.toContain('Benjamin')
  }
  for (const path of ['comments', 'versions', 'history', 'authorship', 'suggestions', 'redline?from=0'])
    expect(JSON.stringify((await ann.request('GET', `/api/documents/${name}/${path}`)).body), path).toContain('"Deleted account"')
})

test('an upgrade takes the roles and the names of accounts that were deleted before', async () => {
  const { env, remove: removeDatabase } = await createEmptyDatabase()
  const before = await startNode(env)
  const [ann, ben] = await Promise.all([registerPerson(before.url, 'Ann'), registerPerson(before.url, 'Benjamin')])
  const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Old space' })
  await ann.request('PUT', `/api/spaces/${space.id}/members/${ben.id}`, { role: 'owner' })
  await ben.request('POST', `/api/documents/space:${space.id}/comments`, { text: 'Hello' })
  await waitForNotification(ann, ({ title }) => title.startsWith('Benjamin '), 'the comment')
  await sql`update "user" set status = 'deleted', email = ${`${ben.id}@deleted.invalid`} where id = ${ben.id}`.execute(before.database.sql)
  await sql`delete from migration where name = '0029-deleted-accounts'`.execute(before.database.sql)
  await before.stop()
  const after = await startNode(env)
  try {
    const asked = async (path: string) =>
      (await sendRequest(after.url, 'GET', path, undefined, { authorization: `Bearer ${ann.token}` })).body.items
    expect(await asked(`/api/spaces/${space.id}/members`)).toMatchObject([{ userId: ann.id }])
    expect(await grantsOf(after, ben)).toEqual([])
    expect(JSON.stringify(await asked(`/api/documents/space:${space.id}/comments`))).toContain('"Deleted account"')
    expect((await asked('/api/notifications')).map(({ title }: { title: string }) => title)).toContain(
      'Deleted account commented on Old space',
    )
  } finally {
    await after.stop()
    await removeDatabase()
  }
})
