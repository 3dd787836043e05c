/** The records of real writing, brought into journals, folded, and read back. */
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
const [paper, friends] = ['automerge-paper', 'friendsforever'].map((name) => join(traces, `${name}.json.gz`)) as [string, string]

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})

/** The one paragraph of a document; whoever makes it makes the same, so that two may begin at once. */
function paragraphOf(document: Y.Doc): Y.XmlText {
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

test.skipIf(!existsSync(friends))(
  'two who wrote at once wrote what they wrote: authorship is their own counts, folded or not',
  {
    timeout: 120_000,
  },
  async () => {
    const trace = readSharedTrace(friends)
    const name = await createDraft(ann)
    const people = [ann, ben]
    const begun = new Y.Doc()
    paragraphOf(begun)
    const edits = [{ actor: ann.id, update: Y.encodeStateAsUpdate(begun) }]
    const document = replayShared(trace, paragraphOf, (author, update) => edits.push({ actor: (people[author] as Person).id, update }))
    expect(paragraphOf(document).toString()).toBe(trace.end)
    // their own counts, kept beside: who brought each sign that is there at the end
    const own = countsOf(edits, document)
    await appendUpdates(node, toDocumentId(name), edits)
    const expected = people
      .map(({ id, name }) => ({ userId: id, name, signs: own.get(id) ?? 0 }))
      .sort((one, other) => other.signs - one.signs)
    const authorship = async () => (await ann.request('GET', `/api/documents/${name}/authorship`)).body
    const before = await authorship()
    expect(before.people).toEqual(expected)
    expect(before.runs.map(({ text }: { text: string }) => text).join('')).toBe(trace.end)
    await backdateUpdates(node, toDocumentId(name), 9000, 10)
    await takeSnapshot(node, toDocumentId(name))
    expect(await compactHistory(node, toDocumentId(name), 10_000)).toBeGreaterThan(9000)
    expect(await authorship()).toEqual(before)
  },
)

/** By author, the signs at the end whose Yjs client is theirs: each replica of the record has one. */
function countsOf(edits: { actor: string; update: Uint8Array }[], document: Y.Doc): Map<string, number> {
  const authors = new Map<number, string>()
  for (const { actor, update } of edits)
    for (const { id } of Y.decodeUpdate(update).structs) if (id.client !== 1) authors.set(id.client, actor)
  const counts = new Map<string, number>()
  for (let item = paragraphOf(document)._start; item; item = item.right) {
    if (item.deleted || !item.countable) continue
    const author = authors.get(item.id.client) as string
    counts.set(author, (counts.get(author) ?? 0) + item.length)
  }
  return counts
}

test.skipIf(!existsSync(paper))(
  'a paper folded takes at most 4 bytes an edit, and the sum of its sessions is the paper',
  { timeout: 120_000 },
  async () => {
    const count = chooseSize(6000, 30_000)
    const unfolded = count / 3
    const patches = readTrace(paper).patches.slice(0, count)
    const id = toDocumentId(await createDraft(ann))
    const document = new Y.Doc()
    const edits: { actor: string; update: Uint8Array }[] = []
    document.on('update', (update: Uint8Array) => edits.push({ actor: ann.id, update }))
    const text = paragraphOf(document)
    for (const patch of patches) document.transact(() => applyPatch(text, patch))
    await appendUpdates(node, id, edits)
    await takeSnapshot(node, id)
    expect(await compactHistory(node, id, unfolded)).toBe(count - unfolded)
    const { rows } = await sql<{ bytes: string }>`
    select sum(octet_length(wrote) + octet_length(edits) + coalesce(octet_length(state), 0) + octet_length(people::text) + 100) as bytes
    from document_session where document = ${id}`.execute(node.database.sql)
    expect(Number(rows[0]?.bytes) / (count - unfolded)).toBeLessThan(4)
    // the first row makes the paragraph
    const session = 2000
    const [early, late] = [Math.round((count * 0.4) / session) * session, Math.floor(count * 0.8374)]
    for (const at of [session, early, count - unfolded, late, count + 1]) {
      const past = await runQuery(node, (view) => buildDocumentAt(view, id, at))
      expect([past.at, paragraphOf(past.document).toString() === replayPatches('', patches.slice(0, past.at - 1))]).toEqual([at, true])
    }
    // two moments too far apart for the one to be made of the other
    const texts: string[] = []
    const at = await runQuery(node, (view) =>
      buildDocumentsAt(view, id, [early, late], (one) => void texts.push(paragraphOf(one).toString())),
    )
    expect(at).toEqual([early, late])
    expect(texts).toEqual([early, late].map((moment) => replayPatches('', patches.slice(0, moment - 1))))
  },
)
