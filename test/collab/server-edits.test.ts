import { afterAll, beforeAll, expect, test } from 'vitest'
import { freezeDocument } from '../../domain/documents/document.ts'
import type { Node } from '../../main.ts'
import { toPersonActor, createDraft, type OpenDocument, openDocument, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

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

const toId = (name: string) => name.split(':')[1] as string

test('an edit by the server in the name of a person is broadcast, journaled and attributed to that person', async () => {
  const name = await createDraft(ann)
  const reader = await openDocument(node.url, name, ann.token)
  openDocuments.push(reader)
  const result = await node.write(name, ann.id, (document) => {
    document.getText('text').insert(0, 'by the server')
    return 'done'
  })
  expect(result).toEqual({ result: 'done', head: 1 })
  expect((await node.journal.rowsAfter(toId(name), 0)).map(({ seq, actor }) => [seq, actor])).toEqual([[1, ann.id]])
  await waitUntil(() => reader.text.toString() === 'by the server', 'the text to arrive')
})

test('the server can edit a document that is not open; a write without changes adds no row', async () => {
  const name = await createDraft(ann)
  await node.write(name, null, (document) => document.getText('text').insert(0, 'alone'))
  expect(await node.write(name, null, () => 'nothing')).toEqual({ result: 'nothing', head: 1 })
  const reader = await openDocument(node.url, name, ann.token)
  openDocuments.push(reader)
  expect(reader.text.toString()).toBe('alone')
})

test('the server cannot edit a frozen document or one that does not exist', async () => {
  const documentName = await createDraft(ann)
  await node.domain.run(toPersonActor(ann), freezeDocument, { documentName })
  await expect(node.write(documentName, ann.id, (document) => document.getText('text').insert(0, 'late'))).rejects.toMatchObject({
    code: 'conflict',
  })
  await expect(
    node.write('legal:01900000-0000-7000-8000-000000000000', null, (document) => document.getText('text').insert(0, 'x')),
  ).rejects.toMatchObject({ code: 'conflict' })
  const reader = await openDocument(node.url, documentName, ann.token)
  openDocuments.push(reader)
  expect(reader.text.toString()).toBe('')
})
