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

async function bareOf(person: Person, document = name): Promise<RawSocket> {
  const bare = await openAuthenticatedSocket(node.url, document, person.token)
  onTestFinished(() => bare.socket.terminate())
  return bare
}

/** The number of sync replies (step two) that the socket received for a document. */
function replies({ raw }: RawSocket, document = name) {
  const updates = raw.filter((bytes) => bytes[document.length + 1] === 0 && bytes[document.length + 2] === 1)
  return updates.length
}

/** Sends many frames in one TCP write. */
function sendAtOnce(bare: RawSocket, frames: Uint8Array[]) {
  const stream = (bare.socket as unknown as { _socket: import('node:net').Socket })._socket
  stream.cork()
  for (const one of frames) bare.send(one)
  stream.uncork()
}

/** A draft of this many bytes. */
async function draftWith(bytes: number): Promise<string> {
  const document = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${document}/members/${ben.id}`, { role: 'viewer' })
  const writer = await bareOf(ann, document)
  // the document is open once it answers; before that at most 5 MiB are kept
  writer.send(encodeStepOneFrame(document))
  await waitUntil(() => replies(writer, document) === 1, 'the document to be open')
  writer.send(encodeUpdateFrame(document, createTextUpdate('x'.repeat(bytes))))
  await waitUntil(() => writer.statuses.length === 1, 'the text to be committed')
  writer.socket.terminate()
  return document
}

const statesFrame = (...states: [client: number, state: unknown][]) => statesFrameTo(name, ...states)
function statesFrameTo(document: string, ...states: [client: number, state: unknown][]): Uint8Array {
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
  const document = await draftWith(900_000)
  const bare = await bareOf(ben, document)
  sendAtOnce(
    bare,
    Array.from({ length: 1000 }, () => encodeStepOneFrame(document)),
  )
  await waitUntil(() => replies(bare, document) > 0, 'a reply')
  // sent after all the other requests
  bare.send(encodeStepOneFrame(document, new Y.Doc()))
  bare.send(encodeFrame(document, 0, 1, Uint8Array.of(0, 0)))
  await waitUntil(() => bare.statuses.length > 0, 'the answer to what was sent last')
  expect(replies(bare, document)).toBeLessThan(20)
  const late = await openOnOwnSocket(node.url, document, ben.token)
  expect(late.text.length).toBe(900_000)
})

test('a node answers a thousand simultaneous awareness queries with fewer than 20 replies', async () => {
  const shown = await openOnOwnSocket(node.url, name, ann.token)
  shown.provider.setAwarenessField('large', 'x'.repeat(60_000))
  const bare = await bareOf(ben)
  await waitUntil(() => bare.frames.some(({ type }) => type === 1), 'the states of those who are there')
  sendAtOnce(
    bare,
    Array.from({ length: 1000 }, () => encodeFrame(name, 3)),
  )
  bare.send(encodeFrame(name, 0, 2, Uint8Array.of(0, 0)))
  await waitUntil(() => bare.statuses.length > 0, 'the answer to what was sent last')
  expect(bare.frames.filter(({ type }) => type === 1).length).toBeLessThan(20)
})

test('an account with unread replies receives none on its other sockets; other accounts do', async () => {
  const document = await draftWith(12_000_000)
  const paused = await bareOf(ben, document)
  paused.socket.pause()
  paused.send(encodeStepOneFrame(document))
  const second = await bareOf(ben, document)
  second.send(encodeStepOneFrame(document))
  const other = await bareOf(ann, document)
  other.send(encodeStepOneFrame(document))
  await waitUntil(() => replies(other, document) === 1, "the other account's reply")
  expect(replies(second, document)).toBe(0)
  paused.socket.terminate()
  await waitUntil(() => replies(second, document) === 1, 'the reply, once the first socket is gone')
})

test('an awareness state above 64 KiB closes the document and is not broadcast', async () => {
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  const bare = await bareOf(ben)
  bare.send(statesFrame([11, { name: 'x'.repeat(65_000) }]))
  await waitUntil(() => readOtherStates(witness).length === 1, 'a state below it to be shown')
  bare.send(statesFrame([12, { name: 'x'.repeat(66_000) }]))
  await waitUntil(() => bare.frames.some(({ type }) => type === 7), 'the document to be closed')
  await waitUntil(() => readOtherStates(witness).length === 0, 'his states to be gone with the connection')
})

test('one connection can hold large awareness states up to 128 KiB in total', async () => {
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  const bare = await bareOf(ben)
  const large = { name: 'x'.repeat(60_000) }
  bare.send(statesFrame([21, large], [22, large]))
  await waitUntil(() => readOtherStates(witness).length === 2, 'two large states to be shown')
  // replacing the state of a client with one of the same size uses no more of the limit
  bare.send(statesFrame([21, { ...large, moved: true }]))
  bare.send(statesFrame([23, { small: true }]))
  await waitUntil(() => readOtherStates(witness).length === 3, 'a small one beside them')
  bare.send(statesFrame([24, large]))
  await waitUntil(() => bare.frames.some(({ type }) => type === 7), 'the document to be closed')
})

test('awareness states of one account use at most 4 MiB per node and are freed with their connections', async () => {
  const documents = await Promise.all(Array.from({ length: 3 }, () => createDraft(ben)))
  const large = { name: 'x'.repeat(60_000) }
  const bring = async (count: number) => {
    const all = []
    for (let n = 0; n < count; n++) {
      const document = documents[n % documents.length] as string
      const bare = await bareOf(ben, document)
      bare.send(statesFrameTo(document, [100 + n, large]))
      all.push(bare)
    }
    return all
  }
  const brought = await bring(80)
  const shown = async () => {
    let count = 0
    for (const document of documents) {
      const late = await openOnOwnSocket(node.url, document, ben.token)
      count += readOtherStates(late).length
      late.close()
    }
    return count
  }
  await waitUntil(async () => (await shown()) === 69, '4 MiB of states to be shown')
  for (const { socket } of brought) socket.terminate()
  await waitUntil(async () => (await shown()) === 0, 'all of them to be gone')
  await bring(5)
  await waitUntil(async () => (await shown()) === 5, 'room for others')
})
