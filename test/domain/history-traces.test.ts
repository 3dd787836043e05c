/** Editing traces of real documents, appended to journals, compacted and read. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { buildDocumentAt, buildDocumentsAt } from '../../domain/history/state-at.ts'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { compactHistory, toDocumentId, appendUpdates, runQuery, backdateUpdates, takeSnapshot } from '../support/journal-history.ts'
import { chooseSize } from '../support/random.ts'
import { readSharedTrace, readTrace, replayPatches, replayShared, applyPatch } from '../support/trace.ts'

const traces = join(import.meta.dirname, '../../../shared/traces')
const [paperTrace, friendsTrace] = ['automerge-paper', 'friendsforever'].map((name) => join(traces, `${name}.json.gz`)) as [string, string]

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})

/** The only paragraph of a document. Every replica creates the same one, so two can start concurrently. */
function getParagraph(document: Y.Doc): Y.XmlText {
  const fragment = document.getXmlFragment('default')
  if (fragment.length === 0) {
    const first = new Y.Doc()
    first.clientID = 1
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [new Y.XmlText()])
    first.getXmlFragment('default').insert(0, [paragraph])
    Y.applyUpdate(document, Y.encodeStateAsUpdate(first))
  }
  return (fragment.get(0) as Y.XmlElement).get(0) as Y.XmlText
}

test.skipIf(!existsSync(friendsTrace))(
  'authorship of two concurrent authors equals their character counts, before and after compaction',
  {
    timeout: 120_000,
  },
  async () => {
    const trace = readSharedTrace(friendsTrace)
    const name = await createDraft(ann)
    const people = [ann, ben]
    const initial = new Y.Doc()
    getParagraph(initial)
    const edits = [{ actor: ann.id, update: Y.encodeStateAsUpdate(initial) }]
    const document = replayShared(trace, getParagraph, (author, update) => edits.push({ actor: (people[author] as Person).id, update }))
    expect(getParagraph(document).toString()).toBe(trace.end)
    // the expected counts: the author of each character in the final text
    const characterCounts = countCharacters(edits, document)
    await appendUpdates(node, toDocumentId(name), edits)
    const expected = people
      .map(({ id, name }) => ({ userId: id, name, signs: characterCounts.get(id) ?? 0 }))
      .sort((one, other) => other.signs - one.signs)
    const readAuthorship = async () => (await ann.request('GET', `/api/documents/${name}/authorship`)).body
    const before = await readAuthorship()
    expect(before.people).toEqual(expected)
    expect(before.runs.map(({ text }: { text: string }) => text).join('')).toBe(trace.end)
    await backdateUpdates(node, toDocumentId(name), 9000, 10)
    await takeSnapshot(node, toDocumentId(name))
    expect(await compactHistory(node, toDocumentId(name), 10_000)).toBeGreaterThan(9000)
    expect(await readAuthorship()).toEqual(before)
  },
)

/** Counts the characters of the final text by author. Each author's replica has one client id. */
function countCharacters(edits: { actor: string; update: Uint8Array }[], document: Y.Doc): Map<string, number> {
  const authors = new Map<number, string>()
  for (const { actor, update } of edits)
    for (const { id } of Y.decodeUpdate(update).structs) if (id.client !== 1) authors.set(id.client, actor)
  const counts = new Map<string, number>()
  for (let item = getParagraph(document)._start; item; item = item.right) {
    if (item.deleted || !item.countable) continue
    const author = authors.get(item.id.client) as string
    counts.set(author, (counts.get(author) ?? 0) + item.length)
  }
  return counts
}

test.skipIf(!existsSync(paperTrace))(
  'a compacted paper takes at most 4 bytes for each edit, and its sessions restore every state',
  { timeout: 120_000 },
  async () => {
    const count = chooseSize(6000, 30_000)
    const uncompacted = count / 3
    const patches = readTrace(paperTrace).patches.slice(0, count)
    const id = toDocumentId(await createDraft(ann))
    const document = new Y.Doc()
    const edits: { actor: string; update: Uint8Array }[] = []
    document.on('update', (update: Uint8Array) => edits.push({ actor: ann.id, update }))
    const text = getParagraph(document)
    for (const patch of patches) document.transact(() => applyPatch(text, patch))
    await appendUpdates(node, id, edits)
    await takeSnapshot(node, id)
    expect(await compactHistory(node, id, uncompacted)).toBe(count - uncompacted)
    const { rows } = await sql<{ bytes: string }>`
    select sum(octet_length(wrote) + octet_length(edits) + coalesce(octet_length(state), 0) + octet_length(people::text) + 100) as bytes
    from document_session where document = ${id}`.execute(node.database.sql)
    expect(Number(rows[0]?.bytes) / (count - uncompacted)).toBeLessThan(4)
    // the first row creates the paragraph
    const session = 2000
    const [early, late] = [Math.round((count * 0.4) / session) * session, Math.floor(count * 0.8374)]
    for (const at of [session, early, count - uncompacted, late, count + 1]) {
      const past = await runQuery(node, (view) => buildDocumentAt(view, id, at))
      expect([past.at, getParagraph(past.document).toString() === replayPatches('', patches.slice(0, past.at - 1))]).toEqual([at, true])
    }
    // two states too distant to build one from the other
    const texts: string[] = []
    const at = await runQuery(node, (view) =>
      buildDocumentsAt(view, id, [early, late], (one) => void texts.push(getParagraph(one).toString())),
    )
    expect(at).toEqual([early, late])
    expect(texts).toEqual([early, late].map((moment) => replayPatches('', patches.slice(0, moment - 1))))
  },
)
