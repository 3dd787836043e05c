import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople, shareWithRoles, createSpace } from '../support/builders.ts'
import { createDraft, type OpenDocument, openDocument } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let person: PersonByName
const personNames = ['admin', 'owner', 'editor', 'commenter', 'viewer', 'stranger']
let venture: string
let space: string
const openDocuments: OpenDocument[] = []

beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, personNames)
  const owner = person('owner')
  venture = (await owner.request('POST', '/api/ventures', { name: 'Venture' })).body.id
  space = (await createSpace(owner)).id
  for (const path of [`/api/ventures/${venture}`, `/api/spaces/${space}`]) await shareWithRoles(person, path)
})
afterAll(() => {
  for (const { close } of openDocuments) close()
})

/** The newest event of a name. */
async function readNewestEvent(name: string) {
  const [row] = await node.database.em
    .fork()
    .getConnection()
    .execute(`select subject, audience, actor, data from event where name = ? order by id desc limit 1`, [name])
  return row
}
const postMessage = (name: string, path: string, body: object) => person(name).request('POST', `/api/websocket${path}`, body)

test('each role can send exactly its messages, and each message has its audience and data', async () => {
  const viewer = person('viewer').id
  const admins = { owner: 403, editor: 403, commenter: 403, viewer: 403, stranger: 403 }
  const editors = { admin: 404, commenter: 403, viewer: 403, stranger: 404 }
  const message = { text: 'hello' }
  const data = { step: 1 }
  const cases: [string, object, Record<string, number>, string, object][] = [
    ['/send', { userId: viewer, message }, admins, 'websocket-message.sent', { audience: [`user:${viewer}`], data: { message } }],
    ['/broadcast', { message: 'all' }, admins, 'websocket-message.broadcast', { audience: ['platform'], data: { message: 'all' } }],
    ['/announcement', { announcement: 'down' }, admins, 'announcement.sent', { audience: ['platform'], data: { announcement: 'down' } }],
    [
      '/token/update',
      { userId: viewer, tokenData: data },
      admins,
      'token-update.sent',
      { audience: [`user:${viewer}`], data: { tokenData: data } },
    ],
    [`/venture/${venture}/send`, { message }, editors, 'websocket-message.sent', { audience: [`venture:${venture}`], data: { message } }],
    [
      `/venture/${venture}/update`,
      { updateType: 'stage', data },
      editors,
      'venture-update.sent',
      { audience: [`venture:${venture}`], data: { ventureId: venture, updateType: 'stage', data } },
    ],
    [`/team/${space}/send`, { message }, editors, 'websocket-message.sent', { audience: [`space:${space}`], data: { message } }],
    [
      `/team/${space}/update`,
      { updateType: 'goal', data },
      editors,
      'team-update.sent',
      { audience: [`space:${space}`], data: { teamId: space, updateType: 'goal', data } },
    ],
    [
      '/collaboration/update',
      { ventureId: venture, action: 'opened', data },
      editors,
      'collaboration-update.sent',
      { audience: [`venture:${venture}`], data: { ventureId: venture, action: 'opened', data } },
    ],
    [
      '/legal/update',
      { ventureId: venture, legalType: 'nda', data },
      editors,
      'legal-update.sent',
      { audience: [`venture:${venture}`], data: { ventureId: venture, legalType: 'nda', data } },
    ],
  ]
  for (const [path, body, statusByPerson, event, expected] of cases) {
    for (const name of personNames) {
      expect([path, name, (await postMessage(name, path, body)).status]).toEqual([path, name, statusByPerson[name] ?? 204])
      if (!statusByPerson[name]) expect(await readNewestEvent(event)).toMatchObject({ ...expected, actor: person(name).id })
    }
  }
})

test('a message that is too large, malformed or for an unknown user is refused', async () => {
  const invalidCases: [string, object, string][] = [
    ['/broadcast', { message: 'x'.repeat(16 * 1024) }, 'message'],
    ['/broadcast', { message: { text: 'x'.repeat(16 * 1024) } }, 'message'],
    ['/broadcast', { message: '' }, 'message'],
    ['/broadcast', { message: ['x'] }, 'message'],
    ['/broadcast', { message: 'x', loud: true }, 'loud'],
    ['/announcement', { announcement: 3 }, 'announcement'],
    ['/send', { userId: 'x', message: 'x' }, 'userId'],
    ['/token/update', { userId: person('viewer').id, tokenData: 'x' }, 'tokenData'],
  ]
  for (const [path, body, field] of invalidCases) {
    const { status, body: problem } = await postMessage('admin', path, body)
    expect([path, status]).toEqual([path, 400])
    expect(problem.errors.map((error: { path: string }) => error.path)).toContain(field)
  }
  expect((await postMessage('admin', '/send', { userId: '01a1fc0a-edfa-7688-b7f5-c95999d90817', message: 'x' })).status).toBe(404)
})

test('only administrators send collaboration updates about other users', async () => {
  const body = { ventureId: venture, userId: person('viewer').id, action: 'left', data: {} }
  expect((await postMessage('owner', '/collaboration/update', body)).status).toBe(403)
  expect((await postMessage('owner', '/collaboration/update', { ...body, userId: person('owner').id })).status).toBe(204)
  await person('owner').request('PUT', `/api/ventures/${venture}/members/${person('admin').id}`, { role: 'editor' })
  expect((await postMessage('admin', '/collaboration/update', body)).status).toBe(204)
})

test('only administrators read the node’s connection counts', async () => {
  expect((await person('owner').request('GET', '/api/websocket/stats')).status).toBe(403)
  const readStats = async () => (await person('admin').request('GET', '/api/websocket/stats')).body
  const name = await createDraft(person('owner'))
  const statsBefore = await readStats()
  expect(statsBefore.uptime).toBeGreaterThanOrEqual(0)
  const firstConnection = await openDocument(node.url, name, person('owner').token)
  const secondConnection = await openDocument(node.url, name, person('owner').token)
  openDocuments.push(firstConnection, secondConnection)
  expect(await readStats()).toMatchObject({
    sockets: statsBefore.sockets + 2,
    connections: statsBefore.connections + 2,
    documents: statsBefore.documents + 1,
  })
  const socket = new WebSocket(`${node.url.replace('http', 'ws')}/notifications`)
  await waitUntil(async () => (await readStats()).subscribers === statsBefore.subscribers + 1, 'the subscriber to be counted')
  socket.terminate()
  firstConnection.close()
  secondConnection.close()
  await waitUntil(async () => (await readStats()).sockets === statsBefore.sockets, 'the document sockets to be closed')
  expect((await readStats()).connections).toBe(statsBefore.connections)
})
