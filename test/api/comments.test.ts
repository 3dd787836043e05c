import { afterAll, beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { freezeDocument } from '../../domain/documents/document.ts'
import { rootName } from '../../domain/documents/richtext/positions.ts'
import { textName } from '../../domain/documents/richtext/schema.ts'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople, shareWithRoles } from '../support/builders.ts'
import { toPersonActor, createDraft, type OpenDocument, openDocument, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { createBlockAnchor, getBlockText, getRoot, createRangeAnchor, toPlainText, writeParagraphs } from '../support/prose.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
const personNames = ['owner', 'editor', 'commenter', 'viewer', 'stranger']
let person: PersonByName
const openDocuments: OpenDocument[] = []

beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, personNames)
})
afterAll(() => {
  for (const { close } of openDocuments) close()
})

/** A draft with some paragraphs, shared with everyone except the stranger and opened by the owner. */
async function openDraft(...paragraphs: string[]) {
  const name = await createDraft(person('owner'))
  await shareWithRoles(person, `/api/documents/${name}`)
  const editor = await openDocument(node.url, name, person('owner').token)
  openDocuments.push(editor)
  writeParagraphs(editor.document, ...paragraphs)
  await waitUntil(() => isSaved(editor), 'the paragraphs to be saved')
  return { name, editor, path: `/api/documents/${name}/comments` }
}

const editAndSave = async (editor: OpenDocument, edit: () => void) => {
  editor.document.transact(edit)
  await waitUntil(() => isSaved(editor), 'the change to be saved')
}

test('the text root has the same name in positions and in the schema', () => expect(rootName).toBe(textName))

test('a comment is anchored to text that the server quotes, and its thread is answered, resolved and reopened', async () => {
  const { editor, path } = await openDraft('The parties agree.', 'And they sign.')
  const commenter = person('commenter')
  const created = await commenter.request('POST', path, { text: ' Which ones? ', anchor: createBlockAnchor(editor.document, 0, 'parties') })
  expect(created).toMatchObject({ status: 201, body: { state: 'open', quote: 'parties', gone: false, resolvedAt: null, resolvedBy: null } })
  expect(created.body.comments).toMatchObject([
    { userId: commenter.id, name: 'commenter', text: 'Which ones?', reactions: [], editedAt: null },
  ])
  const thread = `${path}/${created.body.id}`
  const replied = await person('owner').request('POST', `${thread}/replies`, { text: 'Both.' })
  expect(replied).toMatchObject({ status: 201, body: { comments: [{ text: 'Which ones?' }, { text: 'Both.' }] } })
  const resolved = await person('editor').request('PUT', `${thread}/state`, { state: 'resolved' })
  expect(resolved).toMatchObject({
    status: 200,
    body: { state: 'resolved', resolvedBy: person('editor').id, resolvedAt: expect.any(String) },
  })
  expect((await person('viewer').request('GET', `${path}?state=open`)).body.items).toEqual([])
  expect((await person('viewer').request('GET', `${path}?state=resolved`)).body.items).toEqual([resolved.body])
  const again = await commenter.request('PUT', `${thread}/state`, { state: 'open' })
  expect(again.body).toMatchObject({ state: 'open', resolvedAt: null, resolvedBy: null })
})

test('an anchor follows its text through edits around it, and is reported as gone when the text is deleted', async () => {
  const { editor, path } = await openDraft('one two three')
  const readThread = async () => (await person('viewer').request('GET', path)).body.items[0]
  await person('commenter').request('POST', path, { text: 'here', anchor: createBlockAnchor(editor.document, 0, 'two') })
  const text = getBlockText(editor.document, 0)
  await editAndSave(editor, () => {
    text.insert(0, 'zero ')
    text.insert(text.length, ' four')
    text.delete(text.toString().indexOf('one'), 4)
  })
  const moved = await readThread()
  expect(moved.gone).toBe(false)
  const [start, end] = [moved.anchor.start, moved.anchor.end].map((position: string) =>
    Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(Buffer.from(position, 'base64')), editor.document),
  )
  expect(text.toString().slice(start?.index, end?.index)).toBe('two')
  await editAndSave(editor, () => text.delete(text.toString().indexOf('two'), 2))
  expect(await readThread()).toMatchObject({ gone: false, quote: 'two' })
  await editAndSave(editor, () => text.delete(text.toString().indexOf('o three'), 1))
  expect(await readThread()).toMatchObject({ gone: true, quote: 'two' })
})

test('an anchor is found again when the editor rewrites its text into a new block', async () => {
  const { editor, path } = await openDraft('one two three', 'two of them')
  const { body } = await person('commenter').request('POST', path, { text: 'here', anchor: createBlockAnchor(editor.document, 0, 'two') })
  // as an editor does: the text after the split is deleted here and inserted in the new block
  await editAndSave(editor, () => {
    getBlockText(editor.document, 0).delete(4, 9)
    const newBlock = new Y.XmlElement('heading')
    newBlock.insert(0, [new Y.XmlText('two three')])
    getRoot(editor.document).insert(1, [newBlock])
  })
  const { items } = (await person('viewer').request('GET', path)).body
  expect(items).toMatchObject([{ id: body.id, gone: false }])
  const start = Y.decodeRelativePosition(Buffer.from(items[0].anchor.start, 'base64'))
  expect(Y.createAbsolutePositionFromRelativePosition(start, editor.document)?.type).toBe(getBlockText(editor.document, 1))
  await editAndSave(editor, () => getRoot(editor.document).delete(1, 1))
  expect((await person('viewer').request('GET', path)).body.items).toMatchObject([{ gone: true }])
})

test('an anchor covers its whole word again after the word is split and joined', async () => {
  const { editor, path } = await openDraft('the agreement binds')
  const { body } = await person('commenter').request('POST', path, {
    text: 'why?',
    anchor: createBlockAnchor(editor.document, 0, 'agreement'),
  })
  // as an editor splits and joins: the text after the break is deleted and inserted again
  await editAndSave(editor, () => getBlockText(editor.document, 0).delete(8, 11))
  await editAndSave(editor, () => getBlockText(editor.document, 0).insert(8, 'ement binds'))
  const readAnchoredText = async () => {
    const [{ anchor }] = (await person('viewer').request('GET', path)).body.items
    const [from, to] = [anchor.start, anchor.end].map(
      (position: string) =>
        Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(Buffer.from(position, 'base64')), editor.document)?.index,
    )
    return toPlainText(getBlockText(editor.document, 0)).slice(from, to)
  }
  expect(await readAnchoredText()).toBe('agreement')
  // when the quote is no longer in the text, the anchor covers what is left of it
  await editAndSave(editor, () => getBlockText(editor.document, 0).insert(11, '-'))
  expect(await readAnchoredText()).toBe('agre')
  expect(body.quote).toBe('agreement')
})

test('a comment is refused when its anchor is empty, malformed, deleted or in another text', async () => {
  const { editor, path } = await openDraft('here and there')
  const otherDraft = await openDraft('elsewhere')
  const createComment = (anchor: unknown) => person('commenter').request('POST', path, { text: 'where?', anchor })
  const deletedAnchor = createBlockAnchor(editor.document, 0, 'and')
  await editAndSave(editor, () => getBlockText(editor.document, 0).delete(5, 3))
  expect(await createComment(deletedAnchor)).toMatchObject({ status: 400, body: { errors: [{ path: 'anchor' }] } })
  const text = getBlockText(editor.document, 0)
  for (const anchor of [
    createBlockAnchor(otherDraft.editor.document, 0, 'where'),
    createRangeAnchor(text, 2, text, 2),
    { start: 'AAAA', end: '////' },
    { start: 'not base64', end: '' },
    createRangeAnchor(editor.document.get('else', Y.XmlText), 0, text, 4),
  ])
    expect(await createComment(anchor)).toMatchObject({ status: 400 })
  expect((await person('viewer').request('GET', path)).body.items).toEqual([])
})

test('an anchor may cover several blocks and run backwards', async () => {
  const { editor, path } = await openDraft('first', '', 'third')
  const anchor = createRangeAnchor(getBlockText(editor.document, 2), 2, getBlockText(editor.document, 0), 3)
  const { status, body } = await person('commenter').request('POST', path, { text: 'all', anchor })
  expect([status, body.quote]).toEqual([201, 'st\nth'])
})

test('viewers only read comments, commenters write, only the author edits, and the owner may delete', async () => {
  const { path } = await openDraft('words')
  const { body } = await person('commenter').request('POST', path, { text: 'mine' })
  const thread = `${path}/${body.id}`
  const comment = `${thread}/replies/${body.comments[0].id}`
  const requests: [string, string, object | undefined, number, Record<string, number>][] = [
    ['GET', path, undefined, 200, { stranger: 404 }],
    ['POST', path, { text: 'x' }, 201, { stranger: 404, viewer: 403 }],
    ['POST', `${thread}/replies`, { text: 'x' }, 201, { stranger: 404, viewer: 403 }],
    ['PUT', `${thread}/state`, { state: 'open' }, 200, { stranger: 404, viewer: 403 }],
    ['PUT', `${comment}/reactions/👍`, undefined, 200, { stranger: 404, viewer: 403 }],
    ['DELETE', `${comment}/reactions/👍`, undefined, 200, { stranger: 404, viewer: 403 }],
    ['PATCH', comment, { text: 'x' }, 200, { stranger: 404, viewer: 403, editor: 403, owner: 403 }],
  ]
  for (const [method, requestPath, input, expectedStatus, statusByPerson] of requests)
    for (const name of personNames)
      expect([method, requestPath, name, (await person(name).request(method, encodeURI(requestPath), input)).status]).toEqual([
        method,
        requestPath,
        name,
        statusByPerson[name] ?? expectedStatus,
      ])
  for (const [name, status] of Object.entries({ stranger: 404, viewer: 403, editor: 403, owner: 204, commenter: 404 }))
    expect([name, (await person(name).request('DELETE', comment)).status]).toEqual([name, status])
})

test('deleting the first comment keeps a thread with replies, and deleting the last comment deletes the thread', async () => {
  const { path } = await openDraft('words')
  const [commenter, editor] = [person('commenter'), person('editor')]
  const { body } = await commenter.request('POST', path, { text: 'first' })
  const thread = `${path}/${body.id}`
  const { body: replied } = await editor.request('POST', `${thread}/replies`, { text: 'second' })
  await commenter.request('DELETE', `${thread}/replies/${body.comments[0].id}`)
  expect((await editor.request('GET', path)).body.items).toMatchObject([{ id: body.id, comments: [{ text: 'second' }] }])
  await editor.request('DELETE', `${thread}/replies/${replied.comments[1].id}`)
  expect((await editor.request('GET', path)).body.items).toEqual([])
  expect((await editor.request('POST', `${thread}/replies`, { text: 'late' })).status).toBe(404)
})

test('mentions include only people who may read the document, and an edited comment shows its edit time', async () => {
  const { path } = await openDraft('words')
  const [commenter, viewer, stranger] = [person('commenter'), person('viewer'), person('stranger')]
  const text = `@[${viewer.id}] and @[${stranger.id}] and @[nobody]`
  const { body } = await commenter.request('POST', path, { text })
  expect(body.comments).toMatchObject([{ text, mentions: [viewer.id], editedAt: null }])
  const comment = `${path}/${body.id}/replies/${body.comments[0].id}`
  const { body: edited } = await commenter.request('PATCH', comment, { text: `@[${person('owner').id}]` })
  expect(edited.comments).toMatchObject([{ mentions: [person('owner').id], editedAt: expect.any(String) }])
})

test('each person has one reaction per emoji on a comment, and other text is refused', async () => {
  const { path } = await openDraft('words')
  const { body } = await person('commenter').request('POST', path, { text: 'mine' })
  const reactions = `${path}/${body.id}/replies/${body.comments[0].id}/reactions`
  const setReaction = (name: string, emoji: string, method = 'PUT') =>
    person(name).request(method, `${reactions}/${encodeURIComponent(emoji)}`)
  await setReaction('owner', '👍')
  await setReaction('editor', '👍')
  await setReaction('editor', '👍')
  const { body: reacted } = await setReaction('owner', '👩🏽‍🚒')
  expect(reacted.comments[0].reactions).toEqual([
    { emoji: '👍', userIds: [person('owner').id, person('editor').id] },
    { emoji: '👩🏽‍🚒', userIds: [person('owner').id] },
  ])
  await setReaction('owner', '👍', 'DELETE')
  expect((await setReaction('owner', '👩🏽‍🚒', 'DELETE')).body.comments[0].reactions).toEqual([
    { emoji: '👍', userIds: [person('editor').id] },
  ])
  for (const badReaction of ['x', '👍👍', '<b>', '1'.repeat(500)]) expect((await setReaction('owner', badReaction)).status).toBe(400)
})

test('comments have a length limit, pages and events, and a frozen document still accepts comments', async () => {
  const { path, name: documentName } = await openDraft('words')
  const commenter = person('commenter')
  for (const text of ['', '   ', 'x'.repeat(5001), 5]) expect((await commenter.request('POST', path, { text })).status).toBe(400)
  const actor = toPersonActor(person('owner'))
  await node.domain.run(actor, freezeDocument, { documentName })
  const ids: string[] = []
  for (const text of ['one', 'two', 'x'.repeat(5000)]) ids.unshift((await commenter.request('POST', path, { text })).body.id)
  const first = (await commenter.request('GET', `${path}?limit=2`)).body
  const second = (await commenter.request('GET', `${path}?limit=2&cursor=${first.nextCursor}`)).body
  expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids)
  expect(second.nextCursor).toBeNull()
  await node.sequencer.drain()
  const rows = await node.database.em
    .fork()
    .getConnection()
    .execute(`select audience, data from event where name = 'comment.changed' order by id`)
  expect(rows.map(({ data }) => (data as { threadId: string }).threadId)).toEqual(expect.arrayContaining(ids))
  expect(rows.at(-1)).toMatchObject({ audience: [documentName] })
})
