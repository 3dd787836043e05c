import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readFindAuthor } from '../../domain/documents/journal/attribution.ts'
import { buildDocumentAt } from '../../domain/history/state-at.ts'
import { readCommittedDocument } from '../../domain/documents/journal/snapshot.ts'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { compactHistory, toDocumentId, appendUpdates, runQuery, backdateUpdates, takeSnapshot } from '../support/journal-history.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})

/** Creates a document that people edit in turns, one character at a time. Returns the text after each edit. */
async function createHistory(count: number): Promise<{ id: string; texts: string[]; actors: (string | null)[] }> {
  const id = toDocumentId(await createDraft(ann))
  const document = new Y.Doc()
  const edits: { actor: string | null; update: Uint8Array }[] = []
  const texts = ['']
  const actors = [ann.id, ben.id, null]
  let actor: string | null = null
  document.on('update', (update: Uint8Array) => edits.push({ actor, update }))
  for (let n = 0; n < count; n++) {
    actor = actors[Math.floor(n / 7) % 3] as string | null
    const text = document.getText('text')
    if (n % 5 === 4) text.delete(n % text.length, 1)
    else text.insert((n * 31) % (text.length + 1), String.fromCharCode(97 + (n % 26)))
    texts.push(text.toString())
  }
  await appendUpdates(node, id, edits)
  return { id, texts, actors: edits.map(({ actor }) => actor) }
}

const readTextAt = async (id: string, at: number) => {
  const { document, at: actualAt } = await runQuery(node, (view) => buildDocumentAt(view, id, at))
  return { text: document.getText('text').toString(), at: actualAt }
}

test('compacted history is readable at the ends of edit sessions, other history at every edit; the newest state does not change', async () => {
  const { id, texts } = await createHistory(300)
  await backdateUpdates(node, id, 40, 10)
  await backdateUpdates(node, id, 100, 10)
  await takeSnapshot(node, id)
  expect(await compactHistory(node, id, 150)).toBe(100)
  const { rows } = await sql<{ from: string; to: string }>`
    select from_seq as from, to_seq as to from document_session where document = ${id} order by 1`.execute(node.database.sql)
  expect(rows.map(({ from, to }) => [Number(from), Number(to)])).toEqual([
    [1, 40],
    [41, 100],
  ])
  expect((await node.journal.rowsAfter(id, 100)).map(({ seq }) => seq)).toEqual(Array.from({ length: 200 }, (_, n) => n + 101))
  for (const [requested, at] of [
    [0, 0],
    [39, 0],
    [40, 40],
    [70, 40],
    [100, 100],
    [101, 101],
    [222, 222],
    [300, 300],
    [999, 300],
  ] as const) {
    expect(await readTextAt(id, requested), `at ${requested}`).toEqual({ text: texts[at], at })
  }
  const { document, head } = await runQuery(node, (view) => readCommittedDocument(view, id))
  expect([document.getText('text').toString(), head]).toEqual([texts[300], 300])
})

test('rows after the snapshot and recent rows are not compacted', async () => {
  const { id } = await createHistory(50)
  await backdateUpdates(node, id, 20, 10)
  await backdateUpdates(node, id, 45, 10)
  expect(await compactHistory(node, id)).toBe(0)
  await takeSnapshot(node, id)
  await sql`update document_snapshot set seq = 30 where document = ${id}`.execute(node.database.sql)
  expect(await compactHistory(node, id)).toBe(20)
})

test('compaction keeps the author of each character, also if several people use one client', async () => {
  const { id } = await createHistory(300)
  await backdateUpdates(node, id, 200, 10)
  const { document } = await runQuery(node, (view) => readCommittedDocument(view, id))
  const readAuthors = async () => {
    const findAuthor = await runQuery(node, (view) => readFindAuthor(view, id))
    const client = [...document.store.clients.keys()][0] as number
    return Array.from({ length: 245 }, (_, clock) => findAuthor(client, clock))
  }
  const before = await readAuthors()
  expect(new Set(before)).toEqual(new Set([ann.id, ben.id, null, undefined]))
  await takeSnapshot(node, id)
  expect(await compactHistory(node, id)).toBe(200)
  expect(await readAuthors()).toEqual(before)
})
