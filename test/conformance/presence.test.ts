/** Who is seen where: awareness, as an unmodified provider shares it. */
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

const seenAs = (one: ProviderClient, state: object) =>
  waitUntil(() => JSON.stringify(readOtherStates(one)) === JSON.stringify([state]), JSON.stringify(state))

test('fields are seen by the others, change by change, and gone with their owner', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  one.provider.setAwarenessField('user', { name: 'Ann', color: '#ffcc00' })
  await seenAs(other, { user: { name: 'Ann', color: '#ffcc00', id: ann.id } })
  one.provider.setAwarenessField('cursor', { anchor: 1, head: 2 })
  await seenAs(other, { user: { name: 'Ann', color: '#ffcc00', id: ann.id }, cursor: { anchor: 1, head: 2 } })
  one.provider.awareness?.setLocalState({ only: 'this' })
  await seenAs(other, { only: 'this' })
  one.close()
  await waitUntil(() => readOtherStates(other).length === 0, 'her to be gone', 5000)
})

test('who comes later sees who is there', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token)
  const two = await openOnOwnSocket(node.url, name, ann.token)
  one.provider.setAwarenessField('name', 'one')
  two.provider.setAwarenessField('name', 'two')
  await waitUntil(() => readOtherStates(two)[0]?.name === 'one' && readOtherStates(one)[0]?.name === 'two', 'both to see each other')
  const late = await openOnOwnSocket(node.url, name, ann.token)
  const names = () => readOtherStates(late).map((state) => state.name)
  await waitUntil(() => names().length === 2 && names().includes('one') && names().includes('two'), 'both to be seen')
})

test('what is set before the socket is even open is seen', async () => {
  const name = await createDraft(ann)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  const socket = createSocket(node.url, { autoConnect: false })
  const opening = openProvider(socket, name, ann.token)
  const [early] = socket.configuration.providerMap.values()
  early?.setAwarenessField('name', 'early')
  void socket.connect()
  await opening
  await seenAs(other, { name: 'early' })
})

test('documents do not see each other', async () => {
  const one = await openOnOwnSocket(node.url, await createDraft(ann), ann.token)
  const name = await createDraft(ann)
  const apart = await openOnOwnSocket(node.url, name, ann.token)
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  one.provider.setAwarenessField('name', 'elsewhere')
  witness.provider.setAwarenessField('name', 'here')
  await seenAs(apart, { name: 'here' })
})

test('a viewer has a cursor, and no pen', async () => {
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  const viewer = await openOnOwnSocket(node.url, name, ben.token)
  viewer.provider.setAwarenessField('cursor', 3)
  await seenAs(owner, { cursor: 3, user: { id: ben.id, name: 'Ben' } })
  owner.provider.setAwarenessField('cursor', 4)
  await seenAs(viewer, { cursor: 4, user: { id: ann.id, name: 'Ann' } })
})

test('a provider without awareness shows nothing, is synced and saved, and says so when it is asked for a field', async () => {
  const name = await createDraft(ann)
  const silent = await openOnOwnSocket(node.url, name, ann.token, { awareness: null })
  const other = await openOnOwnSocket(node.url, name, ann.token)
  expect(() => silent.provider.setAwarenessField('name', 'nobody')).toThrow(/awareness/i)
  other.provider.setAwarenessField('name', 'other')
  silent.text.insert(0, 'words')
  await waitUntil(() => isSaved(silent) && other.text.toString() === 'words', 'the words')
  // clients share an empty state from the start; of this one there is none
  expect(readOtherStates(other)).toEqual([])
})

test('what comes from the server is not sent back to it', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  const sent: string[] = []
  other.provider.on('outgoingMessage', ({ message }: { message: { description: string } }) => sent.push(message.description))
  one.provider.setAwarenessField('name', 'Ann')
  one.text.insert(0, 'words')
  await waitUntil(() => readOtherStates(other)[0]?.name === 'Ann' && other.text.toString() === 'words', 'both to arrive')
  expect(sent).toEqual([])
})

test('cursors are relative places, which hold while the others type', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  one.text.insert(0, 'hello world')
  await waitUntil(() => isSaved(one) && other.text.length === 11, 'the words')
  one.provider.setAwarenessField('cursor', Y.relativePositionToJSON(Y.createRelativePositionFromTypeIndex(one.text, 6)))
  await waitUntil(() => readOtherStates(other)[0]?.cursor, 'the cursor')
  other.text.insert(0, '>>> ')
  const place = Y.createRelativePositionFromJSON(readOtherStates(other)[0]?.cursor)
  expect(Y.createAbsolutePositionFromRelativePosition(place, other.document)?.index).toBe(10)
})

test('who leaves the page is gone at once, though the socket stands', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  one.provider.setAwarenessField('name', 'Ann')
  await seenAs(other, { name: 'Ann' })
  one.provider.pageHide()
  await waitUntil(() => readOtherStates(other).length === 0, 'her to be gone', 5000)
  one.provider.awareness?.setLocalState({ name: 'Ann again' })
  await seenAs(other, { name: 'Ann again' })
})

test('everybody is gone for a client whose own socket ends, but itself', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const one = await openProvider(socket, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  one.provider.setAwarenessField('name', 'one')
  other.provider.setAwarenessField('name', 'other')
  await seenAs(one, { name: 'other' })
  socket.disconnect()
  await waitUntil(() => readOtherStates(one).length === 0, 'the other to be out of sight')
  expect(one.provider.awareness?.getLocalState()).toEqual({ name: 'one' })
  void socket.connect()
  await seenAs(one, { name: 'other' })
})
