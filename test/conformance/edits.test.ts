/** Edits and the count of unsynced changes of a provider. */
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { openOnOwnSocket, type ProviderClient, connectProvider, createSocket } from '../support/providers.ts'
import { createRandom } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})

/** Creates a draft of Ann's that Ben can view. */
async function createReadableDraft(): Promise<string> {
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  return name
}
const readUnsyncedCounts = ({ events }: ProviderClient) =>
  events.filter((event) => event.startsWith('unsyncedChanges')).map((event) => Number(event.split(' ')[1]))

test('unsynced changes increase with each edit and decrease with each acknowledgement, never below zero', async () => {
  const client = await openOnOwnSocket(node.url, await createDraft(ann), ann.token)
  client.events.length = 0
  for (let n = 0; n < 5; n++) client.text.insert(0, 'x')
  expect(readUnsyncedCounts(client)).toEqual([1, 2, 3, 4, 5])
  await waitUntil(() => isSaved(client), 'the edits to be saved')
  expect(readUnsyncedCounts(client)).toEqual([1, 2, 3, 4, 5, 4, 3, 2, 1, 0])
  // a surplus acknowledgement would mark the next edit as saved too early
  client.text.insert(0, 'y')
  await waitUntil(() => isSaved(client), 'the last edit to be saved')
  expect(readUnsyncedCounts(client).slice(-2)).toEqual([1, 0])
})

test('a provider with a flush delay sends one update, and is acknowledged once', async () => {
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token, { flushDelay: 30 })
  client.events.length = 0
  for (const letter of 'collected') client.text.insert(client.text.length, letter)
  await waitUntil(() => isSaved(client), 'the edits to be saved')
  expect(readUnsyncedCounts(client)).toEqual([1, 0])
  expect((await openOnOwnSocket(node.url, name, ann.token)).text.toString()).toBe('collected')
  expect(await node.journal.rowsAfter(name.split(':')[1] as string, 0)).toHaveLength(1)
})

test('forceSync syncs again, and ends without unsynced changes', async () => {
  const client = await openOnOwnSocket(node.url, await createDraft(ann), ann.token)
  client.text.insert(0, 'words')
  await waitUntil(() => isSaved(client), 'the edit to be saved')
  client.events.length = 0
  client.provider.forceSync()
  client.provider.forceSync()
  await waitUntil(() => isSaved(client), 'the sync status')
  expect(readUnsyncedCounts(client).slice(0, 2)).toEqual([1, 1])
  client.text.insert(0, 'more ')
  await waitUntil(() => isSaved(client), 'the next edit to be saved')
})

test('a first sync of a megabyte arrives completely, in both directions', async () => {
  const random = createRandom(7)
  const large = Array.from({ length: 100_000 }, () => `${Math.floor(random() * 1e9).toString(36)} `.padEnd(10, '.')).join('')
  expect(large.length).toBeGreaterThanOrEqual(1_000_000)
  const document = new Y.Doc()
  document.getText('text').insert(0, large)
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token, { document })
  const other = await openOnOwnSocket(node.url, name, ann.token)
  expect(other.text.toString() === large).toBe(true)
  other.text.insert(0, 'x')
  await waitUntil(() => client.text.length === large.length + 1, 'the next edit')
})

test('a document that was edited on both sides before it was opened merges both', async () => {
  const name = await createDraft(ann)
  const first = await openOnOwnSocket(node.url, name, ann.token)
  first.text.insert(0, 'there ')
  await waitUntil(() => isSaved(first), 'the edit to be saved')
  const document = new Y.Doc()
  document.getText('text').insert(0, 'here ')
  const second = await openOnOwnSocket(node.url, name, ann.token, { document })
  await waitUntil(() => first.text.length === 11 && second.text.toString() === first.text.toString(), 'both replicas to have both edits')
})

test('root types of any kind and name coexist', async () => {
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token)
  const { document } = client
  document.transact(() => {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText('rich text')])
    document.getXmlFragment('default').insert(0, [paragraph])
    document.getMap('milestones').set('first', new Y.Map([['title', 'Begin']]))
    document.getArray('tasks').push([{ title: 'write', done: false }, 'plain', 7, null])
    document.getText('notes').insert(0, 'bold', { bold: true })
    document.getMap('').set('', 'the empty name')
    document.getMap('__proto__').set('key', new Uint8Array([1, 2, 3]))
  })
  await waitUntil(() => isSaved(client), 'the edits to be saved')
  const { document: copy } = await openOnOwnSocket(node.url, name, ann.token)
  expect(copy.getXmlFragment('default').toString()).toBe('<paragraph>rich text</paragraph>')
  expect(copy.getMap('milestones').toJSON()).toEqual({ first: { title: 'Begin' } })
  expect(copy.getArray('tasks').toJSON()).toEqual([{ title: 'write', done: false }, 'plain', 7, null])
  expect(copy.getText('notes').toDelta()).toEqual([{ insert: 'bold', attributes: { bold: true } }])
  expect(copy.getMap('').get('')).toBe('the empty name')
  expect(copy.getMap('__proto__').get('key')).toEqual(new Uint8Array([1, 2, 3]))
})

test('one transaction arrives as one event; the result of twenty arrives completely', async () => {
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  const deltas: unknown[] = []
  other.document.getArray('list').observeDeep((events) => deltas.push(events.map(({ changes }) => changes.delta)))
  client.document.transact(() => {
    for (let n = 0; n < 5; n++) client.document.getArray('list').push([n])
  })
  await waitUntil(() => other.document.getArray('list').length === 5, 'the five')
  expect(deltas).toEqual([[[{ insert: [0, 1, 2, 3, 4] }]]])
  for (let n = 5; n < 25; n++) client.document.getArray('list').push([n])
  await waitUntil(() => other.document.getArray('list').length === 25, 'the twenty')
  expect(other.document.getArray('list').toJSON()).toEqual(Array.from({ length: 25 }, (__, n) => n))
})

test('undo removes only the edits of its own author', async () => {
  const name = await createDraft(ann)
  const client = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  const bothHave = (text: string) => () => [client, other].every((replica) => isSaved(replica) && replica.text.toString() === text)
  const undo = new Y.UndoManager(client.text, { captureTimeout: 0 })
  client.text.insert(0, 'mine ')
  await waitUntil(bothHave('mine '), 'the first words')
  other.text.insert(5, 'yours')
  await waitUntil(bothHave('mine yours'), 'the second words')
  undo.undo()
  await waitUntil(bothHave('yours'), 'the first words to be undone')
  undo.redo()
  await waitUntil(bothHave('mine yours'), 'the first words to be redone')
  expect(undo.undoStack).toHaveLength(1)
})

test('edits of a viewer stay unsynced and are not delivered', async () => {
  const name = await createReadableDraft()
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  const reader = await openOnOwnSocket(node.url, name, ben.token)
  reader.text.insert(0, 'edit of a viewer')
  await waitUntil(() => reader.statuses.length === 2, 'the sync status')
  expect(reader.statuses).toEqual([1, 0])
  owner.text.insert(0, 'owner')
  await waitUntil(() => isSaved(owner) && reader.text.toString().includes('owner'), 'the edit of the owner')
  expect(reader.provider.hasUnsyncedChanges).toBe(true)
  expect(owner.text.toString()).toBe('owner')
  expect(await node.journal.rowsAfter(name.split(':')[1] as string, 0)).toHaveLength(1)
})

test('a viewer without own edits is synced without unsynced changes', async () => {
  const name = await createReadableDraft()
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  owner.text.insert(0, 'owner')
  await waitUntil(() => isSaved(owner), 'the edit to be saved')
  const reader = await openOnOwnSocket(node.url, name, ben.token)
  expect(reader.text.toString()).toBe('owner')
  expect(readUnsyncedCounts(reader)).toEqual([1, 0])
})

test.each<[string, (document: Y.Doc) => void]>([
  ['words', (document) => document.getText('text').insert(0, 'mine ')],
  ['a deletion', (document) => document.getText('text').delete(0, 2)],
])('a viewer who opens the document with %s gets no acknowledgement', async (_, change) => {
  const name = await createReadableDraft()
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  owner.text.insert(0, 'owner')
  await waitUntil(() => isSaved(owner), 'the edit to be saved')
  const document = new Y.Doc()
  Y.applyUpdate(document, Y.encodeStateAsUpdate(owner.document))
  change(document)
  const reader = connectProvider(createSocket(node.url), name, ben.token, { document })
  await waitUntil(() => reader.provider.isSynced && reader.statuses.length > 0, 'the sync status')
  expect(reader.statuses).toEqual([0])
  expect(reader.provider.hasUnsyncedChanges).toBe(true)
  expect(owner.text.toString()).toBe('owner')
})
