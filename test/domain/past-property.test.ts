/** Random writing by three people at once; whatever they do, these hold. SEED=<number> repeats a run. */
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

const edits = 240
let node: Node
let people: string[]
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  const persons = await Promise.all(['Ann', 'Ben', 'Cas'].map((name) => registerPerson(node.url, name)))
  people = persons.map(({ id }) => id)
  ann = persons[0] as Person
})

/** Client ids decide which of two edits at one place comes first, so they follow from the seed, too. */
let clientIds: () => number
function newDocument(): Y.Doc {
  const document = new Y.Doc()
  document.clientID = Math.floor(clientIds() * 2 ** 31)
  return document
}

const textOf = (document: Y.Doc) => document.getXmlFragment('default')

/** One edit of somebody's: blocks come and go, words come, go and are made bold, attributes and other root types change. */
function change(document: Y.Doc, random: () => number): void {
  const text = textOf(document)
  const pick = (count: number) => Math.floor(random() * count)
  const block = text.length > 0 ? (text.get(pick(text.length)) as Y.XmlElement) : undefined
  const words = block?.length ? block.get(0) : undefined
  const what = random()
  document.transact(() => {
    if (!block || what < 0.08) {
      const element = new Y.XmlElement(random() < 0.3 ? 'heading' : 'paragraph')
      const inner = new Y.XmlText()
      inner.insert(0, `block ${pick(100)} of words`)
      element.insert(0, [inner])
      text.insert(pick(text.length + 1), [element])
    } else if (what < 0.12) text.delete(pick(text.length), 1)
    else if (what < 0.16) block.setAttribute('level', String(1 + pick(3)))
    else if (what < 0.22) document.getMap('variables').set(`v${pick(3)}`, pick(100))
    else if (what < 0.26) document.getArray('list').insert(0, [pick(100)])
    else if (words instanceof Y.XmlText && words.length > 4 && what < 0.45) words.delete(pick(words.length - 3), 1 + pick(3))
    else if (words instanceof Y.XmlText && words.length > 4 && what < 0.5)
      words.format(pick(words.length - 3), 3, { bold: random() < 0.5 || null })
    else if (words instanceof Y.XmlText) words.insert(pick(words.length + 1), ['new ', 'wörd', '. ', '🙂', 'x'][pick(5)] as string)
  })
}

/** Three replicas that hear of each other now and then; what each did, in an order in which it can be applied. */
function writing(random: () => number): { written: { actor: string; update: Uint8Array }[]; document: Y.Doc } {
  const all = new Y.Doc()
  const replicas = people.map(newDocument)
  const written: { actor: string; update: Uint8Array }[] = []
  let own = -1
  for (const [place, replica] of replicas.entries()) {
    replica.on('update', (update: Uint8Array) => {
      if (own !== place) return
      written.push({ actor: people[place] as string, update })
      Y.applyUpdate(all, update)
    })
  }
  while (written.length < edits) {
    own = Math.floor(random() * 3)
    const replica = replicas[own] as Y.Doc
    change(replica, random)
    if (random() < 0.4) {
      own = -1
      Y.applyUpdate(replica, Y.encodeStateAsUpdate(all, Y.encodeStateVector(replica)))
    }
  }
  return { written, document: all }
}

const plain = (document: Y.Doc) =>
  JSON.stringify([
    textOf(document).toString().replaceAll('</bold><bold>', ''),
    Object.entries(document.getMap('variables').toJSON()).sort(([one], [other]) => (one < other ? -1 : 1)),
    document.getArray('list').toJSON(),
  ])
const wholes = (blocks: TextBlock[]) => blocks.map(({ type, level, text }) => [type, level, text])
const texts = (redline: RedlineBlock[], but: string) =>
  redline
    .filter(({ change }) => change !== but)
    .map(({ words }) =>
      words
        .filter(({ change }) => change !== but)
        .map(({ text }) => text)
        .join(''),
    )

// the second: replicas that had cleared different formats away
test.each([
  [readSeed('past'), chooseSize(1, 4)],
  [1403845945, 4],
])('sessions, authorship, redlines, restoring and undoing keep their promises: %i', async (seed, rounds) => {
  const random = createRandom(seed)
  clientIds = createRandom(seed + 1)
  for (let round = 0; round < rounds; round++) {
    const id = toDocumentId(await createDraft(ann))
    const { written, document } = writing(random)
    const middle = Math.floor(random() * edits)
    await appendUpdates(node, id, written.slice(0, middle))
    if (middle > 0) await takeSnapshot(node, id)
    await appendUpdates(node, id, written.slice(middle))
    const states = new Map<number, string>()
    const earlier = new Y.Doc()
    for (const [place, { update }] of written.entries()) {
      Y.applyUpdate(earlier, update)
      states.set(place + 1, plain(earlier))
    }
    const authors = async () => [...(await runQuery(node, (view) => readAttribution(view, id)))].sort(([one], [other]) => one - other)
    const before: AttributedRanges = new Map()
    for (const { actor, update } of written)
      for (const { client, clock, length } of readUpdateRanges(update).written) addRange(before, client, clock, clock + length, actor)
    const whose = [...before].sort(([one], [other]) => one - other)
    expect(await authors()).toEqual(whose)
    for (let n = 0; n < 4; n++) await backdateUpdates(node, id, Math.floor(random() * edits), 10)
    await takeSnapshot(node, id)
    await compactHistory(node, id, edits - middle)

    // the sum of sessions is the document, and every moment answered is what it was
    const { document: newest } = await runQuery(node, (view) => buildDocumentAt(view, id, 1e9))
    expect(plain(newest)).toBe(plain(document))
    for (let n = 0; n < 10; n++) {
      const past = await runQuery(node, (view) => buildDocumentAt(view, id, Math.floor(random() * edits)))
      expect(plain(past.document)).toBe(states.get(past.at) ?? plain(new Y.Doc()))
      const [from, to] = [Math.floor(random() * edits), Math.floor(random() * edits)].sort((one, other) => one - other) as [number, number]
      const told: string[] = []
      const at = await runQuery(node, (view) => buildDocumentsAt(view, id, [from, to], (one) => void told.push(plain(one))))
      expect(told).toEqual(at.map((row) => states.get(row) ?? plain(new Y.Doc())))
      expect(at).toEqual(
        await Promise.all([from, to].map(async (row) => (await runQuery(node, (view) => buildDocumentAt(view, id, row))).at)),
      )
    }

    // who wrote what: as before, whether the snapshot says it or the sessions, and every sign exactly once
    const stretches = await runQuery(node, (view) => readAttribution(view, id))
    expect(await authors()).toEqual(whose)
    await sql`update document_snapshot set wrote = null where document = ${id}`.execute(node.database.sql)
    expect(await authors()).toEqual(whose)
    for (const { text, runs } of readBlocks(textOf(newest), stretches)) {
      expect(runs.reduce((sum, { length }) => sum + length, 0)).toBe(text.length)
      for (const { userId, length } of runs) expect([people.includes(userId as string), length > 0]).toEqual([true, true])
    }

    // a redline applied to the old text is the new text
    const then = await runQuery(node, (view) => buildDocumentAt(view, id, Math.floor(random() * edits)))
    const [old, present] = [readBlocks(textOf(then.document), stretches), readBlocks(textOf(newest), stretches)]
    const redline = createRedline(old, present)
    expect(texts(redline, 'inserted')).toEqual(old.map(({ text }) => text))
    expect(texts(redline, 'deleted')).toEqual(present.map(({ text }) => text))
    expect(createRedline(present, present).every(({ change }) => change === 'same')).toBe(true)

    // restored, it is what it was; typing at the same time merges everywhere alike
    const restored = copyOf(newest)
    reconcileDocument(restored, then.document)
    expect(wholes(readBlocks(textOf(restored)))).toEqual(wholes(readBlocks(textOf(then.document))))
    expect(plain(restored)).toBe(plain(then.document))
    converge(newest, restored, random)

    // taken back: what they wrote is gone, what others wrote is there; typing at the same time merges
    const { to, from } = await runQuery(node, async (view) => {
      const [first, last] = [(await buildDocumentAt(view, id, middle)).at + 1, edits]
      return { from: first, to: last }
    })
    const userId = people[Math.floor(random() * 3)] as string
    const undoing = await runQuery(node, (view) => undoAuthorRows(view, id, { userId, from, to }))
    if (!undoing) continue
    const base = await runQuery(node, (view) => buildDocumentAt(view, id, from - 1))
    for (const [client, known] of stretches) {
      for (const one of Y.decodeUpdate(Y.encodeStateAsUpdate(undoing)).structs) {
        if (one.id.client !== client || !(one instanceof Y.Item) || !(one.content instanceof Y.ContentString)) continue
        for (let clock = one.id.clock; clock < one.id.clock + one.length; clock++) {
          const theirs = findRange(known, clock)?.actor === userId && clock >= Y.getState(base.document.store, client)
          const was = isThere(newest, client, clock)
          if (was) expect(isThere(undoing, client, clock), `${client}:${clock}`).toBe(!theirs)
        }
      }
    }
    converge(newest, undoing, random)
  }
})

function isThere(document: Y.Doc, client: number, clock: number): boolean {
  if (clock >= Y.getState(document.store, client)) return false
  return !(Y.getItem(document.store, Y.createID(client, clock)) as Y.Item).deleted
}

function copyOf(document: Y.Doc): Y.Doc {
  const copy = newDocument()
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(document))
  return copy
}

/** The edit that made one document of another, and edits of others upon the other, come to the same in any order. */
function converge(before: Y.Doc, after: Y.Doc, random: () => number): void {
  const typing = copyOf(before)
  for (let n = 0; n < 10; n++) change(typing, random)
  const typed = Y.encodeStateAsUpdate(typing, Y.encodeStateVector(before))
  const edit = Y.encodeStateAsUpdate(after, Y.encodeStateVector(before))
  const [one, other] = [copyOf(before), copyOf(before)]
  for (const update of [typed, edit]) Y.applyUpdate(one, update)
  for (const update of [edit, typed]) Y.applyUpdate(other, update)
  // Yjs clears formats away that a remote edit left without effect: an edit of the replica's own, which the others hear of
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const)
    Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)))
  expect(plain(one)).toBe(plain(other))
  expect([one, other].map(({ store }) => store.pendingStructs)).toEqual([null, null])
}
