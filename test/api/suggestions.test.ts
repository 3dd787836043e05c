/** Suggestions: made through the server or while typing, accepted and rejected. */
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { readContent } from '../../domain/documents/richtext/to-json.ts'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople } from '../support/builders.ts'
import type { OpenDocument } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import {
  createBlockAnchor,
  getBlockText,
  getRoot,
  createRangeAnchor,
  suggestDeletion,
  readText,
  suggestInsertion,
} from '../support/prose.ts'
import { editAndSave, openReviewedDraft, createSuggestionAttributes } from '../support/reviewed-draft.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let person: PersonByName
beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, ['owner', 'editor', 'commenter', 'viewer', 'stranger'])
})

test('the server writes a commenter’s suggestion in their name; accepting it changes the text', async () => {
  const { name, owner, commenter, suggest, list, decide, waitUntilText } = await openReviewedDraft(node, person, 'The party pays.')
  expect(commenter.provider.authorizedScope).toBe('readonly')
  const created = await suggest('replace', createBlockAnchor(owner.document, 0, 'party'), { text: 'buyer' })
  expect(created).toMatchObject({
    status: 201,
    body: {
      userId: person('commenter').id,
      name: 'commenter',
      kind: 'replace',
      inserted: 'buyer',
      deleted: 'party',
      state: 'open',
      decidedBy: null,
    },
  })
  await waitUntilText('The partybuyer pays.')
  expect((await node.journal.rowsAfter(name.split(':')[1] as string, 0)).at(-1)?.actor).toBe(person('commenter').id)
  expect(await list()).toEqual([created.body])
  // the browser's editor reads these marks as it reads its own
  const marks = JSON.stringify(await readContent(owner.document))
  expect(marks).toContain(`{"type":"insertion","attrs":{"id":"${created.body.id}","author":"${person('commenter').id}"`)
  expect(marks).toContain('"type":"deletion"')
  const accepted = await decide('editor', 'accept', created.body.id)
  expect(accepted).toMatchObject({ status: 200, body: { id: created.body.id, state: 'accepted', decidedBy: person('editor').id } })
  await waitUntilText('The buyer pays.')
  expect(JSON.stringify(getBlockText(owner.document, 0).toDelta())).toBe('[{"insert":"The buyer pays."}]')
  expect(await list()).toEqual([])
  expect(await list('accepted')).toEqual([accepted.body])
  expect(await list('rejected')).toEqual([])
})

test('rejecting insert, delete and replace suggestions restores the text', async () => {
  const { owner, suggest, list, decide, waitUntilText } = await openReviewedDraft(node, person, 'one two three', 'four')
  await suggest('insert', createBlockAnchor(owner.document, 0, 'one'), { text: ' and a half' })
  await suggest('delete', createRangeAnchor(getBlockText(owner.document, 0), 15, getBlockText(owner.document, 1), 2))
  await suggest('replace', createBlockAnchor(owner.document, 1, 'ur'), { text: 'x' })
  await waitUntilText('one and a half two three\nfourx')
  expect((await list()).map(({ kind, inserted, deleted }: Record<string, string>) => [kind, inserted, deleted])).toEqual([
    ['insert', ' and a half', ''],
    ['delete', '', 'two three\nfo'],
    ['replace', 'x', 'ur'],
  ])
  expect((await decide('owner', 'reject')).body).toMatchObject({ decided: 3 })
  await waitUntilText('one two three\nfour')
  expect(JSON.stringify(getRoot(owner.document).toJSON())).not.toContain('tion')
  expect(await list()).toEqual([])
})

test('suggestions to insert, delete and change blocks can be accepted and rejected', async () => {
  const listBlockTypes = ({ document }: OpenDocument) =>
    getRoot(document)
      .toArray()
      .map((block) => (block as Y.XmlElement).nodeName + ((block as Y.XmlElement).getAttribute('level') ?? ''))
  for (const [decision, text, kinds] of [
    ['accept', 'Title\nfirst\nnew', ['heading2', 'paragraph', 'heading3']],
    ['reject', 'Title\nfirst\nlast', ['paragraph', 'paragraph', 'paragraph']],
  ] as const) {
    const { owner, suggest, list, decide, waitUntilText } = await openReviewedDraft(node, person, 'Title', 'first', 'last')
    const createAnchor = (index: number, phrase: string) => createBlockAnchor(owner.document, index, phrase)
    await suggest('insert-block', createAnchor(1, 'first'), { text: 'new', type: 'heading', level: 3 })
    await waitUntil(() => getRoot(owner.document).length === 4, 'the new block')
    await suggest('delete-block', createAnchor(3, 'la'))
    const changed = await suggest('change-block', createAnchor(0, 'Title'), { type: 'heading', level: 2 })
    expect(changed.status).toBe(201)
    await waitUntilText('Title\nfirst\nnew\nlast')
    expect((await list()).map(({ kind }: { kind: string }) => kind)).toEqual(['change-block', 'insert-block', 'delete-block'])
    expect((await suggest('delete-block', createAnchor(0, 'Title'))).status).toBe(409)
    for (const { id } of await list()) expect((await decide('editor', decision, id)).status).toBe(200)
    await waitUntilText(text)
    expect(listBlockTypes(owner)).toEqual(kinds)
    expect(JSON.stringify(await readContent(owner.document))).not.toMatch(/insertion|deletion|suggestion":"/)
  }
})

test('live suggestions are listed under the user who wrote them, whatever their marks say', async () => {
  const { owner, editor, list, decide, waitUntilText } = await openReviewedDraft(node, person, 'one two three')
  const ownAttributes = createSuggestionAttributes(person('editor'))
  const forgedAttributes = { ...createSuggestionAttributes(person('editor')), author: person('commenter').id }
  await waitUntil(() => readText(editor.document) !== '', 'the text to arrive')
  await editAndSave(editor, () => {
    const text = getBlockText(editor.document, 0)
    suggestInsertion(text, 3, ' 1½', ownAttributes)
    suggestDeletion(text, 7, 3, ownAttributes)
    suggestInsertion(text, text.length, ' four', forgedAttributes)
    suggestDeletion(text, 11, 5, { ...forgedAttributes, id: ownAttributes.id })
  })
  const listed = await list()
  expect(listed.map(({ userId, inserted, deleted }: Record<string, string>) => [userId, inserted, deleted])).toEqual([
    [person('editor').id, ' 1½', 'two'],
    [person('editor').id, '', 'three'],
    [person('editor').id, ' four', ''],
  ])
  expect(listed.map(({ id, mark }: Record<string, string>) => [id === mark, mark])).toEqual([
    [true, ownAttributes.id],
    [false, ownAttributes.id],
    [false, forgedAttributes.id],
  ])
  // text that another user writes under a mark is not decided with it
  await editAndSave(owner, () => suggestInsertion(getBlockText(owner.document, 0), 6, '!', ownAttributes))
  expect(await list()).toHaveLength(4)
  await decide('owner', 'accept', ownAttributes.id)
  await waitUntilText('one 1½!  three four')
  expect((await list()).map(({ userId }: Record<string, string>) => userId)).toEqual([
    person('owner').id,
    person('editor').id,
    person('editor').id,
  ])
})

test('text that is typed inside a suggested deletion is not part of the deletion', async () => {
  const { editor, owner, suggest, list } = await openReviewedDraft(node, person, 'one two three')
  await suggest('delete', createBlockAnchor(owner.document, 0, 'one two three'))
  await waitUntil(() => JSON.stringify(getBlockText(editor.document, 0).toDelta()).includes('deletion'), 'the deletion mark')
  await editAndSave(editor, () => {
    getBlockText(editor.document, 0).insert(4, 'more ', {})
    getBlockText(editor.document, 0).insert(0, 'zero ', {})
  })
  expect(await list()).toMatchObject([{ userId: person('commenter').id, deleted: 'one two three' }])
})

test('a suggested split or join of paragraphs can be accepted and rejected', async () => {
  for (const [kind, decision, text] of [
    ['insert', 'reject', 'one two'],
    ['insert', 'accept', 'one \ntwo'],
    ['delete', 'accept', 'one two'],
    ['delete', 'reject', 'one \ntwo'],
  ] as const) {
    const { editor, list, decide, waitUntilText } = await openReviewedDraft(node, person, 'one ', 'two')
    await waitUntilText('one \ntwo')
    const attributes = createSuggestionAttributes(person('editor'))
    await editAndSave(editor, () =>
      (getRoot(editor.document).get(1) as Y.XmlElement).setAttribute('suggestion', JSON.stringify({ ...attributes, kind })),
    )
    expect(await list()).toMatchObject([{ id: attributes.id, kind: `${kind}-block`, inserted: '', deleted: '' }])
    expect((await decide('owner', decision, attributes.id)).status).toBe(200)
    await waitUntilText(text)
    expect(JSON.stringify(getRoot(editor.document).toJSON())).not.toContain('suggestion')
  }
})
