import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { compareOrder, keyBetween, keysForMove, type Ordered } from '../../domain/documents/sections/fractional-indexing.ts'
import { readEntries, writeEntry } from '../../domain/documents/sections/section.ts'
import { compareTasks, keysForTaskMove, lanes, type Task, tasks } from '../../domain/spaces/task.ts'
import { createRandom, readSeed } from '../support/random.ts'

test('a key lies between its neighbours, wherever one puts a thing, and stays short', () => {
  const random = createRandom(readSeed('order'))
  for (const place of ['anywhere', 'first', 'last', 'middle'] as const) {
    let all: Ordered[] = []
    for (let n = 0; n < 2000; n++) {
      const at = { anywhere: Math.floor(random() * (all.length + 1)), first: 0, last: all.length, middle: all.length >> 1 }[place]
      const id = `t${n}`
      const keys = keysForMove(all, id, at, random)
      const wanted = [...all.slice(0, at).map((one) => one.id), id, ...all.slice(at).map((one) => one.id)]
      const orders = new Map(all.map((one) => [one.id, one.order]))
      for (const [one, order] of keys) orders.set(one, order)
      all = [...orders].map(([one, order]) => ({ id: one, order })).sort(compareOrder)
      if (n % 97 === 0) expect(all.map((one) => one.id)).toEqual(wanted)
    }
    expect(Math.max(...all.map(({ order }) => order.length))).toBeLessThanOrEqual(40)
  }
})

test('where there is no room, or a key is not of our making, everything gets a new one', () => {
  expect(keyBetween('V', 'V')).toBeUndefined()
  expect(keyBetween('…', undefined)).toBeUndefined()
  const tied = ['a', 'b', 'c'].map((id) => ({ id, order: 'V' }))
  const keys = keysForMove(tied, 'x', 1)
  expect([...keys.keys()]).toEqual(['a', 'x', 'b', 'c'])
  expect(new Set(keys.values()).size).toBe(4)
  expect([...keys].sort(([, one], [, other]) => (one < other ? -1 : 1)).map(([id]) => id)).toEqual(['a', 'x', 'b', 'c'])
  expect([...keysForMove([{ id: 'a', order: '' }], 'x', 0).keys()]).toEqual(['x', 'a'])
})

const byText = (one: string, other: string) => (one < other ? -1 : 1)

/** What somebody sees: lane by lane, the ids in order. */
const seen = (document: Y.Doc) =>
  readEntries(document, tasks)
    .sort(compareTasks)
    .map(({ status, id }) => `${status} ${id}`)

test('however tasks are added, moved and taken away at once, all replicas come to one order, and no card is lost or doubled', () => {
  const random = createRandom(readSeed('board'))
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T
  for (let round = 0; round < 20; round++) {
    const replicas = Array.from({ length: 4 }, () => new Y.Doc())
    const added = new Set<string>()
    const removed = new Set<string>()
    for (let turn = 0; turn < 120; turn++) {
      const document = pick(replicas)
      const here = readEntries(document, tasks)
      const status = pick(lanes)
      const others = here.filter((task) => task.status === status)
      document.transact(() => {
        if (random() < 0.3 || here.length === 0) {
          const id = `t${added.size}`
          added.add(id)
          writeEntry(document, tasks, id, { title: id, status, order: keysForTaskMove(here, id, status, {})?.get(id) })
        } else if (random() < 0.15) {
          const { id } = pick(here)
          removed.add(id)
          document.getMap(tasks.name).delete(id)
        } else moveIn(document, here, pick(here), status, pick(others))
      })
      if (random() < 0.2) exchange(document, pick(replicas))
    }
    for (const one of replicas) for (const other of replicas) exchange(one, other)
    const [first, ...rest] = replicas.map(seen) as [string[], ...string[][]]
    for (const other of rest) expect(other).toEqual(first)
    // none lost, none doubled
    expect(first.map((text) => text.split(' ')[1] as string).sort(byText)).toEqual([...added].filter((id) => !removed.has(id)).sort(byText))
  }

  function moveIn(document: Y.Doc, here: Task[], { id }: Task, status: Task['status'], other: Task | undefined) {
    const place = !other || other.id === id ? {} : random() < 0.5 ? { before: other.id } : { after: other.id }
    const keys = keysForTaskMove(here, id, status, place)
    for (const [one, order] of keys ?? []) writeEntry(document, tasks, one, { order })
    writeEntry(document, tasks, id, { status })
  }
})

function exchange(one: Y.Doc, other: Y.Doc) {
  if (one === other) return
  Y.applyUpdate(other, Y.encodeStateAsUpdate(one, Y.encodeStateVector(other)))
  Y.applyUpdate(one, Y.encodeStateAsUpdate(other, Y.encodeStateVector(one)))
}
