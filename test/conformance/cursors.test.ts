/** Whose cursor is whose, and who hears what: rules of ours beside the protocol. */
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

/** A frame that says where a client is. */
function statesFrame(...states: [client: number, clock: number, state: unknown][]): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, states.length)
  for (const [client, clock, state] of states) {
    writeVarUint(encoder, client)
    writeVarUint(encoder, clock)
    writeVarString(encoder, JSON.stringify(state))
  }
  return encodeFrame(name, 1, toUint8Array(encoder))
}
async function bareOf(person: Person): Promise<RawSocket> {
  const bare = await openAuthenticatedSocket(node.url, name, person.token)
  onTestFinished(() => bare.socket.terminate())
  return bare
}
const seen = (by: ProviderClient, what: (state: Record<string, any>) => boolean, told: string) =>
  waitUntil(() => readOtherStates(by).some(what), told)

test.each<[string, unknown]>([
  ['moved', { name: 'Ann', cursor: 'elsewhere' }],
  ['renamed', { name: 'a fool' }],
  ['removed', null],
])("another person's cursor cannot be %s, however high the clock", async (_, forged) => {
  const victim = await openOnOwnSocket(node.url, name, ann.token)
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  victim.provider.setAwarenessField('name', 'Ann')
  await seen(witness, (state) => state.name === 'Ann', 'the victim to be seen')
  const forger = await bareOf(ben)
  // the forger's own cursor comes after the forged one, on the same socket
  forger.send(statesFrame([victim.document.clientID, 1_000_000, forged]))
  forger.send(statesFrame([77, 1, { name: 'Ben' }]))
  await seen(witness, (state) => state.name === 'Ben', 'the forger to be seen')
  expect(witness.provider.awareness?.getStates().get(victim.document.clientID)).toEqual({ name: 'Ann' })
  victim.provider.setAwarenessField('cursor', 5)
  await seen(witness, (state) => state.cursor === 5, 'the victim to move on')
  forger.socket.terminate()
  await waitUntil(() => !readOtherStates(witness).some((state) => state.name === 'Ben'), 'the forger to be gone')
  expect(readOtherStates(witness)).toEqual([{ name: 'Ann', cursor: 5, user: { id: ann.id, name: 'Ann' } }])
})

test('a forged state in one frame with an own one does not take the own one down', async () => {
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  witness.provider.setAwarenessField('name', 'Ann')
  const other = await openOnOwnSocket(node.url, name, ann.token)
  await seen(other, (state) => state.name === 'Ann', 'Ann to be seen')
  const forger = await bareOf(ben)
  forger.send(statesFrame([witness.document.clientID, 99, { name: 'forged' }], [78, 1, { name: 'Ben' }]))
  await seen(other, (state) => state.name === 'Ben', 'Ben to be seen')
  expect(readOtherStates(other).map((state) => state.name)).not.toContain('forged')
})

test.each([
  ['another id and name', { user: { id: 'somebody', name: 'Ann', color: '#112233' } }, { color: '#112233' }],
  ['a user that is no object', { user: 'Ann' }, {}],
  ['no user at all', { cursor: 3 }, {}],
])('a cursor carries its own person: a state with %s', async (_, state, kept) => {
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  const forger = await bareOf(ben)
  forger.send(statesFrame([90, 1, state]))
  await waitUntil(() => readOtherStates(witness).length === 1, 'him to be seen')
  expect(readOtherStates(witness)[0]?.user).toEqual({ ...kept, id: ben.id, name: 'Ben' })
})

test('a cursor that is taken away is gone for all, and may come back with a lower clock', async () => {
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  const bare = await bareOf(ben)
  bare.send(statesFrame([79, 10, { name: 'Ben' }]))
  await seen(witness, (state) => state.name === 'Ben', 'him to be seen')
  bare.send(statesFrame([79, 11, null]))
  await waitUntil(() => readOtherStates(witness).length === 0, 'him to be gone', 5000)
  bare.send(statesFrame([79, 12, { name: 'Ben is back' }]))
  await seen(witness, (state) => state.name === 'Ben is back', 'him to be back')
  bare.socket.terminate()
  await waitUntil(() => readOtherStates(witness).length === 0, 'him to be gone', 5000)
  // the same client on a new socket, which counts as it did before
  const again = await bareOf(ben)
  again.send(statesFrame([79, 12, { name: 'Ben returned' }]))
  await seen(witness, (state) => state.name === 'Ben returned', 'him to be seen again')
})

test('who returns while the old socket still stands is seen once, and stays when the old one goes', async () => {
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  const wire = await startTcpProxy(node.url)
  onTestFinished(() => wire.stop())
  const one = await openOnOwnSocket(wire.url, name, ben.token)
  // a return, after which the clocks that the others are told run ahead of the client's own
  wire.disconnect()
  await waitUntil(() => !one.provider.isSynced, 'the cut to be noticed')
  wire.restore()
  await waitUntil(() => isSaved(one), 'him to be back')
  one.provider.setAwarenessField('name', 'Ben')
  await seen(witness, (state) => state.name === 'Ben', 'him to be seen')
  // the client takes its socket for dead, as it does after 30 s of silence; the server does not hear of it
  const release = wire.pause()
  one.socket.onClose({ event: { code: 4408, reason: 'forced' } as CloseEvent })
  one.provider.setAwarenessField('place', 0)
  await seen(witness, (state) => state.place === 0, 'him to be back, where he went meanwhile')
  await waitUntil(() => isSaved(one), 'him to be back')
  // what the old socket brought is not held against him
  expect(one.provider.awareness?.getLocalState()).toEqual({ name: 'Ben', place: 0 })
  one.provider.setAwarenessField('place', 1)
  await seen(witness, (state) => state.place === 1, 'him to be seen')
  expect(readOtherStates(witness)).toHaveLength(1)
  release()
  const other = await openOnOwnSocket(node.url, name, ann.token)
  other.text.insert(0, '.')
  await waitUntil(() => isSaved(other) && witness.text.toString() === other.text.toString(), 'the old socket to be gone')
  expect(readOtherStates(witness).filter((state) => state.name === 'Ben')).toHaveLength(1)
  one.provider.setAwarenessField('place', 2)
  await seen(witness, (state) => state.place === 2, 'him to move')
  one.close()
  await waitUntil(() => !readOtherStates(witness).some((state) => state.name === 'Ben'), 'no ghost', 5000)
})

/** What came of the document on a bare socket: sync updates and states. */
const heard = ({ frames, raw }: RawSocket) => ({
  updates: raw.filter((bytes, place) => frames[place]?.type === 0 && kindOf(bytes) === 2).length,
  states: frames.filter(({ type }) => type === 1).length,
})
const kindOf = (bytes: Uint8Array) => bytes[name.length + 2]

test('an author does not hear its own edits and moves; everybody else hears them once', async () => {
  const [author, reader] = [await bareOf(ann), await bareOf(ann)]
  for (const bare of [author, reader]) {
    bare.send(encodeStepOneFrame(name))
    await waitUntil(() => bare.frames.filter(({ type }) => type === 0).length === 2, 'the first sync')
  }
  const source = new Y.Doc()
  const before = heard(reader)
  for (let n = 1; n <= 5; n++) {
    author.send(encodeUpdateFrame(name, createTextUpdate(`${n}`, source)))
    author.send(statesFrame([80, n, { n }]))
    await waitUntil(
      () => heard(reader).updates === before.updates + n && heard(reader).states === before.states + n,
      'the reader to hear it',
    )
  }
  // answered after all of it, so an echo would have come
  author.send(encodeFrame(name, 0, 1, Y.encodeStateAsUpdate(source)))
  await waitUntil(() => author.statuses.length === 6, 'the acknowledgements')
  expect(heard(author)).toEqual({ updates: 0, states: 0 })
  expect(author.statuses).toEqual([1, 1, 1, 1, 1, 1])
  expect(heard(reader)).toEqual({ updates: before.updates + 5, states: before.states + 5 })
})

test('a client that asks who is there is told', async () => {
  const one = await openOnOwnSocket(node.url, name, ann.token)
  one.provider.setAwarenessField('name', 'Ann')
  const bare = await bareOf(ben)
  await waitUntil(() => bare.frames.some(({ type }) => type === 1), 'those who are there')
  const { states } = heard(bare)
  bare.send(encodeFrame(name, 3))
  await waitUntil(() => heard(bare).states > states, 'the answer')
})

test('a crowd hears every edit, and of each cursor where it is rather than each step', async () => {
  const crowd = await Promise.all(Array.from({ length: 8 }, () => openOnOwnSocket(node.url, name, ann.token)))
  const bare = await bareOf(ann)
  const reader = await bareOf(ben)
  const before = heard(reader)
  const source = new Y.Doc()
  let edits = ''
  for (let n = 1; n <= 100; n++) {
    bare.send(encodeUpdateFrame(name, createTextUpdate(`${n} `, source)))
    bare.send(statesFrame([81, n, { n }]))
    edits = `${n} ${edits}`
  }
  for (const one of crowd) {
    await seen(one, (state) => state.n === 100, 'the last place')
    await waitUntil(() => one.text.toString().includes(edits), 'every edit')
  }
  await waitUntil(() => heard(reader).updates === before.updates + 100, 'every edit, as it was made')
  expect(heard(reader).states - before.states).toBeLessThan(100)
})
