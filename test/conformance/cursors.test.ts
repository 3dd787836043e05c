/** Owners of awareness states, and who receives which frames: rules of SmartStart in addition to the protocol. */
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson, isSaved } from '../support/client.ts'
import {
  openAuthenticatedSocket,
  type RawSocket,
  encodeFrame,
  encodeStepOneFrame,
  encodeUpdateFrame,
  createTextUpdate,
} from '../support/frames.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { getEmptyNode } from '../support/node.ts'
import { openOnOwnSocket, readOtherStates, type ProviderClient } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
let name: string
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
  name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
})

/** Encodes an awareness frame with the states of some clients. */
function encodeAwarenessFrame(...states: [client: number, clock: number, state: unknown][]): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, states.length)
  for (const [client, clock, state] of states) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, clock)
    writeVarString(encoder, JSON.stringify(state))
  }
  return encodeFrame(name, 1, toUint8Array(encoder))
}
async function openRawSocketAs(person: Person): Promise<RawSocket> {
  const rawSocket = await openAuthenticatedSocket(node.url, name, person.token)
  onTestFinished(() => rawSocket.socket.terminate())
  return rawSocket
}
const waitForState = (client: ProviderClient, matches: (state: Record<string, any>) => boolean, description: string) =>
  waitUntil(() => readOtherStates(client).some(matches), description)

test.each<[string, unknown]>([
  ['moved', { name: 'Ann', cursor: 'elsewhere' }],
  ['renamed', { name: 'forged name' }],
  ['removed', null],
])("another person's cursor cannot be %s, however high the clock", async (_, forged) => {
  const victim = await openOnOwnSocket(node.url, name, ann.token)
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  victim.provider.setAwarenessField('name', 'Ann')
  await waitForState(witness, (state) => state.name === 'Ann', 'the state of the victim')
  const attacker = await openRawSocketAs(ben)
  // the attacker's own state is sent after the forged one, on the same socket
  attacker.send(encodeAwarenessFrame([victim.document.clientID, 1_000_000, forged]))
  attacker.send(encodeAwarenessFrame([77, 1, { name: 'Ben' }]))
  await waitForState(witness, (state) => state.name === 'Ben', 'the state of the attacker')
  expect(witness.provider.awareness?.getStates().get(victim.document.clientID)).toEqual({ name: 'Ann' })
  victim.provider.setAwarenessField('cursor', 5)
  await waitForState(witness, (state) => state.cursor === 5, 'the new cursor of the victim')
  attacker.socket.terminate()
  await waitUntil(() => !readOtherStates(witness).some((state) => state.name === 'Ben'), 'the attacker to disappear')
  expect(readOtherStates(witness)).toEqual([{ name: 'Ann', cursor: 5, user: { id: ann.id, name: 'Ann' } }])
})

test('a forged state does not affect the client’s own state in the same frame', async () => {
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  witness.provider.setAwarenessField('name', 'Ann')
  const other = await openOnOwnSocket(node.url, name, ann.token)
  await waitForState(other, (state) => state.name === 'Ann', 'the state of Ann')
  const forger = await openRawSocketAs(ben)
  forger.send(encodeAwarenessFrame([witness.document.clientID, 99, { name: 'forged' }], [78, 1, { name: 'Ben' }]))
  await waitForState(other, (state) => state.name === 'Ben', 'the state of Ben')
  expect(readOtherStates(other).map((state) => state.name)).not.toContain('forged')
})

test.each([
  ['another id and name', { user: { id: 'somebody', name: 'Ann', color: '#112233' } }, { color: '#112233' }],
  ['a user that is not an object', { user: 'Ann' }, {}],
  ['no user', { cursor: 3 }, {}],
])('an awareness state always has its own user: a state with %s', async (_, state, kept) => {
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  const forger = await openRawSocketAs(ben)
  forger.send(encodeAwarenessFrame([90, 1, state]))
  await waitUntil(() => readOtherStates(witness).length === 1, 'the state of Ben')
  expect(readOtherStates(witness)[0]?.user).toEqual({ ...kept, id: ben.id, name: 'Ben' })
})

test('a removed cursor disappears for all clients, and can return with a lower clock', async () => {
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  const rawSocket = await openRawSocketAs(ben)
  rawSocket.send(encodeAwarenessFrame([79, 10, { name: 'Ben' }]))
  await waitForState(witness, (state) => state.name === 'Ben', 'the state of Ben')
  rawSocket.send(encodeAwarenessFrame([79, 11, null]))
  await waitUntil(() => readOtherStates(witness).length === 0, 'Ben to disappear', 5000)
  rawSocket.send(encodeAwarenessFrame([79, 12, { name: 'Ben again' }]))
  await waitForState(witness, (state) => state.name === 'Ben again', 'Ben to be reconnected')
  rawSocket.socket.terminate()
  await waitUntil(() => readOtherStates(witness).length === 0, 'Ben to disappear', 5000)
  // the same client on a new socket, with its old clock
  const secondSocket = await openRawSocketAs(ben)
  secondSocket.send(encodeAwarenessFrame([79, 12, { name: 'Ben returned' }]))
  await waitForState(witness, (state) => state.name === 'Ben returned', 'the state of Ben again')
})

test('a client that reconnects while its old socket is open is seen once, and stays when the old socket closes', async () => {
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  const proxy = await startTcpProxy(node.url)
  onTestFinished(() => proxy.stop())
  const client = await openOnOwnSocket(proxy.url, name, ben.token)
  // a reconnect, after which the clocks of the others are ahead of the client's own
  proxy.disconnect()
  await waitUntil(() => !client.provider.isSynced, 'the disconnect')
  proxy.restore()
  await waitUntil(() => isSaved(client), 'Ben to be reconnected')
  client.provider.setAwarenessField('name', 'Ben')
  await waitForState(witness, (state) => state.name === 'Ben', 'the state of Ben')
  // the client gives up its socket, as it does after 30 s without messages; the server does not notice
  const release = proxy.pause()
  client.socket.onClose({ event: { code: 4408, reason: 'forced' } as CloseEvent })
  client.provider.setAwarenessField('place', 0)
  await waitForState(witness, (state) => state.place === 0, 'the state that Ben set offline')
  await waitUntil(() => isSaved(client), 'Ben to be reconnected')
  // the states of the old socket do not override the client's own state
  expect(client.provider.awareness?.getLocalState()).toEqual({ name: 'Ben', place: 0 })
  client.provider.setAwarenessField('place', 1)
  await waitForState(witness, (state) => state.place === 1, 'the state of Ben')
  expect(readOtherStates(witness)).toHaveLength(1)
  release()
  const other = await openOnOwnSocket(node.url, name, ann.token)
  other.text.insert(0, '.')
  await waitUntil(() => isSaved(other) && witness.text.toString() === other.text.toString(), 'the old socket to be closed')
  expect(readOtherStates(witness).filter((state) => state.name === 'Ben')).toHaveLength(1)
  client.provider.setAwarenessField('place', 2)
  await waitForState(witness, (state) => state.place === 2, 'the new state of Ben')
  client.close()
  await waitUntil(() => !readOtherStates(witness).some((state) => state.name === 'Ben'), 'Ben to disappear', 5000)
})

/** Counts the sync updates and awareness frames that a raw socket received. */
const countFrames = ({ frames, raw }: RawSocket) => ({
  updates: raw.filter((bytes, place) => frames[place]?.type === 0 && syncTypeOf(bytes) === 2).length,
  states: frames.filter(({ type }) => type === 1).length,
})
const syncTypeOf = (bytes: Uint8Array) => bytes[name.length + 2]

test('an author does not receive its own edits and cursors; every other client receives them once', async () => {
  const [author, reader] = [await openRawSocketAs(ann), await openRawSocketAs(ann)]
  for (const rawSocket of [author, reader]) {
    rawSocket.send(encodeStepOneFrame(name))
    await waitUntil(() => rawSocket.frames.filter(({ type }) => type === 0).length === 2, 'the first sync')
  }
  const source = new Y.Doc()
  const before = countFrames(reader)
  for (let n = 1; n <= 5; n++) {
    author.send(encodeUpdateFrame(name, createTextUpdate(`${n}`, source)))
    author.send(encodeAwarenessFrame([80, n, { n }]))
    await waitUntil(
      () => countFrames(reader).updates === before.updates + n && countFrames(reader).states === before.states + n,
      'the reader to receive it',
    )
  }
  // acknowledged after all frames, so an echo would have arrived
  author.send(encodeFrame(name, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => author.statuses.length === 6, 'the acknowledgements')
  expect(countFrames(author)).toEqual({ updates: 0, states: 0 })
  expect(author.statuses).toEqual([1, 1, 1, 1, 1, 1])
  expect(countFrames(reader)).toEqual({ updates: before.updates + 5, states: before.states + 5 })
})

test('QueryAwareness is answered with the states of all clients', async () => {
  const client = await openOnOwnSocket(node.url, name, ann.token)
  client.provider.setAwarenessField('name', 'Ann')
  const rawSocket = await openRawSocketAs(ben)
  await waitUntil(() => rawSocket.frames.some(({ type }) => type === 1), 'the awareness states')
  const { states } = countFrames(rawSocket)
  rawSocket.send(encodeFrame(name, 3))
  await waitUntil(() => countFrames(rawSocket).states > states, 'the response')
})

test('many readers receive every edit, and only the latest state of each cursor', async () => {
  const readers = await Promise.all(Array.from({ length: 8 }, () => openOnOwnSocket(node.url, name, ann.token)))
  const rawSocket = await openRawSocketAs(ann)
  const reader = await openRawSocketAs(ben)
  const before = countFrames(reader)
  const source = new Y.Doc()
  let edits = ''
  for (let n = 1; n <= 100; n++) {
    rawSocket.send(encodeUpdateFrame(name, createTextUpdate(`${n} `, source)))
    rawSocket.send(encodeAwarenessFrame([81, n, { n }]))
    edits = `${n} ${edits}`
  }
  for (const client of readers) {
    await waitForState(client, (state) => state.n === 100, 'the latest state')
    await waitUntil(() => client.text.toString().includes(edits), 'every edit')
  }
  await waitUntil(() => countFrames(reader).updates === before.updates + 100, 'every edit as a separate update')
  expect(countFrames(reader).states - before.states).toBeLessThan(100)
})
