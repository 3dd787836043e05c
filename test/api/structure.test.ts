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
const open: OpenDocument[] = []
beforeAll(async () => {
  node = await getEmptyNode()
  ;[ann, ben, cas] = await Promise.all([registerPerson(node.url, 'Ann'), registerPerson(node.url, 'Ben'), registerPerson(node.url, 'Cas')])
})
afterAll(() => {
  for (const { close } of open) close()
})

const text = (words: string): JSONContent => ({ type: 'text', text: words })
const paragraph = (...words: (string | JSONContent)[]): JSONContent => ({
  type: 'paragraph',
  content: words.map((one) => (typeof one === 'string' ? text(one) : one)),
})
const block = (type: string, ...content: JSONContent[]): JSONContent => ({ type, content })
const item = (...content: JSONContent[]) => block('listItem', ...content)
const field: JSONContent = { type: 'variable', attrs: { name: 'sum' } }

/** A draft of Ann's with some blocks. Ben is an editor and Cas a commenter. Ann and Ben have it open. */
async function draft(...blocks: JSONContent[]) {
  const name = await createSharedDraft(ann, { editor: [ben], commenter: [cas] })
  const [anns, bens] = [await openDocument(node.url, name, ann.token), await openDocument(node.url, name, ben.token)]
  open.push(anns, bens)
  if (blocks.length > 0) {
    Y.applyUpdate(anns.document, await contentToUpdate(block('doc', ...blocks)), 'Ann')
    await waitUntil(() => isSaved(anns), 'the text to be saved')
  }
  const path = `/api/documents/${name}`
  return {
    name,
    path,
    anns,
    bens,
    shown: () => bare(anns.document),
    suggest: (who: Person, kind: string, words: string, more: object = {}) =>
      who.request('POST', `${path}/suggestions`, { kind, anchor: createAnchorOn(anns.document, words), ...more }),
    /** Waits for the text. An editor that opens it must not change it. */
    becomes: async (wanted: string) => {
      // Yjs prints element names in lower case
      await expect.poll(() => bare(anns.document)).toBe(wanted.replace(/<\/?\w+/g, (tag) => tag.toLowerCase()))
      expect(findEditsOnOpen(anns.document)).toEqual([])
    },
  }
}

/** The text as XML, without suggestion attributes and marks. */
const bare = (document: Y.Doc) =>
  getRoot(document)
    .toString()
    .replace(/ suggestion="\{.*?\}"/g, '')
    .replace(/<\/?(insertion|deletion)--[^>]*>/g, '')

const change = async (one: OpenDocument, other: OpenDocument, does: () => void) => {
  one.document.transact(does)
  await waitUntil(() => isSaved(one) && bare(one.document) === bare(other.document), 'the change to be seen')
}

test('deleting the paragraph of a list item keeps the list nested in the item (R4)', async () => {
  const { suggest, path, becomes } = await draft(
    block('bulletList', item(paragraph('Parent'), block('bulletList', item(paragraph('Nested words'))))),
    paragraph('end'),
  )
  expect((await suggest(cas, 'delete-block', 'Parent')).status).toBe(201)
  expect((await ann.request('POST', `${path}/suggestions/accept`)).status).toBe(200)
  await becomes(
    '<bulletList><listItem><paragraph></paragraph><bulletList><listItem><paragraph>Nested words</paragraph></listItem></bulletList></listItem></bulletList><paragraph>end</paragraph>',
  )
})

test('deleting a block also deletes parents that become empty, but a cell and the document keep a paragraph', async () => {
  const { suggest, path, becomes } = await draft(
    block('blockquote', block('bulletList', item(paragraph('only')))),
    block('table', block('tableRow', block('tableCell', paragraph('cell')))),
    paragraph('last'),
  )
  for (const words of ['only', 'cell', 'last']) expect((await suggest(ben, 'delete-block', words)).status).toBe(201)
  await ann.request('POST', `${path}/suggestions/accept`)
  await becomes('<table><tableRow><tableCell colspan="1" rowspan="1"><paragraph></paragraph></tableCell></tableRow></table>')
  const { suggest: also, path: other, becomes: empties } = await draft(paragraph('all'))
  await also(ben, 'delete-block', 'all')
  await ann.request('POST', `${other}/suggestions/accept`)
  await empties('<paragraph></paragraph>')
})

test('undoing one person’s edits keeps the nested list of another person (R6); undoing everything leaves a paragraph', async () => {
  const { name, path, anns, bens, becomes } = await draft()
  const write = async (one: OpenDocument, other: OpenDocument, put: (root: Y.XmlFragment) => void) =>
    change(one, other, () => put(getRoot(one.document)))
  await write(anns, bens, (root) => root.insert(0, [elements(block('bulletList', item(paragraph('by Ann'))))]))
  await write(bens, anns, (root) =>
    ((root.get(0) as Y.XmlElement).get(0) as Y.XmlElement).insert(1, [elements(block('bulletList', item(paragraph('by Ben'))))]),
  )
  expect((await ben.request('POST', `${path}/undo`, { userId: ann.id, from: 1, to: 1 })).status).toBe(200)
  const nested = '<bulletList><listItem><paragraph>by Ben</paragraph></listItem></bulletList>'
  await becomes(`<bulletList><listItem><paragraph></paragraph>${nested}</listItem></bulletList>`)
  // no editor had to repair anything
  expect((await node.journal.rowsAfter(name.split(':')[1] as string, 0)).map(({ actor }) => actor)).toEqual([ann.id, ben.id, ben.id])
  for (const [userId, from, to] of [
    [ben.id, 2, 3],
    [ann.id, 4, 4],
  ] as const)
    expect((await ann.request('POST', `${path}/undo`, { userId, from, to })).status).toBe(200)
  const alone = await draft()
  await change(alone.anns, alone.bens, () => getRoot(alone.anns.document).insert(0, [elements(paragraph('all of it'))]))
  await ben.request('POST', `${alone.path}/undo`, { userId: ann.id, from: 1, to: 1 })
  await alone.becomes('<paragraph></paragraph>')
})

test('undoing a table row keeps all its cells when another person wrote in one of them', async () => {
  const { path, anns, bens, becomes } = await draft(
    block('table', block('tableRow', block('tableCell', paragraph('a')), block('tableCell', paragraph('b')))),
  )
  const table = ({ document }: OpenDocument) => getRoot(document).get(0) as Y.XmlElement
  const cells = block('tableRow', block('tableCell', block('paragraph')), block('tableCell', block('paragraph')))
  await waitUntil(() => bare(bens.document) === bare(anns.document), 'Ben to see it')
  await change(anns, bens, () => table(anns).insert(1, [elements(cells)]))
  await change(bens, anns, () =>
    (((table(bens).get(1) as Y.XmlElement).get(1) as Y.XmlElement).get(0) as Y.XmlElement).insert(0, [new Y.XmlText('Ben')]),
  )
  await ben.request('POST', `${path}/undo`, { userId: ann.id, from: 2, to: 2 })
  const row = (...words: string[]) =>
    `<tableRow>${words.map((one) => `<tableCell colspan="1" rowspan="1"><paragraph>${one}</paragraph></tableCell>`).join('')}</tableRow>`
  await becomes(`<table>${row('a', 'b')}${row('', 'Ben')}</table>`)
})

test('undoing a change of a heading’s level leaves a valid level (R14)', async () => {
  const { path, anns, bens, becomes } = await draft({ type: 'heading', attrs: { level: 2 }, content: [text('Terms')] })
  await waitUntil(() => bare(bens.document) === bare(anns.document), 'Ben to see it')
  await change(bens, anns, () => (getRoot(bens.document).get(0) as Y.XmlElement).removeAttribute('level'))
  await change(bens, anns, () => (getRoot(bens.document).get(0) as Y.XmlElement).setAttribute('level', 3 as unknown as string))
  await ann.request('POST', `${path}/undo`, { userId: ben.id, from: 3, to: 3 })
  await becomes('<heading level="1">Terms</heading>')
})

test('a suggestion of a block type is refused where the schema does not allow it (R8)', async () => {
  const list = block('bulletList', item(paragraph('first'), paragraph('second')))
  const { suggest, shown, becomes, path } = await draft(list, paragraph('end'))
  const before = shown()
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
  await becomes(before)
})

test('rejecting a change keeps the text when the old block type is no longer allowed there (R8b)', async () => {
  const { path, anns, bens, becomes } = await draft(block('bulletList', item(paragraph('Words of weight'))))
  await waitUntil(() => bare(bens.document) === bare(anns.document), 'Ben to see it')
  // a suggestion changed a heading to a paragraph, and that paragraph was moved into a list
  const id = crypto.randomUUID()
  const lead = { id, author: ben.id, at: '2026-05-01T00:00:00.000Z', kind: 'change', was: { type: 'heading', attrs: { level: 1 } } }
  await change(bens, anns, () =>
    (((getRoot(bens.document).get(0) as Y.XmlElement).get(0) as Y.XmlElement).get(0) as Y.XmlElement).setAttribute(
      'suggestion',
      JSON.stringify(lead),
    ),
  )
  expect((await ann.request('POST', `${path}/suggestions/${id}/reject`)).status).toBe(200)
  await waitUntil(() => !getRoot(anns.document).toString().includes('suggestion'), 'the decision')
  await becomes('<bulletList><listItem><paragraph>Words of weight</paragraph></listItem></bulletList>')
})

test('a field in a block that is deleted by suggestion is kept (R13)', async () => {
  const first = await draft(paragraph('First'), paragraph('The sum is ', field, ' euro'), paragraph('Last'))
  expect((await first.suggest(ben, 'delete-block', 'The sum')).status).toBe(201)
  await ann.request('POST', `${first.path}/suggestions/accept`)
  await first.becomes('<paragraph>First<variable name="sum"></variable></paragraph><paragraph>Last</paragraph>')
  const nested = await draft(block('bulletList', item(paragraph('one'), block('bulletList', item(paragraph('two ', field))))))
  const element = (document: Y.Doc) => (getRoot(document).get(0) as Y.XmlElement).get(0) as Y.XmlElement
  await waitUntil(() => bare(nested.bens.document) === bare(nested.anns.document), 'Ben to see it')
  const lead = { id: crypto.randomUUID(), author: ben.id, at: '2026-05-01T00:00:00.000Z' }
  await change(nested.bens, nested.anns, () =>
    element(nested.bens.document).setAttribute('suggestion', JSON.stringify({ ...lead, kind: 'delete' })),
  )
  for (const words of ['one', 'two']) await nested.suggest(ben, 'delete-block', words)
  await ann.request('POST', `${nested.path}/suggestions/accept`)
  await nested.becomes(
    '<bulletList><listItem><paragraph></paragraph><bulletList><listItem><paragraph><variable name="sum"></variable></paragraph></listItem></bulletList></listItem></bulletList>',
  )
})

test('a suggestion that is found in the text before its row is written gets one row and one event (R7)', async () => {
  const { name: documentName, path, suggest } = await draft(paragraph('Some words'))
  let looking = true
  const looks = (async () => {
    while (looking) await node.domain.run(system, recordTypedSuggestions, { documentName })
  })()
  const answers = []
  for (let n = 0; n < 30; n++) answers.push(await suggest(cas, 'insert', 'words', { text: `w${n}` }))
  looking = false
  await looks
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201))
  const ids = answers.map(({ body }) => body.id as string)
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
function elements(content: JSONContent): Y.XmlElement {
  const element = new Y.XmlElement(content.type as string)
  const attrs = /^table(Cell|Header)$/.test(content.type as string) ? { colspan: 1, rowspan: 1, ...content.attrs } : (content.attrs ?? {})
  for (const [key, value] of Object.entries(attrs)) element.setAttribute(key, value as string)
  element.insert(
    0,
    (content.content ?? []).map((child) => (child.type === 'text' ? new Y.XmlText(child.text) : elements(child))),
  )
  return element
}
