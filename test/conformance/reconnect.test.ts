/** Providers that are disconnected and reconnect. */
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson, isSaved } from '../support/client.ts'
import { type TcpProxy, startTcpProxy } from '../support/tcp-proxy.ts'
import { createEmptyDatabase, getEmptyNode, startNode } from '../support/node.ts'
import { openYWebsocket } from '../support/y-websocket-client.ts'
import { openOnOwnSocket, readOtherStates, type ProviderClient, openProvider, createSocket } from '../support/providers.ts'
import { createRandom, readSeed } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

async function startProxy(url = node.url): Promise<TcpProxy> {
  const proxy = await startTcpProxy(url)
  onTestFinished(() => proxy.stop())
  return proxy
}
const waitUntilEqual = (...all: ProviderClient[]) =>
  waitUntil(() => all.every((one) => isSaved(one) && one.text.toString() === all[0]?.text.toString()), 'equal replicas')
const isDown = ({ provider, events }: ProviderClient) => !provider.isSynced && events.includes('disconnect')

test('a provider reconnects by itself, with the edits of both sides', async () => {
  const name = await createDraft(ann)
  const proxy = await startProxy()
  const client = await openOnOwnSocket(proxy.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  client.text.insert(0, 'before ')
  await waitUntilEqual(client, other)
  proxy.disconnect()
  await waitUntil(() => isDown(client), 'the disconnect')
  client.text.insert(client.text.length, 'offline ')
  client.text.delete(0, 3)
  client.document.getMap('map').set('offline', 1)
  other.text.insert(0, 'meanwhile ')
  await waitUntil(() => isSaved(other), 'the other client to be saved')
  expect(client.provider.hasUnsyncedChanges).toBe(true)
  proxy.restore()
  await waitUntilEqual(client, other)
  expect(client.text.toString()).toBe('meanwhile ore offline ')
  expect(other.document.getMap('map').get('offline')).toBe(1)
})

test('an edit that was sent but not acknowledged before a disconnect is applied once', async () => {
  const name = await createDraft(ann)
  const proxy = await startProxy()
  const client = await openOnOwnSocket(proxy.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  const release = proxy.pause()
  client.text.insert(0, 'on its way')
  expect(client.provider.hasUnsyncedChanges).toBe(true)
  release()
  proxy.disconnect()
  await waitUntil(() => isDown(client), 'the disconnect')
  proxy.restore()
  await waitUntilEqual(client, other)
  expect(other.text.toString()).toBe('on its way')
})

test('every document of a socket is opened again, and so are both sessions of one document', async () => {
  const names = [await createDraft(ann), await createDraft(ann)] as const
  const proxy = await startProxy()
  const socket = createSocket(proxy.url)
  const session = { sessionAwareness: true }
  const all = [
    await openProvider(socket, names[0], ann.token, session),
    await openProvider(socket, names[0], ann.token, session),
    await openProvider(socket, names[1], ann.token),
  ] as const
  proxy.disconnect()
  await waitUntil(() => all.every(isDown), 'the disconnect')
  for (const [index, client] of all.entries()) client.text.insert(0, `offline ${index} `)
  proxy.restore()
  await waitUntilEqual(all[0], all[1])
  await waitUntilEqual(all[2])
  expect(all[0].text.length).toBe(20)
  expect((await openOnOwnSocket(node.url, names[1], ann.token)).text.toString()).toBe('offline 2 ')
})

test('a role that was lowered while offline applies from the first frame after the reconnect', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const member = `/api/documents/${name}/members/${ben.id}`
  await ann.request('PUT', member, { role: 'editor' })
  const proxy = await startProxy()
  const client = await openOnOwnSocket(proxy.url, name, ben.token)
  proxy.disconnect()
  await waitUntil(() => isDown(client), 'the disconnect')
  client.text.insert(0, 'too late')
  await ann.request('PUT', member, { role: 'viewer' })
  client.statuses.length = 0
  proxy.restore()
  await waitUntil(() => client.provider.authorizedScope === 'readonly' && client.statuses.includes(0), 'the sync status')
  expect(client.provider.hasUnsyncedChanges).toBe(true)
  expect((await openOnOwnSocket(node.url, name, ann.token)).text.toString()).toBe('')
})

test('typing through twenty disconnects loses and duplicates nothing', { timeout: 60_000 }, async () => {
  const random = createRandom(readSeed('disconnects'))
  const name = await createDraft(ann)
  const proxies = [await startProxy(), await startProxy()]
  const clients = await Promise.all(proxies.map((proxy) => openOnOwnSocket(proxy.url, name, ann.token)))
  const words: string[] = []
  for (let round = 0; round < 20; round++) {
    const proxy = proxies[round % 2] as TcpProxy
    for (const [author, client] of clients.entries()) {
      for (let typed = Math.floor(random() * 4); typed >= 0; typed--) {
        const word = `<${author}.${words.length}>`
        words.push(word)
        client.text.insert(Math.floor(random() * 2) * client.text.length, word)
        if (random() < 0.3) await new Promise(setImmediate)
      }
    }
    proxy.disconnect()
    if (random() < 0.5) await new Promise(setImmediate)
    proxy.restore()
    if (random() < 0.5) await waitUntilEqual(...clients)
  }
  await waitUntilEqual(...clients)
  const fresh = await openOnOwnSocket(node.url, name, ann.token)
  expect(fresh.text.toString()).toBe(clients[0]?.text.toString())
  for (const word of words) expect(fresh.text.toString().split(word)).toHaveLength(2)
})

test('a disconnected client disappears, and is seen once after the reconnect', async () => {
  const name = await createDraft(ann)
  const proxy = await startProxy()
  const client = await openOnOwnSocket(proxy.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  client.provider.setAwarenessField('name', 'Ann')
  await waitUntil(() => readOtherStates(other).length === 1, 'the state of Ann')
  proxy.disconnect()
  await waitUntil(() => readOtherStates(other).length === 0, 'Ann to disappear', 5000)
  proxy.restore()
  await waitUntilEqual(client, other)
  client.provider.setAwarenessField('place', 7)
  await waitUntil(() => readOtherStates(other)[0]?.place === 7, 'the state of Ann again')
  expect(readOtherStates(other)).toEqual([{ name: 'Ann', place: 7 }])
})

test('providers reconnect to a restarted node, with earlier edits and offline edits', { timeout: 60_000 }, async () => {
  const { env, remove } = await createEmptyDatabase()
  let otherNode = await startNode(env)
  const proxy = await startProxy(otherNode.url)
  const ben = await registerPerson(otherNode.url, 'Ben')
  const name = await createDraft(ben)
  const [first, second] = [await openOnOwnSocket(proxy.url, name, ben.token), await openOnOwnSocket(proxy.url, name, ben.token)] as const
  first.text.insert(0, 'before ')
  await waitUntilEqual(first, second)
  await otherNode.stop()
  await waitUntil(() => isDown(first) && isDown(second), 'the disconnect')
  first.text.insert(0, 'one ')
  second.text.insert(0, 'other ')
  otherNode = await startNode(env)
  proxy.restore(otherNode.url)
  await waitUntilEqual(first, second)
  expect(
    first.text
      .toString()
      .split(' ')
      .toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(['', 'before', 'one', 'other'])
  const fresh = await openOnOwnSocket(otherNode.url, name, ben.token)
  expect(fresh.text.toString()).toBe(first.text.toString())
  for (const client of [first, second, fresh]) client.close()
  await otherNode.stop()
  await remove()
})

test('a replica that was offline for long receives missed edits and sends its own', async () => {
  const name = await createDraft(ann)
  const first = await openOnOwnSocket(node.url, name, ann.token)
  first.text.insert(0, 'shared ')
  await waitUntil(() => isSaved(first), 'the edit to be saved')
  const oldState = Y.encodeStateAsUpdate(first.document)
  first.text.delete(0, 7)
  first.text.insert(0, 'rewritten ')
  await waitUntil(() => isSaved(first), 'the edit to be saved')
  const document = new Y.Doc()
  Y.applyUpdate(document, oldState)
  document.getText('text').insert(7, 'offline for a week ')
  const second = await openOnOwnSocket(node.url, name, ann.token, { document })
  await waitUntilEqual(first, second)
  expect(new Set(first.text.toString().split(' '))).toEqual(new Set(['rewritten', 'offline', 'for', 'a', 'week', '']))
})

test('an idle socket stays open by keep-alives that the client understands', { timeout: 60_000 }, async () => {
  const socket = createSocket(node.url)
  const name = await createDraft(ann)
  const client = await openProvider(socket, name, ann.token, { awareness: null })
  const other = await openYWebsocket(node.url, name, ann.token)
  other.provider.awareness.setLocalState(null)
  const pings = { provider: 0, plain: 0 }
  socket.on('message', ({ data }: { data: ArrayBuffer }) => {
    // an empty awareness frame without a document, which every version accepts
    if (new Uint8Array(data).join() === '0,1,1,0') pings.provider++
  })
  other.provider.ws?.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
    // an empty awareness frame, since y-websocket has no ping
    if (new Uint8Array(data).join() === '1,1,0') pings.plain++
  })
  const lastMessageAt = socket.lastMessageReceived
  await waitUntil(() => pings.provider > 0 && pings.plain > 0, 'the keep-alives', 40_000)
  expect(socket.lastMessageReceived).toBeGreaterThan(lastMessageAt)
  client.text.insert(0, 'still here')
  await waitUntil(() => isSaved(client) && other.text.toString() === 'still here', 'the words')
  expect(socket.identifier).toBe(1)
  expect(other.events).toEqual(['status connected', 'sync'])
})
