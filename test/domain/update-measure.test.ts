/**
 * The measures of an update equal those that Yjs decodes. Content that is nested too deeply is left out in the same way however rows are
 * combined.
 */
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { applyStoredUpdate, assertUpdateWithinLimits } from '../../domain/documents/limits/update-limits.ts'
import { isUpdate } from '../../domain/documents/update-containment.ts'
import { isType } from '../../domain/documents/limits/nesting-depth.ts'
import { createReplica } from '../../domain/documents/journal/replica.ts'
import { measureUpdate } from '../../domain/documents/limits/update-measure.ts'
import { yjsTypeRefs, encodeNestedTypes } from '../support/hostile-updates.ts'
import { createRandom, readSeed } from '../support/random.ts'

type Random = () => number
const pick = <T>(random: Random, all: readonly T[]): T => all[Math.floor(random() * all.length)] as T

const randomValue = (random: Random): unknown =>
  pick(random, [
    null,
    undefined,
    true,
    7,
    -123456,
    2 ** 40,
    0.5,
    'text “ü”',
    [1, [2, { three: 3 }]],
    { a: { b: [] } },
    new Uint8Array([1, 2]),
    12345678901n,
  ])

/** Makes a random change of any kind. */
function makeRandomChange(document: Y.Doc, random: Random): void {
  const text = document.getText('text')
  const map = document.getMap('map')
  const fragment = document.getXmlFragment('default')
  const place = Math.floor(random() * (text.length + 1))
  const length = Math.min(text.length - place, 4)
  const element = () => {
    const created = new Y.XmlElement(pick(random, ['paragraph', 'heading']))
    created.setAttribute('level', '2')
    created.insert(0, [new Y.XmlText('words'), new Y.XmlElement('hardBreak')])
    return created
  }
  pick(random, [
    () => text.insert(place, pick(random, ['a', 'longer words', '😀'])),
    () => text.insert(place, 'bold', { bold: true, link: { href: 'https://example.org' } }),
    () => text.insertEmbed(place, { image: 'x', deep: [[1]] }),
    () => text.format(place, length, { bold: random() < 0.5 ? true : null }),
    () => text.delete(place, length),
    () => map.set(pick(random, ['a', 'b', 'c']), randomValue(random)),
    () => map.set('types', pick(random, [() => new Y.Map(), () => new Y.Array(), () => new Y.Text('t'), () => new Y.XmlHook('hook')])()),
    () => map.set('document', new Y.Doc({ autoLoad: true })),
    () => map.delete('a'),
    () => fragment.insert(Math.floor(random() * (fragment.length + 1)), [element()]),
    () => fragment.length > 0 && fragment.delete(0, 1),
  ])()
}

test('the measures of an update equal those that Yjs decodes; a truncated update is refused', () => {
  const seed = readSeed('measure')
  const random = createRandom(seed)
  for (let round = 0; round < 20; round++) {
    const documents = [new Y.Doc(), new Y.Doc()] as const
    const updates: Uint8Array[] = []
    for (const document of documents) document.on('update', (update: Uint8Array) => updates.push(update))
    for (let n = 0; n < 40; n++) {
      makeRandomChange(pick(random, documents), random)
      if (n % 10 === 9) Y.applyUpdate(documents[0], Y.encodeStateAsUpdate(documents[1]))
    }
    for (const update of [...updates, Y.mergeUpdates(updates), Y.encodeStateAsUpdate(documents[0])]) {
      const { structs, ds } = Y.decodeUpdate(update)
      const measure = measureUpdate(update)
      expect(measure, `SEED=${seed}`).toMatchObject({
        structs: structs.length,
        clients: new Set(structs.map(({ id }) => id.client)).size,
        types: structs.filter(isType).length,
        deletions: [...ds.clients.values()].reduce((sum, ranges) => sum + ranges.length, 0),
      })
      expect(measure.clock).toBeGreaterThanOrEqual(Math.max(0, ...structs.map(({ id, length }) => id.clock + length)))
      const cutAt = Math.floor(random() * update.length)
      expect(
        () => measureUpdate(update.subarray(0, cutAt)),
        `SEED=${seed}, cut at ${cutAt} of ${Buffer.from(update).toString('hex')}`,
      ).toThrow()
    }
  }
})

/** Encodes an update with one struct in the root type `m`: its info byte and its content. */
const encodeStruct = (info: number, ...content: number[]) => Uint8Array.of(1, 1, 5, 0, info, 1, 1, 0x6d, ...content, 0)

test.each<[string, Uint8Array]>([
  ['an unknown kind of struct', encodeStruct(11)],
  ['an unknown kind of type', encodeStruct(7, 7)],
  ['an unknown kind of value', encodeStruct(8, 1, 50)],
  ['values without a count', encodeStruct(8, 0)],
  ['an empty text', encodeStruct(4, 0)],
  ['a struct without a length', Uint8Array.of(1, 1, 5, 0, 0, 0, 0)],
  ['a deletion without a length', Uint8Array.of(0, 1, 5, 1, 0, 0)],
  ['a struct that is its own origin', Uint8Array.of(1, 1, 5, 0, 0x84, 5, 0, 1, 0x61, 0)],
])('an update with %s is refused', (_, bytes) => {
  expect(() => measureUpdate(bytes)).toThrow()
})

test('randomly corrupted updates are refused, or applied without an exception', () => {
  const seed = readSeed('measure')
  const random = createRandom(seed)
  const source = new Y.Doc()
  for (let n = 0; n < 60; n++) makeRandomChange(source, random)
  const update = Y.encodeStateAsUpdate(source)
  for (let round = 0; round < 3000; round++) {
    const bytes = update.slice()
    for (let n = 0; n <= random() * 3; n++) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256)
    const document = new Y.Doc()
    if (random() < 0.7) Y.applyUpdate(document, update)
    document.on('update', () => {})
    try {
      assertUpdateWithinLimits(document, bytes)
    } catch {
      continue
    }
    // an update that does not decode is found before any part of it is applied
    if (!isUpdate(bytes)) continue
    expect(() => Y.applyUpdate(document, bytes), `SEED=${seed}, round ${round}: ${Buffer.from(bytes).toString('hex')}`).not.toThrow()
  }
})

test('types that are nested too deeply are left out, however their rows are split', () => {
  const seed = readSeed('nesting')
  const random = createRandom(seed)
  for (let round = 0; round < 10; round++) {
    const rows: Uint8Array[] = []
    for (let levels = 0; levels < 1500; ) {
      const more = 1 + Math.floor(random() * 200)
      rows.push(
        encodeNestedTypes({
          client: 5,
          levels: more,
          kind: yjsTypeRefs.element,
          within: levels === 0 ? 'default' : levels - 1,
          from: levels,
        }),
      )
      levels += more
    }
    const rowByRow = createReplica()
    const results = rows.map((row) => applyStoredUpdate(rowByRow, row))
    expect(results.includes(true), `SEED=${seed}`).toBe(true)
    const middle = Math.floor(random() * rows.length)
    const merged = createReplica()
    for (const part of [rows.slice(0, middle), rows.slice(middle)]) if (part.length > 0) applyStoredUpdate(merged, Y.mergeUpdates(part))
    const second = createReplica()
    applyStoredUpdate(second, Y.convertUpdateFormatV1ToV2(Y.mergeUpdates(rows)), { v2: true })
    for (const other of [merged, second])
      expect(Buffer.from(Y.encodeStateAsUpdate(other)).equals(Y.encodeStateAsUpdate(rowByRow)), `SEED=${seed}`).toBe(true)
    let depth = 0
    for (let at = rowByRow.getXmlFragment('default').get(0) as Y.XmlElement | undefined; at; at = at.get(0) as Y.XmlElement) depth++
    expect(depth).toBe(512)
  }
})

test('a replica built row by row keeps marks that are redundant in between', () => {
  const [first, second] = [new Y.Doc(), new Y.Doc()]
  const rows: Uint8Array[] = []
  for (const document of [first, second])
    document.on('update', (update: Uint8Array, origin: unknown) => origin !== 'sync' && rows.push(update))
  first.getText('text').insert(0, 'some words here')
  Y.applyUpdate(second, rows[0] as Uint8Array, 'sync')
  for (const document of [first, second]) document.getText('text').format(5, 5, { bold: true })
  const inOneTransaction = new Y.Doc()
  inOneTransaction.transact(() => {
    for (const row of rows) Y.applyUpdate(inOneTransaction, row)
  })
  const rowByRow = createReplica()
  rowByRow.getText('text')
  for (const row of rows) applyStoredUpdate(rowByRow, row)
  expect(Y.equalSnapshots(Y.snapshot(rowByRow), Y.snapshot(inOneTransaction))).toBe(true)
})
