/** Awareness of unmodified providers. */
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { openOnOwnSocket, readOtherStates, type ProviderClient, openProvider, createSocket } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})

const waitForOtherState = (client: ProviderClient, state: object) =>
  waitUntil(() => JSON.stringify(readOtherStates(client)) === JSON.stringify([state]), JSON.stringify(state))

test('other clients see each change of an awareness state, and its end', async () => {
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  client.provider.setAwarenessField('user', { name: 'Ann', color: '#ffcc00' })
  await waitForOtherState(other, { user: { name: 'Ann', color: '#ffcc00', id: ann.id } })
  client.provider.setAwarenessField('cursor', { anchor: 1, head: 2 })
  await waitForOtherState(other, { user: { name: 'Ann', color: '#ffcc00', id: ann.id }, cursor: { anchor: 1, head: 2 } })
  client.provider.awareness?.setLocalState({ only: 'this' })
  await waitForOtherState(other, { only: 'this' })
  client.close()
  await waitUntil(() => readOtherStates(other).length === 0, 'Ann to disappear', 5000)
})

test('a new client sees the existing awareness states', async () => {
  const name = await createDraft(ann)
  const first = await openOnOwnSocket(node.url, name, ann.token)
  const second = await openOnOwnSocket(node.url, name, ann.token)
  first.provider.setAwarenessField('name', 'first')
  second.provider.setAwarenessField('name', 'second')
  await waitUntil(() => readOtherStates(second)[0]?.name === 'first' && readOtherStates(first)[0]?.name === 'second', 'both states')
  const late = await openOnOwnSocket(node.url, name, ann.token)
  const names = () => readOtherStates(late).map((state) => state.name)
  await waitUntil(() => names().length === 2 && names().includes('first') && names().includes('second'), 'both states')
})

test('a state that is set before the socket is open is shared', async () => {
  const name = await createDraft(ann)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  const socket = createSocket(node.url, { autoConnect: false })
  const opening = openProvider(socket, name, ann.token)
  const [early] = socket.configuration.providerMap.values()
  early?.setAwarenessField('name', 'early')
  void socket.connect()
  await opening
  await waitForOtherState(other, { name: 'early' })
})

test('awareness states stay in their document', async () => {
  const client = await openOnOwnSocket(node.url, await createDraft(ann), ann.token)
  const name = await createDraft(ann)
  const reader = await openOnOwnSocket(node.url, name, ann.token)
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  client.provider.setAwarenessField('name', 'elsewhere')
  witness.provider.setAwarenessField('name', 'here')
  await waitForOtherState(reader, { name: 'here' })
})

test('a viewer has a cursor', async () => {
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  const viewer = await openOnOwnSocket(node.url, name, ben.token)
  viewer.provider.setAwarenessField('cursor', 3)
  await waitForOtherState(owner, { cursor: 3, user: { id: ben.id, name: 'Ben' } })
  owner.provider.setAwarenessField('cursor', 4)
  await waitForOtherState(viewer, { cursor: 4, user: { id: ann.id, name: 'Ann' } })
})

test('a provider without awareness has no state, is synced and saved, and throws when a field is set', async () => {
  const name = await createDraft(ann)
  const silent = await openOnOwnSocket(node.url, name, ann.token, { awareness: null })
  const other = await openOnOwnSocket(node.url, name, ann.token)
  expect(() => silent.provider.setAwarenessField('name', 'Ann')).toThrow(/awareness/i)
  other.provider.setAwarenessField('name', 'other')
  silent.text.insert(0, 'words')
  await waitUntil(() => isSaved(silent) && other.text.toString() === 'words', 'the words')
  // other clients share an empty state from the start
  expect(readOtherStates(other)).toEqual([])
})

test('a client does not send back what it received', async () => {
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  const sent: string[] = []
  other.provider.on('outgoingMessage', ({ message }: { message: { description: string } }) => sent.push(message.description))
  client.provider.setAwarenessField('name', 'Ann')
  client.text.insert(0, 'words')
  await waitUntil(() => readOtherStates(other)[0]?.name === 'Ann' && other.text.toString() === 'words', 'both to arrive')
  expect(sent).toEqual([])
})

test('cursors are relative positions, which stay valid while others type', async () => {
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  client.text.insert(0, 'hello world')
  await waitUntil(() => isSaved(client) && other.text.length === 11, 'the words')
  client.provider.setAwarenessField('cursor', Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(client.text, 6)))
  await waitUntil(() => readOtherStates(other)[0]?.cursor, 'the cursor')
  other.text.insert(0, '>>> ')
  const position = Y.createRelativePositionFromJSON(readOtherStates(other)[0]?.cursor)
  expect(Y.createAbsolutePositionFromRelativePosition(position, other.document)?.index).toBe(10)
})

test('a client that leaves the page disappears at once, though its socket is open', async () => {
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  client.provider.setAwarenessField('name', 'Ann')
  await waitForOtherState(other, { name: 'Ann' })
  client.provider.pageHide()
  await waitUntil(() => readOtherStates(other).length === 0, 'Ann to disappear', 5000)
  client.provider.awareness?.setLocalState({ name: 'Ann again' })
  await waitForOtherState(other, { name: 'Ann again' })
})

test('a client whose socket closes keeps only its own state', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const client = await openProvider(socket, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  client.provider.setAwarenessField('name', 'first')
  other.provider.setAwarenessField('name', 'other')
  await waitForOtherState(client, { name: 'other' })
  socket.disconnect()
  await waitUntil(() => readOtherStates(client).length === 0, 'the other state to disappear')
  expect(client.provider.awareness?.getLocalState()).toEqual({ name: 'first' })
  void socket.connect()
  await waitForOtherState(client, { name: 'other' })
})
