/** Providers that are cut off and come back. */
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

async function line(url = node.url): Promise<TcpProxy> {
  const laid = await startTcpProxy(url)
  onTestFinished(() => laid.stop())
  return laid
}
const agree = (...all: ProviderClient[]) =>
  waitUntil(() => all.every((one) => isSaved(one) && one.text.toString() === all[0]?.text.toString()), 'all to agree')
const isDown = ({ provider, events }: ProviderClient) => !provider.isSynced && events.includes('disconnect')

test('a socket that is cut comes back by itself, with what was written on both sides meanwhile', async () => {
  const name = await createDraft(ann)
  const wire = await line()
  const one = await openOnOwnSocket(wire.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  one.text.insert(0, 'before ')
  await agree(one, other)
  wire.disconnect()
  await waitUntil(() => isDown(one), 'the cut to be noticed')
  one.text.insert(one.text.length, 'offline ')
  one.text.delete(0, 3)
  one.document.getMap('map').set('offline', 1)
  other.text.insert(0, 'meanwhile ')
  await waitUntil(() => isSaved(other), 'the other to be saved')
  expect(one.provider.hasUnsyncedChanges).toBe(true)
  wire.restore()
  await agree(one, other)
  expect(one.text.toString()).toBe('meanwhile ore offline ')
  expect(other.document.getMap('map').get('offline')).toBe(1)
})

test('what was sent and not acknowledged when the socket was cut is there once', async () => {
  const name = await createDraft(ann)
  const wire = await line()
  const one = await openOnOwnSocket(wire.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  const release = wire.pause()
  one.text.insert(0, 'on its way')
  expect(one.provider.hasUnsyncedChanges).toBe(true)
  release()
  wire.disconnect()
  await waitUntil(() => isDown(one), 'the cut to be noticed')
  wire.restore()
  await agree(one, other)
  expect(other.text.toString()).toBe('on its way')
})

test('every document of a socket comes back, and so do both sessions of one', async () => {
  const names = [await createDraft(ann), await createDraft(ann)] as const
  const wire = await line()
  const socket = createSocket(wire.url)
  const session = { sessionAwareness: true }
  const all = [
    await openProvider(socket, names[0], ann.token, session),
    await openProvider(socket, names[0], ann.token, session),
    await openProvider(socket, names[1], ann.token),
  ] as const
  wire.disconnect()
  await waitUntil(() => all.every(isDown), 'the cut to be noticed')
  for (const [place, one] of all.entries()) one.text.insert(0, `offline ${place} `)
  wire.restore()
  await agree(all[0], all[1])
  await agree(all[2])
  expect(all[0].text.length).toBe(20)
  expect((await openOnOwnSocket(node.url, names[1], ann.token)).text.toString()).toBe('offline 2 ')
})

test('a role that was lowered meanwhile holds from the first frame after the return', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const member = `/api/documents/${name}/members/${ben.id}`
  await ann.request('PUT', member, { role: 'editor' })
  const wire = await line()
  const one = await openOnOwnSocket(wire.url, name, ben.token)
  wire.disconnect()
  await waitUntil(() => isDown(one), 'the cut to be noticed')
  one.text.insert(0, 'too late')
  await ann.request('PUT', member, { role: 'viewer' })
  one.statuses.length = 0
  wire.restore()
  await waitUntil(() => one.provider.authorizedScope === 'readonly' && one.statuses.includes(0), 'the answer')
  expect(one.provider.hasUnsyncedChanges).toBe(true)
  expect((await openOnOwnSocket(node.url, name, ann.token)).text.toString()).toBe('')
})

test('typing through twenty cuts loses nothing and doubles nothing', { timeout: 60_000 }, async () => {
  const random = createRandom(readSeed('cuts'))
  const name = await createDraft(ann)
  const wires = [await line(), await line()]
  const clients = await Promise.all(wires.map((wire) => openOnOwnSocket(wire.url, name, ann.token)))
  const words: string[] = []
  for (let cut = 0; cut < 20; cut++) {
    const wire = wires[cut % 2] as TcpProxy
    for (const [who, client] of clients.entries()) {
      for (let typed = Math.floor(random() * 4); typed >= 0; typed--) {
        const word = `<${who}.${words.length}>`
        words.push(word)
        client.text.insert(Math.floor(random() * 2) * client.text.length, word)
        if (random() < 0.3) await new Promise(setImmediate)
      }
    }
    wire.disconnect()
    if (random() < 0.5) await new Promise(setImmediate)
    wire.restore()
    if (random() < 0.5) await agree(...clients)
  }
  await agree(...clients)
  const fresh = await openOnOwnSocket(node.url, name, ann.token)
  expect(fresh.text.toString()).toBe(clients[0]?.text.toString())
  for (const word of words) expect(fresh.text.toString().split(word)).toHaveLength(2)
})

test('a cut client is not seen any more, and is seen once when it is back', async () => {
  const name = await createDraft(ann)
  const wire = await line()
  const one = await openOnOwnSocket(wire.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  one.provider.setAwarenessField('name', 'Ann')
  await waitUntil(() => readOtherStates(other).length === 1, 'her to be seen')
  wire.disconnect()
  await waitUntil(() => readOtherStates(other).length === 0, 'her to be gone', 5000)
  wire.restore()
  await agree(one, other)
  one.provider.setAwarenessField('place', 7)
  await waitUntil(() => readOtherStates(other)[0]?.place === 7, 'her to be seen again')
  expect(readOtherStates(other)).toEqual([{ name: 'Ann', place: 7 }])
})

test('a node that restarts is found again, with the edits of before and those of meanwhile', { timeout: 60_000 }, async () => {
  const { env, remove } = await createEmptyDatabase()
  let own = await startNode(env)
  const wire = await line(own.url)
  const ben = await registerPerson(own.url, 'Ben')
  const name = await createDraft(ben)
  const [one, other] = [await openOnOwnSocket(wire.url, name, ben.token), await openOnOwnSocket(wire.url, name, ben.token)] as const
  one.text.insert(0, 'before ')
  await agree(one, other)
  await own.stop()
  await waitUntil(() => isDown(one) && isDown(other), 'the stop to be noticed')
  one.text.insert(0, 'one ')
  other.text.insert(0, 'other ')
  own = await startNode(env)
  wire.restore(own.url)
  await agree(one, other)
  expect(
    one.text
      .toString()
      .split(' ')
      .toSorted((a, b) => a.localeCompare(b)),
  ).toEqual(['', 'before', 'one', 'other'])
  const fresh = await openOnOwnSocket(own.url, name, ben.token)
  expect(fresh.text.toString()).toBe(one.text.toString())
  for (const client of [one, other, fresh]) client.close()
  await own.stop()
  await remove()
})

test('a document that was kept elsewhere for long is brought up to date, and brings what is new', async () => {
  const name = await createDraft(ann)
  const first = await openOnOwnSocket(node.url, name, ann.token)
  first.text.insert(0, 'shared ')
  await waitUntil(() => isSaved(first), 'the words to be saved')
  const kept = Y.encodeStateAsUpdate(first.document)
  first.text.delete(0, 7)
  first.text.insert(0, 'rewritten ')
  await waitUntil(() => isSaved(first), 'the words to be saved')
  const document = new Y.Doc()
  Y.applyUpdate(document, kept)
  document.getText('text').insert(7, 'offline for a week ')
  const second = await openOnOwnSocket(node.url, name, ann.token, { document })
  await agree(first, second)
  expect(new Set(first.text.toString().split(' '))).toEqual(new Set(['rewritten', 'offline', 'for', 'a', 'week', '']))
})

test('a silent socket is kept: its client hears the server, in words that it knows', { timeout: 60_000 }, async () => {
  const socket = createSocket(node.url)
  const name = await createDraft(ann)
  const one = await openProvider(socket, name, ann.token, { awareness: null })
  const other = await openYWebsocket(node.url, name, ann.token)
  other.provider.awareness.setLocalState(null)
  const pings = { provider: 0, plain: 0 }
  socket.on('message', ({ data }: { data: ArrayBuffer }) => {
    // states of nobody, to no document: every version reads that
    if (new Uint8Array(data).join() === '0,1,1,0') pings.provider++
  })
  other.provider.ws?.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
    // states of nobody: that client knows no ping
    if (new Uint8Array(data).join() === '1,1,0') pings.plain++
  })
  const heard = socket.lastMessageReceived
  await waitUntil(() => pings.provider > 0 && pings.plain > 0, 'the server to be heard', 40_000)
  expect(socket.lastMessageReceived).toBeGreaterThan(heard)
  one.text.insert(0, 'still here')
  await waitUntil(() => isSaved(one) && other.text.toString() === 'still here', 'the words')
  expect(socket.identifier).toBe(1)
  expect(other.events).toEqual(['status connected', 'sync'])
})
