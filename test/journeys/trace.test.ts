import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { createDraft, type OpenDocument, openDocument, registerPerson, isSaved } from '../support/client.ts'
import { createEmptyDatabase, startNode } from '../support/node.ts'
import { chooseSize } from '../support/random.ts'
import { readTrace, replayPatches, applyPatch } from '../support/trace.ts'
import { waitUntil } from '../support/wait-until.ts'

const trace = readTrace(join(import.meta.dirname, '../../../shared/traces/automerge-paper.json.gz'))
const edits = chooseSize(2000, 20_000)
const maxUnacknowledged = 500

const { env, remove } = await createEmptyDatabase()
const openDocuments: OpenDocument[] = []
afterAll(async () => {
  for (const { close } of openDocuments) close()
  await remove()
})

/** The text node of a draft, created where the editor keeps it. */
function getOrCreateText(document: Y.Doc): Y.XmlText {
  const fragment = document.getXmlFragment('default')
  if (fragment.length === 0) fragment.insert(0, [new Y.XmlElement('paragraph')])
  const paragraph = fragment.get(0) as Y.XmlElement
  if (paragraph.length === 0) paragraph.insert(0, [new Y.XmlText()])
  return paragraph.get(0) as Y.XmlText
}

test(`the first ${edits} edits of a real paper are the same for the author, a viewer, and a client after a restart`, {
  timeout: 180_000,
}, async () => {
  const patches = trace.patches.slice(0, edits)
  const expected = replayPatches(trace.start, patches)
  let node = await startNode(env)
  const ann = await registerPerson(node.url, 'Ann')
  const ben = await registerPerson(node.url, 'Ben')
  const name = await createDraft(ann, 'Paper')
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  const author = await openDocument(node.url, name, ann.token)
  const viewer = await openDocument(node.url, name, ben.token)
  openDocuments.push(author, viewer)
  const text = getOrCreateText(author.document)
  if (trace.start) text.insert(0, trace.start)
  for (const patch of patches) {
    applyPatch(text, patch)
    if (author.provider.unsyncedChanges >= maxUnacknowledged)
      await waitUntil(() => author.provider.unsyncedChanges < maxUnacknowledged / 2, 'acknowledgements')
  }
  await waitUntil(() => isSaved(author), 'the author’s edits to be saved', 60_000)
  expect(text.toString()).toBe(expected)
  await waitUntil(() => getOrCreateText(viewer.document).toString() === expected, 'the viewer to have the same text', 60_000)
  for (const { close } of openDocuments.splice(0)) close()
  await node.stop()

  node = await startNode(env)
  const reader = await openDocument(node.url, name, ann.token)
  openDocuments.push(reader)
  expect(getOrCreateText(reader.document).toString()).toBe(expected)
  reader.close()
  await node.stop()
})
