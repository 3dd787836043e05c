/** Attribution read in batches, with pauses for typing clients. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readAttribution, readAttributionInBatches } from '../../domain/documents/journal/attribution.ts'
import type { AttributedRanges } from '../../domain/documents/journal/clock-ranges.ts'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { compactHistory, toDocumentId, appendUpdates, runQuery, backdateUpdates, takeSnapshot } from '../support/journal-history.ts'

const editCount = 1000
let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})

/** Creates edits of Ann and Ben in turns. */
function createEdits(): { actor: string; update: Uint8Array }[] {
  const document = new Y.Doc()
  const edits: { actor: string; update: Uint8Array }[] = []
  document.on('update', (update: Uint8Array) => edits.push({ actor: edits.length % 7 < 3 ? ann.id : ben.id, update }))
  for (let n = 0; n < editCount; n++) document.getText('default').insert(0, 'x')
  return edits
}

const sortByClient = (ranges: AttributedRanges) => [...ranges].sort(([one], [other]) => one - other)
const readAtOnce = (id: string) => runQuery(node, async (view) => sortByClient(await readAttribution(view, id)))

/** Reads the attribution in batches, and counts the pauses. @param during runs in the second pause */
async function readInBatches(id: string, during: () => Promise<unknown> = async () => {}) {
  let pauses = 0
  let startDuring = () => {}
  // outside the operation that reads, since operations do not nest
  const done = new Promise<void>((resolve) => (startDuring = resolve)).then(during)
  const pause = async () => {
    if (++pauses !== 2) return
    startDuring()
    await done
  }
  return {
    read: await runQuery(node, async (view) => sortByClient(await readAttributionInBatches(view, id, editCount, pause))),
    rests: pauses,
  }
}

test('attribution in batches equals attribution at once: from rows, from a snapshot, and from a snapshot without attribution', async () => {
  const id = toDocumentId(await createDraft(ann))
  const edits = createEdits()
  await appendUpdates(node, id, edits.slice(0, 500))
  await takeSnapshot(node, id)
  await appendUpdates(node, id, edits.slice(500))
  const expected = await readAtOnce(id)
  expect(expected[0]?.[1].length).toBeGreaterThan(250)
  expect(await readInBatches(id)).toEqual({ read: expected, rests: 2 })
  await sql`update document_snapshot set wrote = null where document = ${id}`.execute(node.database.sql)
  expect(await readInBatches(id)).toEqual({ read: expected, rests: 4 })
  await backdateUpdates(node, id, 400, 10)
  expect(await compactHistory(node, id)).toBe(400)
  expect(await readInBatches(id)).toEqual({ read: expected, rests: 2 })
})

test('a compaction between two batches does not change the result', async () => {
  const id = toDocumentId(await createDraft(ann))
  await appendUpdates(node, id, createEdits())
  const expected = await readAtOnce(id)
  await backdateUpdates(node, id, 500, 10)
  const read = await readInBatches(id, async () => {
    await takeSnapshot(node, id)
    expect(await compactHistory(node, id)).toBe(500)
  })
  expect(read).toEqual({ read: expected, rests: 2 })
})
