/** The history of a document: its edit sessions, authors, redlines and versions. */
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { compactHistory, toDocumentId, backdateUpdates, takeSnapshot } from '../support/journal-history.ts'
import { openWrittenDraft, createBlock } from '../support/shared-draft.ts'
import { registerInOrder } from '../support/builders.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[ann, ben] = await registerInOrder(node.url, 'Ann', 'Ben')
})

test('the history lists edit sessions and returns the text of any revision, and invalid parameters are refused', async () => {
  const { documentName, path } = await openWrittenDraft(node, ann, ben)
  const { body: history } = await ann.request('GET', `${path}/history`)
  expect(history).toEqual({
    items: [
      {
        from: 1,
        to: 3,
        startedAt: expect.any(String),
        endedAt: expect.any(String),
        edits: 3,
        authors: [
          { userId: ann.id, name: 'Ann', edits: 2 },
          { userId: ben.id, name: 'Ben', edits: 1 },
        ],
      },
    ],
    nextCursor: null,
  })
  await backdateUpdates(node, toDocumentId(documentName), 1, 10)
  const { body: firstPage } = await ben.request('GET', `${path}/history?limit=1`)
  expect(firstPage.items).toMatchObject([{ from: 2, to: 3, edits: 2 }])
  const { body: secondPage } = await ben.request('GET', `${path}/history?limit=1&cursor=${firstPage.nextCursor}`)
  expect(secondPage).toMatchObject({ items: [{ from: 1, to: 1, edits: 1 }], nextCursor: null })
  // compaction does not change the list
  await takeSnapshot(node, toDocumentId(documentName))
  expect(await compactHistory(node, toDocumentId(documentName))).toBe(1)
  expect((await ben.request('GET', `${path}/history?limit=1&cursor=${firstPage.nextCursor}`)).body).toEqual(secondPage)

  const { body: state } = await ann.request('GET', `${path}/history/state?at=2`)
  expect(state).toMatchObject({ at: 2, time: expect.any(String) })
  expect(state.content.content.map((block: any) => block.content[0].text)).toEqual(['Title', 'The parties happily agree on <this>.'])
  expect((await ann.request('GET', `${path}/history/state`)).body.at).toBe(3)
  expect((await ann.request('GET', `${path}/history/state?at=99`)).body.at).toBe(3)
  const empty = { type: 'doc', content: [{ type: 'paragraph', attrs: expect.objectContaining({ suggestion: null }) }] }
  expect((await ann.request('GET', `${path}/history/state?at=0`)).body).toEqual({
    at: 0,
    time: null,
    content: empty,
    variables: {},
    listStyles: {},
  })
  expect((await ann.request('GET', `${path}/history/state?time=${secondPage.items[0].endedAt}`)).body.at).toBe(1)
  expect((await ann.request('GET', `${path}/history/state?time=2001-01-01T00:00:00Z`)).body.at).toBe(0)
  for (const query of ['at=-1', 'at=one', 'at=', 'at=1.5', 'time=yesterday', 'at=1&time=2001-01-01T00:00:00Z', 'from=1']) {
    expect((await ann.request('GET', `${path}/history/state?${query}`)).status, query).toBe(400)
  }
})

test('authorship covers each character once, by the actor of the update and not by the Yjs client', async () => {
  const { path } = await openWrittenDraft(node, ann, ben)
  const { body } = await ben.request('GET', `${path}/authorship`)
  expect(body).toEqual({
    at: 3,
    people: [
      { userId: ann.id, name: 'Ann', signs: 26 },
      { userId: ben.id, name: 'Ben', signs: 8 },
    ],
    runs: [
      { userId: ann.id, text: 'Title\nThe ' },
      { userId: ben.id, text: ' happily' },
      { userId: ann.id, text: ' agree on <this>.' },
    ],
  })
  expect((await ben.request('GET', `${path}/authorship?at=1`)).body.people).toEqual([{ userId: ann.id, name: 'Ann', signs: 33 }])
})

test('a redline of two revisions lists changed blocks and words with their authors, and its HTML is escaped', async () => {
  const { path } = await openWrittenDraft(node, ann, ben)
  const { body, status } = await ann.request('GET', `${path}/redline?from=1&to=3`)
  expect(status).toBe(200)
  expect(body.blocks).toEqual([
    { change: 'same', type: 'heading', level: 1, words: [{ change: 'same', text: 'Title', userId: ann.id }] },
    {
      change: 'changed',
      type: 'paragraph',
      level: null,
      words: [
        { change: 'same', text: 'The ', userId: ann.id },
        { change: 'deleted', text: 'parties', userId: ann.id },
        { change: 'inserted', text: ' happily', userId: ben.id },
        { change: 'same', text: ' agree on <this>.', userId: ann.id },
      ],
    },
  ])
  expect(body.html).toContain(
    `<del data-author="${ann.id}" data-author-name="Ann">parties</del><ins data-author="${ben.id}" data-author-name="Ben"> happily</ins> agree on &lt;this&gt;.</p>`,
  )
  expect(body.authors).toEqual([
    { userId: ann.id, name: 'Ann' },
    { userId: ben.id, name: 'Ben' },
  ])
  expect((await ann.request('GET', `${path}/redline?from=0&to=1`)).body.blocks).toMatchObject([
    { change: 'inserted' },
    { change: 'inserted' },
  ])
  expect((await ann.request('GET', `${path}/redline?from=2&to=2`)).body.blocks).toMatchObject([{ change: 'same' }, { change: 'same' }])
  expect((await ann.request('GET', `${path}/redline?from=3&to=1`)).body).toMatchObject({ type: 'urn:problem:invalid-input' })
  expect((await ann.request('GET', `${path}/redline?to=1`)).status).toBe(400)
})

test('a version is named, listed and deleted, and stays exact when the updates around it are compacted', async () => {
  const { documentName, path } = await openWrittenDraft(node, ann, ben)
  const { body: version, status } = await ben.request('POST', `${path}/versions`, { name: ' Sent ', at: 2 })
  expect(status).toBe(201)
  expect(version).toEqual({
    id: expect.any(String),
    name: 'Sent',
    at: 2,
    userId: ben.id,
    author: { userId: ben.id, name: 'Ben' },
    createdAt: expect.any(String),
  })
  const { body: newest } = await ann.request('POST', `${path}/versions`, { name: 'Now' })
  expect(newest.at).toBe(3)
  expect((await ann.request('GET', `${path}/versions?limit=1`)).body).toMatchObject({
    items: [{ id: newest.id }],
    nextCursor: expect.any(String),
  })
  for (const body of [{ name: '' }, { name: 'x', at: -1 }, { name: 'x', at: 4 }, { name: 'x', at: 'now' }, {}]) {
    expect((await ann.request('POST', `${path}/versions`, body)).status, JSON.stringify(body)).toBe(400)
  }
  await takeSnapshot(node, toDocumentId(documentName))
  expect(await compactHistory(node, toDocumentId(documentName))).toBe(3)
  expect((await ann.request('GET', `${path}/history/state?at=2`)).body.at).toBe(2)
  expect((await ann.request('GET', `${path}/history/state?at=1`)).body.at).toBe(0)
  expect((await ann.request('POST', `${path}/versions`, { name: 'Folded', at: 1 })).body.at).toBe(0)
  expect((await ann.request('DELETE', `${path}/versions/${version.id}`)).status).toBe(204)
  expect((await ann.request('DELETE', `${path}/versions/${version.id}`)).status).toBe(404)
})

test('a former member keeps their name in the history, and a deleted account is shown as deleted', async () => {
  const name = await createDraft(ann)
  const path = `/api/documents/${name}`
  const [deletedPerson, formerMember] = [await registerPerson(node.url, 'Gone'), await registerPerson(node.url, 'Left')]
  for (const { id: userId } of [deletedPerson, formerMember]) {
    await ann.request('PUT', `${path}/members/${userId}`, { role: 'editor' })
    await node.write(name, userId, (document) => document.getXmlFragment('default').insert(0, [createBlock(userId)]))
    await ann.request('DELETE', `${path}/members/${userId}`)
  }
  await node.write(name, null, (document) => document.getXmlFragment('default').insert(0, [createBlock('by itself')]))
  expect((await deletedPerson.request('DELETE', `/api/users/${deletedPerson.id}`)).status).toBeLessThan(300)
  const people = [
    { userId: null, name: null },
    { userId: formerMember.id, name: 'Left' },
    { userId: deletedPerson.id, name: 'Deleted account' },
  ]
  const { body: redline } = await ann.request('GET', `${path}/redline?from=0`)
  expect(redline.authors).toEqual(people)
  expect(redline.html).toContain(`<ins data-author="${deletedPerson.id}" data-author-name="Deleted account">`)
  expect(redline.html).toContain('<ins>by itself</ins>')
  expect((await ann.request('GET', `${path}/authorship`)).body.people).toEqual(
    expect.arrayContaining(people.map((author) => expect.objectContaining(author))),
  )
  expect((await ann.request('GET', `${path}/history`)).body.items[0].authors).toHaveLength(3)
})

test('a field has the value and author of each revision, and a redline shows how the value changed', async () => {
  const name = await createDraft(ann)
  const path = `/api/documents/${name}`
  await ann.request('PUT', `${path}/members/${ben.id}`, { role: 'editor' })
  await node.write(name, ann.id, (document) => {
    const [block, field] = [createBlock('Between '), new Y.XmlElement('variable')]
    field.setAttribute('name', 'owner')
    document.getXmlFragment('default').insert(0, [block])
    block.insert(1, [field])
  })
  for (const [userId, value] of [
    [ann.id, 'Acme'],
    [ben.id, 'Beta <Ltd>'],
  ] as const)
    await node.write(name, userId, (document) => document.getMap('variables').set('owner', value))
  const readVariables = async (row: number) => (await ann.request('GET', `${path}/history/state?at=${row}`)).body.variables
  expect([await readVariables(1), await readVariables(2), await readVariables(3)]).toEqual([{}, { owner: 'Acme' }, { owner: 'Beta <Ltd>' }])
  const readRuns = async (row: number) => (await ann.request('GET', `${path}/authorship?at=${row}`)).body.runs
  expect(await readRuns(1)).toEqual([{ userId: ann.id, text: 'Between {{owner}}' }])
  expect(await readRuns(3)).toEqual([
    { userId: ann.id, text: 'Between ' },
    { userId: ben.id, text: 'Beta <Ltd>' },
  ])
  const { body } = await ann.request('GET', `${path}/redline?from=2&to=3`)
  expect(body.blocks[0].words).toEqual([
    { change: 'same', text: 'Between ', userId: ann.id },
    { change: 'deleted', text: 'Acme', userId: ann.id },
    { change: 'inserted', text: 'Beta <Ltd>', userId: ben.id },
  ])
  expect(body.html).toContain('Beta &lt;Ltd&gt;')
  expect((await ann.request('GET', `${path}/redline?from=1&to=2`)).body.html).toContain('{{')
})
