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
  const live = await openDocument(node.url, name, ann.token)
  const done = () => waitUntil(() => isSaved(live), 'the text to be saved')

  writeParagraphs(live.document, 'Before', 'After')
  const image = new Y.XmlElement('image')
  image.setAttribute('src', 'https://example.org/a.png')
  image.setAttribute('width', 300 as never)
  image.setAttribute('crop', { x: 1 } as never)
  const callout = new Y.XmlElement('callout')
  const inside = new Y.XmlElement('paragraph')
  inside.insert(0, [new Y.XmlText('Words within')])
  callout.insert(0, [inside])
  getRoot(live.document).insert(1, [image, callout])
  const mention = new Y.XmlElement('mention')
  ;(getRoot(live.document).get(0) as Y.XmlElement).insert(1, [mention])
  getBlockText(live.document, 0).format(0, 6, { highlight: { color: 'red' } })
  await done()
  const kept = getRoot(live.document).toString()
  const attributes = (getRoot(live.document).get(1) as Y.XmlElement).getAttributes()

  const state = await ann.request('GET', `${path}/history/state`)
  expect(state.status).toBe(200)
  expect(JSON.stringify(state.body)).toContain('Words within')
  const { at } = state.body

  getRoot(live.document).delete(1, 2)
  await done()
  const redline = await ann.request('GET', `${path}/redline?from=${at}`)
  expect(redline.status).toBe(200)
  expect(redline.body.html).toContain('Words within')
  expect((await ann.request('POST', `${path}/restore`, { at })).status).toBe(200)
  await waitUntil(() => getRoot(live.document).toString() === kept, 'the nodes to be back')
  expect((getRoot(live.document).get(1) as Y.XmlElement).getAttributes()).toEqual(attributes)

  for (const format of ['docx', 'pdf', 'markdown', 'html']) {
    const { bytes } = await exportDocument(node, ann, name, { format })
    expect(bytes.length).toBeGreaterThan(0)
    if (format === 'markdown') expect(Buffer.from(bytes).toString()).toContain('Words within')
  }
  const { body: last } = await ann.request('GET', `${path}/history/state`)
  const there = await openDocument(node.url, name, ben.token)
  getBlockText(there.document, 3).insert(0, 'Bens ')
  await waitUntil(() => isSaved(there), 'Ben to be saved')
  const undone = await ann.request('POST', `${path}/undo`, { userId: ben.id, from: last.at + 1, to: last.at + 1 })
  expect(undone.status, JSON.stringify(undone.body)).toBe(200)
  await waitUntil(() => getRoot(live.document).toString() === kept, 'only Ben’s words to be gone')
  for (const one of [live, there]) one.close()
})
