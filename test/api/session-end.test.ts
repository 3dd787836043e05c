/** An ended session is refused immediately, on the node that ended it and on the other nodes, where it was valid before. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identify, verifyTokenSignature } from '../../domain/auth/session.ts'
import { anonymous, system } from '../../domain/kernel/actor.ts'
import { getDraft } from '../../domain/legal/draft.ts'
import { openDocument } from '../../domain/documents/document.ts'
import type { Node } from '../../main.ts'
import { sendRequest, createDraft, type Person, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, usesPostgres, startNode } from '../support/node.ts'

const { env, remove } = await createEmptyDatabase()
const nodes: Node[] = []
let admin: Person
beforeAll(async () => {
  nodes.push(await startNode(env))
  // an embedded database belongs to one process
  if (usesPostgres) nodes.push(await startNode(env))
  admin = await registerPerson((nodes[0] as Node).url, 'Admin')
})
afterAll(async () => {
  for (const node of nodes) await node.stop()
  await remove()
})

/** The statuses of two requests on each node: one checks the session in its own statement, one checks it before. */
async function requestStatuses(path: string, { token }: Person): Promise<number[]> {
  const authorization = { authorization: `Bearer ${token}` }
  return Promise.all(
    nodes.flatMap(({ url }) =>
      [path, '/api/auth/me'].map(async (requestPath) => (await sendRequest(url, 'GET', requestPath, undefined, authorization)).status),
    ),
  )
}

const repeatForNodes = (status: number) => nodes.flatMap(() => [status, status])

describe.each([
  ['signed out', (ann: Person) => ann.request('POST', '/api/auth/logout')],
  ['signed out everywhere', (ann: Person) => ann.request('POST', '/api/auth/logout-all')],
  ['suspended', (ann: Person) => admin.request('PATCH', `/api/users/${ann.id}`, { status: 'suspended' })],
  ['deleted', (ann: Person) => admin.request('DELETE', `/api/users/${ann.id}`)],
])('a user who is %s', (_, endSession) => {
  test('is refused by every node as soon as the request is answered', async () => {
    const ann = await registerPerson((nodes[0] as Node).url, 'Ann')
    const path = `/api/legal/documents/${(await createDraft(ann)).split(':')[1]}`
    expect(await requestStatuses(path, ann)).toEqual(repeatForNodes(200))
    expect((await endSession(ann)).status).toBeLessThan(300)
    expect(await requestStatuses(path, ann)).toEqual(repeatForNodes(401))
  })
})

test('a removed role ends on every node as soon as the request is answered, also a role from a venture', async () => {
  const [ann, ben] = [await registerPerson((nodes[0] as Node).url, 'Ann'), await registerPerson((nodes[0] as Node).url, 'Ben')]
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Venture' })
  const { body: draft } = await ann.request('POST', '/api/legal/documents', { title: 'Agreement', ventureId: venture.id })
  const path = `/api/legal/documents/${draft.id}`
  const membershipPath = `/api/ventures/${venture.id}/members/${ben.id}`
  const readRoles = async () =>
    (await Promise.all(nodes.map(({ url }) => sendRequest(url, 'GET', path, undefined, { authorization: `Bearer ${ben.token}` })))).map(
      ({ status, body }) => (status === 200 ? body.role : status),
    )
  expect(await readRoles()).toEqual(nodes.map(() => 404))
  await ann.request('PUT', membershipPath, { role: 'viewer' })
  expect(await readRoles()).toEqual(nodes.map(() => 'viewer'))
  await ann.request('PUT', `${path}/members/${ben.id}`, { role: 'editor' })
  expect(await readRoles()).toEqual(nodes.map(() => 'editor'))
  await ann.request('DELETE', `${path}/members/${ben.id}`)
  expect(await readRoles()).toEqual(nodes.map(() => 'viewer'))
  await ann.request('DELETE', membershipPath)
  expect(await readRoles()).toEqual(nodes.map(() => 404))
})

test('an actor with an unchecked session may run only operations that check the session', async () => {
  const { domain, url } = nodes[0] as Node
  const ann = await registerPerson(url, 'Ann')
  const documentName = await createDraft(ann)
  const id = documentName.split(':')[1]
  const uncheckedActor = await domain.run(anonymous, verifyTokenSignature, { token: ann.token })
  const checkedActor = await domain.run(anonymous, identify, { token: ann.token })
  expect((await domain.run(uncheckedActor, getDraft, { id })).entity.id).toBe(id)
  expect((await domain.run(checkedActor, openDocument, { documentName })).role).toBe('owner')
  await expect(domain.run(uncheckedActor, openDocument, { documentName })).rejects.toMatchObject({ code: 'internal' })
  await expect(domain.run(system, getDraft, { id })).rejects.toMatchObject({ code: 'unauthenticated' })
})
