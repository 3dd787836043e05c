/** Limits per client: each limit has a variable and its own refusal, and does not affect other clients. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { sendRequest, createDraft, type Person, registerPerson, isSaved } from '../support/client.ts'
import {
  openAuthenticatedSocket,
  encodeAuthFrame,
  type RawSocket,
  openRawSocket,
  encodeStepOneFrame,
  encodeUpdateFrame,
  createTextUpdate,
} from '../support/frames.ts'
import { createEmptyDatabase, startNode } from '../support/node.ts'
import { connectYWebsocket, openYWebsocket } from '../support/y-websocket-client.ts'
import { openOnOwnSocket, connectProvider, openProvider, createSocket } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

const { env, remove } = await createEmptyDatabase()
let node: Node
let ann: Person
let name: string
beforeAll(async () => {
  node = await startNode(env, {
    LIMITS: 'on',
    LIMIT_FRAME_BYTES: '20000',
    LIMIT_MESSAGES: '10',
    LIMIT_DOCUMENTS_PER_SOCKET: '3',
    LIMIT_CONNECTIONS: '4',
    LIMIT_DOCUMENT_BYTES: '30000',
  })
  ann = await registerPerson(node.url, 'Ann')
  name = await createDraft(ann)
})
afterAll(async () => {
  await node.stop()
  await remove()
})

async function terminateAfterTest(opening: Promise<RawSocket>): Promise<RawSocket> {
  const rawSocket = await opening
  onTestFinished(() => rawSocket.socket.terminate())
  return rawSocket
}

/** A new person with a draft, so that connections of other tests do not count against the limits. */
async function registerWithDraft(): Promise<{ person: Person; draft: string }> {
  const person = await registerPerson(node.url, 'Ben')
  return { person, draft: await createDraft(person) }
}

/** Checks that another client can still edit. */
async function expectOthersUnaffected() {
  const otherClient = await openOnOwnSocket(node.url, name, ann.token)
  otherClient.text.insert(0, '.')
  await waitUntil(() => isSaved(otherClient), 'the other client’s edit to be saved')
  otherClient.text.delete(0, 1)
  await waitUntil(() => isSaved(otherClient), 'the other client’s edit to be saved')
  otherClient.close()
  expect((await sendRequest(node.url, 'GET', '/livez')).status).toBe(200)
}

test('a frame above LIMIT_FRAME_BYTES closes the socket with 1009', async () => {
  const { person, draft } = await registerWithDraft()
  const rawSocket = await terminateAfterTest(openAuthenticatedSocket(node.url, draft, person.token))
  rawSocket.send(encodeUpdateFrame(draft, createTextUpdate('x'.repeat(19_000))))
  await waitUntil(() => rawSocket.statuses.length === 1, 'a frame below the limit to be saved')
  rawSocket.send(Buffer.alloc(20_001))
  expect((await rawSocket.waitUntilClosed()).code).toBe(1009)
  await expectOthersUnaffected()
})

test('a socket that exceeds its allowance from LIMIT_MESSAGES closes with 4429', async () => {
  const { person, draft } = await registerWithDraft()
  const rawSocket = await terminateAfterTest(openAuthenticatedSocket(node.url, draft, person.token))
  const source = new Y.Doc()
  for (let n = 0; n < 90; n++) rawSocket.send(encodeUpdateFrame(draft, createTextUpdate('x', source)))
  await waitUntil(() => rawSocket.statuses.length === 90, 'all messages below the limit to be acknowledged')
  for (let n = 0; n < 200; n++) rawSocket.send(encodeStepOneFrame(draft, source))
  expect(await rawSocket.waitUntilClosed()).toEqual({ code: 4429, reason: 'rate-limited' })
  await expectOthersUnaffected()
})

test('authentication frames that are refused count as messages too', async () => {
  const rawSocket = await terminateAfterTest(openRawSocket(node.url))
  for (let n = 0; n < 200; n++) rawSocket.send(encodeAuthFrame(`legal:${crypto.randomUUID()}`, 'garbage'))
  expect(await rawSocket.waitUntilClosed()).toEqual({ code: 4429, reason: 'rate-limited' })
})

test('a document beyond LIMIT_DOCUMENTS_PER_SOCKET is refused, and is accepted after another one closes', async () => {
  const { person } = await registerWithDraft()
  const names = await Promise.all(Array.from({ length: 4 }, () => createDraft(person)))
  const socket = createSocket(node.url)
  const openProviders = await Promise.all(names.slice(0, 3).map((documentName) => openProvider(socket, documentName, person.token)))
  const fourthProvider = connectProvider(socket, names[3] as string, person.token)
  await waitUntil(() => fourthProvider.refusalReason() === 'too-many-documents', 'the refusal reason')
  openProviders[0]?.text.insert(0, 'goes on')
  await waitUntil(() => openProviders.every(isSaved), 'the open documents to stay editable')
  openProviders[1]?.close()
  fourthProvider.close()
  const reopened = await openProvider(socket, names[3] as string, person.token)
  reopened.text.insert(0, 'in')
  await waitUntil(() => isSaved(reopened), 'the text to be saved')
  expect(socket.identifier).toBe(1)
  await expectOthersUnaffected()
})

test('a socket beyond LIMIT_CONNECTIONS is refused on both protocols, and is accepted after others of the account close', async () => {
  const { person, draft } = await registerWithDraft()
  const openConnections = [
    ...(await Promise.all([0, 1, 2].map(() => openOnOwnSocket(node.url, draft, person.token)))),
    await openYWebsocket(node.url, draft, person.token),
  ]
  const fifthConnection = connectProvider(createSocket(node.url), draft, person.token)
  await waitUntil(() => fifthConnection.refusalReason() === 'too-many-connections', 'the refusal reason')
  const sixthConnection = connectYWebsocket(node.url, draft, { params: { token: person.token } })
  await waitUntil(() => sixthConnection.events.includes('close 4531'), 'the refusal reason')
  await expectOthersUnaffected()
  openConnections[3]?.close()
  const firstConnection = openConnections[0] as Awaited<ReturnType<typeof openOnOwnSocket>>
  firstConnection.socket.destroy()
  await waitUntil(async () => {
    const retried = connectProvider(createSocket(node.url), draft, person.token)
    await waitUntil(() => retried.refusalReason() || isSaved(retried), 'a refusal or a saved connection')
    return isSaved(retried)
  }, 'a further connection to be accepted')
})

test('an edit that exceeds LIMIT_DOCUMENT_BYTES closes the document with a reason; deletions are accepted', async () => {
  const { person, draft } = await registerWithDraft()
  const otherClient = await openOnOwnSocket(node.url, draft, person.token)
  const socket = createSocket(node.url)
  const client = await openProvider(socket, draft, person.token)
  const otherDocument = await openProvider(socket, await createDraft(person), person.token)
  client.text.insert(0, 'x'.repeat(15_000))
  await waitUntil(() => isSaved(client), 'the text below the limit to be saved')
  client.text.insert(0, 'y'.repeat(16_000))
  await waitUntil(() => client.events.includes('close document-too-large'), 'the document to be closed')
  expect(client.provider).toMatchObject({ isSynced: false, hasUnsyncedChanges: true })
  await waitUntil(() => otherClient.text.length === 15_000, 'the text below the limit to arrive')
  otherClient.text.delete(0, 10_000)
  await waitUntil(() => isSaved(otherClient), 'the deletion to be saved')
  otherDocument.text.insert(0, 'goes on')
  await waitUntil(() => isSaved(otherDocument), 'the other document’s edit to be saved')
  expect(otherClient.text.toString()).toBe('x'.repeat(5000))
  await expectOthersUnaffected()
})

test('a y-websocket client that exceeds LIMIT_DOCUMENT_BYTES is closed with 4413 and does not reconnect', async () => {
  const { person, draft } = await registerWithDraft()
  const client = await openYWebsocket(node.url, draft, person.token)
  client.text.insert(0, 'x'.repeat(19_000))
  client.text.insert(0, 'y'.repeat(12_000))
  await waitUntil(() => client.events.includes('closed 4413 document-too-large'), 'the socket to be closed')
  expect(client.provider.shouldConnect).toBe(false)
})
