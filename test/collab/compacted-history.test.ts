import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyUpdate, Doc, encodeStateAsUpdate, encodeStateVector, mergeUpdates } from 'yjs'
import { saveSnapshot } from '../../domain/documents/journal/snapshot.ts'
import { system } from '../../domain/kernel/actor.ts'
import type { Node } from '../../main.ts'
import { createDraft, type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode, usesPostgres } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

// the embedded database has only one node
describe.skipIf(!usesPostgres)('a node that missed compacted rows', () => {
  let node: Node
  let ann: Person
  const openDocuments: OpenDocument[] = []
  beforeAll(async () => {
    node = await getEmptyNode()
    ann = await registerPerson(node.url, 'Ann')
  })
  afterAll(() => {
    for (const { close } of openDocuments) close()
  })

  test('reloads the document from the snapshot, and its clients lose no edit', async () => {
    const name = await createDraft(ann)
    const id = name.split(':')[1] as string
    const reader = await openDocument(node.url, name, ann.token)
    openDocuments.push(reader)
    reader.text.insert(0, 'here ')
    await waitUntil(() => isSaved(reader), 'the first text to be saved')

    // write what another node would: three edits and a snapshot that contains the first two instead of their rows
    const otherReplica = new Doc()
    const stateBefore = encodeStateAsUpdate(reader.document)
    applyUpdate(otherReplica, stateBefore)
    const head = (await node.journal.heads([id])).get(id) as number
    const updates = ['one ', 'two ', 'three'].map((word) => {
      const vector = encodeStateVector(otherReplica)
      otherReplica.getText('text').insert(otherReplica.getText('text').length, word)
      return encodeStateAsUpdate(otherReplica, vector)
    })
    await sql`update document set head = ${head + 3} where id = ${id}`.execute(node.database.sql)
    await node.domain.run(system, saveSnapshot, {
      id,
      seq: head + 2,
      state: mergeUpdates([stateBefore, ...updates.slice(0, 2)]),
    })
    await sql`insert into document_update (document, seq, actor, at, update)
      values (${id}, ${head + 3}, ${ann.id}, now(), ${Buffer.from(updates[2] as Uint8Array)})`.execute(node.database.sql)

    await waitUntil(() => reader.text.toString() === 'here one two three', 'the whole text to arrive')
    reader.text.insert(0, 'still ')
    await waitUntil(() => isSaved(reader), 'the later edit to be saved')
    const rows = await node.journal.rowsAfter(id, head + 2)
    expect(rows.map(({ seq }) => seq)).toEqual([head + 3, head + 4])
  })
})
