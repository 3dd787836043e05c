import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { createDraft, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { exportDocument } from '../support/sample-document.ts'
import { getBlockText, getRoot, writeParagraphs } from '../support/prose.ts'
import { waitUntil } from '../support/wait-until.ts'

test('history, redlines, exports, restore and undo work with nodes and marks of other editors', async () => {
  const node = await getEmptyNode()
  const ann = await registerPerson(node.url, 'Ann')
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann)
  const path = `/api/documents/${name}`
  await ann.request('PUT', `${path}/members/${ben.id}`, { role: 'editor' })
  const annsEditor = await openDocument(node.url, name, ann.token)
  const waitUntilSaved = () => waitUntil(() => isSaved(annsEditor), 'the text to be saved')

  writeParagraphs(annsEditor.document, 'Before', 'After')
  const image = new Y.XmlElement('image')
  image.setAttribute('src', 'https://example.org/a.png')
  image.setAttribute('width', 300 as never)
  image.setAttribute('crop', { x: 1 } as never)
  const callout = new Y.XmlElement('callout')
  const innerParagraph = new Y.XmlElement('paragraph')
  innerParagraph.insert(0, [new Y.XmlText('Words within')])
  callout.insert(0, [innerParagraph])
  getRoot(annsEditor.document).insert(1, [image, callout])
  const mention = new Y.XmlElement('mention')
  ;(getRoot(annsEditor.document).get(0) as Y.XmlElement).insert(1, [mention])
  getBlockText(annsEditor.document, 0).format(0, 6, { highlight: { color: 'red' } })
  await waitUntilSaved()
  const xmlBefore = getRoot(annsEditor.document).toString()
  const attributes = (getRoot(annsEditor.document).get(1) as Y.XmlElement).getAttributes()

  const state = await ann.request('GET', `${path}/history/state`)
  expect(state.status).toBe(200)
  expect(JSON.stringify(state.body)).toContain('Words within')
  const { at } = state.body

  getRoot(annsEditor.document).delete(1, 2)
  await waitUntilSaved()
  const redline = await ann.request('GET', `${path}/redline?from=${at}`)
  expect(redline.status).toBe(200)
  expect(redline.body.html).toContain('Words within')
  expect((await ann.request('POST', `${path}/restore`, { at })).status).toBe(200)
  await waitUntil(() => getRoot(annsEditor.document).toString() === xmlBefore, 'the nodes to be restored')
  expect((getRoot(annsEditor.document).get(1) as Y.XmlElement).getAttributes()).toEqual(attributes)

  for (const format of ['docx', 'pdf', 'markdown', 'html']) {
    const { bytes } = await exportDocument(node, ann, name, { format })
    expect(bytes.length).toBeGreaterThan(0)
    if (format === 'markdown') expect(Buffer.from(bytes).toString()).toContain('Words within')
  }
  const { body: newest } = await ann.request('GET', `${path}/history/state`)
  const bensEditor = await openDocument(node.url, name, ben.token)
  getBlockText(bensEditor.document, 3).insert(0, 'Bens ')
  await waitUntil(() => isSaved(bensEditor), 'Ben’s edit to be saved')
  const undo = await ann.request('POST', `${path}/undo`, { userId: ben.id, from: newest.at + 1, to: newest.at + 1 })
  expect(undo.status, JSON.stringify(undo.body)).toBe(200)
  await waitUntil(() => getRoot(annsEditor.document).toString() === xmlBefore, 'only Ben’s text to be removed')
  for (const editor of [annsEditor, bensEditor]) editor.close()
})
