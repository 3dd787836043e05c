/** Property tests of the history with random concurrent edits of three people. SEED=<number> repeats a run. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readAttribution } from '../../domain/documents/journal/attribution.ts'
import { type TextBlock, readBlocks } from '../../domain/history/text-blocks.ts'
import { reconcileDocument } from '../../domain/history/reconcile.ts'
import { buildDocumentAt, buildDocumentsAt } from '../../domain/history/state-at.ts'
import { type RedlineBlock, createRedline } from '../../domain/history/redline.ts'
import { addRange, findRange, type AttributedRanges, readUpdateRanges } from '../../domain/documents/journal/clock-ranges.ts'
import { undoAuthorRows } from '../../domain/history/undo.ts'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { compactHistory, toDocumentId, appendUpdates, runQuery, backdateUpdates, takeSnapshot } from '../support/journal-history.ts'
import { createRandom, chooseSize, readSeed } from '../support/random.ts'

const editCount = 240
let node: Node
let people: string[]
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  const persons = await Promise.all(['Ann', 'Ben', 'Cas'].map((name) => registerPerson(node.url, name)))
  people = persons.map(({ id }) => id)
  ann = persons[0] as Person
})

/** Client ids are seeded too, since they order concurrent edits at one position. */
let clientIds: () => number
function newDocument(): Y.Doc {
  const document = new Y.Doc()
  document.clientID = Math.floor(clientIds() * 2 ** 31)
  return document
}

const getRoot = (document: Y.Doc) => document.getXmlFragment('default')

/** Makes a random edit: inserts or deletes a block or words, formats words, or changes attributes or other root types. */
function makeRandomEdit(document: Y.Doc, random: () => number): void {
  const text = getRoot(document)
  const pick = (count: number) => Math.floor(random() * count)
  const block = text.length > 0 ? (text.get(pick(text.length)) as Y.XmlElement) : undefined
  const words = block?.length ? block.get(0) : undefined
  const choice = random()
  document.transact(() => {
    if (!block || choice < 0.08) {
      const element = new Y.XmlElement(random() < 0.3 ? 'heading' : 'paragraph')
      const inner = new Y.XmlText()
      inner.insert(0, `block ${pick(100)} of words`)
      element.insert(0, [inner])
      text.insert(pick(text.length + 1), [element])
    } else if (choice < 0.12) text.delete(pick(text.length), 1)
    else if (choice < 0.16) block.setAttribute('level', String(1 + pick(3)))
    else if (choice < 0.22) document.getMap('variables').set(`v${pick(3)}`, pick(100))
    else if (choice < 0.26) document.getArray('list').insert(0, [pick(100)])
    else if (words instanceof Y.XmlText && words.length > 4 && choice < 0.45) words.delete(pick(words.length - 3), 1 + pick(3))
    else if (words instanceof Y.XmlText && words.length > 4 && choice < 0.5)
      words.format(pick(words.length - 3), 3, { bold: random() < 0.5 || null })
    else if (words instanceof Y.XmlText) words.insert(pick(words.length + 1), ['new ', 'wörd', '. ', '🙂', 'x'][pick(5)] as string)
  })
}

/** Simulates three replicas that sync now and then. Returns their edits in an order in which they can be applied. */
function simulateWriting(random: () => number): { written: { actor: string; update: Uint8Array }[]; document: Y.Doc } {
  const merged = new Y.Doc()
  const replicas = people.map(newDocument)
  const edits: { actor: string; update: Uint8Array }[] = []
  let activeReplica = -1
  for (const [index, replica] of replicas.entries()) {
    replica.on('update', (update: Uint8Array) => {
      if (activeReplica !== index) return
      edits.push({ actor: people[index] as string, update })
      Y.applyUpdate(merged, update)
    })
  }
  while (edits.length < editCount) {
    activeReplica = Math.floor(random() * 3)
    const replica = replicas[activeReplica] as Y.Doc
    makeRandomEdit(replica, random)
    if (random() < 0.4) {
      activeReplica = -1
      Y.applyUpdate(replica, Y.encodeStateAsUpdate(merged, Y.encodeStateVector(replica)))
    }
  }
  return { written: edits, document: merged }
}

const toComparable = (document: Y.Doc) =>
  JSON.stringify([
    getRoot(document).toString().replaceAll('</bold><bold>', ''),
    Object.entries(document.getMap('variables').toJSON()).sort(([one], [other]) => (one < other ? -1 : 1)),
    document.getArray('list').toJSON(),
  ])
const toPlainBlocks = (blocks: TextBlock[]) => blocks.map(({ type, level, text }) => [type, level, text])
const readTexts = (redline: RedlineBlock[], excluded: string) =>
  redline
    .filter(({ change }) => change !== excluded)
    .map(({ words }) =>
      words
        .filter(({ change }) => change !== excluded)
        .map(({ text }) => text)
        .join(''),
    )

// the second seed: replicas that had removed different redundant formats
test.each([
  [readSeed('history'), chooseSize(1, 4)],
  [1403845945, 4],
])('edit sessions, authorship, redlines, restore and undo are correct: seed %i', async (seed, rounds) => {
  const random = createRandom(seed)
  clientIds = createRandom(seed + 1)
  for (let round = 0; round < rounds; round++) {
    const id = toDocumentId(await createDraft(ann))
    const { written, document } = simulateWriting(random)
    const middle = Math.floor(random() * editCount)
    await appendUpdates(node, id, written.slice(0, middle))
    if (middle > 0) await takeSnapshot(node, id)
    await appendUpdates(node, id, written.slice(middle))
    const states = new Map<number, string>()
    const replayed = new Y.Doc()
    for (const [index, { update }] of written.entries()) {
      Y.applyUpdate(replayed, update)
      states.set(index + 1, toComparable(replayed))
    }
    const readAuthors = async () => [...(await runQuery(node, (view) => readAttribution(view, id)))].sort(([one], [other]) => one - other)
    const expectedRanges: AttributedRanges = new Map()
    for (const { actor, update } of written)
      for (const { client, clock, length } of readUpdateRanges(update).written)
        addRange(expectedRanges, client, clock, clock + length, actor)
    const expectedAuthors = [...expectedRanges].sort(([one], [other]) => one - other)
    expect(await readAuthors()).toEqual(expectedAuthors)
    for (let n = 0; n < 4; n++) await backdateUpdates(node, id, Math.floor(random() * editCount), 10)
    await takeSnapshot(node, id)
    await compactHistory(node, id, editCount - middle)

    // all sessions together are the document, and every past state is the state of that time
    const { document: newest } = await runQuery(node, (view) => buildDocumentAt(view, id, 1e9))
    expect(toComparable(newest)).toBe(toComparable(document))
    for (let n = 0; n < 10; n++) {
      const past = await runQuery(node, (view) => buildDocumentAt(view, id, Math.floor(random() * editCount)))
      expect(toComparable(past.document)).toBe(states.get(past.at) ?? toComparable(new Y.Doc()))
      const [from, to] = [Math.floor(random() * editCount), Math.floor(random() * editCount)].sort((one, other) => one - other) as [
        number,
        number,
      ]
      const visited: string[] = []
      const at = await runQuery(node, (view) => buildDocumentsAt(view, id, [from, to], (state) => void visited.push(toComparable(state))))
      expect(visited).toEqual(at.map((row) => states.get(row) ?? toComparable(new Y.Doc())))
      expect(at).toEqual(
        await Promise.all([from, to].map(async (row) => (await runQuery(node, (view) => buildDocumentAt(view, id, row))).at)),
      )
    }

    // authorship does not change, from the snapshot or from the sessions, and covers every character once
    const ranges = await runQuery(node, (view) => readAttribution(view, id))
    expect(await readAuthors()).toEqual(expectedAuthors)
    await sql`update document_snapshot set wrote = null where document = ${id}`.execute(node.database.sql)
    expect(await readAuthors()).toEqual(expectedAuthors)
    for (const { text, runs } of readBlocks(getRoot(newest), ranges)) {
      expect(runs.reduce((sum, { length }) => sum + length, 0)).toBe(text.length)
      for (const { userId, length } of runs) expect([people.includes(userId as string), length > 0]).toEqual([true, true])
    }

    // a redline applied to the old text is the new text
    const past = await runQuery(node, (view) => buildDocumentAt(view, id, Math.floor(random() * editCount)))
    const [oldBlocks, newBlocks] = [readBlocks(getRoot(past.document), ranges), readBlocks(getRoot(newest), ranges)]
    const redline = createRedline(oldBlocks, newBlocks)
    expect(readTexts(redline, 'inserted')).toEqual(oldBlocks.map(({ text }) => text))
    expect(readTexts(redline, 'deleted')).toEqual(newBlocks.map(({ text }) => text))
    expect(createRedline(newBlocks, newBlocks).every(({ change }) => change === 'same')).toBe(true)

    // a restored document equals the past state, and converges with concurrent edits
    const restored = copyDocument(newest)
    reconcileDocument(restored, past.document)
    expect(toPlainBlocks(readBlocks(getRoot(restored)))).toEqual(toPlainBlocks(readBlocks(getRoot(past.document))))
    expect(toComparable(restored)).toBe(toComparable(past.document))
    checkConvergence(newest, restored, random)

    // an undo removes the author's text and keeps all other text, and converges with concurrent edits
    const { to, from } = await runQuery(node, async (view) => {
      const [first, last] = [(await buildDocumentAt(view, id, middle)).at + 1, editCount]
      return { from: first, to: last }
    })
    const userId = people[Math.floor(random() * 3)] as string
    const undone = await runQuery(node, (view) => undoAuthorRows(view, id, { userId, from, to }))
    if (!undone) continue
    const base = await runQuery(node, (view) => buildDocumentAt(view, id, from - 1))
    for (const [client, known] of ranges) {
      for (const struct of Y.decodeUpdate(Y.encodeStateAsUpdate(undone)).structs) {
        if (struct.id.client !== client || !(struct instanceof Y.Item) || !(struct.content instanceof Y.ContentString)) continue
        for (let clock = struct.id.clock; clock < struct.id.clock + struct.length; clock++) {
          const isUndone = findRange(known, clock)?.actor === userId && clock >= Y.getState(base.document.store, client)
          const wasVisible = isVisible(newest, client, clock)
          if (wasVisible) expect(isVisible(undone, client, clock), `${client}:${clock}`).toBe(!isUndone)
        }
      }
    }
    checkConvergence(newest, undone, random)
  }
})

function isVisible(document: Y.Doc, client: number, clock: number): boolean {
  if (clock >= Y.getState(document.store, client)) return false
  return !(Y.getItem(document.store, Y.createID(client, clock)) as Y.Item).deleted
}

function copyDocument(document: Y.Doc): Y.Doc {
  const copy = newDocument()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(document))
  return copy
}

/** Checks that the edit between two states and concurrent edits of the first state give equal documents in any order. */
function checkConvergence(before: Y.Doc, after: Y.Doc, random: () => number): void {
  const concurrent = copyDocument(before)
  for (let n = 0; n < 10; n++) makeRandomEdit(concurrent, random)
  const concurrentUpdate = Y.encodeStateAsUpdate(concurrent, Y.encodeStateVector(before))
  const edit = Y.encodeStateAsUpdate(after, Y.encodeStateVector(before))
  const [first, second] = [copyDocument(before), copyDocument(before)]
  for (const update of [concurrentUpdate, edit]) Y.applyUpdate(first, update)
  for (const update of [edit, concurrentUpdate]) Y.applyUpdate(second, update)
  // Yjs removes formats that a remote edit made redundant, as a local edit that must be synced too
  for (const [from, to] of [
    [first, second],
    [second, first],
  ] as const)
    Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
  expect(toComparable(first)).toBe(toComparable(second))
  expect([first, second].map(({ store }) => store.pendingStructs)).toEqual([null, null])
}
