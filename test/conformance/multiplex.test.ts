/** Several documents, and several providers of one document, over one socket. */
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

/** The number of connections that the socket made. */
const countConnections = ({ identifier }: HocuspocusProviderWebsocket) => identifier

async function write(client: ProviderClient, words: string) {
  client.text.insert(client.text.length, words)
  await waitUntil(() => isSaved(client), `'${words}' to be saved`)
}

test('ten documents on one socket are independent', async () => {
  const socket = createSocket(node.url)
  const names = await Promise.all(Array.from({ length: 10 }, () => createDraft(ann)))
  const all = await Promise.all(names.map((name) => openProvider(socket, name, ann.token)))
  await Promise.all(all.map((one, place) => write(one, `text ${place}`)))
  for (const [place, name] of names.entries()) {
    expect((await openOnOwnSocket(node.url, name, ann.token)).text.toString()).toBe(`text ${place}`)
  }
  expect(countConnections(socket)).toBe(1)
})

test.each([
  ['an invalid name', () => 'nothing', 'invalid-input'],
  ['an absent document', () => `legal:${crypto.randomUUID()}`, 'not-found'],
])('%s is refused; other documents on the socket stay open', async (_, name, reason) => {
  const socket = createSocket(node.url)
  const good = await openProvider(socket, await createDraft(ann), ann.token)
  const bad = connectProvider(socket, name(), ann.token)
  await waitUntil(() => bad.refusalReason(), 'the refusal')
  bad.text.insert(0, 'not saved')
  await write(good, 'still open')
  expect(bad.refusalReason()).toBe(reason)
  expect(bad.provider).toMatchObject({ isSynced: false, hasUnsyncedChanges: true })
  expect(good.events).not.toContain('disconnect')
})

test('a viewer of one document can edit another one on the same socket', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  const socket = createSocket(node.url)
  const [readOnly, writable] = await Promise.all([
    openProvider(socket, name, ben.token),
    openProvider(socket, await createDraft(ben), ben.token),
  ])
  expect([readOnly.provider.authorizedScope, writable.provider.authorizedScope]).toEqual(['readonly', 'read-write'])
  readOnly.text.insert(0, 'x')
  await write(writable, 'mine')
  expect(readOnly.provider.hasUnsyncedChanges).toBe(true)
})

test.each<[string, (one: ProviderClient) => void]>([
  ['detached', ({ provider }) => provider.detach()],
  ['destroyed', ({ close }) => close()],
])('a provider that is %s leaves its document at once, and the socket stays open', async (_, leave) => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const client = await openProvider(socket, name, ann.token)
  const neighbour = await openProvider(socket, await createDraft(ann), ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  client.provider.setAwarenessField('name', 'Ann')
  await waitUntil(() => readOtherStates(other).some(({ name }) => name === 'Ann'), 'the state of Ann')
  leave(client)
  await waitUntil(() => readOtherStates(other).length === 0, 'Ann to disappear', 5000)
  await write(other, 'not delivered')
  await write(neighbour, 'still open')
  expect(client.text.toString()).toBe('')
  expect(countConnections(socket)).toBe(1)
})

test('a provider that is attached again on the same socket receives missed edits and sends its own', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const client = await openProvider(socket, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  for (let round = 0; round < 3; round++) {
    client.provider.detach()
    client.text.insert(0, `away ${round} `)
    await write(other, `meanwhile ${round} `)
    client.provider.attach()
    await waitUntil(
      () => isSaved(client) && client.text.toString() === other.text.toString() && client.text.toString().includes(`away ${round}`),
      'equal replicas',
    )
  }
  expect(countConnections(socket)).toBe(1)
  await write(client, 'and on')
  await waitUntil(() => other.text.toString().endsWith('and on'), 'the edit')
})

test('an edit just before a provider is destroyed is saved', async () => {
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token)
  client.text.insert(0, 'last words')
  client.close()
  const other = await openOnOwnSocket(node.url, name, ann.token)
  await waitUntil(() => other.text.toString() === 'last words', 'the words')
})

test('two providers of one document on one socket are two clients if they have sessions', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const session = { sessionAwareness: true }
  const [first, second] = await Promise.all([
    openProvider(socket, name, ann.token, session),
    openProvider(socket, name, ann.token, session),
  ])
  expect(first.provider.effectiveName).toMatch(new RegExp(`^${name}\0.+`))
  await write(first, 'one ')
  await waitUntil(() => second.text.toString() === 'one ', 'the other session to have it')
  await write(second, 'two')
  await waitUntil(() => first.text.toString() === 'one two', 'the first session to have it')
  first.provider.setAwarenessField('name', 'first')
  await waitUntil(() => readOtherStates(second).some((state) => state.name === 'first'), 'the cursor')
  first.close()
  await waitUntil(() => readOtherStates(second).length === 0, 'the cursor to disappear')
  await write(second, ' three')
  // a third provider without a session is another client of the same document
  const plain = await openProvider(socket, name, ann.token)
  expect(plain.text.toString()).toBe('one two three')
  await write(plain, ' four')
  await waitUntil(() => second.text.toString().endsWith(' four'), 'the session to have it')
})

test('of two sessions on one socket one is refused, and the other stays open', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const bad = connectProvider(socket, name, 'garbage', { sessionAwareness: true })
  const good = await openProvider(socket, name, ann.token, { sessionAwareness: true })
  await waitUntil(() => bad.refusalReason(), 'the refusal')
  await write(good, 'still open')
  expect([bad.refusalReason(), good.refusalReason()]).toEqual(['unauthenticated', undefined])
})

test('stateless messages are ignored and not delivered', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const client = await openProvider(socket, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  for (const payload of ['', 'hello', '{"type":', '{}', 'null', 'x'.repeat(100_000)]) client.provider.sendStateless(payload)
  await write(client, 'after')
  await waitUntil(() => other.text.toString() === 'after', 'the words')
  expect([...client.events, ...other.events].filter((told) => /^(stateless|close|disconnect)/.test(told))).toEqual([])
  expect(countConnections(socket)).toBe(1)
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
])('%s before a token close the socket, without effect on other clients', async (_, flood) => {
  const name = await createDraft(ann)
  const witness = await openOnOwnSocket(node.url, name, ann.token)
  const rawSocket = await openRawSocket(node.url)
  flood((data) => rawSocket.send(data), name)
  const { code } = await rawSocket.waitUntilClosed()
  expect(code).toBeGreaterThanOrEqual(4000)
  expect(rawSocket.frames).toEqual([])
  await write(witness, 'not affected')
  expect(witness.text.toString()).toBe('not affected')
})

test('only the document without access is closed, and it opens again when access is restored', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const member = `/api/documents/${name}/members/${ben.id}`
  await ann.request('PUT', member, { role: 'editor' })
  const socket = createSocket(node.url)
  const client = await openProvider(socket, name, ben.token)
  const neighbour = await openProvider(socket, await createDraft(ben), ben.token)
  await ann.request('DELETE', member)
  await waitUntil(() => client.events.includes('close not-found'), 'the document to be closed')
  expect(client.provider.isSynced).toBe(false)
  // more frames than the limit before a token: edits of a closed document must not close the socket
  for (let n = 0; n < 1200; n++) client.text.insert(0, 'x')
  await write(neighbour, 'still open')
  await ann.request('PUT', member, { role: 'editor' })
  client.provider.startSync()
  await client.provider.sendToken()
  await waitUntil(() => isSaved(client), 'the document to be open again')
  expect((await openOnOwnSocket(node.url, name, ann.token)).text.length).toBe(1200)
  expect(countConnections(socket)).toBe(1)
})

test('a document that is destroyed and opened again on the same socket is complete', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const first = await openProvider(socket, name, ann.token)
  await write(first, 'kept')
  first.close()
  const second = await openProvider(socket, name, ann.token)
  expect(second.text.toString()).toBe('kept')
})

test('a client that sent a close frame can open the document again on the same socket', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const client = await openProvider(socket, name, ann.token)
  const ws = socket.webSocket as unknown as WebSocket
  ws.send(encodeFrame(name, 7, 'bye') as Uint8Array<ArrayBuffer>)
  await client.provider.sendToken()
  client.provider.startSync()
  await waitUntil(() => client.events.filter((event) => event.startsWith('authenticated')).length === 2, 'the second authentication')
  await waitUntil(() => isSaved(client), 'the second sync')
  await write(client, 'back')
  expect(countConnections(socket)).toBe(1)
})

test('a close frame for a document that was never opened does not prevent opening it', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  await openProvider(socket, await createDraft(ann), ann.token)
  ;(socket.webSocket as unknown as WebSocket).send(encodeFrame(name, 7, 'bye') as Uint8Array<ArrayBuffer>)
  await write(await openProvider(socket, name, ann.token), 'open')
})

test('a provider that was destroyed before its socket was open does not block the next session', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  connectProvider(socket, name, ann.token, { sessionAwareness: true }).close()
  const client = connectProvider(socket, name, ann.token, { sessionAwareness: true })
  await waitUntil(() => isSaved(client), 'the next provider to be synced')
  await write(client, 'words')
})
