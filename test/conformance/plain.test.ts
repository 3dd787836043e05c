/** Plain y-websocket clients on the same live documents. */
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

const rowsOf = (name: string) => node.journal.rowsAfter(name.split(':')[1] as string, 0)
const same = (...texts: Y.Text[]) => texts.every((text) => text.toString() === texts[0]?.toString())

test('it connects and is synced with what is kept', async () => {
  const name = await createDraft(ann)
  const writer = await openOnOwnSocket(node.url, name, ann.token)
  writer.text.insert(0, 'kept')
  await waitUntil(() => isSaved(writer), 'the words to be saved')
  const one = await openYWebsocket(node.url, name, ann.token)
  expect(one.text.toString()).toBe('kept')
  expect(one.events).toEqual(['status connected', 'sync'])
})

test('the token may come as a sub-protocol; the server chooses the other one', async () => {
  const name = await createDraft(ann)
  const one = connectYWebsocket(node.url, name, { protocols: ['smartstart', `token.${ann.token}`] })
  await waitUntil(() => one.provider.synced, 'the sync')
  expect(one.provider.ws?.protocol).toBe('smartstart')
  expect(one.provider.url).not.toContain(ann.token)
})

test('a name that the client escapes is the same name', async () => {
  const name = await createDraft(ann)
  const escaped = await openYWebsocket(node.url, encodeURIComponent(name), ann.token)
  const other = await openYWebsocket(node.url, name, ann.token)
  escaped.text.insert(0, 'same')
  await waitUntil(() => other.text.toString() === 'same', 'the words')
})

test('plain clients and providers write in one document, each with its author', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  const one = await openOnOwnSocket(node.url, name, ann.token)
  const two = await openYWebsocket(node.url, name, ben.token)
  const three = await openYWebsocket(node.url, name, ben.token)
  two.text.insert(0, 'plain ')
  await waitUntil(() => one.text.toString() === 'plain ' && three.text.toString() === 'plain ', 'the plain words')
  one.text.insert(6, 'provided')
  await waitUntil(() => isSaved(one) && same(one.text, two.text, three.text), 'the provided words')
  await waitUntil(async () => (await rowsOf(name)).length === 2, 'both to be in the journal')
  expect((await rowsOf(name)).map(({ actor }) => actor)).toEqual([ben.id, ann.id])
})

test('presence passes both ways, and between plain clients; who leaves is gone', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token)
  const two = await openYWebsocket(node.url, name, ann.token)
  const three = await openYWebsocket(node.url, name, ann.token)
  two.provider.awareness.setLocalStateField('name', 'plain')
  await waitUntil(
    () => [readOtherStates(one), readOtherStates(three)].every((others) => others.some((state) => state.name === 'plain')),
    'the plain cursor',
  )
  one.provider.setAwarenessField('name', 'provided')
  await waitUntil(
    () => [two, three].every((client) => readOtherStates(client).some((state) => state.name === 'provided')),
    'the provided cursor',
  )
  const late = await openYWebsocket(node.url, name, ann.token)
  await waitUntil(() => readOtherStates(late).filter((state) => state.name).length === 2, 'a newcomer to see both')
  two.provider.awareness.setLocalState(null)
  await waitUntil(() => !readOtherStates(one).some((state) => state.name === 'plain'), 'the hidden cursor to go', 5000)
  two.provider.awareness.setLocalState({ name: 'plain again' })
  await waitUntil(() => readOtherStates(one).some((state) => state.name === 'plain again'), 'it to be back')
  two.close()
  await waitUntil(() => !readOtherStates(one).some((state) => state.name === 'plain again'), 'it to be gone', 5000)
  one.close()
  await waitUntil(() => !readOtherStates(three).some((state) => state.name === 'provided'), 'the provided one to be gone', 5000)
})

test.each<[string, () => Promise<[string, Record<string, string>]>, string]>([
  ['a stranger', async () => [await createDraft(ann), { token: (await registerPerson(node.url, 'Eve')).token }], 'closed 4404 not-found'],
  ['a document that is not there', async () => [`legal:${crypto.randomUUID()}`, { token: ann.token }], 'closed 4404 not-found'],
  ['a forged token', async () => [await createDraft(ann), { token: 'garbage' }], 'closed 4401 unauthenticated'],
  ['no token', async () => [await createDraft(ann), {}], 'closed 4401 unauthenticated'],
  ['a name that is none', async () => ['nothing', { token: ann.token }], 'closed 4400 invalid-input'],
  ['a name that is not even text', async () => ['%ff', { token: ann.token }], 'closed 4400 invalid-input'],
])('%s is refused, told why, and does not come back', async (_, made, told) => {
  const [name, params] = await made()
  const wire = await startTcpProxy(node.url)
  onTestFinished(() => wire.stop())
  const one = connectYWebsocket(wire.url, name, { params })
  one.text.insert(0, 'let me in')
  await waitUntil(() => one.events.some((said) => said.startsWith('closed')), 'the refusal')
  expect(one.events.filter((said) => said.startsWith('closed'))).toEqual([told])
  expect(one.provider).toMatchObject({ shouldConnect: false, synced: false })
  expect(wire.connectionCount).toBe(1)
})

test('a viewer has a cursor and no pen; given the pen in place, what was typed meanwhile is taken', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const member = `/api/documents/${name}/members/${ben.id}`
  await ann.request('PUT', member, { role: 'viewer' })
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  const viewer = await openYWebsocket(node.url, name, ben.token)
  viewer.text.insert(0, 'while reading ')
  viewer.provider.awareness.setLocalStateField('cursor', 14)
  // sent after the words, on the same socket
  await waitUntil(() => readOtherStates(owner).some(({ cursor }) => cursor === 14), 'the cursor')
  owner.text.insert(0, 'owner ')
  await waitUntil(() => isSaved(owner) && viewer.text.toString().includes('owner'), 'the owner to be heard')
  expect(owner.text.toString()).toBe('owner ')
  await ann.request('PUT', member, { role: 'editor' })
  await waitUntil(() => same(owner.text, viewer.text), 'both to agree')
  viewer.text.insert(0, 'and now ')
  await waitUntil(() => owner.text.toString().startsWith('and now') && same(owner.text, viewer.text), 'the pen to write')
  await ann.request('PUT', member, { role: 'viewer' })
  viewer.text.insert(0, 'too late ')
  viewer.provider.awareness.setLocalStateField('cursor', 15)
  await waitUntil(() => readOtherStates(owner).some(({ cursor }) => cursor === 15), 'the cursor after it')
  expect(owner.text.toString()).not.toContain('too late')
  expect(viewer.events).toEqual(['status connected', 'sync'])
})

test('who is removed is shut out at once, told why, and does not come back', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const member = `/api/documents/${name}/members/${ben.id}`
  await ann.request('PUT', member, { role: 'editor' })
  const one = await openYWebsocket(node.url, name, ben.token)
  const { body } = await ann.request('DELETE', member)
  expect(body.enforcement.confirmed).toBe(body.enforcement.nodes)
  one.text.insert(0, 'still here')
  await waitUntil(() => one.events.includes('closed 4404 not-found'), 'the end')
  expect(one.provider.shouldConnect).toBe(false)
  expect(await rowsOf(name)).toEqual([])
  // let in again, it is asked to come back, and brings what it wrote
  await ann.request('PUT', member, { role: 'editor' })
  one.provider.connect()
  await waitUntil(() => one.provider.synced, 'the sync')
  await waitUntil(async () => (await rowsOf(name)).length === 1, 'the words to be kept')
})

test('a session that ends shuts its plain clients', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const one = await openYWebsocket(node.url, await createDraft(ben), ben.token)
  await ben.request('POST', '/api/auth/logout')
  await waitUntil(() => one.events.includes('closed 4401 unauthenticated'), 'the end')
})

test('a socket that is cut comes back by itself, with what was written on both sides', async () => {
  const name = await createDraft(ann)
  const wire = await startTcpProxy(node.url)
  onTestFinished(() => wire.stop())
  const one = await openYWebsocket(wire.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  one.provider.awareness.setLocalStateField('name', 'plain')
  await waitUntil(() => readOtherStates(other).some((state) => state.name === 'plain'), 'the cursor')
  wire.disconnect()
  await waitUntil(() => !one.provider.synced && readOtherStates(other).length === 0, 'the cut to be noticed, on both sides')
  one.text.insert(0, 'offline ')
  other.text.insert(0, 'meanwhile ')
  await waitUntil(() => isSaved(other), 'the other to be saved')
  wire.restore()
  await waitUntil(() => one.text.length === 18 && same(one.text, other.text), 'both to agree')
  await waitUntil(() => readOtherStates(other).some((state) => state.name === 'plain'), 'the cursor to be back')
  expect(readOtherStates(other)).toHaveLength(1)
})

test('a node that restarts is found again', { timeout: 60_000 }, async () => {
  const { env, remove } = await createEmptyDatabase()
  let own = await startNode(env)
  const wire = await startTcpProxy(own.url)
  onTestFinished(() => wire.stop())
  const ben = await registerPerson(own.url, 'Ben')
  const name = await createDraft(ben)
  const one = await openYWebsocket(wire.url, name, ben.token)
  const other = await openYWebsocket(wire.url, name, ben.token)
  one.text.insert(0, 'before ')
  await waitUntil(() => same(one.text, other.text), 'both to agree')
  await own.stop()
  await waitUntil(() => !one.provider.synced && !other.provider.synced, 'the stop to be noticed')
  one.text.insert(0, 'one ')
  other.text.insert(0, 'other ')
  own = await startNode(env)
  wire.restore(own.url)
  await waitUntil(() => one.text.length === 17 && same(one.text, other.text), 'both to agree')
  const fresh = await openYWebsocket(own.url, name, ben.token)
  expect(fresh.text.toString()).toBe(one.text.toString())
  for (const client of [one, other, fresh]) client.close()
  await own.stop()
  await remove()
})

test('a client that asks again in an interval gets its answers', async () => {
  const one = await openYWebsocket(node.url, await createDraft(ann), ann.token, { resyncInterval: 20 })
  let answers = 0
  const { ws } = one.provider
  ws?.addEventListener('message', ({ data }: MessageEvent) => {
    const bytes = new Uint8Array(data as ArrayBuffer)
    if (bytes[0] === 0 && bytes[1] === 1) answers++
  })
  await waitUntil(() => answers >= 3, 'three answers')
  one.text.insert(0, 'x')
  expect(one.events).toEqual(['status connected', 'sync'])
})

test('tabs of one browser that also talk past the server agree, and leave no cursor behind', async () => {
  const name = await createDraft(ann)
  const tabs = [
    await openYWebsocket(node.url, name, ann.token, { disableBc: false }),
    await openYWebsocket(node.url, name, ann.token, { disableBc: false }),
  ] as const
  const apart = await openOnOwnSocket(node.url, name, ann.token)
  tabs[0].text.insert(0, 'left ')
  tabs[1].text.insert(0, 'right ')
  for (const [place, tab] of tabs.entries()) tab.provider.awareness.setLocalStateField('name', `tab ${place}`)
  await waitUntil(() => apart.text.length === 11 && same(tabs[0].text, tabs[1].text, apart.text), 'all to agree')
  await waitUntil(() => readOtherStates(apart).filter((state) => state.name).length === 2, 'both cursors')
  for (const tab of tabs) tab.close()
  await waitUntil(() => readOtherStates(apart).length === 0, 'both to be gone', 5000)
})

test('what is no message of its protocol closes the socket with 4400, and nobody else feels it', async () => {
  const name = await createDraft(ann)
  const witness = await openYWebsocket(node.url, name, ann.token)
  for (const bytes of [[99], [], [2, 0, 1, 65], [5, 1, 65], [0, 9, 0], [0, 2, 3, 255, 255, 255], [1, 3, 1, 1, 9]]) {
    const one = await openYWebsocket(node.url, name, ann.token)
    one.provider.ws?.send(Uint8Array.from(bytes))
    await waitUntil(() => one.events.includes('closed 4400 invalid-input'), `the end after ${bytes.join(' ')}`)
  }
  const other = await openOnOwnSocket(node.url, name, ann.token)
  witness.text.insert(0, 'unharmed')
  await waitUntil(() => other.text.toString() === 'unharmed', 'the words')
})

test('a first sync of a megabyte arrives whole, both ways', async () => {
  const name = await createDraft(ann)
  const document = new Y.Doc()
  document.getText('text').insert(0, 'a megabyte of words, '.repeat(50_000))
  const one = await openYWebsocket(node.url, name, ann.token, {}, document)
  const other = await openYWebsocket(node.url, name, ann.token)
  await waitUntil(() => same(one.text, other.text), 'the words')
  expect(other.text.length).toBe(1_050_000)
})
