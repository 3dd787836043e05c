/** Concurrent edits of the same formatted text. Yjs deletes redundant format marks, and the server saves and broadcasts that deletion. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { openAuthenticatedSocket, type RawSocket, encodeFrame, encodeStepOneFrame, encodeUpdateFrame } from '../support/frames.ts'
import { toDocumentId, takeSnapshot } from '../support/journal-history.ts'
import { createEmptyDatabase, getEmptyNode, usesPostgres, startNode } from '../support/node.ts'
import { startNodeProcess } from '../support/process.ts'
import { openOnOwnSocket, type ProviderClient } from '../support/providers.ts'
import { waitUntil } from '../support/wait-until.ts'

const bold = { bold: {} }
const none = { bold: null }

type Change = (text: Y.XmlText) => void
const both: [what: string, before: Change, first: Change, second: Change][] = [
  ['both make the same paragraph bold', () => {}, (t) => t.format(0, 15, bold), (t) => t.format(0, 15, bold)],
  ['both make the same word bold', () => {}, (t) => t.format(5, 5, bold), (t) => t.format(5, 5, bold)],
  ['they make overlapping ranges bold', () => {}, (t) => t.format(0, 10, bold), (t) => t.format(5, 10, bold)],
  ['one makes a word bold and the other deletes it', () => {}, (t) => t.format(5, 5, bold), (t) => t.delete(5, 5)],
  ['one makes a word bold and the other deletes more than the word', () => {}, (t) => t.format(5, 5, bold), (t) => t.delete(4, 7)],
  ['both remove the bold', (t) => t.format(5, 5, bold), (t) => t.format(5, 5, none), (t) => t.format(5, 5, none)],
  [
    'one removes part of the bold and the other deletes the rest',
    (t) => t.format(5, 5, bold),
    (t) => t.format(5, 2, none),
    (t) => t.delete(7, 3),
  ],
  ['they delete the two halves of a bold word', (t) => t.format(5, 5, bold), (t) => t.delete(5, 3), (t) => t.delete(8, 2)],
]

const paragraphIn = (document: Y.Doc) => (document.getXmlFragment('default').get(0) as Y.XmlElement).get(0) as Y.XmlText

/** The update that a change makes on top of a state. */
function updateBy(state: Uint8Array, change: Change): Uint8Array {
  const document = new Y.Doc()
  Y.applyUpdate(document, state)
  let update: Uint8Array = new Uint8Array()
  document.on('update', (made: Uint8Array) => {
    update = made
  })
  change(paragraphIn(document))
  document.destroy()
  return update
}

function paragraph(before: Change): Uint8Array {
  const document = new Y.Doc()
  const element = new Y.XmlElement('paragraph')
  const text = new Y.XmlText('some words here')
  element.insert(0, [text])
  document.getXmlFragment('default').insert(0, [element])
  before(text)
  return Y.encodeStateAsUpdate(document)
}

/** Compares clocks and deletions, which must be equal in two replicas. */
const same = (one: Y.Doc, other: Y.Doc) => Y.equalSnapshots(Y.snapshot(one), Y.snapshot(other))

async function replayed(node: Node, name: string): Promise<{ document: Y.Doc; actors: (string | null)[] }> {
  const rows = await node.journal.rowsAfter(toDocumentId(name), 0)
  const document = new Y.Doc()
  document.transact(() => {
    for (const { update } of rows) Y.applyUpdate(document, update)
  })
  return { document, actors: rows.map(({ actor }) => actor) }
}

async function twoEditors(url: string): Promise<{ ann: Person; ben: Person; name: string }> {
  const [ann, ben] = [await registerPerson(url, 'Ann'), await registerPerson(url, 'Ben')]
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  return { ann, ben, name }
}

async function editing(url: string, name: string, person: Person): Promise<RawSocket> {
  const bare = await openAuthenticatedSocket(url, name, person.token)
  onTestFinished(() => bare.socket.terminate())
  bare.send(encodeStepOneFrame(name))
  await waitUntil(() => bare.frames.some(({ type }) => type === 0), 'the first sync')
  // an empty step two: from here on each edit is acknowledged separately
  bare.send(encodeFrame(name, 0, 1, Uint8Array.of(0, 0)))
  await acknowledged(bare, 1)
  bare.statuses.length = 0
  return bare
}

const acknowledged = ({ statuses }: RawSocket, count: number) => waitUntil(() => statuses.length >= count, `${count} acknowledgements`)

/** A document in which two people concurrently made the same paragraph bold. All updates are acknowledged. */
async function bothMadeBold(url: string): Promise<{ ann: Person; ben: Person; name: string }> {
  const { ann, ben, name } = await twoEditors(url)
  const state = paragraph(() => {})
  const [a, b] = [await editing(url, name, ann), await editing(url, name, ben)]
  a.send(encodeUpdateFrame(name, state))
  await acknowledged(a, 1)
  for (const one of [a, b])
    one.send(
      encodeUpdateFrame(
        name,
        updateBy(state, (t) => t.format(0, 15, bold)),
      ),
    )
  await acknowledged(a, 2)
  await acknowledged(b, 1)
  return { ann, ben, name }
}

describe('on one node', () => {
  let node: Node
  beforeAll(async () => {
    node = await getEmptyNode()
  })

  test.each(both)('%s: all edits are saved and all replicas are equal', async (_, before, first, second) => {
    const { ann, ben, name } = await twoEditors(node.url)
    const state = paragraph(before)
    const [a, b] = [await editing(node.url, name, ann), await editing(node.url, name, ben)]
    const witness = await openOnOwnSocket(node.url, name, ann.token)
    a.send(encodeUpdateFrame(name, state))
    await acknowledged(a, 1)
    a.send(encodeUpdateFrame(name, updateBy(state, first)))
    b.send(encodeUpdateFrame(name, updateBy(state, second)))
    await acknowledged(a, 2)
    await acknowledged(b, 1)
    // a later edit is saved too
    witness.text.insert(0, 'written afterwards')
    await waitUntil(() => isSaved(witness), 'the witness to be saved')
    expect([...a.statuses, ...b.statuses]).toEqual([1, 1, 1])
    expect([a.closed, b.closed, ...[a, b].map(({ frames }) => frames.some(({ type }) => type === 7))]).toEqual([
      undefined,
      undefined,
      false,
      false,
    ])

    const { document, actors } = await replayed(node, name)
    const newcomer = await openOnOwnSocket(node.url, name, ben.token)
    expect(same(document, newcomer.document)).toBe(true)
    await waitUntil(() => same(document, witness.document), 'the witness to agree')
    expect(document.getText('text').toString()).toBe('written afterwards')
    const state2 = await ann.request('GET', `/api/documents/${name}/history/state`)
    expect(JSON.stringify(state2.body.content)).toContain('some')
    // the clean-up is at most one row, and it has no author
    expect(actors.filter((actor) => actor !== ann.id && actor !== ben.id).every((actor) => actor === null)).toBe(true)
    expect(actors.filter((actor) => actor === null).length).toBeLessThanOrEqual(1)
  })

  test('when both make the same paragraph bold, the server writes the clean-up in a separate row', async () => {
    const { ann, name } = await bothMadeBold(node.url)
    const { actors } = await replayed(node, name)
    expect(actors.filter((actor) => actor === null)).toHaveLength(1)
    const { body } = await ann.request('GET', `/api/documents/${name}/authorship`)
    // the clean-up only deletes marks, so the authorship of the text does not change
    expect(body.runs.map((run: { userId: string; text: string }) => [run.userId, run.text])).toEqual([[ann.id, 'some words here']])
  })

  test('a clean-up that no row contains, because its node died, is journaled when its client reconnects', async () => {
    const { ann, name } = await twoEditors(node.url)
    const state = paragraph(() => {})
    const client = new Y.Doc()
    for (const update of [state, ...[1, 2].map(() => updateBy(state, (t) => t.format(0, 15, bold)))]) {
      await node.journal.append(toDocumentId(name), ann.id, update)
      if (update === state) await takeSnapshot(node, toDocumentId(name))
      // Yjs deletes the redundant marks here, and the server would delete them too while it loads the document
      Y.applyUpdate(client, update)
    }
    expect(client.store.clients.size).toBe(3)
    const { document: before } = await replayed(node, name)
    expect(same(before, client)).toBe(false)
    const one = await openDocument(node.url, name, ann.token, client)
    one.close()
    const { document } = await replayed(node, name)
    expect(same(document, client)).toBe(true)
  })

  test('an edit that fails to apply is not saved; the clients reconnect, and the document has all saved edits', async () => {
    const { ann, ben, name } = await twoEditors(node.url)
    const a = await openOnOwnSocket(node.url, name, ann.token)
    const b = await openOnOwnSocket(node.url, name, ben.token)
    a.text.insert(0, 'saved. ')
    await waitUntil(() => isSaved(a) && b.text.length > 0, 'the words to be saved')
    /** Makes the document throw while it applies an edit that inserts the word. */
    const failAt = (word: string) =>
      node.write(name, null, (document) => {
        const text = document.getText('text')
        text.observe(() => {
          if (text.toString().includes(word)) throw new TypeError('an observer failed')
        })
      })
    await failAt('poison')
    b.text.insert(b.text.length, 'poison ')
    // the reloaded document has no failing observer, so the retry succeeds
    const returns = (one: ProviderClient) => one.events.slice(one.events.indexOf('disconnect')).filter((told) => told === 'synced').length
    await waitUntil(() => returns(a) === 1 && returns(b) === 1 && isSaved(a) && isSaved(b), 'both to be back and saved')
    expect(a.text.toString()).toBe('saved. poison ')
    expect(b.events.filter((told) => told.startsWith('close invalid'))).toEqual([])

    await failAt('poison again')
    b.text.insert(b.text.length, 'again ')
    await waitUntil(() => b.events.includes('close cannot-apply'), 'the client to be closed')
    await waitUntil(() => returns(a) === 2 && isSaved(a), 'the other to be back')
    a.text.insert(0, 'Ann goes on. ')
    await waitUntil(() => isSaved(a), 'her words to be saved')
    const { document } = await replayed(node, name)
    expect(document.getText('text').toString()).toBe('Ann goes on. saved. poison ')
    expect(isSaved(b)).toBe(false)
    expect(b.events.filter((told) => told === 'close cannot-apply')).toHaveLength(1)
  })
})

test('an edit acknowledged after both made the same paragraph bold survives kill -9', async () => {
  const { env, remove } = await createEmptyDatabase({ embedded: true })
  let process = await startNodeProcess(env)
  onTestFinished(async () => {
    await process.kill('SIGKILL')
    await remove()
  })
  const { ann, ben, name } = await bothMadeBold(process.url)
  const writer = await openOnOwnSocket(process.url, name, ben.token)
  writer.text.insert(0, 'said to be saved')
  await waitUntil(() => isSaved(writer), 'the words to be saved')
  await process.kill('SIGKILL')
  writer.close()
  process = await startNodeProcess(env)
  const later = await openOnOwnSocket(process.url, name, ann.token)
  expect(later.text.toString()).toBe('said to be saved')
  expect(paragraphIn(later.document).toDelta()).toEqual([{ insert: 'some words here', attributes: bold }])
})

describe.skipIf(!usesPostgres || process.env.TEST_REDIS_URL === undefined)('on two nodes', () => {
  const nodes: Node[] = []
  let remove = async () => {}
  beforeAll(async () => {
    const database = await createEmptyDatabase()
    remove = database.remove
    nodes.push(await startNode(database.env), await startNode(database.env))
  })
  afterAll(async () => {
    for (const node of nodes) await node.stop()
    await remove()
  })

  test.each(both)('%s on different nodes: all replicas and the journal are equal', async (_, before, first, second) => {
    const [here, there] = nodes as [Node, Node]
    const { ann, ben, name } = await twoEditors(here.url)
    const state = paragraph(before)
    const [a, b] = [await editing(here.url, name, ann), await editing(there.url, name, ben)]
    const [atHere, atThere] = [await openOnOwnSocket(here.url, name, ann.token), await openOnOwnSocket(there.url, name, ben.token)]
    a.send(encodeUpdateFrame(name, state))
    await acknowledged(a, 1)
    await waitUntil(() => atThere.document.getXmlFragment('default').length > 0, 'the paragraph to arrive')
    a.send(encodeUpdateFrame(name, updateBy(state, first)))
    b.send(encodeUpdateFrame(name, updateBy(state, second)))
    await acknowledged(a, 2)
    await acknowledged(b, 1)
    atHere.text.insert(0, 'from here ')
    atThere.text.insert(0, 'from there ')
    const all = (one: ProviderClient) => isSaved(one) && one.text.length === 'from here from there '.length
    await waitUntil(() => all(atHere) && all(atThere), 'both to go on')
    await waitUntil(async () => {
      const { document } = await replayed(here, name)
      return same(document, atHere.document) && same(document, atThere.document)
    }, 'both to agree with the journal')
    const { document } = await replayed(here, name)
    for (const { url } of nodes) expect(same(document, (await openOnOwnSocket(url, name, ann.token)).document)).toBe(true)
    expect(a.closed ?? b.closed).toBeUndefined()
  })

  test('two nodes write one clean-up row in total', async () => {
    const [here, there] = nodes as [Node, Node]
    const { ann, ben, name } = await twoEditors(here.url)
    const state = paragraph(() => {})
    const [a, b] = [await editing(here.url, name, ann), await editing(there.url, name, ben)]
    a.send(encodeUpdateFrame(name, state))
    await acknowledged(a, 1)
    await waitUntil(() => b.frames.filter(({ type }) => type === 0).length > 2, 'the paragraph to arrive')
    for (const one of [a, b])
      one.send(
        encodeUpdateFrame(
          name,
          updateBy(state, (t) => t.format(0, 15, bold)),
        ),
      )
    await waitUntil(async () => (await replayed(here, name)).actors.includes(null), 'the clean-up to be journaled')
    // each node journals this edit after everything it had queued before
    const writers = [await openOnOwnSocket(here.url, name, ann.token), await openOnOwnSocket(there.url, name, ben.token)]
    for (const writer of writers) writer.text.insert(0, 'x')
    await waitUntil(() => writers.every(isSaved), 'both to be saved')
    expect((await replayed(here, name)).actors.filter((actor) => actor === null)).toHaveLength(1)
  })
})
