/** Yjs garbage of a large deletion is collected in slices, so that the event loop stays free. The result is that of one collection. */
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { collectGarbageInSlices } from '../../collab/document/garbage-collection.ts'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { openOnOwnSocket } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

/** Adds paragraphs to the text. */
function insertParagraphs(document: Y.Doc, count: number): void {
  document.transact(() => {
    const paragraphs = Array.from({ length: count }, (_, n) => {
      const paragraph = new Y.XmlElement('paragraph')
      paragraph.insert(0, [new Y.XmlText(`words of paragraph ${n}`)])
      return paragraph
    })
    document.getXmlFragment('default').insert(0, paragraphs)
  })
}

const rethrown = (error: unknown) => {
  throw error
}

/** Whether the content of a deleted item is still in memory. */
const hasUncollectedContent = (document: Y.Doc) =>
  [...document.store.clients.values()].some((structs) =>
    structs.some((struct) => struct instanceof Y.Item && struct.deleted && !(struct.content instanceof Y.ContentDeleted)),
  )

test('a large deletion is collected in slices, with the same result as the collection by Yjs', async () => {
  const source = new Y.Doc()
  insertParagraphs(source, 2000)
  const [slicedDocument, directDocument] = [new Y.Doc(), new Y.Doc()]
  collectGarbageInSlices(slicedDocument, rethrown)
  for (const document of [slicedDocument, directDocument]) Y.applyUpdate(document, Y.encodeStateAsUpdate(source))
  let deletion: Uint8Array = new Uint8Array()
  source.once('update', (update: Uint8Array) => {
    deletion = update
  })
  source.getXmlFragment('default').delete(0, 1990)
  Y.applyUpdate(directDocument, deletion)
  Y.applyUpdate(slicedDocument, deletion)
  expect(slicedDocument.getXmlFragment('default').length).toBe(10)
  expect(hasUncollectedContent(slicedDocument)).toBe(true)
  // edit both documents between two slices
  for (const document of [slicedDocument, directDocument]) {
    document.clientID = 7
    insertParagraphs(document, 1)
    document.getXmlFragment('default').delete(5, 2)
  }
  await waitUntil(() => !hasUncollectedContent(slicedDocument), 'all deleted content to be collected')
  await waitUntil(() => Y.encodeStateAsUpdate(slicedDocument).length === Y.encodeStateAsUpdate(directDocument).length, 'the last slice')
  expect(Y.encodeStateAsUpdate(slicedDocument)).toEqual(Y.encodeStateAsUpdate(directDocument))
  expect(Y.equalSnapshots(Y.snapshot(slicedDocument), Y.snapshot(directDocument))).toBe(true)
})

test('a small deletion is collected immediately', () => {
  const document = new Y.Doc()
  collectGarbageInSlices(document, rethrown)
  insertParagraphs(document, 20)
  document.getXmlFragment('default').delete(0, 20)
  expect(hasUncollectedContent(document)).toBe(false)
})

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

test('a client that deletes most of a long document can still edit, and a new client has the same state', async () => {
  const name = await createDraft(ann)
  const writer = await openOnOwnSocket(node.url, name, ann.token)
  insertParagraphs(writer.document, 5000)
  await waitUntil(() => isSaved(writer), 'the paragraphs to be saved')
  writer.document.getXmlFragment('default').delete(0, 4999)
  insertParagraphs(writer.document, 1)
  await waitUntil(() => isSaved(writer), 'the deletion to be saved')
  const isUncollected = async () => (await node.write(name, null, hasUncollectedContent)).result
  expect(await isUncollected()).toBe(true)
  const newClient = await openOnOwnSocket(node.url, name, ann.token)
  expect(newClient.document.getXmlFragment('default').toString()).toBe(writer.document.getXmlFragment('default').toString())
  expect(Y.encodeStateVector(newClient.document)).toEqual(Y.encodeStateVector(writer.document))
  await waitUntil(async () => !(await isUncollected()), 'all deleted content to be collected')
})
