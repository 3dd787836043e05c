/** No server edit leaves a block that violates the schema: an editor would delete it, with the text of others in it. */
import { sql } from 'kysely'
import type { JSONContent } from '@tiptap/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { contentToUpdate } from '../../domain/documents/richtext/to-json.ts'
import { recordTypedSuggestions } from '../../domain/suggestions/typed.ts'
import { system } from '../../domain/kernel/actor.ts'
import type { Node } from '../../main.ts'
import { createSharedDraft } from '../support/builders.ts'
import { type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { findEditsOnOpen } from '../support/editor-normalization.ts'
import { createAnchorOn, getRoot } from '../support/prose.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
let cas: Person
const openDocuments: OpenDocument[] = []
beforeAll(async () => {
  node = await getEmptyNode()
  ;[ann, ben, cas] = await Promise.all([registerPerson(node.url, 'Ann'), registerPerson(node.url, 'Ben'), registerPerson(node.url, 'Cas')])
})
afterAll(() => {
  for (const { close } of openDocuments) close()
})

const createText = (characters: string): JSONContent => ({ type: 'text', text: characters })
const createParagraph = (...content: (string | JSONContent)[]): JSONContent => ({
  type: 'paragraph',
  content: content.map((child) => (typeof child === 'string' ? createText(child) : child)),
})
const createBlock = (type: string, ...content: JSONContent[]): JSONContent => ({ type, content })
const createListItem = (...content: JSONContent[]) => createBlock('listItem', ...content)
const field: JSONContent = { type: 'variable', attrs: { name: 'sum' } }

/** A draft of Ann's with some blocks. Ben is an editor and Cas a commenter. Ann and Ben have it open. */
async function openDraft(...blocks: JSONContent[]) {
  const name = await createSharedDraft(ann, { editor: [ben], commenter: [cas] })
  const [annsEditor, bensEditor] = [await openDocument(node.url, name, ann.token), await openDocument(node.url, name, ben.token)]
  openDocuments.push(annsEditor, bensEditor)
  if (blocks.length > 0) {
    Y.applyUpdate(annsEditor.document, await contentToUpdate(createBlock('doc', ...blocks)), 'Ann')
    await waitUntil(() => isSaved(annsEditor), 'the text to be saved')
  }
  const path = `/api/documents/${name}`
  return {
    name,
    path,
    annsEditor,
    bensEditor,
    readText: () => toPlainXml(annsEditor.document),
    suggest: (person: Person, kind: string, quote: string, fields: object = {}) =>
      person.request('POST', `${path}/suggestions`, { kind, anchor: createAnchorOn(annsEditor.document, quote), ...fields }),
    /** Waits for the text. An editor that opens it must not change it. */
    expectText: async (expected: string) => {
      // Yjs prints element names in lower case
      await expect.poll(() => toPlainXml(annsEditor.document)).toBe(expected.replace(/<\/?\w+/g, (tag) => tag.toLowerCase()))
      expect(findEditsOnOpen(annsEditor.document)).toEqual([])
    },
  }
}

/** The text as XML, without suggestion attributes and marks. */
const toPlainXml = (document: Y.Doc) =>
  getRoot(document)
    .toString()
    .replace(/ suggestion="\{.*?\}"/g, '')
    .replace(/<\/?(insertion|deletion)--[^>]*>/g, '')

const editAndSync = async (editor: OpenDocument, otherEditor: OpenDocument, edit: () => void) => {
  editor.document.transact(edit)
  await waitUntil(
    () => isSaved(editor) && toPlainXml(editor.document) === toPlainXml(otherEditor.document),
    'the change to reach the other editor',
  )
}

test('deleting the paragraph of a list item keeps the list nested in the item (R4)', async () => {
  const { suggest, path, expectText } = await openDraft(
    createBlock(
      'bulletList',
      createListItem(createParagraph('Parent'), createBlock('bulletList', createListItem(createParagraph('Nested words')))),
    ),
    createParagraph('end'),
  )
  expect((await suggest(cas, 'delete-block', 'Parent')).status).toBe(201)
  expect((await ann.request('POST', `${path}/suggestions/accept`)).status).toBe(200)
  await expectText(
    '<bulletList><listItem><paragraph></paragraph><bulletList><listItem><paragraph>Nested words</paragraph></listItem></bulletList></listItem></bulletList><paragraph>end</paragraph>',
  )
})

test('deleting a block also deletes parents that become empty, but a cell and the document keep a paragraph', async () => {
  const { suggest, path, expectText } = await openDraft(
    createBlock('blockquote', createBlock('bulletList', createListItem(createParagraph('only')))),
    createBlock('table', createBlock('tableRow', createBlock('tableCell', createParagraph('cell')))),
    createParagraph('last'),
  )
  for (const quote of ['only', 'cell', 'last']) expect((await suggest(ben, 'delete-block', quote)).status).toBe(201)
  await ann.request('POST', `${path}/suggestions/accept`)
  await expectText('<table><tableRow><tableCell colspan="1" rowspan="1"><paragraph></paragraph></tableCell></tableRow></table>')
  const { suggest: suggestInOther, path: otherPath, expectText: expectOtherText } = await openDraft(createParagraph('all'))
  await suggestInOther(ben, 'delete-block', 'all')
  await ann.request('POST', `${otherPath}/suggestions/accept`)
  await expectOtherText('<paragraph></paragraph>')
})

test('undoing one person’s edits keeps the nested list of another person (R6); undoing everything leaves a paragraph', async () => {
  const { name, path, annsEditor, bensEditor, expectText } = await openDraft()
  const insertAndSync = async (editor: OpenDocument, otherEditor: OpenDocument, insert: (root: Y.XmlFragment) => void) =>
    editAndSync(editor, otherEditor, () => insert(getRoot(editor.document)))
  await insertAndSync(annsEditor, bensEditor, (root) =>
    root.insert(0, [toElement(createBlock('bulletList', createListItem(createParagraph('by Ann'))))]),
  )
  await insertAndSync(bensEditor, annsEditor, (root) =>
    ((root.get(0) as Y.XmlElement).get(0) as Y.XmlElement).insert(1, [
      toElement(createBlock('bulletList', createListItem(createParagraph('by Ben')))),
    ]),
  )
  expect((await ben.request('POST', `${path}/undo`, { userId: ann.id, from: 1, to: 1 })).status).toBe(200)
  const nested = '<bulletList><listItem><paragraph>by Ben</paragraph></listItem></bulletList>'
  await expectText(`<bulletList><listItem><paragraph></paragraph>${nested}</listItem></bulletList>`)
  // no editor had to repair anything
  expect((await node.journal.rowsAfter(name.split(':')[1] as string, 0)).map(({ actor }) => actor)).toEqual([ann.id, ben.id, ben.id])
  for (const [userId, from, to] of [
    [ben.id, 2, 3],
    [ann.id, 4, 4],
  ] as const)
    expect((await ann.request('POST', `${path}/undo`, { userId, from, to })).status).toBe(200)
  const otherDraft = await openDraft()
  await editAndSync(otherDraft.annsEditor, otherDraft.bensEditor, () =>
    getRoot(otherDraft.annsEditor.document).insert(0, [toElement(createParagraph('all of it'))]),
  )
  await ben.request('POST', `${otherDraft.path}/undo`, { userId: ann.id, from: 1, to: 1 })
  await otherDraft.expectText('<paragraph></paragraph>')
})

test('undoing a table row keeps all its cells when another person wrote in one of them', async () => {
  const { path, annsEditor, bensEditor, expectText } = await openDraft(
    createBlock(
      'table',
      createBlock('tableRow', createBlock('tableCell', createParagraph('a')), createBlock('tableCell', createParagraph('b'))),
    ),
  )
  const getTable = ({ document }: OpenDocument) => getRoot(document).get(0) as Y.XmlElement
  const cells = createBlock(
    'tableRow',
    createBlock('tableCell', createBlock('paragraph')),
    createBlock('tableCell', createBlock('paragraph')),
  )
  await waitUntil(() => toPlainXml(bensEditor.document) === toPlainXml(annsEditor.document), 'the text to reach Ben’s editor')
  await editAndSync(annsEditor, bensEditor, () => getTable(annsEditor).insert(1, [toElement(cells)]))
  await editAndSync(bensEditor, annsEditor, () =>
    (((getTable(bensEditor).get(1) as Y.XmlElement).get(1) as Y.XmlElement).get(0) as Y.XmlElement).insert(0, [new Y.XmlText('Ben')]),
  )
  await ben.request('POST', `${path}/undo`, { userId: ann.id, from: 2, to: 2 })
  const toRow = (...texts: string[]) =>
    `<tableRow>${texts.map((cellText) => `<tableCell colspan="1" rowspan="1"><paragraph>${cellText}</paragraph></tableCell>`).join('')}</tableRow>`
  await expectText(`<table>${toRow('a', 'b')}${toRow('', 'Ben')}</table>`)
})

test('undoing a change of a heading’s level leaves a valid level (R14)', async () => {
  const { path, annsEditor, bensEditor, expectText } = await openDraft({
    type: 'heading',
    attrs: { level: 2 },
    content: [createText('Terms')],
  })
  await waitUntil(() => toPlainXml(bensEditor.document) === toPlainXml(annsEditor.document), 'the text to reach Ben’s editor')
  await editAndSync(bensEditor, annsEditor, () => (getRoot(bensEditor.document).get(0) as Y.XmlElement).removeAttribute('level'))
  await editAndSync(bensEditor, annsEditor, () =>
    (getRoot(bensEditor.document).get(0) as Y.XmlElement).setAttribute('level', 3 as unknown as string),
  )
  await ann.request('POST', `${path}/undo`, { userId: ben.id, from: 3, to: 3 })
  await expectText('<heading level="1">Terms</heading>')
})

test('a suggestion of a block type is refused where the schema does not allow it (R8)', async () => {
  const list = createBlock('bulletList', createListItem(createParagraph('first'), createParagraph('second')))
  const { suggest, readText, expectText, path } = await openDraft(list, createParagraph('end'))
  const textBefore = readText()
  for (const [kind, status] of [
    ['change-block', 400],
    ['insert-block', 201],
  ] as const)
    expect([kind, (await suggest(cas, kind, 'first', { type: 'heading', level: 2 })).status]).toEqual([kind, status])
  const { body } = await suggest(cas, 'change-block', 'first', { type: 'heading' })
  expect(body).toMatchObject({
    type: 'urn:problem:invalid-input',
    errors: [{ path: 'type', message: 'The block cannot become a heading: a listItem does not allow it at this place.' }],
  })
  expect((await suggest(cas, 'change-block', 'second', { type: 'heading' })).status).toBe(201)
  await ann.request('POST', `${path}/suggestions/reject`)
  await expectText(textBefore)
})

test('rejecting a change keeps the text when the old block type is no longer allowed there (R8b)', async () => {
  const { path, annsEditor, bensEditor, expectText } = await openDraft(
    createBlock('bulletList', createListItem(createParagraph('Words of weight'))),
  )
  await waitUntil(() => toPlainXml(bensEditor.document) === toPlainXml(annsEditor.document), 'the text to reach Ben’s editor')
  // a suggestion changed a heading to a paragraph, and that paragraph was moved into a list
  const id = crypto.randomUUID()
  const attributes = { id, author: ben.id, at: '2026-05-01T00:00:00.000Z', kind: 'change', was: { type: 'heading', attrs: { level: 1 } } }
  await editAndSync(bensEditor, annsEditor, () =>
    (((getRoot(bensEditor.document).get(0) as Y.XmlElement).get(0) as Y.XmlElement).get(0) as Y.XmlElement).setAttribute(
      'suggestion',
      JSON.stringify(attributes),
    ),
  )
  expect((await ann.request('POST', `${path}/suggestions/${id}/reject`)).status).toBe(200)
  await waitUntil(() => !getRoot(annsEditor.document).toString().includes('suggestion'), 'the decision')
  await expectText('<bulletList><listItem><paragraph>Words of weight</paragraph></listItem></bulletList>')
})

test('a field in a block that is deleted by suggestion is kept (R13)', async () => {
  const simpleDraft = await openDraft(createParagraph('First'), createParagraph('The sum is ', field, ' euro'), createParagraph('Last'))
  expect((await simpleDraft.suggest(ben, 'delete-block', 'The sum')).status).toBe(201)
  await ann.request('POST', `${simpleDraft.path}/suggestions/accept`)
  await simpleDraft.expectText('<paragraph>First<variable name="sum"></variable></paragraph><paragraph>Last</paragraph>')
  const nestedDraft = await openDraft(
    createBlock(
      'bulletList',
      createListItem(createParagraph('one'), createBlock('bulletList', createListItem(createParagraph('two ', field)))),
    ),
  )
  const getItem = (document: Y.Doc) => (getRoot(document).get(0) as Y.XmlElement).get(0) as Y.XmlElement
  await waitUntil(
    () => toPlainXml(nestedDraft.bensEditor.document) === toPlainXml(nestedDraft.annsEditor.document),
    'the text to reach Ben’s editor',
  )
  const attributes = { id: crypto.randomUUID(), author: ben.id, at: '2026-05-01T00:00:00.000Z' }
  await editAndSync(nestedDraft.bensEditor, nestedDraft.annsEditor, () =>
    getItem(nestedDraft.bensEditor.document).setAttribute('suggestion', JSON.stringify({ ...attributes, kind: 'delete' })),
  )
  for (const quote of ['one', 'two']) await nestedDraft.suggest(ben, 'delete-block', quote)
  await ann.request('POST', `${nestedDraft.path}/suggestions/accept`)
  await nestedDraft.expectText(
    '<bulletList><listItem><paragraph></paragraph><bulletList><listItem><paragraph><variable name="sum"></variable></paragraph></listItem></bulletList></listItem></bulletList>',
  )
})

test('a suggestion that is found in the text before its row is written gets one row and one event (R7)', async () => {
  const { name: documentName, path, suggest } = await openDraft(createParagraph('Some words'))
  let isRunning = true
  const recording = (async () => {
    while (isRunning) await node.domain.run(system, recordTypedSuggestions, { documentName })
  })()
  const responses = []
  for (let n = 0; n < 30; n++) responses.push(await suggest(cas, 'insert', 'words', { text: `w${n}` }))
  isRunning = false
  await recording
  expect(responses.map(({ status }) => status)).toEqual(responses.map(() => 201))
  const ids = responses.map(({ body }) => body.id as string)
  const { rows } = await sql<{ id: string }>`
    select data->>'suggestionId' as id from event where name = 'suggestion.changed' and subject = ${documentName}`.execute(
    node.database.sql,
  )
  expect(rows.map(({ id }) => id).toSorted((one, other) => (one < other ? -1 : 1))).toEqual(
    ids.toSorted((one, other) => (one < other ? -1 : 1)),
  )
  expect((await ann.request('GET', `${path}/suggestions?limit=100`)).body.items).toHaveLength(30)
})

/** Converts a block of the editor's JSON to a Yjs element. */
function toElement(content: JSONContent): Y.XmlElement {
  const element = new Y.XmlElement(content.type as string)
  const attrs = /^table(Cell|Header)$/.test(content.type as string) ? { colspan: 1, rowspan: 1, ...content.attrs } : (content.attrs ?? {})
  for (const [key, value] of Object.entries(attrs)) element.setAttribute(key, value as string)
  element.insert(
    0,
    (content.content ?? []).map((child) => (child.type === 'text' ? new Y.XmlText(child.text) : toElement(child))),
  )
  return element
}
