/** Documents read unopened, in pieces between which they may be written, snapshot and folded. */
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { decodeRawState, readRawState } from '../../domain/documents/journal/raw-state.ts'
import type { QueryContext } from '../../domain/kernel/operation.ts'
import { chunkBytes } from '../../domain/kernel/chunks.ts'
import type { PreparedStatement, ParameterValue } from '../../domain/kernel/db/prepared-statement.ts'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { compactHistory, toDocumentId, appendUpdates, runQuery, backdateUpdates, takeSnapshot } from '../support/journal-history.ts'
import { createRandom, readSeed } from '../support/random.ts'

let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})

const random = createRandom(readSeed('unopened'))

/** Words that pack badly. */
const noise = (length: number) => Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('')

/** A document of long and short rows, and what it says. @param lengths of what is pasted; after each, sixty signs are typed */
async function written(lengths = [10, chunkBytes + 7, 3, chunkBytes, 2 * chunkBytes + 1]) {
  const id = toDocumentId(await createDraft(ann))
  const document = new Y.Doc()
  const edits: { actor: string; update: Uint8Array }[] = []
  document.on('update', (update: Uint8Array) => edits.push({ actor: ann.id, update }))
  const text = document.getText('text')
  for (const length of lengths) {
    text.insert(0, noise(length))
    for (let n = 0; n < 60; n++) text.insert(n, '.')
  }
  await appendUpdates(node, id, edits)
  return { id, said: text.toString(), rows: edits.length }
}

const read = (id: string, does: (view: QueryContext) => QueryContext = (view) => view) =>
  runQuery(node, async (view) => {
    const { state, head } = await readRawState(does(view), id)
    return { said: decodeRawState(state).getText('text').toString(), head, longest: Math.max(...state.chunks.map(({ length }) => length)) }
  })

test('rows and snapshot come whole, and never more than a piece at once', async () => {
  const { id, said, rows } = await written()
  expect(await read(id)).toEqual({ said, head: rows, longest: chunkBytes })
  await takeSnapshot(node, id)
  expect(await read(id)).toEqual({ said, head: rows, longest: chunkBytes })
  const empty = toDocumentId(await createDraft(ann))
  expect(await runQuery(node, (view) => readRawState(view, empty))).toMatchObject({ state: { chunks: [] }, head: 0 })
})

test.each([
  ['long rows', undefined, 1],
  ['long rows', undefined, 2],
  ['a part of the rows of a piece', [10], 1],
  ['a snapshot', undefined, 2],
])('%s that go while one reads are read anew', async (what, lengths, statements) => {
  const { id, said, rows } = await written(lengths)
  if (what === 'a snapshot') {
    await takeSnapshot(node, id)
    await appendUpdates(node, id, [{ actor: ann.id, update: Y.encodeStateAsUpdate(new Y.Doc()) }])
  }
  await backdateUpdates(node, id, rows - 5, 10)
  const there = Promise.withResolvers<void>()
  // rows go into the history, from under who reads them; begun out here, since the door does not open from inside
  const disturbing = there.promise.then(() => takeSnapshot(node, id)).then(() => compactHistory(node, id))
  let asked = 0
  const disturbed = (view: QueryContext): QueryContext => ({
    ...view,
    em: view.em,
    runPrepared: async <R>(statement: PreparedStatement, values: ParameterValue[]) => {
      const answer = await view.runPrepared<R>(statement, values)
      if (++asked === statements) {
        there.resolve()
        await disturbing
      }
      return answer
    },
  })
  const { head } = await read(id, disturbed).then((answer) => (expect(answer.said).toBe(said), answer))
  expect(head).toBe(what === 'a snapshot' ? rows + 1 : rows)
  expect(await disturbing).toBeGreaterThan(0)
})
