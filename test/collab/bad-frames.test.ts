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
let witness: OpenDocument
const bares: RawSocket[] = []
/** Rows of the journal before each test. */
let before: number

beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  name = await createDraft(ann)
  witness = await openDocument(node.url, name, ann.token)
  witness.text.insert(0, 'typed by others')
  await waitUntil(() => isSaved(witness), 'the witness to be saved')
})
beforeEach(async () => {
  before = await rows()
})
afterAll(() => {
  witness.close()
  for (const { socket } of bares) socket.terminate()
})

async function kept<T extends Promise<RawSocket>>(made: T): Promise<RawSocket> {
  const bare = await made
  bares.push(bare)
  return bare
}

const rows = async () =>
  Number((await sql<{ count: string }>`select count(*) as count from document_update`.execute(node.database.sql)).rows[0]?.count)

/** Checks that the witness can still edit and that its edit is the only row the test added: bad frames affect only their sender. */
async function othersGoOn() {
  witness.text.insert(witness.text.length, '.')
  await waitUntil(() => isSaved(witness), 'the witness to be saved')
  expect(await rows()).toBe(before + 1)
  expect(witness.text.toString()).toMatch(/^typed by others\.+$/)
  expect((await sendRequest(node.url, 'GET', '/livez')).status).toBe(200)
}

const denied = ({ raw }: RawSocket, reason: string) => raw.some((bytes) => Buffer.from(bytes).includes(reason))

test.each([
  ['no token, but a frame', () => encodeStepOneFrame(name)],
  ['a token that is garbage', () => encodeAuthFrame(name, 'garbage')],
  ['a token of nobody', () => encodeAuthFrame(name, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.')],
])('a socket with %s opens no document', async (_, made) => {
  const bare = await kept(openRawSocket(node.url))
  bare.send(made())
  bare.send(encodeUpdateFrame(name, createTextUpdate('intruder')))
  if (_ !== 'no token, but a frame') await waitUntil(() => denied(bare, 'unauthenticated'), 'the refusal')
  bare.send(encodeFrame(name, 99))
  expect(await bare.waitUntilClosed()).toEqual({ code: 4400, reason: 'invalid-input' })
  // the node sent nothing of the document
  expect(bare.frames.filter(({ type }) => type !== 2)).toEqual([])
  await othersGoOn()
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
])('the socket closes with 4400 after %s', async (_, made) => {
  const bare = await kept(openAuthenticatedSocket(node.url, name, ann.token))
  bare.send(made())
  expect(await bare.waitUntilClosed()).toEqual({ code: 4400, reason: 'invalid-input' })
  await othersGoOn()
})

test.each([
  ['an update that does not decode', () => encodeUpdateFrame(name, Buffer.from('00ff13a70b2290', 'hex'))],
  ['a state vector that does not decode', () => encodeFrame(name, 0, 0, Buffer.from('ffffff', 'hex'))],
  ['an awareness state that is not JSON', () => encodeFrame(name, 1, Buffer.from('0101017b', 'hex'))],
])('the document closes for that client with a reason after %s', async (_, made) => {
  const bare = await kept(openAuthenticatedSocket(node.url, name, ann.token))
  bare.send(encodeStepOneFrame(name))
  await waitUntil(() => bare.frames.some(({ type }) => type === 0), 'the first sync')
  bare.send(made())
  await waitUntil(() => bare.frames.some(({ type }) => type === 7) && denied(bare, 'invalid-input'), 'the document to be closed')
  expect(bare.statuses).toEqual([])
  // the document stays closed for this client until it authenticates again
  bare.send(encodeUpdateFrame(name, createTextUpdate('after the end ')))
  bare.send(encodeAuthFrame(name, ann.token))
  await waitUntil(() => bare.frames.filter(({ type }) => type === 2).length === 2, 'the document to be open again')
  expect(bare.statuses).toEqual([])
  await othersGoOn()
})

test.each([
  '__proto__',
  'constructor',
  '',
  'x'.repeat(10_000),
  'legal:not-a-uuid',
  'nothing:01a1fc0a-edfa-7688-b7f5-c95999d90817',
  'legal:01A1FC0A-EDFA-7688-B7F5-C95999D90817',
])('a document name that does not parse (%.30s) is refused, and the socket stays open', async (bad) => {
  const bare = await kept(openRawSocket(node.url))
  bare.send(encodeAuthFrame(bad, ann.token))
  await waitUntil(() => denied(bare, 'invalid-input'), 'the refusal')
  bare.send(encodeAuthFrame(name, ann.token))
  await waitUntil(() => bare.frames.some(({ address }) => address === name), 'the good document')
  await othersGoOn()
})

test('a document that does not exist is refused with not-found', async () => {
  const bare = await kept(openRawSocket(node.url))
  bare.send(encodeAuthFrame('legal:01a1fc0a-edfa-7688-b7f5-c95999d90817', ann.token))
  await waitUntil(() => denied(bare, 'not-found'), 'the refusal')
})

/** A raw socket that sent an update whose dependency is missing on the node. The node has requested the missing part once. */
async function ungrounded() {
  const draft = await createDraft(ann)
  const source = new Y.Doc()
  const first = createTextUpdate('one ', source)
  const second = createTextUpdate('two ', source)
  const bare = await kept(openAuthenticatedSocket(node.url, draft, ann.token))
  const syncs = () => bare.frames.filter(({ type }) => type === 0).length
  bare.send(encodeStepOneFrame(draft))
  await waitUntil(() => syncs() === 2, 'the first sync')
  bare.send(encodeUpdateFrame(draft, second))
  await waitUntil(() => syncs() === 3, 'the question for what is missing')
  expect(bare.statuses).toEqual([])
  expect(await rows()).toBe(before)
  return { draft, source, first, second, bare, syncs }
}

/** The text that the journal alone restores, as after a crash of the node. */
async function journalled(draft: string): Promise<string> {
  const document = new Y.Doc()
  for (const { update } of await node.journal.rowsAfter(draft.split(':')[1] as string, 0)) Y.applyUpdate(document, update)
  return document.getText('text').toString()
}

test('an update with a missing dependency is acknowledged only after the dependency arrives', async () => {
  const { draft, source, bare } = await ungrounded()
  // the reply that a provider sends to the node's state vector
  bare.send(encodeFrame(draft, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => bare.statuses.length > 0, 'the acknowledgement')
  expect(bare.statuses).toEqual([1])
  expect(await journalled(draft)).toBe('two one ')
})

test('an update whose dependency came from another node is acknowledged only when it is in the journal', async () => {
  const { draft, source, first, bare } = await ungrounded()
  await node.journal.append(draft.split(':')[1] as string, null, first)
  const other = await openDocument(node.url, draft, ann.token)
  other.text.insert(0, 'three ')
  await waitUntil(() => other.text.toString().includes('one'), 'the gap to be read')
  bare.send(encodeFrame(draft, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => bare.statuses.length > 0, 'the acknowledgement')
  expect(await journalled(draft)).toContain('two one ')
  other.close()
})

test('an update whose dependency came from another person is saved, and each update keeps its author', async () => {
  const { draft, source, first, bare } = await ungrounded()
  const ben = await registerPerson(node.url, 'Ben')
  await ann.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'editor' })
  const other = await kept(openAuthenticatedSocket(node.url, draft, ben.token))
  other.send(encodeUpdateFrame(draft, first))
  await waitUntil(() => other.statuses.length === 1, 'the other to be saved')
  bare.send(encodeFrame(draft, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => bare.statuses.length === 1, 'the acknowledgement')
  const kinds = await node.journal.rowsAfter(draft.split(':')[1] as string, 0)
  expect(kinds.map(({ actor, update }) => [actor, Buffer.from(update).includes('two')])).toEqual([
    [ben.id, false],
    [ann.id, true],
  ])
})

test('a client that lacks the dependency of its own update is asked for it only once', async () => {
  const { draft, second, bare, syncs } = await ungrounded()
  bare.send(encodeFrame(draft, 0, 1, second))
  bare.send(encodeStepOneFrame(draft))
  await waitUntil(() => syncs() >= 5, 'the answer to a question of its own')
  bare.send(encodeStepOneFrame(draft))
  await waitUntil(() => syncs() >= 7, 'the answer to another')
  expect(syncs()).toBe(7)
  expect(bare.statuses).toEqual([])
  expect(await rows()).toBe(before)
})

test('an update from a commenter is answered as not applied and is not stored', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'commenter' })
  const bare = await kept(openAuthenticatedSocket(node.url, name, ben.token))
  bare.send(encodeUpdateFrame(name, createTextUpdate('not mine to write')))
  await waitUntil(() => bare.statuses.length === 1, 'the answer')
  expect(bare.statuses).toEqual([0])
  await othersGoOn()
})

test('a frame sent before its token is answered once, after the token', async () => {
  const bare = await kept(openRawSocket(node.url))
  bare.send(encodeStepOneFrame(name))
  bare.send(encodeAuthFrame(name, ann.token))
  await waitUntil(() => bare.frames.filter(({ type }) => type === 0).length === 2, 'the sync')
  expect(bare.frames[0]?.type).toBe(2)
  await othersGoOn()
})

test('after all these tests a new client and the journal have the text of the witness', async () => {
  const newcomer = await openDocument(node.url, name, ann.token)
  expect(newcomer.text.toString()).toBe(witness.text.toString())
  expect(await journalled(name)).toBe(witness.text.toString())
  newcomer.close()
})
