import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { compareOrder, keyBetween, keysForMove, type Ordered } from '../../domain/documents/sections/fractional-indexing.ts'
import { readEntries, writeEntry } from '../../domain/documents/sections/section.ts'
import { compareTasks, keysForTaskMove, lanes, type Task, tasks } from '../../domain/spaces/task.ts'
import { createRandom, readSeed } from '../support/random.ts'

test('a key sorts between its neighbours at every position, and stays short', () => {
  const random = createRandom(readSeed('order'))
  for (const position of ['anywhere', 'first', 'last', 'middle'] as const) {
    let items: Ordered[] = []
    for (let n = 0; n < 2000; n++) {
      const at = { anywhere: Math.floor(random() * (items.length + 1)), first: 0, last: items.length, middle: items.length >> 1 }[position]
      const id = `t${n}`
      const keys = keysForMove(items, id, at, random)
      const expected = [...items.slice(0, at).map((one) => one.id), id, ...items.slice(at).map((one) => one.id)]
      const orders = new Map(items.map((one) => [one.id, one.order]))
      for (const [one, order] of keys) orders.set(one, order)
      items = [...orders].map(([one, order]) => ({ id: one, order })).sort(compareOrder)
      if (n % 97 === 0) expect(items.map((one) => one.id)).toEqual(expected)
    }
    expect(Math.max(...items.map(({ order }) => order.length))).toBeLessThanOrEqual(40)
  }
})

test('without room between two keys, or with an invalid key, all items get new keys', () => {
  expect(keyBetween('V', 'V')).toBeUndefined()
  expect(keyBetween('…', undefined)).toBeUndefined()
  const tied = ['a', 'b', 'c'].map((id) => ({ id, order: 'V' }))
  const keys = keysForMove(tied, 'x', 1)
  expect([...keys.keys()]).toEqual(['a', 'x', 'b', 'c'])
  expect(new Set(keys.values()).size).toBe(4)
  expect([...keys].sort(([, one], [, other]) => (one < other ? -1 : 1)).map(([id]) => id)).toEqual(['a', 'x', 'b', 'c'])
  expect([...keysForMove([{ id: 'a', order: '' }], 'x', 0).keys()]).toEqual(['x', 'a'])
})

const compareText = (one: string, other: string) => (one < other ? -1 : 1)

/** The board as people see it: the ids of each lane in order. */
const readBoard = (document: Y.Doc) =>
  readEntries(document, tasks)
    .sort(compareTasks)
    .map(({ status, id }) => `${status} ${id}`)

test('after concurrent additions, moves and deletions all replicas have one order, and no task is lost or duplicated', () => {
  const random = createRandom(readSeed('board'))
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T
  for (let round = 0; round < 20; round++) {
    const replicas = Array.from({ length: 4 }, () => new Y.Doc())
    const added = new Set<string>()
    const removed = new Set<string>()
    for (let turn = 0; turn < 120; turn++) {
      const document = pick(replicas)
      const current = readEntries(document, tasks)
      const status = pick(lanes)
      const laneTasks = current.filter((task) => task.status === status)
      document.transact(() => {
        if (random() < 0.3 || current.length === 0) {
          const id = `t${added.size}`
          added.add(id)
          writeEntry(document, tasks, id, { title: id, status, order: keysForTaskMove(current, id, status, {})?.get(id) })
        } else if (random() < 0.15) {
          const { id } = pick(current)
          removed.add(id)
          document.getMap(tasks.name).delete(id)
        } else moveTask(document, current, pick(current), status, pick(laneTasks))
      })
      if (random() < 0.2) sync(document, pick(replicas))
    }
    for (const first of replicas) for (const second of replicas) sync(first, second)
    const [first, ...rest] = replicas.map(readBoard) as [string[], ...string[][]]
    for (const other of rest) expect(other).toEqual(first)
    // no task is lost or duplicated
    expect(first.map((text) => text.split(' ')[1] as string).sort(compareText)).toEqual(
      [...added].filter((id) => !removed.has(id)).sort(compareText),
    )
  }

  function moveTask(document: Y.Doc, current: Task[], { id }: Task, status: Task['status'], other: Task | undefined) {
    const place = !other || other.id === id ? {} : random() < 0.5 ? { before: other.id } : { after: other.id }
    const keys = keysForTaskMove(current, id, status, place)
    for (const [one, order] of keys ?? []) writeEntry(document, tasks, one, { order })
    writeEntry(document, tasks, id, { status })
  }
})

function sync(one: Y.Doc, other: Y.Doc) {
  if (one === other) return
  Y.applyUpdate(other, Y.encodeStateAsUpdate(one, Y.encodeStateVector(other)))
  Y.applyUpdate(one, Y.encodeStateAsUpdate(other, Y.encodeStateVector(one)))
}
