/** Small requests must not make a node hold many copies of a document or many large awareness states. */
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import {
  openAuthenticatedSocket,
  type RawSocket,
  encodeFrame,
  encodeStepOneFrame,
  encodeUpdateFrame,
  createTextUpdate,
} from '../support/frames.ts'
import { createEmptyDatabase, startNode } from '../support/node.ts'
import { openOnOwnSocket, readOtherStates } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

const { env, remove } = await createEmptyDatabase()
let node: Node
let ann: Person
let ben: Person
let name: string
beforeAll(async () => {
  node = await startNode(env, { LIMIT_UNREAD_BYTES: '1000000' })
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
  name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
})
afterAll(async () => {
  await node.stop()
  await remove()
})

async function openRawSocketAs(person: Person, document = name): Promise<RawSocket> {
  const rawSocket = await openAuthenticatedSocket(node.url, document, person.token)
  onTestFinished(() => rawSocket.socket.terminate())
  return rawSocket
}

/** The number of sync replies (step two) that the socket received for a document. */
function countReplies({ raw }: RawSocket, document = name) {
  const updates = raw.filter((bytes) => bytes[document.length + 1] === 0 && bytes[document.length + 2] === 1)
  return updates.length
}

/** Sends many frames in one TCP write. */
function sendAtOnce(rawSocket: RawSocket, frames: Uint8Array[]) {
  const stream = (rawSocket.socket as unknown as { _socket: import('node:net').Socket })._socket
  stream.cork()
  for (const frame of frames) rawSocket.send(frame)
  stream.uncork()
}

/** A draft of this many bytes. */
async function createDraftOfSize(bytes: number): Promise<string> {
  const document = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${document}/members/${ben.id}`, { role: 'viewer' })
  const writer = await openRawSocketAs(ann, document)
  // the document is open once it answers; before that at most 5 MiB are kept
  writer.send(encodeStepOneFrame(document))
  await waitUntil(() => countReplies(writer, document) === 1, 'the document to be open')
  writer.send(encodeUpdateFrame(document, createTextUpdate('x'.repeat(bytes))))
  await waitUntil(() => writer.statuses.length === 1, 'the text to be committed')
  writer.socket.terminate()
  return document
}

const encodeAwarenessFrame = (...states: [client: number, state: unknown][]) => encodeAwarenessFrameFor(name, ...states)
function encodeAwarenessFrameFor(document: string, ...states: [client: number, state: unknown][]): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, states.length)
  for (const [client, state] of states) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, 1)
    writeVarString(encoder, JSON.stringify(state))
  }
  return encodeFrame(document, 1, toUint8Array(encoder))
}

test('a node answers a thousand simultaneous requests for a document with fewer than 20 replies', async () => {
  const document = await createDraftOfSize(900_000)
  const rawSocket = await openRawSocketAs(ben, document)
  sendAtOnce(
    rawSocket,
    Array.from({ length: 1000 }, () => encodeStepOneFrame(document)),
  )
  await waitUntil(() => countReplies(rawSocket, document) > 0, 'a reply')
  // sent after all the other requests
  rawSocket.send(encodeStepOneFrame(document, new Y.Doc()))
  rawSocket.send(encodeFrame(document, 0, 1, Uint8Array.of(0, 0)))
  await waitUntil(() => rawSocket.statuses.length > 0, 'the reply to the last frame')
  expect(countReplies(rawSocket, document)).toBeLessThan(20)
  const lateClient = await openOnOwnSocket(node.url, document, ben.token)
  expect(lateClient.text.length).toBe(900_000)
})

test('a node answers a thousand simultaneous awareness queries with fewer than 20 replies', async () => {
  const largeStateClient = await openOnOwnSocket(node.url, name, ann.token)
  largeStateClient.provider.setAwarenessField('large', 'x'.repeat(60_000))
  const rawSocket = await openRawSocketAs(ben)
  await waitUntil(() => rawSocket.frames.some(({ type }) => type === 1), 'the awareness states of connected clients')
  sendAtOnce(
    rawSocket,
    Array.from({ length: 1000 }, () => encodeFrame(name, 3)),
  )
  rawSocket.send(encodeFrame(name, 0, 2, Uint8Array.of(0, 0)))
  await waitUntil(() => rawSocket.statuses.length > 0, 'the reply to the last frame')
  expect(rawSocket.frames.filter(({ type }) => type === 1).length).toBeLessThan(20)
})

test('an account with unread replies receives none on its other sockets; other accounts do', async () => {
  const document = await createDraftOfSize(12_000_000)
  const pausedSocket = await openRawSocketAs(ben, document)
  pausedSocket.socket.pause()
  pausedSocket.send(encodeStepOneFrame(document))
  const secondSocket = await openRawSocketAs(ben, document)
  secondSocket.send(encodeStepOneFrame(document))
  const otherAccount = await openRawSocketAs(ann, document)
  otherAccount.send(encodeStepOneFrame(document))
  await waitUntil(() => countReplies(otherAccount, document) === 1, "the other account's reply")
  expect(countReplies(secondSocket, document)).toBe(0)
  pausedSocket.socket.terminate()
  await waitUntil(() => countReplies(secondSocket, document) === 1, 'the reply after the first socket closed')
})

test('an awareness state above 64 KiB closes the document and is not broadcast', async () => {
  const otherClient = await openOnOwnSocket(node.url, name, ann.token)
  const rawSocket = await openRawSocketAs(ben)
  rawSocket.send(encodeAwarenessFrame([11, { name: 'x'.repeat(65_000) }]))
  await waitUntil(() => readOtherStates(otherClient).length === 1, 'a state below the limit to arrive')
  rawSocket.send(encodeAwarenessFrame([12, { name: 'x'.repeat(66_000) }]))
  await waitUntil(() => rawSocket.frames.some(({ type }) => type === 7), 'the document to be closed')
  await waitUntil(() => readOtherStates(otherClient).length === 0, 'the states of the closed connection to be removed')
})

test('one connection can hold large awareness states up to 128 KiB in total', async () => {
  const otherClient = await openOnOwnSocket(node.url, name, ann.token)
  const rawSocket = await openRawSocketAs(ben)
  const large = { name: 'x'.repeat(60_000) }
  rawSocket.send(encodeAwarenessFrame([21, large], [22, large]))
  await waitUntil(() => readOtherStates(otherClient).length === 2, 'two large states to arrive')
  // replacing the state of a client with one of the same size uses no more of the limit
  rawSocket.send(encodeAwarenessFrame([21, { ...large, moved: true }]))
  rawSocket.send(encodeAwarenessFrame([23, { small: true }]))
  await waitUntil(() => readOtherStates(otherClient).length === 3, 'a small third state')
  rawSocket.send(encodeAwarenessFrame([24, large]))
  await waitUntil(() => rawSocket.frames.some(({ type }) => type === 7), 'the document to be closed')
})

test('awareness states of one account use at most 4 MiB per node and are freed with their connections', async () => {
  const documents = await Promise.all(Array.from({ length: 3 }, () => createDraft(ben)))
  const large = { name: 'x'.repeat(60_000) }
  const openWithState = async (count: number) => {
    const rawSockets = []
    for (let n = 0; n < count; n++) {
      const document = documents[n % documents.length] as string
      const rawSocket = await openRawSocketAs(ben, document)
      rawSocket.send(encodeAwarenessFrameFor(document, [100 + n, large]))
      rawSockets.push(rawSocket)
    }
    return rawSockets
  }
  const opened = await openWithState(80)
  const countStates = async () => {
    let count = 0
    for (const document of documents) {
      const lateClient = await openOnOwnSocket(node.url, document, ben.token)
      count += readOtherStates(lateClient).length
      lateClient.close()
    }
    return count
  }
  await waitUntil(async () => (await countStates()) === 69, '4 MiB of states to arrive')
  for (const { socket } of opened) socket.terminate()
  await waitUntil(async () => (await countStates()) === 0, 'all states to be removed')
  await openWithState(5)
  await waitUntil(async () => (await countStates()) === 5, 'new states to be accepted')
})
