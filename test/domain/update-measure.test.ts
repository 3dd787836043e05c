/** The measures of an update agree with what Yjs makes of it, and what stands too deep is left out the same way however rows are put together. */
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

const values = (random: Random): unknown =>
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

/** One change of a kind that Yjs can make. */
function change(document: Y.Doc, random: Random): void {
  const text = document.getText('text')
  const map = document.getMap('map')
  const fragment = document.getXmlFragment('default')
  const place = Math.floor(random() * (text.length + 1))
  const length = Math.min(text.length - place, 4)
  const element = () => {
    const made = new Y.XmlElement(pick(random, ['paragraph', 'heading']))
    made.setAttribute('level', '2')
    made.insert(0, [new Y.XmlText('words'), new Y.XmlElement('hardBreak')])
    return made
  }
  pick(random, [
    () => text.insert(place, pick(random, ['a', 'longer words', '😀'])),
    () => text.insert(place, 'bold', { bold: true, link: { href: 'https://example.org' } }),
    () => text.insertEmbed(place, { image: 'x', deep: [[1]] }),
    () => text.format(place, length, { bold: random() < 0.5 ? true : null }),
    () => text.delete(place, length),
    () => map.set(pick(random, ['a', 'b', 'c']), values(random)),
    () => map.set('types', pick(random, [() => new Y.Map(), () => new Y.Array(), () => new Y.Text('t'), () => new Y.XmlHook('hook')])()),
    () => map.set('document', new Y.Doc({ autoLoad: true })),
    () => map.delete('a'),
    () => fragment.insert(Math.floor(random() * (fragment.length + 1)), [element()]),
    () => fragment.length > 0 && fragment.delete(0, 1),
  ])()
}

test('what Yjs writes is measured as Yjs decodes it; cut off, it is no update', () => {
  const seed = readSeed('measure')
  const random = createRandom(seed)
  for (let round = 0; round < 20; round++) {
    const documents = [new Y.Doc(), new Y.Doc()] as const
    const updates: Uint8Array[] = []
    for (const document of documents) document.on('update', (update: Uint8Array) => updates.push(update))
    for (let n = 0; n < 40; n++) {
      change(pick(random, documents), random)
      if (n % 10 === 9) Y.applyUpdate(documents[0], Y.encodeStateAsUpdate(documents[1]))
    }
    for (const update of [...updates, Y.mergeUpdates(updates), Y.encodeStateAsUpdate(documents[0])]) {
      const { structs, ds } = Y.decodeUpdate(update)
      const found = measureUpdate(update)
      expect(found, `SEED=${seed}`).toMatchObject({
        structs: structs.length,
        clients: new Set(structs.map(({ id }) => id.client)).size,
        types: structs.filter(isType).length,
        deletions: [...ds.clients.values()].reduce((sum, ranges) => sum + ranges.length, 0),
      })
      expect(found.clock).toBeGreaterThanOrEqual(Math.max(0, ...structs.map(({ id, length }) => id.clock + length)))
      const cut = Math.floor(random() * update.length)
      expect(
        () => measureUpdate(update.subarray(0, cut)),
        `SEED=${seed}, cut at ${cut} of ${Buffer.from(update).toString('hex')}`,
      ).toThrow()
    }
  }
})

/** An update of one client with one part in the root type `m`: its kind, where it stands, what follows. */
const part = (info: number, ...content: number[]) => Uint8Array.of(1, 1, 5, 0, info, 1, 1, 0x6d, ...content, 0)

test.each<[string, Uint8Array]>([
  ['an unknown kind of part', part(11)],
  ['an unknown kind of type', part(7, 7)],
  ['an unknown kind of value', part(8, 1, 50)],
  ['values without a count', part(8, 0)],
  ['a text without letters', part(4, 0)],
  ['a part without a length', Uint8Array.of(1, 1, 5, 0, 0, 0, 0)],
  ['a deletion without a length', Uint8Array.of(0, 1, 5, 1, 0, 0)],
  ['a part that stands beside itself', Uint8Array.of(1, 1, 5, 0, 0x84, 5, 0, 1, 0x61, 0)],
])('no update: %s', (_, bytes) => {
  expect(() => measureUpdate(bytes)).toThrow()
})

test('bytes that are changed at random are refused, or applied without an exception', () => {
  const seed = readSeed('measure')
  const random = createRandom(seed)
  const source = new Y.Doc()
  for (let n = 0; n < 60; n++) change(source, random)
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
    // what does not decode is found before any of it is applied
    if (!isUpdate(bytes)) continue
    expect(() => Y.applyUpdate(document, bytes), `SEED=${seed}, round ${round}: ${Buffer.from(bytes).toString('hex')}`).not.toThrow()
  }
})

test('types that stand too deep are left out, in whatever pieces their rows come', () => {
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
    const apart = createReplica()
    const left = rows.map((row) => applyStoredUpdate(apart, row))
    expect(left.includes(true), `SEED=${seed}`).toBe(true)
    const middle = Math.floor(random() * rows.length)
    const together = createReplica()
    for (const part of [rows.slice(0, middle), rows.slice(middle)]) if (part.length > 0) applyStoredUpdate(together, Y.mergeUpdates(part))
    const second = createReplica()
    applyStoredUpdate(second, Y.convertUpdateFormatV1ToV2(Y.mergeUpdates(rows)), { v2: true })
    for (const other of [together, second])
      expect(Buffer.from(Y.encodeStateAsUpdate(other)).equals(Y.encodeStateAsUpdate(apart)), `SEED=${seed}`).toBe(true)
    let depth = 0
    for (let at = apart.getXmlFragment('default').get(0) as Y.XmlElement | undefined; at; at = at.get(0) as Y.XmlElement) depth++
    expect(depth).toBe(512)
  }
})

test('a copy made of rows keeps the marks that are redundant on the way', () => {
  const [one, other] = [new Y.Doc(), new Y.Doc()]
  const rows: Uint8Array[] = []
  for (const document of [one, other])
    document.on('update', (update: Uint8Array, origin: unknown) => origin !== 'told' && rows.push(update))
  one.getText('text').insert(0, 'some words here')
  Y.applyUpdate(other, rows[0] as Uint8Array, 'told')
  for (const document of [one, other]) document.getText('text').format(5, 5, { bold: true })
  const atOnce = new Y.Doc()
  atOnce.transact(() => {
    for (const row of rows) Y.applyUpdate(atOnce, row)
  })
  const stepByStep = createReplica()
  stepByStep.getText('text')
  for (const row of rows) applyStoredUpdate(stepByStep, row)
  expect(Y.equalSnapshots(Y.snapshot(stepByStep), Y.snapshot(atOnce))).toBe(true)
})
