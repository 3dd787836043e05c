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

/** A document on which people type in turns, a sign an edit; the text after each edit. */
async function typed(count: number): Promise<{ id: string; texts: string[]; actors: (string | null)[] }> {
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

const textAt = async (id: string, at: number) => {
  const { document, at: answered } = await runQuery(node, (view) => buildDocumentAt(view, id, at))
  return { text: document.getText('text').toString(), at: answered }
}

test('what is folded is answered at the ends of sessions, what is not at every edit; the newest is as it was', async () => {
  const { id, texts } = await typed(300)
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
  for (const [asked, at] of [
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
    expect(await textAt(id, asked), `at ${asked}`).toEqual({ text: texts[at], at })
  }
  const { document, head } = await runQuery(node, (view) => readCommittedDocument(view, id))
  expect([document.getText('text').toString(), head]).toEqual([texts[300], 300])
})

test('nothing above the snapshot is folded, nor what is young', async () => {
  const { id } = await typed(50)
  await backdateUpdates(node, id, 20, 10)
  await backdateUpdates(node, id, 45, 10)
  expect(await compactHistory(node, id)).toBe(0)
  await takeSnapshot(node, id)
  await sql`update document_snapshot set seq = 30 where document = ${id}`.execute(node.database.sql)
  expect(await compactHistory(node, id)).toBe(20)
})

test('who wrote each sign is the same after folding as before, one client of several people too', async () => {
  const { id } = await typed(300)
  await backdateUpdates(node, id, 200, 10)
  const { document } = await runQuery(node, (view) => readCommittedDocument(view, id))
  const answers = async () => {
    const wrote = await runQuery(node, (view) => readFindAuthor(view, id))
    const client = [...document.store.clients.keys()][0] as number
    return Array.from({ length: 245 }, (_, clock) => wrote(client, clock))
  }
  const before = await answers()
  expect(new Set(before)).toEqual(new Set([ann.id, ben.id, null, undefined]))
  await takeSnapshot(node, id)
  expect(await compactHistory(node, id)).toBe(200)
  expect(await answers()).toEqual(before)
})
