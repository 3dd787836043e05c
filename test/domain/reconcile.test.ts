/** Property tests of reconciling random documents. SEED=<number> repeats a run. */
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { diffWithAnchors } from '../../domain/history/myers-diff.ts'
import { reconcileDocument } from '../../domain/history/reconcile.ts'
import { createRandom, readSeed } from '../support/random.ts'

const getRoot = (document: Y.Doc) => document.getXmlFragment('default')

function randomBlock(random: () => number, depth = 0): Y.XmlElement {
  const pick = (count: number) => Math.floor(random() * count)
  const element = new Y.XmlElement(['paragraph', 'heading', 'bulletList', 'blockquote'][depth < 2 ? pick(4) : pick(2)] as string)
  if (random() < 0.3) element.setAttribute('level', String(pick(3)))
  if (['bulletList', 'blockquote'].includes(element.nodeName))
    element.insert(
      0,
      Array.from({ length: 1 + pick(3) }, () => randomBlock(random, depth + 1)),
    )
  else {
    const words = new Y.XmlText()
    words.insert(0, `${['one', 'two', 'three'][pick(3)]} words ${pick(20)}`, random() < 0.3 ? { bold: true } : {})
    element.insert(0, [words])
  }
  return element
}

/** Creates two documents with a common origin, edited independently. */
function createRelatedDocuments(random: () => number, blocks: number): [Y.Doc, Y.Doc] {
  const pick = (count: number) => Math.floor(random() * count)
  const origin = new Y.Doc()
  getRoot(origin).insert(
    0,
    Array.from({ length: blocks }, () => randomBlock(random)),
  )
  origin.getArray('list').insert(0, [1, 'a', 2, new Y.Map([['name', 'b']])])
  origin.getMap('variables').set('sum', 1)
  return [0, 1].map(() => {
    const document = new Y.Doc()
    Y.applyUpdate(document, Y.encodeStateAsUpdate(origin))
    const text = getRoot(document)
    for (let edit = pick(blocks); edit > 0; edit--) {
      const choice = random()
      if (text.length === 0 || choice < 0.4) text.insert(pick(text.length + 1), [randomBlock(random)])
      else if (choice < 0.7) text.delete(pick(text.length), 1)
      else if (choice < 0.8) document.getArray('list').insert(0, [pick(9)])
      else document.getMap('variables').set(`v${pick(3)}`, pick(9))
    }
    if (random() < 0.1) text.delete(0, text.length)
    return document
  }) as [Y.Doc, Y.Doc]
}

const toComparable = (document: Y.Doc) => [
  // Yjs keeps marks that close and open again at one position
  getRoot(document).toString().replaceAll('</bold><bold>', ''),
  document.getArray('list').toJSON(),
  Object.entries(document.getMap('variables').toJSON()).sort(([one], [other]) => (one < other ? -1 : 1)),
]

test('a document becomes equal to another one, in one transaction or in many, and a replica that applies each update is equal too', () => {
  const random = createRandom(readSeed('reconcile'))
  for (let round = 0; round < 150; round++) {
    const [present, past] = createRelatedDocuments(random, 2 + Math.floor(random() * 30))
    const atOnce = new Y.Doc()
    const inSteps = new Y.Doc({ gc: false })
    const replica = new Y.Doc()
    for (const one of [atOnce, inSteps, replica]) Y.applyUpdate(one, Y.encodeStateAsUpdate(present))
    let transactions = 0
    atOnce.on('update', () => transactions++)
    reconcileDocument(atOnce, past)
    expect(toComparable(atOnce)).toEqual(toComparable(past))
    expect(transactions).toBeLessThanOrEqual(1)
    const updates: Uint8Array[] = []
    inSteps.on('update', (update: Uint8Array) => void updates.push(update))
    reconcileDocument(inSteps, past, { maxItemsPerTransaction: 1 })
    for (const update of updates) Y.applyUpdate(replica, update)
    expect(toComparable(inSteps)).toEqual(toComparable(past))
    expect(toComparable(replica)).toEqual(toComparable(past))
  }
})

test('a large change is split into bounded transactions of whole blocks', () => {
  const present = new Y.Doc({ gc: false })
  getRoot(present).insert(
    0,
    Array.from({ length: 3000 }, (_, n) => {
      const [list, item] = [new Y.XmlElement('bulletList'), new Y.XmlElement('listItem')]
      const words = new Y.XmlText()
      words.insert(0, `item ${n}`)
      item.insert(0, [words])
      list.insert(0, [item])
      return list
    }),
  )
  const deleted: number[] = []
  const partialBlocks: number[] = []
  present.on('afterTransaction', ({ deleteSet }: Y.Transaction) => {
    let items = 0
    for (const runs of deleteSet.clients.values()) for (const { len } of runs) items += len
    deleted.push(items)
    partialBlocks.push(
      getRoot(present)
        .toArray()
        .filter((list) => (list as Y.XmlElement).length !== 1).length,
    )
  })
  reconcileDocument(present, new Y.Doc(), { maxItemsPerTransaction: 200 })
  expect(getRoot(present).length).toBe(0)
  expect(deleted.length).toBeGreaterThan(10)
  expect(Math.max(...deleted)).toBeLessThan(5000)
  expect(Math.max(...partialBlocks)).toBe(0)
})

test('distant changes in a long document do not rewrite the blocks between them', () => {
  const present = new Y.Doc()
  const paragraphs = Array.from({ length: 6000 }, (_, n) => {
    const [element, words] = [new Y.XmlElement('paragraph'), new Y.XmlText()]
    words.insert(0, `paragraph ${n}`)
    element.insert(0, [words])
    return element
  })
  getRoot(present).insert(0, paragraphs)
  const past = new Y.Doc()
  Y.applyUpdate(past, Y.encodeStateAsUpdate(present))
  getRoot(present).delete(100, 2500)
  const last = getRoot(present).get(3499)
  let inserted = 0
  present.on('afterTransaction', () => (inserted = present.store.clients.get(present.clientID)?.length ?? 0))
  reconcileDocument(present, past)
  expect(getRoot(present).toString()).toBe(getRoot(past).toString())
  expect(getRoot(present).get(5999)).toBe(last)
  expect(inserted).toBeGreaterThan(0)
})

test('the difference of lists with little in common is correct, anchored at items that are unique in both', () => {
  const random = createRandom(readSeed('anchored differences'))
  const randomList = () => Array.from({ length: Math.floor(random() * 40) }, () => String(Math.floor(random() * 60)))
  for (let round = 0; round < 2000; round++) {
    const [before, after] = [randomList(), randomList()]
    const result: string[] = []
    let [oldIndex, newIndex] = [0, 0]
    for (const { change, count } of diffWithAnchors(before, after, Math.floor(random() * 6))) {
      if (change === 'same') {
        expect(before.slice(oldIndex, oldIndex + count)).toEqual(after.slice(newIndex, newIndex + count))
        result.push(...before.slice(oldIndex, oldIndex + count))
      }
      if (change === 'inserted') result.push(...after.slice(newIndex, newIndex + count))
      if (change !== 'inserted') oldIndex += count
      if (change !== 'deleted') newIndex += count
    }
    expect(result).toEqual(after)
    expect([oldIndex, newIndex]).toEqual([before.length, after.length])
  }
  expect(diffWithAnchors(['x', 'a', 'y'], ['p', 'q', 'a', 'r'], 1)).toEqual([
    { change: 'deleted', count: 1 },
    { change: 'inserted', count: 2 },
    { change: 'same', count: 1 },
    { change: 'deleted', count: 1 },
    { change: 'inserted', count: 1 },
  ])
})
