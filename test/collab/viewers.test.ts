/** Viewers cannot change a document. The clean-up that Yjs makes in a viewer's replica is acknowledged; any other update is refused. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { isNoOpUpdate } from '../../collab/document/no-op-update.ts'
import type { Node } from '../../main.ts'
import { createDraft, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { getBlockText, getRoot, writeParagraphs } from '../support/prose.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'
import { waitUntil } from '../support/wait-until.ts'

const marks = ['bold', 'italic', 'underline']

/** Formats, inserts or deletes concurrently around the same words in all texts. */
function editConcurrently(texts: Y.XmlText[], random: () => number) {
  const isWhole = random() < 0.3
  const start = isWhole ? 0 : Math.floor(random() * 25)
  const mark = marks[Math.floor(random() * marks.length)] as string
  const value = random() < 0.7 ? {} : null
  for (const text of texts) {
    const from = isWhole ? 0 : Math.min(text.length - 1, start + Math.floor(random() * 3))
    const length = isWhole ? text.length : Math.max(1, Math.min(8, text.length - from - 1))
    if (text.length < 20) text.insert(from, 'words and words ')
    else if (!isWhole && random() < 0.3) text.delete(from, length)
    else text.format(from, length, { [mark]: value })
  }
}

/** The updates that a document creates itself while it applies others: the clean-up by Yjs. */
function collectOwnUpdates(document: Y.Doc, applyUpdates: () => void): Uint8Array[] {
  const updates: Uint8Array[] = []
  const collect = (update: Uint8Array, origin: unknown) => {
    if (origin === null) updates.push(update)
  }
  document.on('update', collect)
  applyUpdates()
  document.off('update', collect)
  return updates
}

describe('an update from a viewer', () => {
  test('is a no-op when it is the clean-up by Yjs, whether or not the server also made it', () => {
    const random = createRandom(readSeed('clean-ups'))
    const rounds = chooseSize(60, 300)
    let cleanUpCount = 0
    for (let round = 0; round < rounds; round++) {
      const [server, viewer, ...writers] = Array.from({ length: 4 }, () => new Y.Doc()) as [Y.Doc, Y.Doc, Y.Doc, Y.Doc]
      writeParagraphs(writers[0] as Y.Doc, 'The agreement between the parties')
      for (const replica of [server, viewer, writers[1] as Y.Doc])
        Y.applyUpdate(replica, Y.encodeStateAsUpdate(writers[0] as Y.Doc), 'remote')
      // in half of the rounds the server makes no clean-up, as for edits that it wrote itself
      if (random() < 0.5) server.on('afterTransaction', (transaction: Y.Transaction) => (transaction._needFormattingCleanup = false))
      for (let edits = 0; edits < 6; edits++) {
        editConcurrently(
          writers.map((writer) => getBlockText(writer, 0)),
          random,
        )
        for (const writer of writers) {
          const update = Y.encodeStateAsUpdate(writer, Y.encodeStateVector(server))
          Y.applyUpdate(server, update, 'remote')
          for (const cleanUp of collectOwnUpdates(viewer, () => Y.applyUpdate(viewer, update, 'remote'))) {
            cleanUpCount++
            expect(isNoOpUpdate(server, cleanUp)).toBe(true)
          }
        }
        for (const writer of writers) Y.applyUpdate(writer, Y.encodeStateAsUpdate(server, Y.encodeStateVector(writer)), 'remote')
      }
      expect(isNoOpUpdate(server, Y.encodeStateAsUpdate(viewer, Y.encodeStateVector(server)))).toBe(true)
    }
    expect(cleanUpCount).toBeGreaterThan(rounds / 3)
  })

  test.each<[string, (text: Y.XmlText, document: Y.Doc) => void]>([
    ['inserted text', (text) => text.insert(0, 'x')],
    ['deleted text', (text) => text.delete(0, 1)],
    ['an added format', (text) => text.format(0, 3, { italic: {} })],
    ['a removed format', (text) => text.format(0, 3, { bold: null })],
    ['a directly deleted format mark', (text, document) => document.transact((transaction) => (text._start as Y.Item).delete(transaction))],
    ['an inserted block', (_, document) => getRoot(document).insert(0, [new Y.XmlElement('paragraph')])],
    ['a deleted block', (_, document) => getRoot(document).delete(0, 1)],
    ['a changed attribute', (text) => (text.parent as Y.XmlElement).setAttribute('level', '2')],
    ['a changed value', (_, document) => document.getMap('variables').set('party', 'Me')],
  ])('is not a no-op: %s', (_, edit) => {
    const server = new Y.Doc()
    writeParagraphs(server, 'The agreement')
    getBlockText(server, 0).format(0, 3, { bold: {} })
    const viewer = new Y.Doc()
    Y.applyUpdate(viewer, Y.encodeStateAsUpdate(server))
    let update: Uint8Array = new Uint8Array()
    viewer.once('update', (created: Uint8Array) => {
      update = created
    })
    edit(getBlockText(viewer, 0), viewer)
    expect(isNoOpUpdate(server, update)).toBe(false)
    Y.applyUpdate(server, update)
    expect(isNoOpUpdate(server, update)).toBe(true)
  })
})

describe('a viewer of a document with two editors', () => {
  let node: Node
  let people: Person[]
  beforeAll(async () => {
    node = await getEmptyNode()
    people = await Promise.all(['Ann', 'Ben', 'Vic'].map((name) => registerPerson(node.url, name)))
  })
  afterAll(() => node.sequencer.drain())

  test('has its clean-ups acknowledged while both format and delete the same words, and after it reconnects', async () => {
    const random = createRandom(readSeed('a viewer beside two editors'))
    const [ann, ben, vic] = people as [Person, Person, Person]
    const name = await createDraft(ann)
    await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
    await ann.request('PUT', `/api/documents/${name}/members/${vic.id}`, { role: 'viewer' })
    const annsClient = await openDocument(node.url, name, ann.token)
    writeParagraphs(annsClient.document, 'The agreement between the parties')
    await waitUntil(() => isSaved(annsClient), 'the text to be saved')
    const bensClient = await openDocument(node.url, name, ben.token)
    const viewer = await openDocument(node.url, name, vic.token)
    expect(viewer.provider.authorizedScope).toBe('readonly')
    let cleanUps = 0
    viewer.document.on('update', (_, origin) => {
      if (origin === null) cleanUps++
    })
    for (let round = 0; round < 400 && cleanUps < 20; round++) {
      editConcurrently([getBlockText(annsClient.document, 0), getBlockText(bensClient.document, 0)], random)
      await waitUntil(() => [annsClient, bensClient, viewer].every(isSaved), `round ${round} to be acknowledged`)
    }
    expect(cleanUps).toBeGreaterThan(0)
    const reconnectedViewer = await openDocument(node.url, name, vic.token, viewer.document)
    await waitUntil(() => isSaved(reconnectedViewer), 'the viewer to reconnect')

    // an edit by the viewer is still refused
    getBlockText(viewer.document, 0).insert(0, 'mine ')
    await waitUntil(() => viewer.provider.hasUnsyncedChanges, 'the edit to be sent')
    await openDocument(node.url, name, ann.token)
    expect(isSaved(viewer)).toBe(false)
    expect(getBlockText(annsClient.document, 0).toString()).not.toContain('mine')
    for (const client of [annsClient, bensClient, viewer, reconnectedViewer]) client.close()
  })
})
