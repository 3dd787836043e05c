/** Events of a provider while it connects, authenticates, is refused, and renews its token. */
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

async function createSharedDraft(role: string): Promise<string> {
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role })
  return name
}
const countEvents = ({ events }: ProviderClient, name: string) => events.filter((event) => event === name).length

test('a provider opens, authenticates, connects and syncs once, without unsynced changes', async () => {
  const client = await openOnOwnSocket(node.url, await createDraft(ann), ann.token)
  const steps = ['open', 'authenticated read-write', 'synced']
  expect(client.events.filter((event) => steps.includes(event))).toEqual(steps)
  expect(countEvents(client, 'connect')).toBe(1)
  expect(client.events.filter((event) => event.startsWith('unsyncedChanges'))).toEqual(['unsyncedChanges 1', 'unsyncedChanges 0'])
  expect(client.provider).toMatchObject({ isSynced: true, isAuthenticated: true, authorizedScope: 'read-write', hasUnsyncedChanges: false })
})

test('the status is connecting, connected, disconnected; the socket reconnects on request', async () => {
  const socket = createSocket(node.url, { autoConnect: false })
  const client = connectProvider(socket, await createDraft(ann), ann.token)
  expect(client.events).toEqual([])
  void socket.connect()
  await waitUntil(() => isSaved(client), 'the first sync')
  socket.disconnect()
  await waitUntil(() => client.events.includes('disconnect'), 'the disconnect')
  const statuses = client.events.filter((event) => event.startsWith('status'))
  expect([...new Set(statuses)]).toEqual(['status connecting', 'status connected', 'status disconnected'])
  expect(client.provider.isSynced).toBe(false)
  void socket.connect()
  await waitUntil(() => isSaved(client), 'the second sync')
  expect([countEvents(client, 'synced'), countEvents(client, 'authenticated read-write')]).toEqual([2, 2])
})

test.each([
  ['editor', 'read-write'],
  ['commenter', 'readonly'],
  ['viewer', 'readonly'],
])('a %s is authenticated with the scope %s', async (role, scope) => {
  const client = await openOnOwnSocket(node.url, await createSharedDraft(role), ben.token)
  expect(client.provider.authorizedScope).toBe(scope)
  expect(countEvents(client, `authenticated ${scope}`)).toBe(1)
})

test.each<[string, () => Token, string]>([
  ['a stranger', () => ben.token, 'not-found'],
  ['a forged token', () => 'garbage', 'unauthenticated'],
  ['an empty token', () => '', 'unauthenticated'],
  ['no token', () => null, 'unauthenticated'],
])('%s: authenticationFailed with the reason once, and no content of the document', async (_, token, reason) => {
  const name = await createDraft(ann)
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  owner.text.insert(0, 'private')
  await waitUntil(() => isSaved(owner), 'the edit to be saved')
  const socket = createSocket(node.url)
  const client = connectProvider(socket, name, token())
  await waitUntil(() => client.refusalReason(), 'the refusal')
  // another document on the same socket shows that the socket stays open
  await openProvider(socket, await createDraft(ben), ben.token)
  expect(client.events.filter((event) => event.startsWith('authentic'))).toEqual([`authenticationFailed ${reason}`])
  expect(client.provider).toMatchObject({ isAuthenticated: false, isSynced: false })
  expect(client.text.toString()).toBe('')
})

test.each<[string, () => Token]>([
  ['a function', () => () => ann.token],
  ['an async function', () => async () => ann.token],
])('the token may be %s', async (_, token) => {
  const client = await openOnOwnSocket(node.url, await createDraft(ann), token())
  expect(countEvents(client, 'authenticated read-write')).toBe(1)
})

test('a token function that fails is an authentication failure, and the socket stays open', async () => {
  const socket = createSocket(node.url)
  const client = connectProvider(socket, await createDraft(ann), () => Promise.reject(new Error('no token')))
  await waitUntil(() => client.refusalReason(), 'the failure')
  await openProvider(socket, await createDraft(ann), ann.token)
  expect(client.provider.isAuthenticated).toBe(false)
})

test('a refused client can authenticate again on the same provider, and is synced', async () => {
  let tokenRequests = 0
  const client = connectProvider(createSocket(node.url), await createDraft(ann), () => (tokenRequests++ === 0 ? 'stale' : ann.token))
  client.provider.on('authenticationFailed', () => {
    void client.provider.sendToken()
    client.provider.startSync()
  })
  await waitUntil(() => isSaved(client), 'the sync after the second token')
  client.text.insert(0, 'after the refusal')
  await waitUntil(() => isSaved(client), 'the edit to be saved')
  expect(tokenRequests).toBe(2)
})

test('after a refusal a provider with a valid token can open the document on the same socket', async () => {
  const name = await createDraft(ann)
  const socket = createSocket(node.url)
  const refused = connectProvider(socket, name, 'stale')
  await waitUntil(() => refused.refusalReason(), 'the refusal')
  const client = await openProvider(socket, name, ann.token)
  client.text.insert(0, 'in')
  await waitUntil(() => isSaved(client), 'the edit to be saved')
  expect(refused.provider.isAuthenticated).toBe(false)
})

test('edits before the authentication are queued and saved', async () => {
  const name = await createDraft(ann)
  let resolveToken = (_token: string) => {}
  const token = new Promise<string>((resolve) => {
    resolveToken = resolve
  })
  const client = connectProvider(createSocket(node.url), name, () => token)
  await waitUntil(() => client.events.includes('open'), 'the socket to be open')
  for (const letter of 'early') client.text.insert(client.text.length, letter)
  client.document.getMap('other').set('early', true)
  resolveToken(ann.token)
  await waitUntil(() => isSaved(client), 'the edits to be saved')
  const other = await openOnOwnSocket(node.url, name, ann.token)
  expect(other.text.toString()).toBe('early')
  expect(other.document.getMap('other').get('early')).toBe(true)
})

test('a token that is sent again renews the connection without opening it again', async () => {
  const client = await openOnOwnSocket(node.url, await createDraft(ann), () => ann.token)
  await client.provider.sendToken()
  client.text.insert(0, 'after')
  await waitUntil(() => isSaved(client), 'the edit to be saved')
  expect(client.events.filter((event) => event.startsWith('authentic') || event.startsWith('close'))).toEqual(['authenticated read-write'])
})

test('an invalid token that is sent again closes only that document, with the reason', async () => {
  const socket = createSocket(node.url)
  let token = ann.token
  const client = await openProvider(socket, await createDraft(ann), () => token)
  const other = await openProvider(socket, await createDraft(ann), ann.token)
  token = 'garbage'
  await client.provider.sendToken()
  await waitUntil(() => client.events.includes('close unauthenticated'), 'the document to be closed')
  expect(client.provider.isSynced).toBe(false)
  other.text.insert(0, 'still open')
  await waitUntil(() => isSaved(other), 'the edit to be saved')
})

test('two tabs of one person are two clients of one document', async () => {
  const name = await createDraft(ann)
  const tabs = await Promise.all([openOnOwnSocket(node.url, name, ann.token), openOnOwnSocket(node.url, name, ann.token)])
  tabs[0]?.text.insert(0, 'left ')
  tabs[1]?.text.insert(0, 'right ')
  await waitUntil(() => tabs.every((tab) => isSaved(tab) && tab.text.length === 11), 'both clients to have both edits')
  expect(Y.encodeStateVector(tabs[0]?.document as Y.Doc)).toEqual(Y.encodeStateVector(tabs[1]?.document as Y.Doc))
  tabs[0]?.close()
  tabs[1]?.text.insert(0, 'still ')
  await waitUntil(() => isSaved(tabs[1] as ProviderClient), 'the other tab to be saved')
})
