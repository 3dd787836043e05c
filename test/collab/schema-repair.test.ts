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
const open: OpenDocument[] = []
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})
afterAll(() => {
  for (const { close } of open) close()
})

const element = (name: string, ...children: (Y.XmlElement | Y.XmlText)[]): Y.XmlElement => {
  const made = new Y.XmlElement(name)
  made.insert(0, children)
  return made
}
const paragraph = (words: string) => element('paragraph', new Y.XmlText(words))
const textOf = (document: Y.Doc) => document.getXmlFragment('default')
/** Follows the first child from the first block of the text down to a depth. */
const firstAt = (document: Y.Doc, depth: number): Y.XmlElement => {
  let part = textOf(document).get(0) as Y.XmlElement
  for (let level = 0; level < depth; level++) part = part.get(0) as Y.XmlElement
  return part
}

/** Two connections to a draft that begins with a block. */
async function draftWith(block: Y.XmlElement) {
  const name = await createDraft(ann)
  const [here, there] = [await openDocument(node.url, name, ann.token), await openDocument(node.url, name, ann.token)]
  open.push(here, there)
  textOf(here.document).insert(0, [block])
  await waitUntil(() => textOf(there.document).length === 1, 'the block')
  return { name, id: name.split(':')[1] as string, here, there }
}

async function becomes(documents: Y.Doc[], text: string) {
  for (const document of documents) await expect.poll(() => textOf(document).toString(), { timeout: 30_000 }).toContain(text)
  for (const document of documents) expect(findEditsOnOpen(document)).toEqual([])
}

test('a list item whose paragraph is deleted while a list is nested in it gets one new paragraph', async () => {
  const { name, id, here, there } = await draftWith(element('bulletList', element('listItem', paragraph('item'))))
  firstAt(here.document, 1).push([element('bulletList', element('listItem', paragraph('nested')))])
  firstAt(there.document, 1).delete(0, 1)
  const repaired = '<listitem><paragraph></paragraph><bulletlist><listitem><paragraph>nested</paragraph></listitem></bulletlist></listitem>'
  await becomes([here.document, there.document], repaired)
  await waitUntil(() => isSaved(here) && isSaved(there), 'all to be saved')
  const repairs = (await node.journal.rowsAfter(id, 0)).filter(({ actor }) => actor === null)
  expect(repairs).toHaveLength(1)
  const { body } = await ann.request('GET', `/api/documents/${name}/history/state`)
  expect(body.content.content[0].content[0].content.map(({ type }: { type: string }) => type)).toEqual(['paragraph', 'bulletList'])
})

test('a quote is removed when two clients have each deleted one of its two paragraphs', async () => {
  const { here, there } = await draftWith(element('blockquote', paragraph('one'), paragraph('other')))
  firstAt(here.document, 0).delete(0, 1)
  firstAt(there.document, 0).delete(1, 1)
  await expect.poll(() => textOf(here.document).toString(), { timeout: 30_000 }).toBe('<paragraph></paragraph>')
  await becomes([there.document], '<paragraph></paragraph>')
})

test('a text that violates the schema is repaired when it is opened', async () => {
  const name = await createDraft(ann)
  const document = new Y.Doc()
  textOf(document).insert(0, [element('bulletList', element('listItem', element('bulletList', element('listItem', paragraph('deep')))))])
  await node.journal.append(name.split(':')[1] as string, ann.id, Y.encodeStateAsUpdate(document))
  const one = await openDocument(node.url, name, ann.token)
  open.push(one)
  await becomes([one.document], '<listitem><paragraph></paragraph><bulletlist><listitem><paragraph>deep</paragraph>')
})

test('unknown blocks and XML in other root types are not changed', async () => {
  const { id, here, there } = await draftWith(element('bulletList', element('listItem', element('callout', paragraph('unknown')))))
  here.document.getXmlFragment('mine').insert(0, [element('listItem')])
  firstAt(here.document, 1).push([paragraph('more')])
  await waitUntil(() => isSaved(here) && there.document.getXmlFragment('mine').length === 1, 'all to be saved')
  // the repair of an invalid block after them shows that the repair has checked them
  textOf(here.document).push([element('blockquote')])
  await waitUntil(() => isSaved(here) && textOf(here.document).length === 1, 'the empty quote to be removed')
  expect(textOf(here.document).toString()).toContain(
    '<listitem><callout><paragraph>unknown</paragraph></callout><paragraph>more</paragraph>',
  )
  expect(here.document.getXmlFragment('mine').toString()).toBe('<listitem></listitem>')
  expect((await node.journal.rowsAfter(id, 0)).filter(({ actor }) => actor === null)).toHaveLength(1)
})

test('a node that has the document open repairs an invalid row left by another node', async () => {
  const { id, here, there } = await draftWith(element('bulletList', element('listItem', paragraph('item'))))
  textOf(here.document).push([paragraph('more')])
  await waitUntil(() => isSaved(here), 'the text to be saved')
  const other = new Y.Doc()
  Y.applyUpdate(other, Y.encodeStateAsUpdate(here.document))
  const before = Y.encodeStateVector(other)
  firstAt(other, 1).delete(0, 1)
  await node.journal.append(id, ann.id, Y.encodeStateAsUpdate(other, before))
  // the next row reveals the gap, so this node reads the row before it
  textOf(there.document).push([paragraph('elsewhere')])
  await expect.poll(() => textOf(here.document).toString(), { timeout: 30_000 }).not.toContain('item</paragraph>')
  await expect.poll(() => textOf(here.document).toString(), { timeout: 30_000 }).not.toContain('<listitem></listitem>')
  await becomes([here.document, there.document], '<paragraph>more</paragraph><paragraph>elsewhere</paragraph>')
})
