/** Several documents, and several providers of one, over one socket. */
import type { HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson, isSaved } from '../support/client.ts'
import { openRawSocket, encodeFrame, encodeStepOneFrame, encodeUpdateFrame, createTextUpdate } from '../support/frames.ts'
import { getEmptyNode } from '../support/node.ts'
import { openOnOwnSocket, readOtherStates, type ProviderClient, connectProvider, openProvider, createSocket } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

/** Connections that the socket made. */
const connections = ({ identifier }: HocuspocusProviderWebsocket) => identifier

async function write(one: ProviderClient, words: string) {
  one.text.insert(one.text.length, words)
  await waitUntil(() => isSaved(one), `'${words}' to be saved`)
}

test('ten documents over one socket are ten documents', async () => {
  const socket = createSocket(node.url)
  const names = await Promise.all(Array.from({ length: 10 }, () => createDraft(ann)))
  const all = await Promise.all(names.map((name) => openProvider(socket, name, ann.token)))
  await Promise.all(all.map((one, place) => write(one, `text ${place}`)))
  for (const [place, name] of names.entries()) {
    expect((await openOnOwnSocket(node.url, name, ann.token)).text.toString()).toBe(`text ${place}`)
  }
  expect(connections(socket)).toBe(1)
})

test.each([
  ['a name that is none', () => 'nothing', 'invalid-input'],
  ['a document that is not there', () => `legal:${crypto.randomUUID()}`, 'not-found'],
])('%s is refused alone; its neighbours on the socket go on', async (_, name, reason) => {
  const socket = createSocket(node.url)
  const good = await openProvider(socket, await createDraft(ann), ann.token)
  const bad = connectProvider(socket, name(), ann.token)
  await waitUntil(() => bad.refusalReason(), 'the refusal')
  bad.text.insert(0, 'into the void')
  await write(good, 'goes on')
  expect(bad.refusalReason()).toBe(reason)
  expect(bad.provider).toMatchObject({ isSynced: false, hasUnsyncedChanges: true })
  expect(good.events).not.toContain('disconnect')
})

test('who may only read one document writes the other, over the same socket', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  const socket = createSocket(node.url)
  const [read, own] = await Promise.all([openProvider(socket, name, ben.token), openProvider(socket, await createDraft(ben), ben.token)])
  expect([read.provider.authorizedScope, own.provider.authorizedScope]).toEqual(['readonly', 'read-write'])
  read.text.insert(0, 'x')
  await write(own, 'mine')
  expect(read.provider.hasUnsyncedChanges).toBe(true)
})

test.each<[string, (one: ProviderClient) => void]>([
  ['detached', ({ provider }) => provider.detach()],
  ['destroyed', ({ close }) => close()],
])('a provider that is %s leaves its document at once, and the socket stands', async (_, leave) => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const one = await openProvider(socket, name, ann.token)
  const neighbour = await openProvider(socket, await createDraft(ann), ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  one.provider.setAwarenessField('name', 'Ann')
  await waitUntil(() => readOtherStates(other).some(({ name }) => name === 'Ann'), 'the other to see her')
  leave(one)
  await waitUntil(() => readOtherStates(other).length === 0, 'her to be gone', 5000)
  await write(other, 'unheard')
  await write(neighbour, 'goes on')
  expect(one.text.toString()).toBe('')
  expect(connections(socket)).toBe(1)
})

test('a provider that is attached again on the same socket takes up what it missed, and brings what it wrote', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const one = await openProvider(socket, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  for (let round = 0; round < 3; round++) {
    one.provider.detach()
    one.text.insert(0, `away ${round} `)
    await write(other, `meanwhile ${round} `)
    one.provider.attach()
    await waitUntil(
      () => isSaved(one) && one.text.toString() === other.text.toString() && one.text.toString().includes(`away ${round}`),
      'both to agree',
    )
  }
  expect(connections(socket)).toBe(1)
  await write(one, 'and on')
  await waitUntil(() => other.text.toString().endsWith('and on'), 'the other to hear it')
})

test('what was typed just before a provider is destroyed is saved', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token)
  one.text.insert(0, 'last words')
  one.close()
  const other = await openOnOwnSocket(node.url, name, ann.token)
  await waitUntil(() => other.text.toString() === 'last words', 'the words')
})

test('two providers of one document on one socket need sessions, and with them are two clients', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const session = { sessionAwareness: true }
  const [one, other] = await Promise.all([openProvider(socket, name, ann.token, session), openProvider(socket, name, ann.token, session)])
  expect(one.provider.effectiveName).toMatch(new RegExp(`^${name}\0.+`))
  await write(one, 'one ')
  await waitUntil(() => other.text.toString() === 'one ', 'the other session to hear it')
  await write(other, 'two')
  await waitUntil(() => one.text.toString() === 'one two', 'the first session to hear it')
  one.provider.setAwarenessField('name', 'first')
  await waitUntil(() => readOtherStates(other).some((state) => state.name === 'first'), 'the cursor')
  one.close()
  await waitUntil(() => readOtherStates(other).length === 0, 'the cursor to go')
  await write(other, ' three')
  // a third that speaks without a session is one more client of the same document
  const plain = await openProvider(socket, name, ann.token)
  expect(plain.text.toString()).toBe('one two three')
  await write(plain, ' four')
  await waitUntil(() => other.text.toString().endsWith(' four'), 'the session to hear it')
})

test('of two sessions on one socket one is refused, and the other goes on', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const bad = connectProvider(socket, name, 'garbage', { sessionAwareness: true })
  const good = await openProvider(socket, name, ann.token, { sessionAwareness: true })
  await waitUntil(() => bad.refusalReason(), 'the refusal')
  await write(good, 'goes on')
  expect([bad.refusalReason(), good.refusalReason()]).toEqual(['unauthenticated', undefined])
})

test('stateless messages harm nothing, and go to nobody', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const one = await openProvider(socket, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  for (const payload of ['', 'hello', '{"type":', '{}', 'null', 'x'.repeat(100_000)]) one.provider.sendStateless(payload)
  await write(one, 'after')
  await waitUntil(() => other.text.toString() === 'after', 'the words')
  expect([...one.events, ...other.events].filter((told) => /^(stateless|close|disconnect)/.test(told))).toEqual([])
  expect(connections(socket)).toBe(1)
})

test.each<[string, (send: (data: Uint8Array) => void, name: string) => void]>([
  [
    'a thousand frames',
    (send, name) => {
      for (let n = 0; n < 1001; n++) send(encodeStepOneFrame(name))
    },
  ],
  [
    'more than 5 MiB',
    (send, name) => {
      const update = encodeUpdateFrame(name, createTextUpdate('x'.repeat(1024 * 1024)))
      for (let n = 0; n < 6; n++) send(update)
    },
  ],
])('%s ahead of any token close the socket, and others do not feel it', async (_, flood) => {
  const name = await createDraft(ann)
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  const bare = await openRawSocket(node.url)
  flood((data) => bare.send(data), name)
  const { code } = await bare.waitUntilClosed()
  expect(code).toBeGreaterThanOrEqual(4000)
  expect(bare.frames).toEqual([])
  await write(witness, 'unharmed')
  expect(witness.text.toString()).toBe('unharmed')
})

test('a document that loses its access is closed alone, and opens again when access returns', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const member = `/api/documents/${name}/members/${ben.id}`
  await ann.request('PUT', member, { role: 'editor' })
  const socket = createSocket(node.url)
  const one = await openProvider(socket, name, ben.token)
  const neighbour = await openProvider(socket, await createDraft(ben), ben.token)
  await ann.request('DELETE', member)
  await waitUntil(() => one.events.includes('close not-found'), 'the document to be closed')
  expect(one.provider.isSynced).toBe(false)
  // more than would be queued ahead of a token: what is typed now must not cost the neighbour its socket
  for (let n = 0; n < 1200; n++) one.text.insert(0, 'x')
  await write(neighbour, 'goes on')
  await ann.request('PUT', member, { role: 'editor' })
  one.provider.startSync()
  await one.provider.sendToken()
  await waitUntil(() => isSaved(one), 'the document to be open again')
  expect((await openOnOwnSocket(node.url, name, ann.token)).text.length).toBe(1200)
  expect(connections(socket)).toBe(1)
})

test('a document that is destroyed and opened anew on the same socket is whole', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const first = await openProvider(socket, name, ann.token)
  await write(first, 'kept')
  first.close()
  const second = await openProvider(socket, name, ann.token)
  expect(second.text.toString()).toBe('kept')
})

test('after a close frame of its own a client opens the document again, on the same socket', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const one = await openProvider(socket, name, ann.token)
  const ws = socket.webSocket as unknown as WebSocket
  ws.send(encodeFrame(name, 7, 'bye') as Uint8Array<ArrayBuffer>)
  await one.provider.sendToken()
  one.provider.startSync()
  await waitUntil(() => one.events.filter((told) => told.startsWith('authenticated')).length === 2, 'the second admission')
  await waitUntil(() => isSaved(one), 'the second sync')
  await write(one, 'back')
  expect(connections(socket)).toBe(1)
})

test('a farewell to a document that was never opened keeps nobody from opening it', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  await openProvider(socket, await createDraft(ann), ann.token)
  ;(socket.webSocket as unknown as WebSocket).send(encodeFrame(name, 7, 'bye') as Uint8Array<ArrayBuffer>)
  await write(await openProvider(socket, name, ann.token), 'open')
})

test('a provider that was destroyed before its socket was open makes way for the next, where each has its session', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  connectProvider(socket, name, ann.token, { sessionAwareness: true }).close()
  const one = connectProvider(socket, name, ann.token, { sessionAwareness: true })
  await waitUntil(() => isSaved(one), 'the next to be synced')
  await write(one, 'words')
})
