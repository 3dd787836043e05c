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
const mostUnacknowledged = 500

const { env, remove } = await createEmptyDatabase()
const open: OpenDocument[] = []
afterAll(async () => {
  for (const { close } of open) close()
  await remove()
})

/** The text node of a draft, created where the editor keeps it. */
function textOf(document: Y.Doc): Y.XmlText {
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
  const watcher = await openDocument(node.url, name, ben.token)
  open.push(author, watcher)
  const text = textOf(author.document)
  if (trace.start) text.insert(0, trace.start)
  for (const patch of patches) {
    applyPatch(text, patch)
    if (author.provider.unsyncedChanges >= mostUnacknowledged)
      await waitUntil(() => author.provider.unsyncedChanges < mostUnacknowledged / 2, 'acknowledgements')
  }
  await waitUntil(() => isSaved(author), 'the author to be saved', 60_000)
  expect(text.toString()).toBe(expected)
  await waitUntil(() => textOf(watcher.document).toString() === expected, 'the watcher to hold the same text', 60_000)
  for (const { close } of open.splice(0)) close()
  await node.stop()

  node = await startNode(env)
  const later = await openDocument(node.url, name, ann.token)
  open.push(later)
  expect(textOf(later.document).toString()).toBe(expected)
  later.close()
  await node.stop()
})
