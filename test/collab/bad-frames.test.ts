import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { sendRequest, createDraft, type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import {
  openAuthenticatedSocket,
  encodeAuthFrame,
  type RawSocket,
  openRawSocket,
  encodeFrame,
  encodeStepOneFrame,
  encodeUpdateFrame,
  createTextUpdate,
} from '../support/frames.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let name: string
let otherClient: OpenDocument
const rawSockets: RawSocket[] = []
/** Rows of the journal before each test. */
let rowsBefore: number

beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  name = await createDraft(ann)
  otherClient = await openDocument(node.url, name, ann.token)
  otherClient.text.insert(0, 'typed by others')
  await waitUntil(() => isSaved(otherClient), 'the other client’s edit to be saved')
})
beforeEach(async () => {
  rowsBefore = await countRows()
})
afterAll(() => {
  otherClient.close()
  for (const { socket } of rawSockets) socket.terminate()
})

async function keepSocket<T extends Promise<RawSocket>>(opening: T): Promise<RawSocket> {
  const rawSocket = await opening
  rawSockets.push(rawSocket)
  return rawSocket
}

const countRows = async () =>
  Number((await sql<{ count: string }>`select count(*) as count from document_update`.execute(node.database.sql)).rows[0]?.count)

/** Checks that the witness can still edit and that its edit is the only row the test added: bad frames affect only their sender. */
async function expectOthersUnaffected() {
  otherClient.text.insert(otherClient.text.length, '.')
  await waitUntil(() => isSaved(otherClient), 'the other client’s edit to be saved')
  expect(await countRows()).toBe(rowsBefore + 1)
  expect(otherClient.text.toString()).toMatch(/^typed by others\.+$/)
  expect((await sendRequest(node.url, 'GET', '/livez')).status).toBe(200)
}

const hasReason = ({ raw }: RawSocket, reason: string) => raw.some((bytes) => Buffer.from(bytes).includes(reason))

test.each([
  ['no token, but a frame', () => encodeStepOneFrame(name)],
  ['a token that is garbage', () => encodeAuthFrame(name, 'garbage')],
  ['a token of nobody', () => encodeAuthFrame(name, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.')],
])('a socket with %s opens no document', async (_, createFrame) => {
  const rawSocket = await keepSocket(openRawSocket(node.url))
  rawSocket.send(createFrame())
  rawSocket.send(encodeUpdateFrame(name, createTextUpdate('intruder')))
  if (_ !== 'no token, but a frame') await waitUntil(() => hasReason(rawSocket, 'unauthenticated'), 'the refusal reason')
  rawSocket.send(encodeFrame(name, 99))
  expect(await rawSocket.waitUntilClosed()).toEqual({ code: 4400, reason: 'invalid-input' })
  // the node sent nothing of the document
  expect(rawSocket.frames.filter(({ type }) => type !== 2)).toEqual([])
  await expectOthersUnaffected()
})

test.each([
  ['random bytes', () => Buffer.from('f3a90c71ffffffffffff0001', 'hex')],
  ['an empty frame', () => Buffer.alloc(0)],
  ['half a frame', () => encodeStepOneFrame(name).subarray(0, 20)],
  ['an unknown type', () => encodeFrame(name, 77)],
  ['a message that only servers send', () => encodeFrame(name, 6, 'x')],
  ['an unknown sync message type', () => encodeFrame(name, 0, 9, new Uint8Array(2))],
  ['a text frame', () => 'hello'],
  ['an invalid document name that was not authenticated', () => encodeStepOneFrame('constructor')],
])('the socket closes with 4400 after %s', async (_, createFrame) => {
  const rawSocket = await keepSocket(openAuthenticatedSocket(node.url, name, ann.token))
  rawSocket.send(createFrame())
  expect(await rawSocket.waitUntilClosed()).toEqual({ code: 4400, reason: 'invalid-input' })
  await expectOthersUnaffected()
})

test.each([
  ['an update that does not decode', () => encodeUpdateFrame(name, Buffer.from('00ff13a70b2290', 'hex'))],
  ['a state vector that does not decode', () => encodeFrame(name, 0, 0, Buffer.from('ffffff', 'hex'))],
  ['an awareness state that is not JSON', () => encodeFrame(name, 1, Buffer.from('0101017b', 'hex'))],
])('the document closes for that client with a reason after %s', async (_, createFrame) => {
  const rawSocket = await keepSocket(openAuthenticatedSocket(node.url, name, ann.token))
  rawSocket.send(encodeStepOneFrame(name))
  await waitUntil(() => rawSocket.frames.some(({ type }) => type === 0), 'the first sync')
  rawSocket.send(createFrame())
  await waitUntil(
    () => rawSocket.frames.some(({ type }) => type === 7) && hasReason(rawSocket, 'invalid-input'),
    'the document to be closed',
  )
  expect(rawSocket.statuses).toEqual([])
  // the document stays closed for this client until it authenticates again
  rawSocket.send(encodeUpdateFrame(name, createTextUpdate('after the end ')))
  rawSocket.send(encodeAuthFrame(name, ann.token))
  await waitUntil(() => rawSocket.frames.filter(({ type }) => type === 2).length === 2, 'the document to be open again')
  expect(rawSocket.statuses).toEqual([])
  await expectOthersUnaffected()
})

test.each([
  '__proto__',
  'constructor',
  '',
  'x'.repeat(10_000),
  'legal:not-a-uuid',
  'nothing:01a1fc0a-edfa-7688-b7f5-c95999d90817',
  'legal:01A1FC0A-EDFA-7688-B7F5-C95999D90817',
])('a document name that does not parse (%.30s) is refused, and the socket stays open', async (badName) => {
  const rawSocket = await keepSocket(openRawSocket(node.url))
  rawSocket.send(encodeAuthFrame(badName, ann.token))
  await waitUntil(() => hasReason(rawSocket, 'invalid-input'), 'the refusal reason')
  rawSocket.send(encodeAuthFrame(name, ann.token))
  await waitUntil(() => rawSocket.frames.some(({ address }) => address === name), 'the valid document to open')
  await expectOthersUnaffected()
})

test('a document that does not exist is refused with not-found', async () => {
  const rawSocket = await keepSocket(openRawSocket(node.url))
  rawSocket.send(encodeAuthFrame('legal:01a1fc0a-edfa-7688-b7f5-c95999d90817', ann.token))
  await waitUntil(() => hasReason(rawSocket, 'not-found'), 'the refusal reason')
})

/** A raw socket that sent an update whose dependency is missing on the node. The node has requested the missing part once. */
async function sendUngroundedUpdate() {
  const draft = await createDraft(ann)
  const source = new Y.Doc()
  const first = createTextUpdate('one ', source)
  const second = createTextUpdate('two ', source)
  const rawSocket = await keepSocket(openAuthenticatedSocket(node.url, draft, ann.token))
  const countSyncFrames = () => rawSocket.frames.filter(({ type }) => type === 0).length
  rawSocket.send(encodeStepOneFrame(draft))
  await waitUntil(() => countSyncFrames() === 2, 'the first sync')
  rawSocket.send(encodeUpdateFrame(draft, second))
  await waitUntil(() => countSyncFrames() === 3, 'the request for the missing part')
  expect(rawSocket.statuses).toEqual([])
  expect(await countRows()).toBe(rowsBefore)
  return { draft, source, first, second, rawSocket, countSyncFrames }
}

/** The text that the journal alone restores, as after a crash of the node. */
async function readJournalText(draft: string): Promise<string> {
  const document = new Y.Doc()
  for (const { update } of await node.journal.rowsAfter(draft.split(':')[1] as string, 0)) Y.applyUpdate(document, update)
  return document.getText('text').toString()
}

test('an update with a missing dependency is acknowledged only after the dependency arrives', async () => {
  const { draft, source, rawSocket } = await sendUngroundedUpdate()
  // the reply that a provider sends to the node's state vector
  rawSocket.send(encodeFrame(draft, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => rawSocket.statuses.length > 0, 'the acknowledgement')
  expect(rawSocket.statuses).toEqual([1])
  expect(await readJournalText(draft)).toBe('two one ')
})

test('an update whose dependency came from another node is acknowledged only when it is in the journal', async () => {
  const { draft, source, first, rawSocket } = await sendUngroundedUpdate()
  await node.journal.append(draft.split(':')[1] as string, null, first)
  const otherWriter = await openDocument(node.url, draft, ann.token)
  otherWriter.text.insert(0, 'three ')
  await waitUntil(() => otherWriter.text.toString().includes('one'), 'the missing row to be applied')
  rawSocket.send(encodeFrame(draft, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => rawSocket.statuses.length > 0, 'the acknowledgement')
  expect(await readJournalText(draft)).toContain('two one ')
  otherWriter.close()
})

test('an update whose dependency came from another person is saved, and each update keeps its author', async () => {
  const { draft, source, first, rawSocket } = await sendUngroundedUpdate()
  const ben = await registerPerson(node.url, 'Ben')
  await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'editor' })
  const otherSocket = await keepSocket(openAuthenticatedSocket(node.url, draft, ben.token))
  otherSocket.send(encodeUpdateFrame(draft, first))
  await waitUntil(() => otherSocket.statuses.length === 1, 'the other person’s update to be saved')
  rawSocket.send(encodeFrame(draft, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => rawSocket.statuses.length === 1, 'the acknowledgement')
  const journalRows = await node.journal.rowsAfter(draft.split(':')[1] as string, 0)
  expect(journalRows.map(({ actor, update }) => [actor, Buffer.from(update).includes('two')])).toEqual([
    [ben.id, false],
    [ann.id, true],
  ])
})

test('a client that lacks the dependency of its own update is asked for it only once', async () => {
  const { draft, second, rawSocket, countSyncFrames } = await sendUngroundedUpdate()
  rawSocket.send(encodeFrame(draft, 0, 1, second))
  rawSocket.send(encodeStepOneFrame(draft))
  await waitUntil(() => countSyncFrames() >= 5, 'the reply to the first sync step')
  rawSocket.send(encodeStepOneFrame(draft))
  await waitUntil(() => countSyncFrames() >= 7, 'the reply to the second sync step')
  expect(countSyncFrames()).toBe(7)
  expect(rawSocket.statuses).toEqual([])
  expect(await countRows()).toBe(rowsBefore)
})

test('an update from a commenter is answered as not applied and is not stored', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'commenter' })
  const rawSocket = await keepSocket(openAuthenticatedSocket(node.url, name, ben.token))
  rawSocket.send(encodeUpdateFrame(name, createTextUpdate('not mine to write')))
  await waitUntil(() => rawSocket.statuses.length === 1, 'the update status')
  expect(rawSocket.statuses).toEqual([0])
  await expectOthersUnaffected()
})

test('a frame sent before its token is answered once, after the token', async () => {
  const rawSocket = await keepSocket(openRawSocket(node.url))
  rawSocket.send(encodeStepOneFrame(name))
  rawSocket.send(encodeAuthFrame(name, ann.token))
  await waitUntil(() => rawSocket.frames.filter(({ type }) => type === 0).length === 2, 'both sync frames')
  expect(rawSocket.frames[0]?.type).toBe(2)
  await expectOthersUnaffected()
})

test('after all these tests a new client and the journal have the text of the witness', async () => {
  const newClient = await openDocument(node.url, name, ann.token)
  expect(newClient.text.toString()).toBe(otherClient.text.toString())
  expect(await readJournalText(name)).toBe(otherClient.text.toString())
  newClient.close()
})
