import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { mergeTextUpdates } from '../../domain/documents/journal/update-codec.ts'
import { readUpdateRanges } from '../../domain/documents/journal/clock-ranges.ts'
import { createRandom, readSeed } from '../support/random.ts'

/** What Yjs itself reads of an update. */
function decoded(update: Uint8Array) {
  const { structs, ds } = Y.decodeUpdate(update)
  return {
    written: structs
      .filter((struct) => !(struct instanceof Y.Skip))
      .map(({ id, length }) => ({ client: id.client, clock: id.clock, length })),
    deleted: [...ds.clients].flatMap(([client, items]) => items.map(({ clock, len }) => ({ client, clock, length: len }))),
  }
}

/** Updates of somebody who writes all kinds of things. */
function written(random: () => number): { document: Y.Doc; updates: Uint8Array[] } {
  const document = new Y.Doc()
  const updates: Uint8Array[] = []
  document.on('update', (update: Uint8Array) => updates.push(update))
  const text = document.getText('text')
  const fragment = document.getXmlFragment('default')
  const map = document.getMap('map')
  for (let act = 0; act < 2000; act++) {
    const at = Math.floor(random() * (text.length + 1))
    const kind = Math.floor(random() * 9)
    document.transact(() => {
      if (kind < 4) text.insert(at, ['a', 'ß', '😀', 'several words '][kind] as string)
      else if (kind === 4 && text.length > at) text.delete(at, Math.min(3, text.length - at))
      else if (kind === 5) text.insert(at, 'bold', { bold: true })
      else if (kind === 6) fragment.insert(0, [new Y.XmlElement('paragraph')])
      else if (kind === 7) map.set(`key ${act % 5}`, act % 3 ? 'a value' : { deep: act })
      else if (text.length > 4) {
        text.insert(0, 'x')
        text.delete(2, 1)
      }
    })
  }
  expect(updates.length).toBeGreaterThan(1000)
  return { document, updates }
}

test('whatever one writes, an update is read as Yjs reads it', () => {
  const { document, updates } = written(createRandom(readSeed('updates')))
  for (const update of updates) expect(readUpdateRanges(update)).toEqual(decoded(update))
  // gathered while one was away: several pieces, and what is deleted already
  const late = new Y.Doc()
  Y.applyUpdate(late, Y.encodeStateAsUpdate(document))
  expect(readUpdateRanges(Y.encodeStateAsUpdate(late))).toEqual(decoded(Y.encodeStateAsUpdate(late)))
  for (const merged of [updates.slice(0, 2), updates.slice(10, 40)].map(Y.mergeUpdates))
    expect(readUpdateRanges(merged)).toEqual(decoded(merged))
})

test('updates of two who write at once are joined, and give the same document', () => {
  const random = createRandom(readSeed('joined'))
  const [one, other] = [new Y.Doc(), new Y.Doc()]
  const all: Uint8Array[] = []
  for (const document of [one, other]) document.on('update', (update: Uint8Array, origin) => origin !== 'told' && all.push(update))
  for (let act = 0; act < 3000; act++) {
    const document = random() < 0.5 ? one : other
    const text = document.getText('text')
    const at = Math.floor(random() * (text.length + 1))
    if (random() < 0.7) text.insert(at, 'abc'.slice(0, 1 + Math.floor(random() * 3)))
    else if (random() < 0.1) text.format(0, Math.min(3, text.length), { bold: true })
    else if (text.length > at) text.delete(at, 1)
    if (act % 40 === 0) {
      Y.applyUpdate(one, Y.encodeStateAsUpdate(other), 'told')
      Y.applyUpdate(other, Y.encodeStateAsUpdate(one), 'told')
    }
  }
  Y.applyUpdate(one, Y.encodeStateAsUpdate(other), 'told')
  const shorter = mergeTextUpdates(all)
  expect(shorter.length).toBeLessThan(all.length / 3)
  const made = new Y.Doc()
  for (const update of shorter) Y.applyUpdate(made, update)
  expect(made.getText('text').toDelta()).toEqual(one.getText('text').toDelta())
  expect(Y.encodeStateVector(made)).toEqual(Y.encodeStateVector(one))
  // merged, and in the other format, they are the same too
  const [merged, converted] = [new Y.Doc(), new Y.Doc()]
  Y.applyUpdateV2(merged, Y.convertUpdateFormatV1ToV2(Y.mergeUpdates(shorter)))
  for (const update of shorter) Y.applyUpdateV2(converted, Y.convertUpdateFormatV1ToV2(update))
  for (const document of [merged, converted]) expect(document.getText('text').toDelta()).toEqual(one.getText('text').toDelta())
  expect(mergeTextUpdates([])).toEqual([])
})
