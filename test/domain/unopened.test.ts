/** Documents read unopened, in pieces between which they may be written, snapshot and folded. */
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { opened, readUnopened } from '../../domain/documents/unopened.ts'
import type { View } from '../../domain/kernel/operation.ts'
import { pieceBytes } from '../../domain/kernel/piece.ts'
import type { Node } from '../../main.ts'
import { draftOf, type Person, register } from '../support/client.ts'
import { emptyNode } from '../support/node.ts'
import { folded, idOf, journalled, look, paused, snapped } from '../support/past.ts'
import { randomFrom, seedOf } from '../support/random.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await emptyNode()
  ann = await register(node.url, 'Ann')
})

const random = randomFrom(seedOf('unopened'))

/** Words that pack badly. */
const noise = (length: number) => Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('')

/** A document of long and short rows, and what it says. @param lengths of what is pasted; after each, sixty signs are typed */
async function written(lengths = [10, pieceBytes + 7, 3, pieceBytes, 2 * pieceBytes + 1]) {
  const id = idOf(await draftOf(ann))
  const document = new Y.Doc()
  const edits: { actor: string; update: Uint8Array }[] = []
  document.on('update', (update: Uint8Array) => edits.push({ actor: ann.id, update }))
  const text = document.getText('text')
  for (const length of lengths) {
    text.insert(0, noise(length))
    for (let n = 0; n < 60; n++) text.insert(n, '.')
  }
  await journalled(node, id, edits)
  return { id, said: text.toString(), rows: edits.length }
}

const read = (id: string, does: (view: View) => View = (view) => view) =>
  look(node, async (view) => {
    const { unopened, bytes, head } = await readUnopened(does(view), id)
    return { said: opened(unopened, bytes).getText('text').toString(), head, longest: Math.max(...bytes.map(({ length }) => length)) }
  })

test('rows and snapshot come whole, and never more than a piece at once', async () => {
  const { id, said, rows } = await written()
  expect(await read(id)).toEqual({ said, head: rows, longest: pieceBytes })
  await snapped(node, id)
  expect(await read(id)).toEqual({ said, head: rows, longest: pieceBytes })
  const empty = idOf(await draftOf(ann))
  expect(await look(node, (view) => readUnopened(view, empty))).toMatchObject({ bytes: [], head: 0 })
})

test.each([
  ['long rows', undefined, 1],
  ['long rows', undefined, 2],
  ['a part of the rows of a piece', [10], 1],
  ['a snapshot', undefined, 2],
])('%s that go while one reads are read anew', async (what, lengths, statements) => {
  const { id, said, rows } = await written(lengths)
  if (what === 'a snapshot') {
    await snapped(node, id)
    await journalled(node, id, [{ actor: ann.id, update: Y.encodeStateAsUpdate(new Y.Doc()) }])
  }
  await paused(node, id, rows - 5, 10)
  const there = Promise.withResolvers<void>()
  // rows go into the history, from under who reads them; begun out here, since the door does not open from inside
  const disturbing = there.promise.then(() => snapped(node, id)).then(() => folded(node, id))
  let asked = 0
  const disturbed = (view: View): View => ({
    ...view,
    em: view.em,
    read: async (statement, values) => {
      const answer = await view.read(statement, values)
      if (++asked === statements) {
        there.resolve()
        await disturbing
      }
      return answer as never
    },
  })
  const { head } = await read(id, disturbed).then((answer) => (expect(answer.said).toBe(said), answer))
  expect(head).toBe(what === 'a snapshot' ? rows + 1 : rows)
  expect(await disturbing).toBeGreaterThan(0)
})
