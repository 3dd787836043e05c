import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { type Node, start } from '../../main.ts'
import { createDraft, type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { openAuthenticatedSocket, encodeAuthFrame, encodeUpdateFrame, createTextUpdate } from '../support/frames.ts'
import { testSecret } from '../support/cluster.ts'
import { createConfig, createEmptyDatabase } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

const { env, remove } = await createEmptyDatabase()
let node: Node
let admin: Person
let ann: Person
const open: OpenDocument[] = []
beforeAll(async () => {
  node = await start(createConfig(env, { TOKEN_SECRET: testSecret }))
  admin = await registerPerson(node.url, 'Admin')
  ann = await registerPerson(node.url, 'Ann')
})
afterAll(async () => {
  for (const { close } of open) close()
  await node.stop()
  await remove()
})

const rowsOf = (name: string) => node.journal.rowsAfter(name.split(':')[1] as string, 0)

/** Registers a person with a role on a new draft of Ann's and opens the draft. `reason()` is the reason of the provider's close event. */
async function withOpen(role: string) {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const member = `/api/documents/${name}/members/${ben.id}`
  await ann.request('PUT', member, { role })
  const one = await openDocument(node.url, name, ben.token)
  let reason: string | undefined
  one.provider.on('close', ({ event }: { event: { reason: string } }) => {
    reason = event.reason
  })
  open.push(one)
  return { ben, name, member, one, reason: () => reason }
}

const inForce = ({ body }: { body: { enforcement: { nodes: number; confirmed: number; milliseconds: number } } }) => {
  expect(body.enforcement.nodes).toBeGreaterThan(0)
  expect(body.enforcement.confirmed).toBe(body.enforcement.nodes)
  expect(body.enforcement.milliseconds).toBeGreaterThanOrEqual(0)
}

test('lowering a role makes the open connection read-only; raising it again saves the edits typed meanwhile', async () => {
  const { name, member, one } = await withOpen('editor')
  inForce(await ann.request('PUT', member, { role: 'viewer' }))
  await waitUntil(() => one.provider.authorizedScope === 'readonly', 'the pen to be taken')
  one.text.insert(0, 'while reading ')
  one.text.insert(0, 'and ')
  const owner = await openDocument(node.url, name, ann.token)
  open.push(owner)
  owner.text.insert(0, 'owner ')
  await waitUntil(() => one.text.toString().includes('owner'), 'the owner to be heard')
  expect(owner.text.toString()).toBe('owner ')
  expect(one.provider.hasUnsyncedChanges).toBe(true)
  await waitUntil(() => isSaved(owner), 'the owner to be saved')
  expect((await rowsOf(name)).map(({ actor }) => actor)).toEqual([ann.id])
  inForce(await ann.request('PUT', member, { role: 'editor' }))
  await waitUntil(() => owner.text.toString().includes('and while reading'), 'what was typed meanwhile')
  one.text.insert(one.text.length, 'and now')
  await waitUntil(() => isSaved(one) && owner.text.toString() === one.text.toString(), 'both to agree')
  expect(one.text.toString()).toContain('and now')
})

test('removing a member closes their open document at once with the reason not-found', async () => {
  const { member, name, one, reason } = await withOpen('editor')
  inForce(await ann.request('DELETE', member))
  await waitUntil(() => reason() === 'not-found', 'the document to be closed')
  one.text.insert(0, 'still here')
  const owner = await openDocument(node.url, name, ann.token)
  open.push(owner)
  expect(owner.text.toString()).toBe('')
})

test('after the response to a removal, the node accepts no update from the removed member', async () => {
  const { ben, member, name } = await withOpen('editor')
  const bare = await openAuthenticatedSocket(node.url, name, ben.token)
  const source = new Y.Doc()
  bare.send(encodeUpdateFrame(name, createTextUpdate('while a member', source)))
  await waitUntil(() => bare.statuses.length === 1, 'the words to be saved')
  inForce(await ann.request('DELETE', member))
  bare.send(encodeUpdateFrame(name, createTextUpdate('no longer ', source)))
  // frames are handled in order, so the reply to this one shows that the update before it was handled
  bare.send(encodeAuthFrame(name, ben.token))
  await waitUntil(() => bare.frames.filter(({ type }) => type === 2).length === 2, 'the second refusal')
  expect(bare.frames.some(({ type }) => type === 7)).toBe(true)
  expect(bare.statuses).toEqual([1])
  expect(await rowsOf(name)).toHaveLength(1)
  bare.socket.terminate()
})

test('removing a member of a venture closes the documents in it that the member has open', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Venture' })
  const ben = await registerPerson(node.url, 'Ben')
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'editor' })
  const plan = await openDocument(node.url, venture.planDocumentName, ben.token)
  open.push(plan)
  let closed: string | undefined
  plan.provider.on('close', ({ event }: { event: { reason: string } }) => {
    closed = event.reason
  })
  inForce(await ann.request('DELETE', `/api/ventures/${venture.id}/members/${ben.id}`))
  await waitUntil(() => closed === 'not-found', 'the plan to be closed')
})

test.each([
  ['signs out', (ben: Person) => ben.request('POST', '/api/auth/logout')],
  ['signs out everywhere', (ben: Person) => ben.request('POST', '/api/auth/logout-all')],
  ['is suspended', (ben: Person) => admin.request('PATCH', `/api/users/${ben.id}`, { status: 'suspended' })],
  ['is deleted', (ben: Person) => admin.request('DELETE', `/api/users/${ben.id}`)],
])('the document of a person who %s is closed at once', async (_, act) => {
  const { ben, reason } = await withOpen('editor')
  expect((await act(ben)).status).toBeLessThan(300)
  await waitUntil(() => reason() === 'unauthenticated', 'the document to be closed')
  expect((await ben.request('GET', '/api/auth/me')).status).toBe(401)
})

/** A token of the person's session that expires in `expiresIn` seconds. */
const tokenFor = ({ token }: Person, expiresIn: number) => {
  const { sub, sid } = jwt.decode(token) as { sub: string; sid: string }
  return jwt.sign({ sid }, testSecret, { algorithm: 'HS256', subject: sub, issuer: 'smartstart', expiresIn })
}

test('an expiring token is renewed over the open socket; without a renewal the document is closed when it expires', async () => {
  const name = await createDraft(ann)
  let asked = 0
  const renewing = await openDocument(node.url, name, () => {
    asked++
    return tokenFor(ann, asked === 1 ? 7 : 600)
  })
  // this token expires last, so its document closes only after the server checked the other document's first token
  const stale = await openDocument(node.url, await createDraft(ann), tokenFor(ann, 8))
  open.push(renewing, stale)
  let closed: string | undefined
  stale.provider.on('close', ({ event }: { event: { reason: string } }) => {
    closed = event.reason
  })
  await waitUntil(() => asked > 1, 'the server to ask for a new token')
  await waitUntil(() => closed, 'the other document to be closed', 25_000)
  expect(closed).toBe('unauthenticated')
  renewing.text.insert(0, 'still here')
  await waitUntil(() => isSaved(renewing), 'the words to be saved')
  expect(asked).toBe(2)
})

test('a token of another person does not renew a connection; the document is closed', async () => {
  const { name, ben } = await withOpen('editor')
  let asked = 0
  const one = await openDocument(node.url, name, () => {
    asked++
    return asked === 1 ? tokenFor(ben, 30) : ann.token
  })
  open.push(one)
  let closed: string | undefined
  one.provider.on('close', ({ event }: { event: { reason: string } }) => {
    closed = event.reason
  })
  await waitUntil(() => closed, 'the document to be closed')
  expect(asked).toBe(2)
})
