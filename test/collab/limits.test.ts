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

async function kept(made: Promise<RawSocket>): Promise<RawSocket> {
  const bare = await made
  onTestFinished(() => bare.socket.terminate())
  return bare
}

/** A new person with a draft, so that connections of other tests do not count against the limits. */
async function someone(): Promise<{ person: Person; draft: string }> {
  const person = await registerPerson(node.url, 'Ben')
  return { person, draft: await createDraft(person) }
}

/** Checks that another client can still edit. */
async function othersGoOn() {
  const other = await openOnOwnSocket(node.url, name, ann.token)
  other.text.insert(0, '.')
  await waitUntil(() => isSaved(other), 'others to be saved')
  other.text.delete(0, 1)
  await waitUntil(() => isSaved(other), 'others to be saved')
  other.close()
  expect((await sendRequest(node.url, 'GET', '/livez')).status).toBe(200)
}

test('a frame above LIMIT_FRAME_BYTES closes the socket with 1009', async () => {
  const { person, draft } = await someone()
  const bare = await kept(openAuthenticatedSocket(node.url, draft, person.token))
  bare.send(encodeUpdateFrame(draft, createTextUpdate('x'.repeat(19_000))))
  await waitUntil(() => bare.statuses.length === 1, 'a frame below it to be taken')
  bare.send(Buffer.alloc(20_001))
  expect((await bare.waitUntilClosed()).code).toBe(1009)
  await othersGoOn()
})

test('a socket that exceeds its allowance from LIMIT_MESSAGES closes with 4429', async () => {
  const { person, draft } = await someone()
  const bare = await kept(openAuthenticatedSocket(node.url, draft, person.token))
  const source = new Y.Doc()
  for (let n = 0; n < 90; n++) bare.send(encodeUpdateFrame(draft, createTextUpdate('x', source)))
  await waitUntil(() => bare.statuses.length === 90, 'as many as a team at work would send')
  for (let n = 0; n < 200; n++) bare.send(encodeStepOneFrame(draft, source))
  expect(await bare.waitUntilClosed()).toEqual({ code: 4429, reason: 'rate-limited' })
  await othersGoOn()
})

test('authentication frames that are refused count as messages too', async () => {
  const bare = await kept(openRawSocket(node.url))
  for (let n = 0; n < 200; n++) bare.send(encodeAuthFrame(`legal:${crypto.randomUUID()}`, 'garbage'))
  expect(await bare.waitUntilClosed()).toEqual({ code: 4429, reason: 'rate-limited' })
})

test('a document beyond LIMIT_DOCUMENTS_PER_SOCKET is refused, and is accepted after another one closes', async () => {
  const { person } = await someone()
  const names = await Promise.all(Array.from({ length: 4 }, () => createDraft(person)))
  const socket = createSocket(node.url)
  const three = await Promise.all(names.slice(0, 3).map((one) => openProvider(socket, one, person.token)))
  const fourth = connectProvider(socket, names[3] as string, person.token)
  await waitUntil(() => fourth.refusalReason() === 'too-many-documents', 'the refusal')
  three[0]?.text.insert(0, 'goes on')
  await waitUntil(() => three.every(isSaved), 'the others to go on')
  three[1]?.close()
  fourth.close()
  const again = await openProvider(socket, names[3] as string, person.token)
  again.text.insert(0, 'in')
  await waitUntil(() => isSaved(again), 'the words to be saved')
  expect(socket.identifier).toBe(1)
  await othersGoOn()
})

test('a socket beyond LIMIT_CONNECTIONS is refused on both protocols, and is accepted after others of the account close', async () => {
  const { person, draft } = await someone()
  const four = [
    ...(await Promise.all([0, 1, 2].map(() => openOnOwnSocket(node.url, draft, person.token)))),
    await openYWebsocket(node.url, draft, person.token),
  ]
  const fifth = connectProvider(createSocket(node.url), draft, person.token)
  await waitUntil(() => fifth.refusalReason() === 'too-many-connections', 'the refusal')
  const sixth = connectYWebsocket(node.url, draft, { params: { token: person.token } })
  await waitUntil(() => sixth.events.includes('close 4531'), 'the refusal')
  await othersGoOn()
  four[3]?.close()
  const first = four[0] as Awaited<ReturnType<typeof openOnOwnSocket>>
  first.socket.destroy()
  await waitUntil(async () => {
    const again = connectProvider(createSocket(node.url), draft, person.token)
    await waitUntil(() => again.refusalReason() || isSaved(again), 'an answer')
    return isSaved(again)
  }, 'room for another')
})

test('an edit that exceeds LIMIT_DOCUMENT_BYTES closes the document with a reason; deletions are accepted', async () => {
  const { person, draft } = await someone()
  const other = await openOnOwnSocket(node.url, draft, person.token)
  const socket = createSocket(node.url)
  const one = await openProvider(socket, draft, person.token)
  const neighbour = await openProvider(socket, await createDraft(person), person.token)
  one.text.insert(0, 'x'.repeat(15_000))
  await waitUntil(() => isSaved(one), 'what is below it to be saved')
  one.text.insert(0, 'y'.repeat(16_000))
  await waitUntil(() => one.events.includes('close document-too-large'), 'the document to be closed')
  expect(one.provider).toMatchObject({ isSynced: false, hasUnsyncedChanges: true })
  await waitUntil(() => other.text.length === 15_000, 'what is below it to arrive')
  other.text.delete(0, 10_000)
  await waitUntil(() => isSaved(other), 'the deletion to be taken')
  neighbour.text.insert(0, 'goes on')
  await waitUntil(() => isSaved(neighbour), 'the neighbour to go on')
  expect(other.text.toString()).toBe('x'.repeat(5000))
  await othersGoOn()
})

test('a y-websocket client that exceeds LIMIT_DOCUMENT_BYTES is closed with 4413 and does not reconnect', async () => {
  const { person, draft } = await someone()
  const one = await openYWebsocket(node.url, draft, person.token)
  one.text.insert(0, 'x'.repeat(19_000))
  one.text.insert(0, 'y'.repeat(12_000))
  await waitUntil(() => one.events.includes('closed 4413 document-too-large'), 'the end')
  expect(one.provider.shouldConnect).toBe(false)
})
