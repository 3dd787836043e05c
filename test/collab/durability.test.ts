import { HocuspocusProvider, HocuspocusProviderWebsocket } from '@hocuspocus/provider'
import { sql } from 'kysely'
import pg from 'pg'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { freezeDocument } from '../../domain/documents/document.ts'
import { JournalClosedError } from '../../domain/documents/journal/journal.ts'
import { system } from '../../domain/kernel/actor.ts'
import type { Node } from '../../main.ts'
import { createDraft, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { createTextUpdate } from '../support/frames.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

const toId = (name: string) => name.split(':')[1] as string
const readRows = (name: string) => node.journal.rowsAfter(toId(name), 0)
async function readSnapshotSeq(name: string): Promise<number | undefined> {
  const { rows } = await sql<{ seq: string }>`select seq from document_snapshot where document = ${toId(name)}`.execute(node.database.sql)
  return rows[0] && Number(rows[0].seq)
}

/** Locks the document's row, so that nothing can be committed to its journal. Returns the function that unlocks it. */
async function holdCommits(name: string): Promise<() => Promise<void>> {
  let resolveRelease = () => {}
  const released = new Promise<void>((resolve) => {
    resolveRelease = resolve
  })
  let resolveLocked = () => {}
  const isLocked = new Promise<void>((resolve) => {
    resolveLocked = resolve
  })
  const { pglite } = node.database
  if (pglite) {
    const done = pglite.transaction(async () => {
      resolveLocked()
      await released
    })
    await isLocked
    return async () => {
      resolveRelease()
      await done
    }
  }
  const client = new pg.Client({ connectionString: node.databaseUrl })
  await client.connect()
  await client.query('begin')
  await client.query('select 1 from document where id = $1 for update', [toId(name)])
  return async () => {
    await client.query('rollback')
    await client.end()
  }
}

test('an edit is broadcast at once and acknowledged only after it is committed', async () => {
  const name = await createDraft(ann)
  const author = await openDocument(node.url, name, ann.token)
  const reader = await openDocument(node.url, name, ann.token)
  const release = await holdCommits(name)
  author.text.insert(0, 'a promise')
  await waitUntil(() => reader.text.toString() === 'a promise', 'the edit to reach the reader')
  // an edit by the reader reaches the author, so the server has had time to acknowledge the first edit
  reader.text.insert(0, 'not yet ')
  await waitUntil(() => author.text.toString() === 'not yet a promise', 'the reader’s edit to reach the author')
  expect(author.provider.hasUnsyncedChanges).toBe(true)
  expect(reader.provider.hasUnsyncedChanges).toBe(true)
  await release()
  await waitUntil(() => isSaved(author) && isSaved(reader), 'both clients to be saved')
  expect(await readRows(name)).toHaveLength(2)
  author.close()
  reader.close()
})

test('several documents on one socket keep separate contents', async () => {
  const names = await Promise.all(['One', 'Two', 'Three'].map((title) => createDraft(ann, title)))
  const websocketProvider = new HocuspocusProviderWebsocket({ url: `${node.url.replace('http', 'ws')}/collab` })
  const providers = names.map((name) => new HocuspocusProvider({ websocketProvider, name, token: ann.token }))
  for (const provider of providers) provider.attach()
  await waitUntil(() => providers.every(({ isSynced }) => isSynced), 'all to be synced')
  for (const [index, { document }] of providers.entries()) document.getText('text').insert(0, `text ${index}`)
  await waitUntil(() => providers.every(({ hasUnsyncedChanges }) => !hasUnsyncedChanges), 'all to be saved')
  for (const [index, name] of names.entries()) {
    const reader = await openDocument(node.url, name, ann.token)
    expect(reader.text.toString()).toBe(`text ${index}`)
    reader.close()
  }
  for (const provider of providers) provider.destroy()
  websocketProvider.destroy()
})

test('journal rows have no gaps, name their author and stay after a snapshot; loading reads snapshot and tail', async () => {
  const name = await createDraft(ann)
  const ben = await registerPerson(node.url, 'Ben')
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  const annsClient = await openDocument(node.url, name, ann.token)
  const bensClient = await openDocument(node.url, name, ben.token)
  for (let n = 0; n < 30; n++) (n % 3 ? annsClient : bensClient).text.insert(0, `${n} `)
  await waitUntil(
    () => isSaved(annsClient) && isSaved(bensClient) && annsClient.text.toString() === bensClient.text.toString(),
    'both clients to be saved',
  )
  const text = annsClient.text.toString()
  annsClient.close()
  bensClient.close()
  await waitUntil(async () => (await readSnapshotSeq(name)) === 30, 'the snapshot after the last client left')
  const rows = await readRows(name)
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: 30 }, (_, n) => n + 1))
  expect(rows.filter(({ actor }) => actor === ben.id)).toHaveLength(10)
  expect(rows.filter(({ actor }) => actor === ann.id)).toHaveLength(20)

  // a tail that this node did not write, as if another node had written it
  const copy = new Y.Doc()
  for (const { update } of rows) Y.applyUpdate(copy, update)
  await node.journal.append(toId(name), null, createTextUpdate('tail ', copy))
  const reader = await openDocument(node.url, name, ann.token)
  expect(reader.text.toString()).toBe(`tail ${text}`)
  reader.close()
})

test('documents that grow while they are open are compacted and stay editable', async () => {
  const names = await Promise.all(['One', 'Two', 'Three'].map((title) => createDraft(ann, title)))
  const authors = await Promise.all(names.map((name) => openDocument(node.url, name, ann.token)))
  for (const { text } of authors) text.insert(0, 'x'.repeat(300 * 1024))
  const countSnapshots = async () => (await Promise.all(names.map(readSnapshotSeq))).filter((seq) => seq === 1).length
  await waitUntil(async () => (await countSnapshots()) === names.length, 'a snapshot of each document')
  for (const { text } of authors) text.insert(0, 'more ')
  await waitUntil(() => authors.every(isSaved), 'the later edits to be saved')
  for (const [index, { close }] of authors.entries()) {
    close()
    const reader = await openDocument(node.url, names[index] as string, ann.token)
    expect(reader.text.toString()).toBe(`more ${'x'.repeat(300 * 1024)}`)
    reader.close()
  }
})

test('a row from another node is read from the journal when the head reveals a gap', async () => {
  const name = await createDraft(ann)
  const author = await openDocument(node.url, name, ann.token)
  author.text.insert(0, 'ours')
  await waitUntil(() => isSaved(author), 'the edit to be saved')
  await node.journal.append(toId(name), null, createTextUpdate('theirs '))
  author.text.insert(author.text.length, '!')
  await waitUntil(
    () => author.text.toString().includes('theirs') && author.text.toString().includes('ours!'),
    'the row of the other node to arrive',
  )
  await waitUntil(() => isSaved(author), 'the edit to be saved')
  author.close()
})

test('freezing a document makes its connections read-only, and the journal refuses further updates', async () => {
  const documentName = await createDraft(ann)
  const author = await openDocument(node.url, documentName, ann.token)
  author.text.insert(0, 'signed')
  await waitUntil(() => isSaved(author), 'the text to be saved')
  const enforcement = await node.domain.run(system, freezeDocument, { documentName })
  expect(enforcement.confirmed).toBe(enforcement.nodes)
  await waitUntil(() => author.provider.authorizedScope === 'readonly', 'the connection to become read-only')
  author.text.insert(0, 'too late ')
  await expect(node.journal.append(toId(documentName), ann.id, createTextUpdate('too late'))).rejects.toThrow(JournalClosedError)
  author.close()
  const reader = await openDocument(node.url, documentName, ann.token)
  expect(reader.text.toString()).toBe('signed')
  expect(await readRows(documentName)).toHaveLength(1)
  reader.close()
})

test('an edit that is in flight when the document is frozen reaches neither the journal nor a snapshot', async () => {
  const name = await createDraft(ann)
  const author = await openDocument(node.url, name, ann.token)
  author.text.insert(0, 'before')
  await waitUntil(() => isSaved(author), 'the text to be saved')
  // the freeze is written directly to the database, so the node learns of it only from the journal
  await sql`update document set frozen_at = now() where id = ${toId(name)}`.execute(node.database.sql)
  author.text.insert(0, 'on its way ')
  await waitUntil(() => author.provider.authorizedScope === 'readonly', 'the document to be reopened read-only')
  author.close()
  const reader = await openDocument(node.url, name, ann.token)
  expect(reader.text.toString()).toBe('before')
  expect(await readRows(name)).toHaveLength(1)
  reader.close()
})
