import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { mergeTextUpdates } from '../../domain/documents/journal/update-codec.ts'
import { readUpdateRanges } from '../../domain/documents/journal/clock-ranges.ts'
import { createRandom, readSeed } from '../support/random.ts'

/** The ranges of an update as Yjs decodes them. */
function decodeRanges(update: Uint8Array) {
  const { structs, ds } = Y.decodeUpdate(update)
  return {
    written: structs
      .filter((struct) => !(struct instanceof Y.Skip))
      .map(({ id, length }) => ({ client: id.client, clock: id.clock, length })),
    deleted: [...ds.clients].flatMap(([client, items]) => items.map(({ clock, len }) => ({ client, clock, length: len }))),
  }
}

/** Creates updates with all kinds of content. */
function createUpdates(random: () => number): { document: Y.Doc; updates: Uint8Array[] } {
  const document = new Y.Doc()
  const updates: Uint8Array[] = []
  document.on('update', (update: Uint8Array) => updates.push(update))
  const text = document.getText('text')
  const fragment = document.getXmlFragment('default')
  const map = document.getMap('map')
  for (let step = 0; step < 2000; step++) {
    const at = Math.floor(random() * (text.length + 1))
    const kind = Math.floor(random() * 9)
    document.transact(() => {
      if (kind < 4) text.insert(at, ['a', 'ß', '😀', 'several words '][kind] as string)
      else if (kind === 4 && text.length > at) text.delete(at, Math.min(3, text.length - at))
      else if (kind === 5) text.insert(at, 'bold', { bold: true })
      else if (kind === 6) fragment.insert(0, [new Y.XmlElement('paragraph')])
      else if (kind === 7) map.set(`key ${step % 5}`, step % 3 ? 'a value' : { deep: step })
      else if (text.length > 4) {
        text.insert(0, 'x')
        text.delete(2, 1)
      }
    })
  }
  expect(updates.length).toBeGreaterThan(1000)
  return { document, updates }
}

test('the ranges of an update equal those that Yjs decodes', () => {
  const { document, updates } = createUpdates(createRandom(readSeed('updates')))
  for (const update of updates) expect(readUpdateRanges(update)).toEqual(decodeRanges(update))
  // a merged state: several structs, and deleted content
  const late = new Y.Doc()
  Y.applyUpdate(late, Y.encodeStateAsUpdate(document))
  expect(readUpdateRanges(Y.encodeStateAsUpdate(late))).toEqual(decodeRanges(Y.encodeStateAsUpdate(late)))
  for (const merged of [updates.slice(0, 2), updates.slice(10, 40)].map(Y.mergeUpdates))
    expect(readUpdateRanges(merged)).toEqual(decodeRanges(merged))
})

test('joined updates of two concurrent writers give the same document', () => {
  const random = createRandom(readSeed('joined'))
  const [first, second] = [new Y.Doc(), new Y.Doc()]
  const updates: Uint8Array[] = []
  for (const document of [first, second]) document.on('update', (update: Uint8Array, origin) => origin !== 'sync' && updates.push(update))
  for (let step = 0; step < 3000; step++) {
    const document = random() < 0.5 ? first : second
    const text = document.getText('text')
    const at = Math.floor(random() * (text.length + 1))
    if (random() < 0.7) text.insert(at, 'abc'.slice(0, 1 + Math.floor(random() * 3)))
    else if (random() < 0.1) text.format(0, Math.min(3, text.length), { bold: true })
    else if (text.length > at) text.delete(at, 1)
    if (step % 40 === 0) {
      Y.applyUpdate(first, Y.encodeStateAsUpdate(second), 'sync')
      Y.applyUpdate(second, Y.encodeStateAsUpdate(first), 'sync')
    }
  }
  Y.applyUpdate(first, Y.encodeStateAsUpdate(second), 'sync')
  const joined = mergeTextUpdates(updates)
  expect(joined.length).toBeLessThan(updates.length / 3)
  const rebuilt = new Y.Doc()
  for (const update of joined) Y.applyUpdate(rebuilt, update)
  expect(rebuilt.getText('text').toDelta()).toEqual(first.getText('text').toDelta())
  expect(Y.encodeStateVector(rebuilt)).toEqual(Y.encodeStateVector(first))
  // merged, and in the V2 format, they give the same document too
  const [merged, converted] = [new Y.Doc(), new Y.Doc()]
  Y.applyUpdateV2(merged, Y.convertUpdateFormatV1ToV2(Y.mergeUpdates(joined)))
  for (const update of joined) Y.applyUpdateV2(converted, Y.convertUpdateFormatV1ToV2(update))
  for (const document of [merged, converted]) expect(document.getText('text').toDelta()).toEqual(first.getText('text').toDelta())
  expect(mergeTextUpdates([])).toEqual([])
})
