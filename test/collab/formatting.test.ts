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
const notBold = { bold: null }

type Change = (text: Y.XmlText) => void
const concurrentEdits: [what: string, before: Change, first: Change, second: Change][] = [
  ['both make the same paragraph bold', () => {}, (t) => t.format(0, 15, bold), (t) => t.format(0, 15, bold)],
  ['both make the same word bold', () => {}, (t) => t.format(5, 5, bold), (t) => t.format(5, 5, bold)],
  ['they make overlapping ranges bold', () => {}, (t) => t.format(0, 10, bold), (t) => t.format(5, 10, bold)],
  ['one makes a word bold and the other deletes it', () => {}, (t) => t.format(5, 5, bold), (t) => t.delete(5, 5)],
  ['one makes a word bold and the other deletes more than the word', () => {}, (t) => t.format(5, 5, bold), (t) => t.delete(4, 7)],
  ['both remove the bold', (t) => t.format(5, 5, bold), (t) => t.format(5, 5, notBold), (t) => t.format(5, 5, notBold)],
  [
    'one removes part of the bold and the other deletes the rest',
    (t) => t.format(5, 5, bold),
    (t) => t.format(5, 2, notBold),
    (t) => t.delete(7, 3),
  ],
  ['they delete the two halves of a bold word', (t) => t.format(5, 5, bold), (t) => t.delete(5, 3), (t) => t.delete(8, 2)],
]

const getParagraphText = (document: Y.Doc) => (document.getXmlFragment('default').get(0) as Y.XmlElement).get(0) as Y.XmlText

/** The update that a change makes on top of a state. */
function createUpdate(state: Uint8Array, change: Change): Uint8Array {
  const document = new Y.Doc()
  Y.applyUpdate(document, state)
  let update: Uint8Array = new Uint8Array()
  document.on('update', (created: Uint8Array) => {
    update = created
  })
  change(getParagraphText(document))
  document.destroy()
  return update
}

function createParagraphState(before: Change): Uint8Array {
  const document = new Y.Doc()
  const element = new Y.XmlElement('paragraph')
  const text = new Y.XmlText('some words here')
  element.insert(0, [text])
  document.getXmlFragment('default').insert(0, [element])
  before(text)
  return Y.encodeStateAsUpdate(document)
}

/** Compares clocks and deletions, which must be equal in two replicas. */
const haveEqualSnapshots = (one: Y.Doc, other: Y.Doc) => Y.equalSnapshots(Y.snapshot(one), Y.snapshot(other))

async function replayJournal(node: Node, name: string): Promise<{ document: Y.Doc; actors: (string | null)[] }> {
  const rows = await node.journal.rowsAfter(toDocumentId(name), 0)
  const document = new Y.Doc()
  document.transact(() => {
    for (const { update } of rows) Y.applyUpdate(document, update)
  })
  return { document, actors: rows.map(({ actor }) => actor) }
}

async function registerTwoEditors(url: string): Promise<{ ann: Person; ben: Person; name: string }> {
  const [ann, ben] = [await registerPerson(url, 'Ann'), await registerPerson(url, 'Ben')]
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  return { ann, ben, name }
}

async function openEditingSocket(url: string, name: string, person: Person): Promise<RawSocket> {
  const rawSocket = await openAuthenticatedSocket(url, name, person.token)
  onTestFinished(() => rawSocket.socket.terminate())
  rawSocket.send(encodeStepOneFrame(name))
  await waitUntil(() => rawSocket.frames.some(({ type }) => type === 0), 'the first sync')
  // an empty step two: from here on each edit is acknowledged separately
  rawSocket.send(encodeFrame(name, 0, 1, Uint8Array.of(0, 0)))
  await waitForAcknowledgements(rawSocket, 1)
  rawSocket.statuses.length = 0
  return rawSocket
}

const waitForAcknowledgements = ({ statuses }: RawSocket, count: number) =>
  waitUntil(() => statuses.length >= count, `${count} acknowledgements`)

/** A document in which two people concurrently made the same paragraph bold. All updates are acknowledged. */
async function makeBothBold(url: string): Promise<{ ann: Person; ben: Person; name: string }> {
  const { ann, ben, name } = await registerTwoEditors(url)
  const state = createParagraphState(() => {})
  const [annsSocket, bensSocket] = [await openEditingSocket(url, name, ann), await openEditingSocket(url, name, ben)]
  annsSocket.send(encodeUpdateFrame(name, state))
  await waitForAcknowledgements(annsSocket, 1)
  for (const rawSocket of [annsSocket, bensSocket])
    rawSocket.send(
      encodeUpdateFrame(
        name,
        createUpdate(state, (t) => t.format(0, 15, bold)),
      ),
    )
  await waitForAcknowledgements(annsSocket, 2)
  await waitForAcknowledgements(bensSocket, 1)
  return { ann, ben, name }
}

describe('on one node', () => {
  let node: Node
  beforeAll(async () => {
    node = await getEmptyNode()
  })

  test.each(concurrentEdits)('%s: all edits are saved and all replicas are equal', async (_, before, first, second) => {
    const { ann, ben, name } = await registerTwoEditors(node.url)
    const state = createParagraphState(before)
    const [annsSocket, bensSocket] = [await openEditingSocket(node.url, name, ann), await openEditingSocket(node.url, name, ben)]
    const otherClient = await openOnOwnSocket(node.url, name, ann.token)
    annsSocket.send(encodeUpdateFrame(name, state))
    await waitForAcknowledgements(annsSocket, 1)
    annsSocket.send(encodeUpdateFrame(name, createUpdate(state, first)))
    bensSocket.send(encodeUpdateFrame(name, createUpdate(state, second)))
    await waitForAcknowledgements(annsSocket, 2)
    await waitForAcknowledgements(bensSocket, 1)
    // a later edit is saved too
    otherClient.text.insert(0, 'written afterwards')
    await waitUntil(() => isSaved(otherClient), 'the other client’s edit to be saved')
    expect([...annsSocket.statuses, ...bensSocket.statuses]).toEqual([1, 1, 1])
    expect([
      annsSocket.closed,
      bensSocket.closed,
      ...[annsSocket, bensSocket].map(({ frames }) => frames.some(({ type }) => type === 7)),
    ]).toEqual([undefined, undefined, false, false])

    const { document, actors } = await replayJournal(node, name)
    const newClient = await openOnOwnSocket(node.url, name, ben.token)
    expect(haveEqualSnapshots(document, newClient.document)).toBe(true)
    await waitUntil(() => haveEqualSnapshots(document, otherClient.document), 'the other client to converge')
    expect(document.getText('text').toString()).toBe('written afterwards')
    const newestState = await ann.request('GET', `/api/documents/${name}/history/state`)
    expect(JSON.stringify(newestState.body.content)).toContain('some')
    // the clean-up is at most one row, and it has no author
    expect(actors.filter((actor) => actor !== ann.id && actor !== ben.id).every((actor) => actor === null)).toBe(true)
    expect(actors.filter((actor) => actor === null).length).toBeLessThanOrEqual(1)
  })

  test('when both make the same paragraph bold, the server writes the clean-up in a separate row', async () => {
    const { ann, name } = await makeBothBold(node.url)
    const { actors } = await replayJournal(node, name)
    expect(actors.filter((actor) => actor === null)).toHaveLength(1)
    const { body } = await ann.request('GET', `/api/documents/${name}/authorship`)
    // the clean-up only deletes marks, so the authorship of the text does not change
    expect(body.runs.map((run: { userId: string; text: string }) => [run.userId, run.text])).toEqual([[ann.id, 'some words here']])
  })

  test('a clean-up that no row contains, because its node died, is journaled when its client reconnects', async () => {
    const { ann, name } = await registerTwoEditors(node.url)
    const state = createParagraphState(() => {})
    const client = new Y.Doc()
    for (const update of [state, ...[1, 2].map(() => createUpdate(state, (t) => t.format(0, 15, bold)))]) {
      await node.journal.append(toDocumentId(name), ann.id, update)
      if (update === state) await takeSnapshot(node, toDocumentId(name))
      // Yjs deletes the redundant marks here, and the server would delete them too while it loads the document
      Y.applyUpdate(client, update)
    }
    expect(client.store.clients.size).toBe(3)
    const { document: before } = await replayJournal(node, name)
    expect(haveEqualSnapshots(before, client)).toBe(false)
    const reconnected = await openDocument(node.url, name, ann.token, client)
    reconnected.close()
    const { document } = await replayJournal(node, name)
    expect(haveEqualSnapshots(document, client)).toBe(true)
  })

  test('an edit that fails to apply is not saved; the clients reconnect, and the document has all saved edits', async () => {
    const { ann, ben, name } = await registerTwoEditors(node.url)
    const annsClient = await openOnOwnSocket(node.url, name, ann.token)
    const bensClient = await openOnOwnSocket(node.url, name, ben.token)
    annsClient.text.insert(0, 'saved. ')
    await waitUntil(() => isSaved(annsClient) && bensClient.text.length > 0, 'the text to be saved')
    /** Makes the document throw while it applies an edit that inserts the word. */
    const failOnWord = (word: string) =>
      node.write(name, null, (document) => {
        const text = document.getText('text')
        text.observe(() => {
          if (text.toString().includes(word)) throw new TypeError('an observer failed')
        })
      })
    await failOnWord('poison')
    bensClient.text.insert(bensClient.text.length, 'poison ')
    // the reloaded document has no failing observer, so the retry succeeds
    const countReconnects = (client: ProviderClient) =>
      client.events.slice(client.events.indexOf('disconnect')).filter((eventName) => eventName === 'synced').length
    await waitUntil(
      () => countReconnects(annsClient) === 1 && countReconnects(bensClient) === 1 && isSaved(annsClient) && isSaved(bensClient),
      'both clients to reconnect and be saved',
    )
    expect(annsClient.text.toString()).toBe('saved. poison ')
    expect(bensClient.events.filter((eventName) => eventName.startsWith('close invalid'))).toEqual([])

    await failOnWord('poison again')
    bensClient.text.insert(bensClient.text.length, 'again ')
    await waitUntil(() => bensClient.events.includes('close cannot-apply'), 'the client to be closed')
    await waitUntil(() => countReconnects(annsClient) === 2 && isSaved(annsClient), 'the other client to reconnect')
    annsClient.text.insert(0, 'Ann goes on. ')
    await waitUntil(() => isSaved(annsClient), 'the later edit to be saved')
    const { document } = await replayJournal(node, name)
    expect(document.getText('text').toString()).toBe('Ann goes on. saved. poison ')
    expect(isSaved(bensClient)).toBe(false)
    expect(bensClient.events.filter((eventName) => eventName === 'close cannot-apply')).toHaveLength(1)
  })
})

test('an edit acknowledged after both made the same paragraph bold survives kill -9', async () => {
  const { env, remove } = await createEmptyDatabase({ embedded: true })
  let process = await startNodeProcess(env)
  onTestFinished(async () => {
    await process.kill('SIGKILL')
    await remove()
  })
  const { ann, ben, name } = await makeBothBold(process.url)
  const writer = await openOnOwnSocket(process.url, name, ben.token)
  writer.text.insert(0, 'said to be saved')
  await waitUntil(() => isSaved(writer), 'the text to be saved')
  await process.kill('SIGKILL')
  writer.close()
  process = await startNodeProcess(env)
  const reader = await openOnOwnSocket(process.url, name, ann.token)
  expect(reader.text.toString()).toBe('said to be saved')
  expect(getParagraphText(reader.document).toDelta()).toEqual([{ insert: 'some words here', attributes: bold }])
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

  test.each(concurrentEdits)('%s on different nodes: all replicas and the journal are equal', async (_, before, first, second) => {
    const [firstNode, secondNode] = nodes as [Node, Node]
    const { ann, ben, name } = await registerTwoEditors(firstNode.url)
    const state = createParagraphState(before)
    const [annsSocket, bensSocket] = [await openEditingSocket(firstNode.url, name, ann), await openEditingSocket(secondNode.url, name, ben)]
    const [firstClient, secondClient] = [
      await openOnOwnSocket(firstNode.url, name, ann.token),
      await openOnOwnSocket(secondNode.url, name, ben.token),
    ]
    annsSocket.send(encodeUpdateFrame(name, state))
    await waitForAcknowledgements(annsSocket, 1)
    await waitUntil(() => secondClient.document.getXmlFragment('default').length > 0, 'the paragraph to arrive')
    annsSocket.send(encodeUpdateFrame(name, createUpdate(state, first)))
    bensSocket.send(encodeUpdateFrame(name, createUpdate(state, second)))
    await waitForAcknowledgements(annsSocket, 2)
    await waitForAcknowledgements(bensSocket, 1)
    firstClient.text.insert(0, 'from here ')
    secondClient.text.insert(0, 'from there ')
    const hasAllText = (client: ProviderClient) => isSaved(client) && client.text.length === 'from here from there '.length
    await waitUntil(() => hasAllText(firstClient) && hasAllText(secondClient), 'both edits on both nodes')
    await waitUntil(async () => {
      const { document } = await replayJournal(firstNode, name)
      return haveEqualSnapshots(document, firstClient.document) && haveEqualSnapshots(document, secondClient.document)
    }, 'both replicas to equal the journal')
    const { document } = await replayJournal(firstNode, name)
    for (const { url } of nodes) expect(haveEqualSnapshots(document, (await openOnOwnSocket(url, name, ann.token)).document)).toBe(true)
    expect(annsSocket.closed ?? bensSocket.closed).toBeUndefined()
  })

  test('two nodes write one clean-up row in total', async () => {
    const [firstNode, secondNode] = nodes as [Node, Node]
    const { ann, ben, name } = await registerTwoEditors(firstNode.url)
    const state = createParagraphState(() => {})
    const [annsSocket, bensSocket] = [await openEditingSocket(firstNode.url, name, ann), await openEditingSocket(secondNode.url, name, ben)]
    annsSocket.send(encodeUpdateFrame(name, state))
    await waitForAcknowledgements(annsSocket, 1)
    await waitUntil(() => bensSocket.frames.filter(({ type }) => type === 0).length > 2, 'the paragraph to arrive')
    for (const rawSocket of [annsSocket, bensSocket])
      rawSocket.send(
        encodeUpdateFrame(
          name,
          createUpdate(state, (t) => t.format(0, 15, bold)),
        ),
      )
    await waitUntil(async () => (await replayJournal(firstNode, name)).actors.includes(null), 'the clean-up to be journaled')
    // each node journals this edit after everything it had queued before
    const writers = [await openOnOwnSocket(firstNode.url, name, ann.token), await openOnOwnSocket(secondNode.url, name, ben.token)]
    for (const writer of writers) writer.text.insert(0, 'x')
    await waitUntil(() => writers.every(isSaved), 'both clients to be saved')
    expect((await replayJournal(firstNode, name)).actors.filter((actor) => actor === null)).toHaveLength(1)
  })
})
