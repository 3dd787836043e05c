import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { freezeDocument } from '../../domain/documents/document.ts'
import type { Node } from '../../main.ts'
import { draftOf, type Open, opened, type Person, register, saved } from '../support/client.ts'
import { emptyNode } from '../support/node.ts'
import { folded, idOf, paused, snapped } from '../support/past.ts'
import { until } from '../support/until.ts'

let node: Node
let ann: Person
let ben: Person
const open: Open[] = []
beforeAll(async () => {
  node = await emptyNode()
  ann = await register(node.url, 'Ann')
  ben = await register(node.url, 'Ben')
})
afterAll(() => {
  for (const { close } of open) close()
})

/** A draft of Ann's, in which both write. */
async function shared(): Promise<{ name: string; path: string; anns: Open; bens: Open }> {
  const name = await draftOf(ann)
  await ann.ask('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  const [anns, bens] = [await opened(node.url, name, ann.token), await opened(node.url, name, ben.token)]
  open.push(anns, bens)
  return { name, path: `/api/documents/${name}`, anns, bens }
}

const textOf = ({ document }: Open) => document.getXmlFragment('default')
const plain = (one: Open) =>
  textOf(one)
    .toString()
    .replaceAll(/<\/?paragraph>/g, '|')

function paragraph(text: string, level?: string): Y.XmlElement {
  const element = new Y.XmlElement(level ? 'heading' : 'paragraph')
  if (level) element.setAttribute('level', level)
  const words = new Y.XmlText()
  words.insert(0, text)
  element.insert(0, [words])
  return element
}

const wordsAt = (one: Open, block: number) => (textOf(one).get(block) as Y.XmlElement).get(0) as Y.XmlText

/** Somebody does something; it is committed and seen by the other. */
async function does(one: Open, other: Open, change: () => void): Promise<void> {
  one.document.transact(change)
  await until(() => saved(one), 'it to be saved')
  await until(() => plain(other) === plain(one), 'the other to see it')
}

async function written() {
  const draft = await shared()
  const { anns, bens } = draft
  await does(anns, bens, () => textOf(anns).insert(0, [paragraph('Title', '1'), paragraph('The parties agree on <this>.')]))
  await does(bens, anns, () => wordsAt(bens, 1).insert(11, ' happily'))
  await does(anns, bens, () => wordsAt(anns, 1).delete(4, 7))
  return draft
}

test('a history of stretches, of any moment the text, and its bad input', async () => {
  const { name, path } = await written()
  const { body: now } = await ann.ask('GET', `${path}/history`)
  expect(now).toEqual({
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
  await paused(node, idOf(name), 1, 10)
  const { body: first } = await ben.ask('GET', `${path}/history?limit=1`)
  expect(first.items).toMatchObject([{ from: 2, to: 3, edits: 2 }])
  const { body: second } = await ben.ask('GET', `${path}/history?limit=1&cursor=${first.nextCursor}`)
  expect(second).toMatchObject({ items: [{ from: 1, to: 1, edits: 1 }], nextCursor: null })
  // folded, it is the same
  await snapped(node, idOf(name))
  expect(await folded(node, idOf(name))).toBe(1)
  expect((await ben.ask('GET', `${path}/history?limit=1&cursor=${first.nextCursor}`)).body).toEqual(second)

  const { body: state } = await ann.ask('GET', `${path}/history/state?at=2`)
  expect(state).toMatchObject({ at: 2, time: expect.any(String) })
  expect(state.content.content.map((block: any) => block.content[0].text)).toEqual(['Title', 'The parties happily agree on <this>.'])
  expect((await ann.ask('GET', `${path}/history/state`)).body.at).toBe(3)
  expect((await ann.ask('GET', `${path}/history/state?at=99`)).body.at).toBe(3)
  const empty = { type: 'doc', content: [{ type: 'paragraph', attrs: { suggestion: null } }] }
  expect((await ann.ask('GET', `${path}/history/state?at=0`)).body).toEqual({ at: 0, time: null, content: empty, variables: {} })
  expect((await ann.ask('GET', `${path}/history/state?time=${second.items[0].endedAt}`)).body.at).toBe(1)
  expect((await ann.ask('GET', `${path}/history/state?time=2001-01-01T00:00:00Z`)).body.at).toBe(0)
  for (const asked of ['at=-1', 'at=one', 'at=', 'at=1.5', 'time=yesterday', 'at=1&time=2001-01-01T00:00:00Z', 'from=1']) {
    expect((await ann.ask('GET', `${path}/history/state?${asked}`)).status, asked).toBe(400)
  }
})

test('authorship covers every sign once, by row and not by client', async () => {
  const { path } = await written()
  const { body } = await ben.ask('GET', `${path}/authorship`)
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
  expect((await ben.ask('GET', `${path}/authorship?at=1`)).body.people).toEqual([{ userId: ann.id, name: 'Ann', signs: 33 }])
})

test('a redline between two moments: blocks, words, whose; its HTML is safe', async () => {
  const { path } = await written()
  const { body, status } = await ann.ask('GET', `${path}/redline?from=1&to=3`)
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
  expect((await ann.ask('GET', `${path}/redline?from=0&to=1`)).body.blocks).toMatchObject([{ change: 'inserted' }, { change: 'inserted' }])
  expect((await ann.ask('GET', `${path}/redline?from=2&to=2`)).body.blocks).toMatchObject([{ change: 'same' }, { change: 'same' }])
  expect((await ann.ask('GET', `${path}/redline?from=3&to=1`)).body).toMatchObject({ type: 'urn:problem:invalid-input' })
  expect((await ann.ask('GET', `${path}/redline?to=1`)).status).toBe(400)
})

test('versions: named by editors, read by readers, exact for ever though the rows around them are folded', async () => {
  const { name, path } = await written()
  const { body: version, status } = await ben.ask('POST', `${path}/versions`, { name: ' Sent ', at: 2 })
  expect(status).toBe(201)
  expect(version).toEqual({
    id: expect.any(String),
    name: 'Sent',
    at: 2,
    userId: ben.id,
    author: { userId: ben.id, name: 'Ben' },
    createdAt: expect.any(String),
  })
  const { body: newest } = await ann.ask('POST', `${path}/versions`, { name: 'Now' })
  expect(newest.at).toBe(3)
  expect((await ann.ask('GET', `${path}/versions?limit=1`)).body).toMatchObject({
    items: [{ id: newest.id }],
    nextCursor: expect.any(String),
  })
  for (const body of [{ name: '' }, { name: 'x', at: -1 }, { name: 'x', at: 4 }, { name: 'x', at: 'now' }, {}]) {
    expect((await ann.ask('POST', `${path}/versions`, body)).status, JSON.stringify(body)).toBe(400)
  }
  await snapped(node, idOf(name))
  expect(await folded(node, idOf(name))).toBe(3)
  expect((await ann.ask('GET', `${path}/history/state?at=2`)).body.at).toBe(2)
  expect((await ann.ask('GET', `${path}/history/state?at=1`)).body.at).toBe(0)
  expect((await ann.ask('POST', `${path}/versions`, { name: 'Folded', at: 1 })).body.at).toBe(0)
  expect((await ann.ask('DELETE', `${path}/versions/${version.id}`)).status).toBe(204)
  expect((await ann.ask('DELETE', `${path}/versions/${version.id}`)).status).toBe(404)
})

test('who is no member any more keeps their name; who ended their account is called so', async () => {
  const name = await draftOf(ann)
  const path = `/api/documents/${name}`
  const [gone, left] = [await register(node.url, 'Gone'), await register(node.url, 'Left')]
  for (const { id: userId } of [gone, left]) {
    await ann.ask('PUT', `${path}/members/${userId}`, { role: 'editor' })
    await node.write(name, userId, (document) => document.getXmlFragment('default').insert(0, [paragraph(userId)]))
    await ann.ask('DELETE', `${path}/members/${userId}`)
  }
  await node.write(name, null, (document) => document.getXmlFragment('default').insert(0, [paragraph('by itself')]))
  expect((await gone.ask('DELETE', `/api/users/${gone.id}`)).status).toBeLessThan(300)
  const people = [
    { userId: null, name: null },
    { userId: left.id, name: 'Left' },
    { userId: gone.id, name: 'Deleted account' },
  ]
  const { body: redline } = await ann.ask('GET', `${path}/redline?from=0`)
  expect(redline.authors).toEqual(people)
  expect(redline.html).toContain(`<ins data-author="${gone.id}" data-author-name="Deleted account">`)
  expect(redline.html).toContain('<ins>by itself</ins>')
  expect((await ann.ask('GET', `${path}/authorship`)).body.people).toEqual(
    expect.arrayContaining(people.map((one) => expect.objectContaining(one))),
  )
  expect((await ann.ask('GET', `${path}/history`)).body.items[0].authors).toHaveLength(3)
})

test('a field shows the value that it had, of who filled it, and a redline what became of it', async () => {
  const name = await draftOf(ann)
  const path = `/api/documents/${name}`
  await ann.ask('PUT', `${path}/members/${ben.id}`, { role: 'editor' })
  await node.write(name, ann.id, (document) => {
    const [block, field] = [paragraph('Between '), new Y.XmlElement('variable')]
    field.setAttribute('name', 'owner')
    document.getXmlFragment('default').insert(0, [block])
    block.insert(1, [field])
  })
  for (const [userId, value] of [
    [ann.id, 'Acme'],
    [ben.id, 'Beta <Ltd>'],
  ] as const)
    await node.write(name, userId, (document) => document.getMap('variables').set('owner', value))
  const at = async (row: number) => (await ann.ask('GET', `${path}/history/state?at=${row}`)).body.variables
  expect([await at(1), await at(2), await at(3)]).toEqual([{}, { owner: 'Acme' }, { owner: 'Beta <Ltd>' }])
  const runs = async (row: number) => (await ann.ask('GET', `${path}/authorship?at=${row}`)).body.runs
  expect(await runs(1)).toEqual([{ userId: ann.id, text: 'Between {{owner}}' }])
  expect(await runs(3)).toEqual([
    { userId: ann.id, text: 'Between ' },
    { userId: ben.id, text: 'Beta <Ltd>' },
  ])
  const { body } = await ann.ask('GET', `${path}/redline?from=2&to=3`)
  expect(body.blocks[0].words).toEqual([
    { change: 'same', text: 'Between ', userId: ann.id },
    { change: 'deleted', text: 'Acme', userId: ann.id },
    { change: 'inserted', text: 'Beta <Ltd>', userId: ben.id },
  ])
  expect(body.html).toContain('Beta &lt;Ltd&gt;')
  expect((await ann.ask('GET', `${path}/redline?from=1&to=2`)).body.html).toContain('{{')
})

test('a moment is restored as one new edit, which everybody sees', async () => {
  const { name, path, anns, bens } = await written()
  const { body, status } = await ben.ask('POST', `${path}/restore`, { at: 1 })
  expect([status, body]).toEqual([200, { head: 4, at: 1 }])
  await until(() => plain(anns).includes('The parties agree on'), 'Ann to see it')
  await until(() => plain(bens) === plain(anns), 'Ben to see it')
  expect((await node.journal.rowsAfter(idOf(name), 3)).map(({ actor }) => actor)).toEqual([ben.id])
  // nothing changes: no edit
  expect((await ben.ask('POST', `${path}/restore`, { at: 1 })).body).toEqual({ head: 4, at: 1 })
  expect((await ben.ask('POST', `${path}/restore`, { at: 0 })).body).toEqual({ head: 5, at: 0 })
  await until(() => textOf(anns).length === 0, 'the text to be empty')
  for (const at of [-1, 99, 'all', null]) expect((await ben.ask('POST', `${path}/restore`, { at })).status, `${at}`).toBe(400)
})

test('one person’s work is taken back and the others’ stays; once', async () => {
  const { path, anns, bens } = await written()
  await does(bens, anns, () => textOf(bens).insert(1, [paragraph('Ben’s own.'), paragraph('Ben’s, where Ann wrote.')]))
  await does(anns, bens, () => wordsAt(anns, 2).insert(0, 'Ann! '))
  await does(bens, anns, () => wordsAt(bens, 0).delete(0, 3))
  const asked = { userId: ben.id, from: 2, to: 6 }
  expect((await ann.ask('POST', `${path}/undo`, asked)).body).toEqual({ head: 7 })
  await until(() => !plain(anns).includes('own'), 'it to be seen')
  expect(textOf(anns).toString()).toBe(
    '<heading level="1">Title</heading><paragraph>Ann! </paragraph><paragraph>The  agree on <this>.</paragraph>',
  )
  expect((await ann.ask('POST', `${path}/undo`, asked)).body).toMatchObject({ type: 'urn:problem:conflict' })
  // the undoing is Ann's work, and can be undone
  expect((await ben.ask('POST', `${path}/undo`, { userId: ann.id, from: 7, to: 7 })).body).toEqual({ head: 8 })
  await until(() => plain(anns).includes('happily'), 'it to be seen again')
  // nothing of hers in it
  expect((await ben.ask('POST', `${path}/undo`, { userId: ann.id, from: 4, to: 4 })).body).toEqual({ head: 8 })
  for (const wrong of [{ from: 0 }, { from: 5, to: 4 }, { to: 99 }, { userId: 'Ben' }, { from: '1' }]) {
    expect((await ann.ask('POST', `${path}/undo`, { ...asked, ...wrong })).status, JSON.stringify(wrong)).toBe(400)
  }
})

test('of two who take back the same at once one is told; of what is folded only whole sessions are taken back', async () => {
  const { name, path, anns } = await written()
  const asked = { userId: ann.id, from: 3, to: 3 }
  const answers = await Promise.all([ann, ben].map((one) => one.ask('POST', `${path}/undo`, asked)))
  expect(answers.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409])
  await until(() => plain(anns).includes('The parties happily'), 'the words to be back')
  await paused(node, idOf(name), 3, 10)
  await snapped(node, idOf(name))
  expect(await folded(node, idOf(name))).toBe(3)
  expect((await ann.ask('POST', `${path}/undo`, { userId: ben.id, from: 2, to: 2 })).body).toMatchObject({
    type: 'urn:problem:invalid-input',
  })
  expect((await ann.ask('POST', `${path}/undo`, { userId: ben.id, from: 1, to: 3 })).body).toEqual({ head: 5 })
  await until(() => plain(anns).includes('The parties agree on'), 'Ben’s word to be gone')
})

test('strangers see nothing of it, viewers change nothing, frozen texts stay', async () => {
  const { name, path, anns } = await written()
  const cas = await register(node.url, 'Cas')
  const asked: [string, string, unknown?][] = [
    ['GET', '/history'],
    ['GET', '/history/state?at=1'],
    ['GET', '/authorship'],
    ['GET', '/redline?from=0'],
    ['GET', '/versions'],
    ['POST', '/versions', { name: 'Mine' }],
    ['POST', '/restore', { at: 1 }],
    ['POST', '/undo', { userId: ann.id, from: 1, to: 3 }],
  ]
  const statuses = async () => {
    const found: number[] = []
    for (const [method, rest, body] of asked) found.push((await cas.ask(method, path + rest, body)).status)
    return found
  }
  expect(await statuses()).toEqual(asked.map(() => 404))
  await ann.ask('PUT', `${path}/members/${cas.id}`, { role: 'viewer' })
  expect(await statuses()).toEqual([200, 200, 200, 200, 200, 403, 403, 403])
  await node.domain.run({ kind: 'user', userId: ann.id, sessionId: '', admin: false, expiresAt: 0 }, freezeDocument, { documentName: name })
  const before = plain(anns)
  for (const [method, rest, body] of asked.slice(-2)) expect((await ann.ask(method, path + rest, body)).status).toBe(409)
  expect(plain(anns)).toBe(before)
})
