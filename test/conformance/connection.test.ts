/** What a provider hears while it connects, is admitted or refused, and renews its token. */
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { openOnOwnSocket, type ProviderClient, connectProvider, openProvider, createSocket, type Token } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})

async function shared(role: string): Promise<string> {
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role })
  return name
}
const count = ({ events }: ProviderClient, what: string) => events.filter((one) => one === what).length

test('it opens, is admitted, connected and synced: each once, and nothing is left unsynced', async () => {
  const one = await openOnOwnSocket(node.url, await createDraft(ann), ann.token)
  const steps = ['open', 'authenticated read-write', 'synced']
  expect(one.events.filter((told) => steps.includes(told))).toEqual(steps)
  expect(count(one, 'connect')).toBe(1)
  expect(one.events.filter((told) => told.startsWith('unsyncedChanges'))).toEqual(['unsyncedChanges 1', 'unsyncedChanges 0'])
  expect(one.provider).toMatchObject({ isSynced: true, isAuthenticated: true, authorizedScope: 'read-write', hasUnsyncedChanges: false })
})

test('status tells connecting, connected, disconnected; the socket connects again when it is asked to', async () => {
  const socket = createSocket(node.url, { autoConnect: false })
  const one = connectProvider(socket, await createDraft(ann), ann.token)
  expect(one.events).toEqual([])
  void socket.connect()
  await waitUntil(() => isSaved(one), 'the first sync')
  socket.disconnect()
  await waitUntil(() => one.events.includes('disconnect'), 'the end')
  const heard = one.events.filter((told) => told.startsWith('status'))
  expect([...new Set(heard)]).toEqual(['status connecting', 'status connected', 'status disconnected'])
  expect(one.provider.isSynced).toBe(false)
  void socket.connect()
  await waitUntil(() => isSaved(one), 'the second sync')
  expect([count(one, 'synced'), count(one, 'authenticated read-write')]).toEqual([2, 2])
})

test.each([
  ['editor', 'read-write'],
  ['commenter', 'readonly'],
  ['viewer', 'readonly'],
])('a %s is admitted with the scope %s', async (role, scope) => {
  const one = await openOnOwnSocket(node.url, await shared(role), ben.token)
  expect(one.provider.authorizedScope).toBe(scope)
  expect(count(one, `authenticated ${scope}`)).toBe(1)
})

test.each<[string, () => Token, string]>([
  ['a stranger', () => ben.token, 'not-found'],
  ['a forged token', () => 'garbage', 'unauthenticated'],
  ['an empty token', () => '', 'unauthenticated'],
  ['no token', () => null, 'unauthenticated'],
])('%s: authenticationFailed with the reason, once, and no word of the document', async (_, token, reason) => {
  const name = await createDraft(ann)
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  owner.text.insert(0, 'private')
  await waitUntil(() => isSaved(owner), 'the words to be saved')
  const socket = createSocket(node.url)
  const one = connectProvider(socket, name, token())
  await waitUntil(() => one.refusalReason(), 'the refusal')
  // a document of its own, opened after it on the same socket, shows that the socket goes on
  await openProvider(socket, await createDraft(ben), ben.token)
  expect(one.events.filter((told) => told.startsWith('authentic'))).toEqual([`authenticationFailed ${reason}`])
  expect(one.provider).toMatchObject({ isAuthenticated: false, isSynced: false })
  expect(one.text.toString()).toBe('')
})

test.each<[string, () => Token]>([
  ['a function', () => () => ann.token],
  ['a function that promises', () => async () => ann.token],
])('the token may be %s', async (_, token) => {
  const one = await openOnOwnSocket(node.url, await createDraft(ann), token())
  expect(count(one, 'authenticated read-write')).toBe(1)
})

test('a token function that fails is told as a failed authentication, and the socket goes on', async () => {
  const socket = createSocket(node.url)
  const one = connectProvider(socket, await createDraft(ann), () => Promise.reject(new Error('no token today')))
  await waitUntil(() => one.refusalReason(), 'the failure')
  await openProvider(socket, await createDraft(ann), ann.token)
  expect(one.provider.isAuthenticated).toBe(false)
})

test('who is refused may try again on the same provider, and is synced then', async () => {
  let asked = 0
  const one = connectProvider(createSocket(node.url), await createDraft(ann), () => (asked++ === 0 ? 'stale' : ann.token))
  one.provider.on('authenticationFailed', () => {
    void one.provider.sendToken()
    one.provider.startSync()
  })
  await waitUntil(() => isSaved(one), 'the sync after the second token')
  one.text.insert(0, 'in after all')
  await waitUntil(() => isSaved(one), 'the words to be saved')
  expect(asked).toBe(2)
})

test('who is refused may be followed by a provider with a better token, on the same socket', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const refused = connectProvider(socket, name, 'stale')
  await waitUntil(() => refused.refusalReason(), 'the refusal')
  const one = await openProvider(socket, name, ann.token)
  one.text.insert(0, 'in')
  await waitUntil(() => isSaved(one), 'the words to be saved')
  expect(refused.provider.isAuthenticated).toBe(false)
})

test('what is typed before the token is answered, and before it is even known, waits and is saved', async () => {
  const name = await createDraft(ann)
  let give = (_token: string) => {}
  const token = new Promise<string>((resolve) => {
    give = resolve
  })
  const one = connectProvider(createSocket(node.url), name, () => token)
  await waitUntil(() => one.events.includes('open'), 'the socket to be open')
  for (const letter of 'early') one.text.insert(one.text.length, letter)
  one.document.getMap('other').set('early', true)
  give(ann.token)
  await waitUntil(() => isSaved(one), 'all to be saved')
  const other = await openOnOwnSocket(node.url, name, ann.token)
  expect(other.text.toString()).toBe('early')
  expect(other.document.getMap('other').get('early')).toBe(true)
})

test('a token that is sent again renews the connection; nothing is opened a second time', async () => {
  const one = await openOnOwnSocket(node.url, await createDraft(ann), () => ann.token)
  await one.provider.sendToken()
  one.text.insert(0, 'after')
  await waitUntil(() => isSaved(one), 'the words to be saved')
  expect(one.events.filter((told) => told.startsWith('authentic') || told.startsWith('close'))).toEqual(['authenticated read-write'])
})

test('a bad token that is sent again closes that document with the reason, and no other', async () => {
  const socket = createSocket(node.url)
  let token = ann.token
  const one = await openProvider(socket, await createDraft(ann), () => token)
  const other = await openProvider(socket, await createDraft(ann), ann.token)
  token = 'garbage'
  await one.provider.sendToken()
  await waitUntil(() => one.events.includes('close unauthenticated'), 'the document to be closed')
  expect(one.provider.isSynced).toBe(false)
  other.text.insert(0, 'goes on')
  await waitUntil(() => isSaved(other), 'the words to be saved')
})

test('two tabs of one person are two clients of one document', async () => {
  const name = await createDraft(ann)
  const tabs = await Promise.all([openOnOwnSocket(node.url, name, ann.token), openOnOwnSocket(node.url, name, ann.token)])
  tabs[0]?.text.insert(0, 'left ')
  tabs[1]?.text.insert(0, 'right ')
  await waitUntil(() => tabs.every((tab) => isSaved(tab) && tab.text.length === 11), 'both to hold both')
  expect(Y.encodeStateVector(tabs[0]?.document as Y.Doc)).toEqual(Y.encodeStateVector(tabs[1]?.document as Y.Doc))
  tabs[0]?.close()
  tabs[1]?.text.insert(0, 'still ')
  await waitUntil(() => isSaved(tabs[1] as ProviderClient), 'the other to go on')
})
