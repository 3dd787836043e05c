/** Unmodified y-websocket clients on the same live documents. */
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson, isSaved } from '../support/client.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { createEmptyDatabase, getEmptyNode, startNode } from '../support/node.ts'
import { connectYWebsocket, openYWebsocket } from '../support/y-websocket-client.ts'
import { openOnOwnSocket, readOtherStates } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

const readRows = (name: string) => node.journal.rowsAfter(name.split(':')[1] as string, 0)
const areEqual = (...texts: Y.Text[]) => texts.every((text) => text.toString() === texts[0]?.toString())

test('a client connects and is synced with the stored document', async () => {
  const name = await createDraft(ann)
  const writer = await openOnOwnSocket(node.url, name, ann.token)
  writer.text.insert(0, 'stored')
  await waitUntil(() => isSaved(writer), 'the edit to be saved')
  const client = await openYWebsocket(node.url, name, ann.token)
  expect(client.text.toString()).toBe('stored')
  expect(client.events).toEqual(['status connected', 'sync'])
})

test('the token can be sent as a subprotocol; the server selects the other subprotocol', async () => {
  const name = await createDraft(ann)
  const client = connectYWebsocket(node.url, name, { protocols: ['smartstart', `token.${ann.token}`] })
  await waitUntil(() => client.provider.synced, 'the sync')
  expect(client.provider.ws?.protocol).toBe('smartstart')
  expect(client.provider.url).not.toContain(ann.token)
})

test('a percent-encoded document name is decoded', async () => {
  const name = await createDraft(ann)
  const escaped = await openYWebsocket(node.url, encodeURIComponent(name), ann.token)
  const other = await openYWebsocket(node.url, name, ann.token)
  escaped.text.insert(0, 'same')
  await waitUntil(() => other.text.toString() === 'same', 'the words')
})

test('y-websocket clients and Hocuspocus providers edit one document, each with its author', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  const client = await openOnOwnSocket(node.url, name, ann.token)
  const two = await openYWebsocket(node.url, name, ben.token)
  const three = await openYWebsocket(node.url, name, ben.token)
  two.text.insert(0, 'plain ')
  await waitUntil(() => client.text.toString() === 'plain ' && three.text.toString() === 'plain ', 'the plain words')
  client.text.insert(6, 'provided')
  await waitUntil(() => isSaved(client) && areEqual(client.text, two.text, three.text), 'the provided words')
  await waitUntil(async () => (await readRows(name)).length === 2, 'both edits in the journal')
  expect((await readRows(name)).map(({ actor }) => actor)).toEqual([ben.id, ann.id])
})

test('awareness is shared in both directions and between y-websocket clients; a client that leaves disappears', async () => {
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token)
  const two = await openYWebsocket(node.url, name, ann.token)
  const three = await openYWebsocket(node.url, name, ann.token)
  two.provider.awareness.setLocalStateField('name', 'plain')
  await waitUntil(
    () => [readOtherStates(client), readOtherStates(three)].every((others) => others.some((state) => state.name === 'plain')),
    'the plain cursor',
  )
  client.provider.setAwarenessField('name', 'provided')
  await waitUntil(
    () => [two, three].every((replica) => readOtherStates(replica).some((state) => state.name === 'provided')),
    'the provided cursor',
  )
  const late = await openYWebsocket(node.url, name, ann.token)
  await waitUntil(() => readOtherStates(late).filter((state) => state.name).length === 2, 'both cursors')
  two.provider.awareness.setLocalState(null)
  await waitUntil(() => !readOtherStates(client).some((state) => state.name === 'plain'), 'the hidden cursor to disappear', 5000)
  two.provider.awareness.setLocalState({ name: 'plain again' })
  await waitUntil(() => readOtherStates(client).some((state) => state.name === 'plain again'), 'the cursor to return')
  two.close()
  await waitUntil(() => !readOtherStates(client).some((state) => state.name === 'plain again'), 'the cursor to disappear', 5000)
  client.close()
  await waitUntil(() => !readOtherStates(three).some((state) => state.name === 'provided'), 'the cursor of the provider to disappear', 5000)
})

test.each<[string, () => Promise<[string, Record<string, string>]>, string]>([
  ['a stranger', async () => [await createDraft(ann), { token: (await registerPerson(node.url, 'Eve')).token }], 'closed 4404 not-found'],
  ['an absent document', async () => [`legal:${crypto.randomUUID()}`, { token: ann.token }], 'closed 4404 not-found'],
  ['a forged token', async () => [await createDraft(ann), { token: 'garbage' }], 'closed 4401 unauthenticated'],
  ['no token', async () => [await createDraft(ann), {}], 'closed 4401 unauthenticated'],
  ['an invalid name', async () => ['nothing', { token: ann.token }], 'closed 4400 invalid-input'],
  ['a name that is not valid UTF-8', async () => ['%ff', { token: ann.token }], 'closed 4400 invalid-input'],
])('%s is refused with the reason, and does not reconnect', async (_, prepare, closeEvent) => {
  const [name, params] = await prepare()
  const proxy = await startTcpProxy(node.url)
  onTestFinished(() => proxy.stop())
  const client = connectYWebsocket(proxy.url, name, { params })
  client.text.insert(0, 'not saved')
  await waitUntil(() => client.events.some((event) => event.startsWith('closed')), 'the refusal')
  expect(client.events.filter((event) => event.startsWith('closed'))).toEqual([closeEvent])
  expect(client.provider).toMatchObject({ shouldConnect: false, synced: false })
  expect(proxy.connectionCount).toBe(1)
})

test('a viewer has a cursor and no write access; with write access, earlier local edits are accepted', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const member = `/api/documents/${name}/members/${ben.id}`
  await ann.request('PUT', member, { role: 'viewer' })
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  const viewer = await openYWebsocket(node.url, name, ben.token)
  viewer.text.insert(0, 'as viewer ')
  viewer.provider.awareness.setLocalStateField('cursor', 14)
  // sent after the edit, on the same socket
  await waitUntil(() => readOtherStates(owner).some(({ cursor }) => cursor === 14), 'the cursor')
  owner.text.insert(0, 'owner ')
  await waitUntil(() => isSaved(owner) && viewer.text.toString().includes('owner'), 'the edit of the owner')
  expect(owner.text.toString()).toBe('owner ')
  await ann.request('PUT', member, { role: 'editor' })
  await waitUntil(() => areEqual(owner.text, viewer.text), 'equal replicas')
  viewer.text.insert(0, 'and now ')
  await waitUntil(() => owner.text.toString().startsWith('and now') && areEqual(owner.text, viewer.text), 'the edit with write access')
  await ann.request('PUT', member, { role: 'viewer' })
  viewer.text.insert(0, 'too late ')
  viewer.provider.awareness.setLocalStateField('cursor', 15)
  await waitUntil(() => readOtherStates(owner).some(({ cursor }) => cursor === 15), 'the cursor after it')
  expect(owner.text.toString()).not.toContain('too late')
  expect(viewer.events).toEqual(['status connected', 'sync'])
})

test('a removed member is disconnected at once with the reason, and does not reconnect', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const member = `/api/documents/${name}/members/${ben.id}`
  await ann.request('PUT', member, { role: 'editor' })
  const client = await openYWebsocket(node.url, name, ben.token)
  const { body } = await ann.request('DELETE', member)
  expect(body.enforcement.confirmed).toBe(body.enforcement.nodes)
  client.text.insert(0, 'still here')
  await waitUntil(() => client.events.includes('closed 4404 not-found'), 'the close event')
  expect(client.provider.shouldConnect).toBe(false)
  expect(await readRows(name)).toEqual([])
  // added again and reconnected by hand, the client sends its edits
  await ann.request('PUT', member, { role: 'editor' })
  client.provider.connect()
  await waitUntil(() => client.provider.synced, 'the sync')
  await waitUntil(async () => (await readRows(name)).length === 1, 'the edit to be committed')
})

test('the end of a session closes its y-websocket clients', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const client = await openYWebsocket(node.url, await createDraft(ben), ben.token)
  await ben.request('POST', '/api/auth/logout')
  await waitUntil(() => client.events.includes('closed 4401 unauthenticated'), 'the close event')
})

test('a client reconnects by itself, with the edits of both sides', async () => {
  const name = await createDraft(ann)
  const proxy = await startTcpProxy(node.url)
  onTestFinished(() => proxy.stop())
  const client = await openYWebsocket(proxy.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  client.provider.awareness.setLocalStateField('name', 'plain')
  await waitUntil(() => readOtherStates(other).some((state) => state.name === 'plain'), 'the cursor')
  proxy.disconnect()
  await waitUntil(() => !client.provider.synced && readOtherStates(other).length === 0, 'the disconnect on both sides')
  client.text.insert(0, 'offline ')
  other.text.insert(0, 'meanwhile ')
  await waitUntil(() => isSaved(other), 'the other to be saved')
  proxy.restore()
  await waitUntil(() => client.text.length === 18 && areEqual(client.text, other.text), 'equal replicas')
  await waitUntil(() => readOtherStates(other).some((state) => state.name === 'plain'), 'the cursor to return')
  expect(readOtherStates(other)).toHaveLength(1)
})

test('a client reconnects to a restarted node', { timeout: 60_000 }, async () => {
  const { env, remove } = await createEmptyDatabase()
  let otherNode = await startNode(env)
  const proxy = await startTcpProxy(otherNode.url)
  onTestFinished(() => proxy.stop())
  const ben = await registerPerson(otherNode.url, 'Ben')
  const name = await createDraft(ben)
  const client = await openYWebsocket(proxy.url, name, ben.token)
  const other = await openYWebsocket(proxy.url, name, ben.token)
  client.text.insert(0, 'before ')
  await waitUntil(() => areEqual(client.text, other.text), 'equal replicas')
  await otherNode.stop()
  await waitUntil(() => !client.provider.synced && !other.provider.synced, 'the disconnect')
  client.text.insert(0, 'one ')
  other.text.insert(0, 'other ')
  otherNode = await startNode(env)
  proxy.restore(otherNode.url)
  await waitUntil(() => client.text.length === 17 && areEqual(client.text, other.text), 'equal replicas')
  const fresh = await openYWebsocket(otherNode.url, name, ben.token)
  expect(fresh.text.toString()).toBe(client.text.toString())
  for (const opened of [client, other, fresh]) opened.close()
  await otherNode.stop()
  await remove()
})

test('a client with a resync interval gets a response each time', async () => {
  const client = await openYWebsocket(node.url, await createDraft(ann), ann.token, { resyncInterval: 20 })
  let answers = 0
  const { ws } = client.provider
  ws?.addEventListener('message', ({ data }: MessageEvent) => {
    const bytes = new Uint8Array(data as ArrayBuffer)
    if (bytes[0] === 0 && bytes[1] === 1) answers++
  })
  await waitUntil(() => answers >= 3, 'three responses')
  client.text.insert(0, 'x')
  expect(client.events).toEqual(['status connected', 'sync'])
})

test('tabs that also use BroadcastChannel are equal, and their cursors disappear', async () => {
  const name = await createDraft(ann)
  const tabs = [
    await openYWebsocket(node.url, name, ann.token, { disableBc: false }),
    await openYWebsocket(node.url, name, ann.token, { disableBc: false }),
  ] as const
  const provider = await openOnOwnSocket(node.url, name, ann.token)
  tabs[0].text.insert(0, 'left ')
  tabs[1].text.insert(0, 'right ')
  for (const [index, tab] of tabs.entries()) tab.provider.awareness.setLocalStateField('name', `tab ${index}`)
  await waitUntil(() => provider.text.length === 11 && areEqual(tabs[0].text, tabs[1].text, provider.text), 'equal replicas')
  await waitUntil(() => readOtherStates(provider).filter((state) => state.name).length === 2, 'both cursors')
  for (const tab of tabs) tab.close()
  await waitUntil(() => readOtherStates(provider).length === 0, 'both cursors to disappear', 5000)
})

test('an invalid message closes the socket with 4400, without effect on other clients', async () => {
  const name = await createDraft(ann)
  const witness = await openYWebsocket(node.url, name, ann.token)
  for (const bytes of [[99], [], [2, 0, 1, 65], [5, 1, 65], [0, 9, 0], [0, 2, 3, 255, 255, 255], [1, 3, 1, 1, 9]]) {
    const client = await openYWebsocket(node.url, name, ann.token)
    client.provider.ws?.send(Uint8Array.from(bytes))
    await waitUntil(() => client.events.includes('closed 4400 invalid-input'), `the close event after ${bytes.join(' ')}`)
  }
  const other = await openOnOwnSocket(node.url, name, ann.token)
  witness.text.insert(0, 'not affected')
  await waitUntil(() => other.text.toString() === 'not affected', 'the words')
})

test('a first sync of a megabyte arrives completely, in both directions', async () => {
  const name = await createDraft(ann)
  const document = new Y.Doc()
  document.getText('text').insert(0, 'a megabyte of words, '.repeat(50_000))
  const client = await openYWebsocket(node.url, name, ann.token, {}, document)
  const other = await openYWebsocket(node.url, name, ann.token)
  await waitUntil(() => areEqual(client.text, other.text), 'the words')
  expect(other.text.length).toBe(1_050_000)
})
