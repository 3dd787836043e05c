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
const openDocuments: OpenDocument[] = []
beforeAll(async () => {
  node = await start(createConfig(env, { TOKEN_SECRET: testSecret }))
  admin = await registerPerson(node.url, 'Admin')
  ann = await registerPerson(node.url, 'Ann')
})
afterAll(async () => {
  for (const { close } of openDocuments) close()
  await node.stop()
  await remove()
})

const readRows = (name: string) => node.journal.rowsAfter(name.split(':')[1] as string, 0)

/** Registers a person with a role on a new draft of Ann's and opens the draft. `reason()` is the reason of the provider's close event. */
async function openAsMember(role: string) {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const membershipPath = `/api/documents/${name}/members/${ben.id}`
  await ann.request('PUT', membershipPath, { role })
  const client = await openDocument(node.url, name, ben.token)
  let reason: string | undefined
  client.provider.on('close', ({ event }: { event: { reason: string } }) => {
    reason = event.reason
  })
  openDocuments.push(client)
  return { ben, name, membershipPath, client, reason: () => reason }
}

const expectEnforced = ({ body }: { body: { enforcement: { nodes: number; confirmed: number; milliseconds: number } } }) => {
  expect(body.enforcement.nodes).toBeGreaterThan(0)
  expect(body.enforcement.confirmed).toBe(body.enforcement.nodes)
  expect(body.enforcement.milliseconds).toBeGreaterThanOrEqual(0)
}

test('lowering a role makes the open connection read-only; raising it again saves the edits typed meanwhile', async () => {
  const { name, membershipPath, client } = await openAsMember('editor')
  expectEnforced(await ann.request('PUT', membershipPath, { role: 'viewer' }))
  await waitUntil(() => client.provider.authorizedScope === 'readonly', 'the connection to become read-only')
  client.text.insert(0, 'while reading ')
  client.text.insert(0, 'and ')
  const owner = await openDocument(node.url, name, ann.token)
  openDocuments.push(owner)
  owner.text.insert(0, 'owner ')
  await waitUntil(() => client.text.toString().includes('owner'), 'the owner’s edit to arrive')
  expect(owner.text.toString()).toBe('owner ')
  expect(client.provider.hasUnsyncedChanges).toBe(true)
  await waitUntil(() => isSaved(owner), 'the owner to be saved')
  expect((await readRows(name)).map(({ actor }) => actor)).toEqual([ann.id])
  expectEnforced(await ann.request('PUT', membershipPath, { role: 'editor' }))
  await waitUntil(() => owner.text.toString().includes('and while reading'), 'the edits typed while read-only')
  client.text.insert(client.text.length, 'and now')
  await waitUntil(() => isSaved(client) && owner.text.toString() === client.text.toString(), 'both replicas to converge')
  expect(client.text.toString()).toContain('and now')
})

test('removing a member closes their open document at once with the reason not-found', async () => {
  const { membershipPath, name, client, reason } = await openAsMember('editor')
  expectEnforced(await ann.request('DELETE', membershipPath))
  await waitUntil(() => reason() === 'not-found', 'the document to be closed')
  client.text.insert(0, 'still here')
  const owner = await openDocument(node.url, name, ann.token)
  openDocuments.push(owner)
  expect(owner.text.toString()).toBe('')
})

test('after the response to a removal, the node accepts no update from the removed member', async () => {
  const { ben, membershipPath, name } = await openAsMember('editor')
  const rawSocket = await openAuthenticatedSocket(node.url, name, ben.token)
  const source = new Y.Doc()
  rawSocket.send(encodeUpdateFrame(name, createTextUpdate('while a member', source)))
  await waitUntil(() => rawSocket.statuses.length === 1, 'the text to be saved')
  expectEnforced(await ann.request('DELETE', membershipPath))
  rawSocket.send(encodeUpdateFrame(name, createTextUpdate('no longer ', source)))
  // frames are handled in order, so the reply to this one shows that the update before it was handled
  rawSocket.send(encodeAuthFrame(name, ben.token))
  await waitUntil(() => rawSocket.frames.filter(({ type }) => type === 2).length === 2, 'the second refusal')
  expect(rawSocket.frames.some(({ type }) => type === 7)).toBe(true)
  expect(rawSocket.statuses).toEqual([1])
  expect(await readRows(name)).toHaveLength(1)
  rawSocket.socket.terminate()
})

test('removing a member of a venture closes the documents in it that the member has open', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Venture' })
  const ben = await registerPerson(node.url, 'Ben')
  await ann.request('PUT', `/api/ventures/${venture.id}/members/${ben.id}`, { role: 'editor' })
  const plan = await openDocument(node.url, venture.planDocumentName, ben.token)
  openDocuments.push(plan)
  let closeReason: string | undefined
  plan.provider.on('close', ({ event }: { event: { reason: string } }) => {
    closeReason = event.reason
  })
  expectEnforced(await ann.request('DELETE', `/api/ventures/${venture.id}/members/${ben.id}`))
  await waitUntil(() => closeReason === 'not-found', 'the plan to be closed')
})

test.each([
  ['signs out', (ben: Person) => ben.request('POST', '/api/auth/logout')],
  ['signs out everywhere', (ben: Person) => ben.request('POST', '/api/auth/logout-all')],
  ['is suspended', (ben: Person) => admin.request('PATCH', `/api/users/${ben.id}`, { status: 'suspended' })],
  ['is deleted', (ben: Person) => admin.request('DELETE', `/api/users/${ben.id}`)],
])('the document of a person who %s is closed at once', async (_, endSession) => {
  const { ben, reason } = await openAsMember('editor')
  expect((await endSession(ben)).status).toBeLessThan(300)
  await waitUntil(() => reason() === 'unauthenticated', 'the document to be closed')
  expect((await ben.request('GET', '/api/auth/me')).status).toBe(401)
})

/** A token of the person's session that expires in `expiresIn` seconds. */
const createToken = ({ token }: Person, expiresIn: number) => {
  const { sub, sid } = jwt.decode(token) as { sub: string; sid: string }
  return jwt.sign({ sid }, testSecret, { algorithm: 'HS256', subject: sub, issuer: 'smartstart', expiresIn })
}

test('an expiring token is renewed over the open socket; without a renewal the document is closed when it expires', async () => {
  const name = await createDraft(ann)
  let tokenRequests = 0
  const renewingClient = await openDocument(node.url, name, () => {
    tokenRequests++
    return createToken(ann, tokenRequests === 1 ? 7 : 600)
  })
  // this token expires last, so its document closes only after the server checked the other document's first token
  const expiringClient = await openDocument(node.url, await createDraft(ann), createToken(ann, 8))
  openDocuments.push(renewingClient, expiringClient)
  let closeReason: string | undefined
  expiringClient.provider.on('close', ({ event }: { event: { reason: string } }) => {
    closeReason = event.reason
  })
  await waitUntil(() => tokenRequests > 1, 'the server to ask for a new token')
  await waitUntil(() => closeReason, 'the other document to be closed', 25_000)
  expect(closeReason).toBe('unauthenticated')
  renewingClient.text.insert(0, 'still here')
  await waitUntil(() => isSaved(renewingClient), 'the text to be saved')
  expect(tokenRequests).toBe(2)
})

test('a token of another person does not renew a connection; the document is closed', async () => {
  const { name, ben } = await openAsMember('editor')
  let tokenRequests = 0
  const client = await openDocument(node.url, name, () => {
    tokenRequests++
    return tokenRequests === 1 ? createToken(ben, 30) : ann.token
  })
  openDocuments.push(client)
  let closeReason: string | undefined
  client.provider.on('close', ({ event }: { event: { reason: string } }) => {
    closeReason = event.reason
  })
  await waitUntil(() => closeReason, 'the document to be closed')
  expect(tokenRequests).toBe(2)
})
