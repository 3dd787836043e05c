/** Documents read as raw bytes in chunks, while they are edited, snapshotted and compacted. */
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

const random = createRandom(readSeed('raw state'))

/** Random letters, which compress badly. */
const randomText = (length: number) => Array.from({ length }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join('')

/** Creates a document with long and short rows. @param lengths of the long insertions; 60 characters are typed after each */
async function createDocument(lengths = [10, chunkBytes + 7, 3, chunkBytes, 2 * chunkBytes + 1]) {
  const id = toDocumentId(await createDraft(ann))
  const document = new Y.Doc()
  const edits: { actor: string; update: Uint8Array }[] = []
  document.on('update', (update: Uint8Array) => edits.push({ actor: ann.id, update }))
  const text = document.getText('text')
  for (const length of lengths) {
    text.insert(0, randomText(length))
    for (let n = 0; n < 60; n++) text.insert(n, '.')
  }
  await appendUpdates(node, id, edits)
  return { id, content: text.toString(), rows: edits.length }
}

const readContent = (id: string, wrapContext: (view: QueryContext) => QueryContext = (view) => view) =>
  runQuery(node, async (view) => {
    const { state, head } = await readRawState(wrapContext(view), id)
    return {
      content: decodeRawState(state).getText('text').toString(),
      head,
      maxChunkBytes: Math.max(...state.chunks.map(({ length }) => length)),
    }
  })

test('rows and snapshots are read completely, at most one chunk at a time', async () => {
  const { id, content, rows } = await createDocument()
  expect(await readContent(id)).toEqual({ content, head: rows, maxChunkBytes: chunkBytes })
  await takeSnapshot(node, id)
  expect(await readContent(id)).toEqual({ content, head: rows, maxChunkBytes: chunkBytes })
  const empty = toDocumentId(await createDraft(ann))
  expect(await runQuery(node, (view) => readRawState(view, empty))).toMatchObject({ state: { chunks: [] }, head: 0 })
})

test.each([
  ['long rows', undefined, 1],
  ['long rows', undefined, 2],
  ['some rows of a chunk', [10], 1],
  ['a snapshot', undefined, 2],
])('%s: a part that is compacted during the read is read again', async (part, lengths, statements) => {
  const { id, content, rows } = await createDocument(lengths)
  if (part === 'a snapshot') {
    await takeSnapshot(node, id)
    await appendUpdates(node, id, [{ actor: ann.id, update: Y.encodeStateAsUpdate(new Y.Doc()) }])
  }
  await backdateUpdates(node, id, rows - 5, 10)
  const isReading = Promise.withResolvers<void>()
  // compacts the rows that are being read; started outside, since operations do not nest
  const compacting = isReading.promise.then(() => takeSnapshot(node, id)).then(() => compactHistory(node, id))
  let statementCount = 0
  const withCompaction = (view: QueryContext): QueryContext => ({
    ...view,
    em: view.em,
    runPrepared: async <R>(statement: PreparedStatement, values: ParameterValue[]) => {
      const result = await view.runPrepared<R>(statement, values)
      if (++statementCount === statements) {
        isReading.resolve()
        await compacting
      }
      return result
    },
  })
  const { head } = await readContent(id, withCompaction).then((answer) => (expect(answer.content).toBe(content), answer))
  expect(head).toBe(part === 'a snapshot' ? rows + 1 : rows)
  expect(await compacting).toBeGreaterThan(0)
})
