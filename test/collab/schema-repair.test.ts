/** Two edits that are each valid in the schema can be invalid when merged. The server repairs such a block once. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { findEditsOnOpen } from '../support/editor-normalization.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
const openDocuments: OpenDocument[] = []
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})
afterAll(() => {
  for (const { close } of openDocuments) close()
})

const createElement = (name: string, ...children: (Y.XmlElement | Y.XmlText)[]): Y.XmlElement => {
  const created = new Y.XmlElement(name)
  created.insert(0, children)
  return created
}
const createParagraph = (text: string) => createElement('paragraph', new Y.XmlText(text))
const getText = (document: Y.Doc) => document.getXmlFragment('default')
/** Follows the first child from the first block of the text down to a depth. */
const getFirstAtDepth = (document: Y.Doc, depth: number): Y.XmlElement => {
  let element = getText(document).get(0) as Y.XmlElement
  for (let level = 0; level < depth; level++) element = element.get(0) as Y.XmlElement
  return element
}

/** Two connections to a draft that begins with a block. */
async function openDraftTwice(block: Y.XmlElement) {
  const name = await createDraft(ann)
  const [firstClient, secondClient] = [await openDocument(node.url, name, ann.token), await openDocument(node.url, name, ann.token)]
  openDocuments.push(firstClient, secondClient)
  getText(firstClient.document).insert(0, [block])
  await waitUntil(() => getText(secondClient.document).length === 1, 'the block to arrive')
  return { name, id: name.split(':')[1] as string, firstClient, secondClient }
}

async function expectText(documents: Y.Doc[], text: string) {
  for (const document of documents) await expect.poll(() => getText(document).toString(), { timeout: 30_000 }).toContain(text)
  for (const document of documents) expect(findEditsOnOpen(document)).toEqual([])
}

test('a list item whose paragraph is deleted while a list is nested in it gets one new paragraph', async () => {
  const { name, id, firstClient, secondClient } = await openDraftTwice(
    createElement('bulletList', createElement('listItem', createParagraph('item'))),
  )
  getFirstAtDepth(firstClient.document, 1).push([createElement('bulletList', createElement('listItem', createParagraph('nested')))])
  getFirstAtDepth(secondClient.document, 1).delete(0, 1)
  const repaired = '<listitem><paragraph></paragraph><bulletlist><listitem><paragraph>nested</paragraph></listitem></bulletlist></listitem>'
  await expectText([firstClient.document, secondClient.document], repaired)
  await waitUntil(() => isSaved(firstClient) && isSaved(secondClient), 'all clients to be saved')
  const repairs = (await node.journal.rowsAfter(id, 0)).filter(({ actor }) => actor === null)
  expect(repairs).toHaveLength(1)
  const { body } = await ann.request('GET', `/api/documents/${name}/history/state`)
  expect(body.content.content[0].content[0].content.map(({ type }: { type: string }) => type)).toEqual(['paragraph', 'bulletList'])
})

test('a quote is removed when two clients have each deleted one of its two paragraphs', async () => {
  const { firstClient, secondClient } = await openDraftTwice(createElement('blockquote', createParagraph('one'), createParagraph('other')))
  getFirstAtDepth(firstClient.document, 0).delete(0, 1)
  getFirstAtDepth(secondClient.document, 0).delete(1, 1)
  await expect.poll(() => getText(firstClient.document).toString(), { timeout: 30_000 }).toBe('<paragraph></paragraph>')
  await expectText([secondClient.document], '<paragraph></paragraph>')
})

test('a text that violates the schema is repaired when it is opened', async () => {
  const name = await createDraft(ann)
  const document = new Y.Doc()
  getText(document).insert(0, [
    createElement('bulletList', createElement('listItem', createElement('bulletList', createElement('listItem', createParagraph('deep'))))),
  ])
  await node.journal.append(name.split(':')[1] as string, ann.id, Y.encodeStateAsUpdate(document))
  const client = await openDocument(node.url, name, ann.token)
  openDocuments.push(client)
  await expectText([client.document], '<listitem><paragraph></paragraph><bulletlist><listitem><paragraph>deep</paragraph>')
})

test('unknown blocks and XML in other root types are not changed', async () => {
  const { id, firstClient, secondClient } = await openDraftTwice(
    createElement('bulletList', createElement('listItem', createElement('callout', createParagraph('unknown')))),
  )
  firstClient.document.getXmlFragment('mine').insert(0, [createElement('listItem')])
  getFirstAtDepth(firstClient.document, 1).push([createParagraph('more')])
  await waitUntil(() => isSaved(firstClient) && secondClient.document.getXmlFragment('mine').length === 1, 'all clients to be saved')
  // the repair of an invalid block after them shows that the repair has checked them
  getText(firstClient.document).push([createElement('blockquote')])
  await waitUntil(() => isSaved(firstClient) && getText(firstClient.document).length === 1, 'the empty quote to be removed')
  expect(getText(firstClient.document).toString()).toContain(
    '<listitem><callout><paragraph>unknown</paragraph></callout><paragraph>more</paragraph>',
  )
  expect(firstClient.document.getXmlFragment('mine').toString()).toBe('<listitem></listitem>')
  expect((await node.journal.rowsAfter(id, 0)).filter(({ actor }) => actor === null)).toHaveLength(1)
})

test('a node that has the document open repairs an invalid row left by another node', async () => {
  const { id, firstClient, secondClient } = await openDraftTwice(
    createElement('bulletList', createElement('listItem', createParagraph('item'))),
  )
  getText(firstClient.document).push([createParagraph('more')])
  await waitUntil(() => isSaved(firstClient), 'the text to be saved')
  const otherReplica = new Y.Doc()
  Y.applyUpdate(otherReplica, Y.encodeStateAsUpdate(firstClient.document))
  const vectorBefore = Y.encodeStateVector(otherReplica)
  getFirstAtDepth(otherReplica, 1).delete(0, 1)
  await node.journal.append(id, ann.id, Y.encodeStateAsUpdate(otherReplica, vectorBefore))
  // the next row reveals the gap, so this node reads the row before it
  getText(secondClient.document).push([createParagraph('elsewhere')])
  await expect.poll(() => getText(firstClient.document).toString(), { timeout: 30_000 }).not.toContain('item</paragraph>')
  await expect.poll(() => getText(firstClient.document).toString(), { timeout: 30_000 }).not.toContain('<listitem></listitem>')
  await expectText([firstClient.document, secondClient.document], '<paragraph>more</paragraph><paragraph>elsewhere</paragraph>')
})
