/** What a provider's document and its count of unsynced changes do. */
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

/** A draft of Ann's that Ben may read. */
async function readable(): Promise<string> {
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  return name
}
const unsynced = ({ events }: ProviderClient) =>
  events.filter((one) => one.startsWith('unsyncedChanges')).map((one) => Number(one.split(' ')[1]))

test('unsynced changes go up with each edit and down with each acknowledgement, to zero and never below', async () => {
  const one = await openOnOwnSocket(node.url, await createDraft(ann), ann.token)
  one.events.length = 0
  for (let n = 0; n < 5; n++) one.text.insert(0, 'x')
  expect(unsynced(one)).toEqual([1, 2, 3, 4, 5])
  await waitUntil(() => isSaved(one), 'all to be saved')
  expect(unsynced(one)).toEqual([1, 2, 3, 4, 5, 4, 3, 2, 1, 0])
  // an acknowledgement too many would show with the next edit: it would be taken for saved by the one that came before
  one.text.insert(0, 'y')
  await waitUntil(() => isSaved(one), 'the last to be saved')
  expect(unsynced(one).slice(-2)).toEqual([1, 0])
})

test('a provider that gathers its edits sends one update, and is acknowledged once', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token, { flushDelay: 30 })
  one.events.length = 0
  for (const letter of 'gathered') one.text.insert(one.text.length, letter)
  await waitUntil(() => isSaved(one), 'all to be saved')
  expect(unsynced(one)).toEqual([1, 0])
  expect((await openOnOwnSocket(node.url, name, ann.token)).text.toString()).toBe('gathered')
  expect(await node.journal.rowsAfter(name.split(':')[1] as string, 0)).toHaveLength(1)
})

test('forceSync asks once more, and ends saved', async () => {
  const one = await openOnOwnSocket(node.url, await createDraft(ann), ann.token)
  one.text.insert(0, 'words')
  await waitUntil(() => isSaved(one), 'the words to be saved')
  one.events.length = 0
  one.provider.forceSync()
  one.provider.forceSync()
  await waitUntil(() => isSaved(one), 'the answer')
  expect(unsynced(one).slice(0, 2)).toEqual([1, 1])
  one.text.insert(0, 'more ')
  await waitUntil(() => isSaved(one), 'the next words to be saved')
})

test('a first sync of a megabyte arrives whole, both ways', async () => {
  const random = createRandom(7)
  const large = Array.from({ length: 100_000 }, () => `${Math.floor(random() * 1e9).toString(36)} `.padEnd(10, '.')).join('')
  expect(large.length).toBeGreaterThanOrEqual(1_000_000)
  const document = new Y.Doc()
  document.getText('text').insert(0, large)
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token, { document })
  const other = await openOnOwnSocket(node.url, name, ann.token)
  expect(other.text.toString() === large).toBe(true)
  other.text.insert(0, 'x')
  await waitUntil(() => one.text.length === large.length + 1, 'the next edit')
})

test('a document that was written before it was opened, on both sides, is both', async () => {
  const name = await createDraft(ann)
  const first = await openOnOwnSocket(node.url, name, ann.token)
  first.text.insert(0, 'there ')
  await waitUntil(() => isSaved(first), 'the words to be saved')
  const document = new Y.Doc()
  document.getText('text').insert(0, 'here ')
  const second = await openOnOwnSocket(node.url, name, ann.token, { document })
  await waitUntil(() => first.text.length === 11 && second.text.toString() === first.text.toString(), 'both to hold both')
})

test('root types of any kind and name stand beside each other', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token)
  const { document } = one
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
  await waitUntil(() => isSaved(one), 'all to be saved')
  const { document: copy } = await openOnOwnSocket(node.url, name, ann.token)
  expect(copy.getXmlFragment('default').toString()).toBe('<paragraph>rich text</paragraph>')
  expect(copy.getMap('milestones').toJSON()).toEqual({ first: { title: 'Begin' } })
  expect(copy.getArray('tasks').toJSON()).toEqual([{ title: 'write', done: false }, 'plain', 7, null])
  expect(copy.getText('notes').toDelta()).toEqual([{ insert: 'bold', attributes: { bold: true } }])
  expect(copy.getMap('').get('')).toBe('the empty name')
  expect(copy.getMap('__proto__').get('key')).toEqual(new Uint8Array([1, 2, 3]))
})

test('one transaction arrives as one event; twenty arrive as what they made together', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  const seen: unknown[] = []
  other.document.getArray('list').observeDeep((events) => seen.push(events.map(({ changes }) => changes.delta)))
  one.document.transact(() => {
    for (let n = 0; n < 5; n++) one.document.getArray('list').push([n])
  })
  await waitUntil(() => other.document.getArray('list').length === 5, 'the five')
  expect(seen).toEqual([[[{ insert: [0, 1, 2, 3, 4] }]]])
  for (let n = 5; n < 25; n++) one.document.getArray('list').push([n])
  await waitUntil(() => other.document.getArray('list').length === 25, 'the twenty')
  expect(other.document.getArray('list').toJSON()).toEqual(Array.from({ length: 25 }, (__, n) => n))
})

test('undo takes back what its own author wrote, and leaves what the other wrote', async () => {
  const name = await createDraft(ann)
  const one = await openOnOwnSocket(node.url, name, ann.token)
  const other = await openOnOwnSocket(node.url, name, ann.token)
  const agree = (text: string) => () => [one, other].every((client) => isSaved(client) && client.text.toString() === text)
  const undo = new Y.UndoManager(one.text, { captureTimeout: 0 })
  one.text.insert(0, 'mine ')
  await waitUntil(agree('mine '), 'the first words')
  other.text.insert(5, 'yours')
  await waitUntil(agree('mine yours'), 'the second words')
  undo.undo()
  await waitUntil(agree('yours'), 'the first words to be taken back')
  undo.redo()
  await waitUntil(agree('mine yours'), 'the first words to be back')
  expect(undo.undoStack).toHaveLength(1)
})

test('edits of a reader stay unsynced, and reach nobody', async () => {
  const name = await readable()
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  const reader = await openOnOwnSocket(node.url, name, ben.token)
  reader.text.insert(0, 'not mine to write')
  await waitUntil(() => reader.statuses.length === 2, 'the answer')
  expect(reader.statuses).toEqual([1, 0])
  owner.text.insert(0, 'owner')
  await waitUntil(() => isSaved(owner) && reader.text.toString().includes('owner'), 'the owner to be heard')
  expect(reader.provider.hasUnsyncedChanges).toBe(true)
  expect(owner.text.toString()).toBe('owner')
  expect(await node.journal.rowsAfter(name.split(':')[1] as string, 0)).toHaveLength(1)
})

test('a reader who has nothing of their own is synced, with nothing unsynced', async () => {
  const name = await readable()
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  owner.text.insert(0, 'owner')
  await waitUntil(() => isSaved(owner), 'the words to be saved')
  const reader = await openOnOwnSocket(node.url, name, ben.token)
  expect(reader.text.toString()).toBe('owner')
  expect(unsynced(reader)).toEqual([1, 0])
})

test.each<[string, (document: Y.Doc) => void]>([
  ['words', (document) => document.getText('text').insert(0, 'mine ')],
  ['a deletion', (document) => document.getText('text').delete(0, 2)],
])('a reader who brings %s along is not told that they are saved', async (_, change) => {
  const name = await readable()
  const owner = await openOnOwnSocket(node.url, name, ann.token)
  owner.text.insert(0, 'owner')
  await waitUntil(() => isSaved(owner), 'the words to be saved')
  const document = new Y.Doc()
  Y.applyUpdate(document, Y.encodeStateAsUpdate(owner.document))
  change(document)
  const reader = connectProvider(createSocket(node.url), name, ben.token, { document })
  await waitUntil(() => reader.provider.isSynced && reader.statuses.length > 0, 'the answer')
  expect(reader.statuses).toEqual([0])
  expect(reader.provider.hasUnsyncedChanges).toBe(true)
  expect(owner.text.toString()).toBe('owner')
})
