/** Whose each word is, read a few rows at a time beside those who type. */
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readAttribution, readAttributionInBatches } from '../../domain/documents/journal/attribution.ts'
import type { AttributedRanges } from '../../domain/documents/journal/clock-ranges.ts'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { compactHistory, toDocumentId, appendUpdates, runQuery, backdateUpdates, takeSnapshot } from '../support/journal-history.ts'

const edits = 1000
let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})

/** Ann and Ben by turns, a few edits each. */
function written(): { actor: string; update: Uint8Array }[] {
  const document = new Y.Doc()
  const all: { actor: string; update: Uint8Array }[] = []
  document.on('update', (update: Uint8Array) => all.push({ actor: all.length % 7 < 3 ? ann.id : ben.id, update }))
  for (let n = 0; n < edits; n++) document.getText('default').insert(0, 'x')
  return all
}

const inOrder = (stretches: AttributedRanges) => [...stretches].sort(([one], [other]) => one - other)
const whole = (id: string) => runQuery(node, async (view) => inOrder(await readAttribution(view, id)))

/** What is read in pieces, and how many rests were taken. @param during done in the second rest */
async function inPieces(id: string, during: () => Promise<unknown> = async () => {}) {
  let rests = 0
  let begin = () => {}
  // from outside of the operation that reads
  const done = new Promise<void>((resolve) => (begin = resolve)).then(during)
  const rest = async () => {
    if (++rests !== 2) return
    begin()
    await done
  }
  return { read: await runQuery(node, async (view) => inOrder(await readAttributionInBatches(view, id, edits, rest))), rests }
}

test('in pieces it is the same, from the beginning, from a snapshot, and where that says nothing', async () => {
  const id = toDocumentId(await createDraft(ann))
  const all = written()
  await appendUpdates(node, id, all.slice(0, 500))
  await takeSnapshot(node, id)
  await appendUpdates(node, id, all.slice(500))
  const told = await whole(id)
  expect(told[0]?.[1].length).toBeGreaterThan(250)
  expect(await inPieces(id)).toEqual({ read: told, rests: 2 })
  await sql`update document_snapshot set wrote = null where document = ${id}`.execute(node.database.sql)
  expect(await inPieces(id)).toEqual({ read: told, rests: 4 })
  await backdateUpdates(node, id, 400, 10)
  expect(await compactHistory(node, id)).toBe(400)
  expect(await inPieces(id)).toEqual({ read: told, rests: 2 })
})

test('what is folded between two pieces is read of one moment', async () => {
  const id = toDocumentId(await createDraft(ann))
  await appendUpdates(node, id, written())
  const told = await whole(id)
  await backdateUpdates(node, id, 500, 10)
  const read = await inPieces(id, async () => {
    await takeSnapshot(node, id)
    expect(await compactHistory(node, id)).toBe(500)
  })
  expect(read).toEqual({ read: told, rests: 2 })
})
