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

const registerPeople = (...names: string[]) => Promise.all(names.map((name) => registerPerson(node.url, name)))
type Three = [Person, Person, Person]

/** Creates a space with some owners and an editor. */
async function createOwnedSpace([first, ...others]: Person[], editor: Person, more: object = {}): Promise<{ id: string; path: string }> {
  const { id } = await createSpace(first as Person, { name: 'Team space', ...more })
  const path = `/api/spaces/${id}`
  await shareSubject(first as Person, path, 'owner', ...others)
  await shareSubject(first as Person, path, 'editor', editor)
  return { id, path }
}
const deleteAccount = (person: Person) => person.request('DELETE', `/api/users/${person.id}`)
const setStatus = (person: Person, status: string) => admin.request('PATCH', `/api/users/${person.id}`, { status })
const readGrants = ({ database }: Node, { id }: Person) =>
  database.runPrepared({ name: 'remaining grants', text: 'select subject from access_grant where user_id = $1' }, [id])
const readMembers = async (path: string, as: Person) => (await as.request('GET', `${path}/members`)).body.items

test('the only active owner of a shared subject cannot delete the account; the error names the subjects', async () => {
  const [ann, ben, cem] = (await registerPeople('Ann', 'Ben', 'Cem')) as Three
  const space = await createOwnedSpace([ann, ben], cem)
  expect((await deleteAccount(ann)).status).toBe(204)
  expect(await readGrants(node, ann)).toEqual([])
  expect(await readMembers(space.path, cem)).toMatchObject([
    { userId: ben.id, role: 'owner' },
    { userId: cem.id, role: 'editor' },
  ])
  const refused = await deleteAccount(ben)
  expect(refused.status).toBe(409)
  expect(refused.body).toMatchObject({
    detail: 'You are the only owner of "Team space". Make another active person an owner first.',
    errors: [{ path: `space:${space.id}`, message: 'Team space' }],
  })
  expect((await admin.request('DELETE', `/api/users/${ben.id}`)).body.detail).toMatch(/^This person is the only owner of "Team space"/)
  expect((await ben.request('PUT', `${space.path}/members/${cem.id}`, { role: 'owner' })).status).toBe(200)
  expect((await deleteAccount(ben)).status).toBe(204)
})

test('private subjects do not prevent a deletion, and subjects in a venture have the owners of the venture', async () => {
  const [ann, ben, cem] = (await registerPeople('Ann', 'Ben', 'Cem')) as Three
  const { body: venture } = await ben.request('POST', '/api/ventures', { name: 'Venture' })
  await ben.request('PUT', `/api/ventures/${venture.id}/members/${ann.id}`, { role: 'editor' })
  await ann.request('POST', '/api/spaces', { name: 'Mine alone' })
  const inVenture = await createOwnedSpace([ann], cem, { ventureId: venture.id })
  expect((await deleteAccount(ann)).status).toBe(204)
  expect(await readMembers(inVenture.path, cem)).toContainEqual(expect.objectContaining({ userId: ben.id, role: 'owner', inherited: true }))
  // the venture's owner is now the only owner of the space in it
  const refused = await deleteAccount(ben)
  expect(refused.body.errors).toEqual([{ path: `space:${inVenture.id}`, message: 'Team space' }])
  await ben.request('PUT', `${inVenture.path}/members/${cem.id}`, { role: 'owner' })
  expect((await deleteAccount(ben)).status).toBe(204)
})

test('a deleted or suspended owner does not count when another owner leaves or steps down', async () => {
  const [ann, ben, cem] = (await registerPeople('Ann', 'Ben', 'Cem')) as Three
  const space = await createOwnedSpace([ann, ben], cem)
  expect((await setStatus(ben, 'suspended')).status).toBe(200)
  expect(await readMembers(space.path, ann)).toContainEqual(expect.objectContaining({ userId: ben.id, suspended: true }))
  for (const [method, body] of [['DELETE'], ['PUT', { role: 'editor' }]] as const) {
    const refused = await ann.request(method, `${space.path}/members/${ann.id}`, body)
    expect(refused.status).toBe(409)
    expect(refused.body.detail).toBe('The last active owner cannot be removed. Make another active person an owner first.')
  }
  expect((await deleteAccount(ann)).status).toBe(409)
  await setStatus(ben, 'active')
  expect((await deleteAccount(ann)).status).toBe(204)
  expect((await deleteAccount(ben)).status).toBe(409)
})

test('of two owners who concurrently delete their account or leave, one remains', async () => {
  for (let round = 0; round < 6; round++) {
    const [ann, ben, cem] = (await registerPeople('Ann', 'Ben', 'Cem')) as Three
    const space = await createOwnedSpace([ann, ben], cem)
    const other = round % 2 === 0 ? deleteAccount(ben) : ben.request('DELETE', `${space.path}/members/${ben.id}`)
    const responses = await Promise.all([deleteAccount(ann), other])
    expect(responses.filter(({ status }) => status === 409)).toHaveLength(1)
    const owners = (await readMembers(space.path, cem)).filter(({ role }: { role: string }) => role === 'owner')
    expect(owners).toHaveLength(1)
  }
})

test('a role that is granted during the deletion of its account does not remain', async () => {
  for (let round = 0; round < 6; round++) {
    const [ann, ben, cem] = (await registerPeople('Ann', 'Ben', 'Cem')) as Three
    const space = await createOwnedSpace([ann], cem)
    await Promise.all([deleteAccount(ben), ann.request('PUT', `${space.path}/members/${ben.id}`, { role: 'owner' })])
    expect(await readGrants(node, ben)).toEqual([])
  }
})

test('an owner can be suspended; an administrator lists subjects without an active owner and appoints one; a reactivated owner has the role again', async () => {
  const [ann, ben, cem] = (await registerPeople('Ann', 'Ben', 'Cem')) as Three
  const space = await createOwnedSpace([ann], ben)
  const owner = `${space.path}/members/${ben.id}`
  expect((await admin.request('PUT', owner, { role: 'owner' })).status).toBe(404)
  expect((await setStatus(ann, 'suspended')).status).toBe(200)
  expect((await ben.request('GET', '/api/access/ownerless')).status).toBe(403)
  const listed = (await admin.request('GET', '/api/access/ownerless')).body.items
  expect(listed).toContainEqual({ subject: `space:${space.id}`, title: 'Team space' })
  expect(await readMembers(space.path, admin)).toHaveLength(2)
  // only an administrator appoints an owner, and has no other access
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
  expect(await readMembers(space.path, ben)).toContainEqual(expect.objectContaining({ userId: ann.id, role: 'owner', suspended: false }))
})

test('the name of a deleted account appears nowhere: comments, messages, history, authorship, suggestions, members, inbox', async () => {
  const [ann, ben] = (await registerPeople('Ann', 'Benjamin')) as [Person, Person]
  const space = await createOwnedSpace([ann], ben)
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
  const readTitles = async () => (await ann.request('GET', '/api/notifications')).body.items.map(({ title }: { title: string }) => title)
  await waitUntil(async () => (await readTitles()).filter((title: string) => title.startsWith('Benjamin ')).length >= 2, 'the inbox')
  expect((await deleteAccount(ben)).status).toBe(204)
  await waitUntil(async () => !(await readTitles()).some((title: string) => title.includes('Benjamin')), 'the inbox to replace the name')
  expect((await readTitles()).filter((title: string) => title.startsWith('Deleted account '))).not.toEqual([])
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

test('a migration removes the roles and names of accounts that were deleted before', async () => {
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
    const readItems = async (path: string) =>
      (await sendRequest(after.url, 'GET', path, undefined, { authorization: `Bearer ${ann.token}` })).body.items
    expect(await readItems(`/api/spaces/${space.id}/members`)).toMatchObject([{ userId: ann.id }])
    expect(await readGrants(after, ben)).toEqual([])
    expect(JSON.stringify(await readItems(`/api/documents/space:${space.id}/comments`))).toContain('"Deleted account"')
    expect((await readItems('/api/notifications')).map(({ title }: { title: string }) => title)).toContain(
      'Deleted account commented on Old space',
    )
  } finally {
    await after.stop()
    await removeDatabase()
  }
})
