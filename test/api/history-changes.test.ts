/** What differs between two revisions, and restoring some parts of a document. */
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { registerInOrder } from '../support/builders.ts'
import { createDraft, type Person } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[ann, ben] = await registerInOrder(node.url, 'Ann', 'Ben')
})

const noText = { added: 0, removed: 0, changed: 0, reformatted: 0 }
const nothing = { text: noText, fields: [], entries: [], moreEntries: 0, others: [] }

/** A paragraph of text and variables: `{name}`. */
function createParagraph(words: string): Y.XmlElement {
  const block = new Y.XmlElement('paragraph')
  block.insert(
    0,
    words.split(/(\{\w+\})/).flatMap((part): (Y.XmlElement | Y.XmlText)[] => {
      if (!part.startsWith('{')) return part ? [new Y.XmlText(part)] : []
      const field = new Y.XmlElement('variable')
      field.setAttribute('name', part.slice(1, -1))
      return [field]
    }),
  )
  return block
}
const textOf = (document: Y.Doc) => document.getXmlFragment('default')
const firstText = (document: Y.Doc) => (textOf(document).get(0) as Y.XmlElement).get(0) as Y.XmlText

/** Edits a document as Ann. @returns the sequence number */
const edit = async (documentName: string, change: (document: Y.Doc) => void): Promise<number> =>
  (await node.write(documentName, ann.id, change)).head

async function readChanges(documentName: string, from: number, to: number) {
  const { status, body } = await ann.request('GET', `/api/documents/${documentName}/history/changes?from=${from}&to=${to}`)
  expect(status).toBe(200)
  return body.changes
}

test('changes of words, formats and fields are told apart', async () => {
  const name = await createDraft(ann, 'Lamp')
  const start = await edit(name, (document) => {
    textOf(document).insert(0, ['Between {owner} and us.', 'The price is ten euros.'].map(createParagraph))
    document.getMap('variables').set('owner', 'Acme')
  })
  const bold = await edit(name, (document) => firstText(document).format(0, 7, { bold: {} }))
  const field = await edit(name, (document) => document.getMap('variables').set('owner', 'Beta'))
  const words = await edit(name, (document) => {
    ;((textOf(document).get(1) as Y.XmlElement).get(0) as Y.XmlText).insert(17, ' or nine')
    textOf(document).insert(2, [createParagraph('A new paragraph.')])
  })
  expect(await readChanges(name, start, start)).toEqual(nothing)
  expect(await readChanges(name, start, bold)).toEqual({ ...nothing, text: { ...noText, reformatted: 1 } })
  const fields = [{ name: 'owner', before: 'Acme', after: 'Beta' }]
  expect(await readChanges(name, bold, field)).toEqual({ ...nothing, fields })
  expect(await readChanges(name, field, words)).toEqual({ ...nothing, text: { ...noText, changed: 1, added: 1 } })
  // what restoring would change
  expect(await readChanges(name, words, start)).toEqual({
    ...nothing,
    text: { added: 0, removed: 1, changed: 1, reformatted: 1 },
    fields: [{ name: 'owner', before: 'Beta', after: 'Acme' }],
  })
  expect((await ann.request('GET', `/api/documents/${name}/history/changes?to=${start}`)).body).toEqual({
    from: words,
    to: start,
    changes: await readChanges(name, words, start),
  })

  const { body } = await ann.request('GET', `/api/documents/${name}/redline?from=${start}&to=${words}`)
  expect(body.changes).toEqual(await readChanges(name, start, words))
  const [first, second, third] = body.content.content
  const marksOf = (part: any) => part.marks?.map(({ type }: { type: string }) => type)
  expect(first.content.map((part: any) => [part.text ?? part.attrs.value, marksOf(part)])).toEqual([
    ['Between', ['bold', 'formatChange']],
    [' ', undefined],
    ['Acme', ['deletion']],
    ['Beta', ['insertion']],
    [' and us.', undefined],
  ])
  const inserted = second.content.find((part: any) => marksOf(part)?.includes('insertion'))
  expect(inserted.marks[0].attrs.author).toBe(ann.id)
  expect(JSON.parse(third.attrs.suggestion)).toMatchObject({ kind: 'insert', author: ann.id })
})

test('changed entries of a board are listed with their values, and the parts of a document are restored one by one', async () => {
  const { body: space } = await ann.request('POST', '/api/spaces', { name: 'Lamp team' })
  const { documentName: name } = space
  const board = `/api/spaces/${space.id}`
  const { body: kept } = await ann.request('POST', `${board}/tasks`, { title: 'Ask ten divers' })
  const { body: gone } = await ann.request('POST', `${board}/notes`, { title: 'Monday', text: 'x'.repeat(500) })
  const start = await edit(name, (document) => {
    textOf(document).insert(0, [createParagraph('At the start.')])
    document.getMap('variables').set('owner', 'Acme')
  })
  await ann.request('PATCH', `${board}/tasks/${kept.id}`, { text: 'By phone' })
  await ann.request('DELETE', `${board}/notes/${gone.id}`)
  const { body: added } = await ann.request('POST', `${board}/tasks`, { title: 'Draw the lamp' })
  const end = await edit(name, (document) => {
    firstText(document).insert(0, 'Not ')
    document.getMap('variables').set('owner', 'Beta')
    document.getMap('of a client').set('key', 1)
  })
  const changes = await readChanges(name, start, end)
  expect(changes).toMatchObject({ text: { ...noText, changed: 1 }, others: ['of a client'], moreEntries: 0 })
  expect(changes.entries).toMatchObject([
    { section: 'notes', id: gone.id, change: 'removed', entry: { title: 'Monday', text: `${'x'.repeat(200)}…` }, values: [] },
    { section: 'tasks', id: kept.id, change: 'changed', values: [{ name: 'text', before: '', after: 'By phone' }] },
    { section: 'tasks', id: added.id, change: 'added', entry: { title: 'Draw the lamp' }, values: [] },
  ])

  const restore = (parts?: unknown) =>
    ann.request('POST', `/api/documents/${name}/restore`, { at: start, ...(parts !== undefined && { parts }) })
  const remaining = async () => readChanges(name, start, (await ann.request('GET', `/api/documents/${name}/look`)).body.head)
  expect((await restore(['text'])).status).toBe(200)
  expect(await remaining()).toEqual({ ...changes, text: noText })
  expect((await restore(['fields'])).status).toBe(200)
  expect(await remaining()).toEqual({ ...changes, text: noText, fields: [] })
  expect((await restore(['sections'])).status).toBe(200)
  expect(await remaining()).toEqual(nothing)
  expect((await ann.request('POST', `/api/documents/${name}/restore`, { at: end })).status).toBe(200)
  expect(await remaining()).toEqual(changes)
  expect((await restore()).status).toBe(200)
  expect(await remaining()).toEqual(nothing)
  for (const parts of [[], ['board'], 'text', ['text', 'everything']])
    expect((await restore(parts)).status, JSON.stringify(parts)).toBe(400)
})

test('the recorded schema version is not restored; only readers see changes, and only editors restore', async () => {
  const name = await createDraft(ann, 'Versioned')
  const start = await edit(name, (document) => textOf(document).insert(0, [createParagraph('Old')]))
  await edit(name, (document) => {
    document.getMap('metadata').set('schemaVersion', 99)
    firstText(document).insert(0, 'Very ')
  })
  await ann.request('POST', `/api/documents/${name}/restore`, { at: start })
  let version: unknown
  await node.write(name, ann.id, (document) => void (version = document.getMap('metadata').get('schemaVersion')))
  expect(version).toBe(99)
  const path = `/api/documents/${name}/history/changes?from=0`
  expect((await ben.request('GET', path)).status).toBe(404)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  expect((await ben.request('GET', path)).status).toBe(200)
  expect((await ben.request('POST', `/api/documents/${name}/restore`, { at: start, parts: ['text'] })).status).toBe(403)
  expect((await ben.request('GET', `${path}&to=99`)).body).toMatchObject({ from: 0 })
})
