/** Suggestions are decided once, by users with the permission. */
import { randomUUID } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { system } from '../../domain/kernel/actor.ts'
import { rejectSuggestion, applyPendingDecisions } from '../../domain/suggestions/decide.ts'
import { freezeDocument } from '../../domain/documents/document.ts'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople } from '../support/builders.ts'
import { toPersonActor } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { createBlockAnchor, getBlockText, getRoot, createRangeAnchor, readText, suggestInsertion } from '../support/prose.ts'
import { editAndSave, openReviewedDraft, createSuggestionAttributes } from '../support/reviewed-draft.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let person: PersonByName
beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, ['owner', 'editor', 'commenter', 'viewer', 'stranger'])
})

test('of concurrent decisions on a suggestion one succeeds, and the text matches the stored state', async () => {
  const { owner, suggest, list, decide } = await openReviewedDraft(node, person, 'one')
  const { body } = await suggest('insert', createBlockAnchor(owner.document, 0, 'one'), { text: ' two' })
  const responses = await Promise.all([
    decide('owner', 'accept', body.id),
    decide('editor', 'reject', body.id),
    decide('owner', 'reject', body.id),
    decide('editor', 'accept', body.id),
  ])
  expect(responses.map(({ status }) => status).sort((one, other) => one - other)).toEqual([200, 409, 409, 409])
  const state = responses.find(({ status }) => status === 200)?.body.state as string
  for (const { body } of responses.filter(({ status }) => status === 409))
    expect(body.errors).toContainEqual({ path: 'state', message: state })
  await waitUntil(() => readText(owner.document) === (state === 'accepted' ? 'one two' : 'one'), 'the text to match the decision')
  expect(await decide('owner', 'accept', body.id)).toMatchObject({ status: 409, body: { detail: `This suggestion was ${state} already.` } })
  expect(await list(state)).toMatchObject([{ id: body.id, state }])
})

test('two concurrent decisions on all suggestions decide each suggestion once', async () => {
  const { owner, suggest, list, decide } = await openReviewedDraft(node, person, 'one', 'two', 'three')
  for (const [index, phrase] of ['one', 'two', 'three'].entries()) await suggest('delete', createBlockAnchor(owner.document, index, phrase))
  const [acceptance, rejection] = await Promise.all([decide('owner', 'accept'), decide('editor', 'reject')])
  expect(new Set([acceptance?.body.decided, rejection?.body.decided])).toEqual(new Set([0, 3]))
  const text = acceptance?.body.decided === 3 ? '\n\n' : 'one\ntwo\nthree'
  await waitUntil(() => readText(owner.document) === text, 'the text to match the decision')
  expect(await list()).toEqual([])
})

test('a suggestion whose text was deleted has the state “gone” and cannot be decided', async () => {
  const { owner, suggest, list, decide, waitUntilText } = await openReviewedDraft(node, person, 'one two')
  const { body } = await suggest('delete', createBlockAnchor(owner.document, 0, 'two'))
  await waitUntilText('one two')
  await editAndSave(owner, () => getBlockText(owner.document, 0).delete(3, 4))
  expect(await list()).toEqual([])
  expect(await list('gone')).toMatchObject([{ id: body.id, state: 'gone' }])
  expect(await decide('owner', 'accept', body.id)).toMatchObject({
    status: 409,
    body: { detail: 'The text of this suggestion no longer exists.' },
  })
  expect((await decide('owner', 'accept', randomUUID())).status).toBe(404)
})

test('a pending decision is applied after a crash; later text under a decided mark is a new suggestion', async () => {
  const { name: documentName, owner, editor, suggest, list, decide, waitUntilText } = await openReviewedDraft(node, person, 'one')
  const { body } = await suggest('insert', createBlockAnchor(owner.document, 0, 'one'), { text: ' two' })
  await waitUntilText('one two')
  const document = documentName.split(':')[1] as string
  const connection = node.database.em.fork().getConnection()
  // the state that a node leaves when it crashes right after its commit
  const actor = toPersonActor(person('owner'))
  const rejectWithoutApplying = { ...rejectSuggestion, afterCommit: undefined } as unknown as typeof rejectSuggestion
  await node.domain.run(actor, rejectWithoutApplying, { documentName, suggestionId: body.id })
  expect(await list()).toEqual([])
  await node.domain.run(system, applyPendingDecisions, {
    documentName,
  })
  await waitUntilText('one')
  expect((await node.journal.rowsAfter(document, 0)).at(-1)?.actor).toBe(person('owner').id)
  const attributes = createSuggestionAttributes(person('editor'))
  await editAndSave(editor, () => suggestInsertion(getBlockText(editor.document, 0), 3, ' 3', attributes))
  await decide('owner', 'accept', attributes.id)
  await waitUntil(
    async () => (await connection.execute('select applied from suggestion where id = ?', [attributes.id]))[0]?.applied,
    'the decision to be applied',
    30_000,
  )
  await editAndSave(editor, () => suggestInsertion(getBlockText(editor.document, 0), 5, ' 4', attributes))
  expect(await list()).toMatchObject([{ mark: attributes.id, inserted: ' 4', state: 'open' }])
  expect((await list())[0].id).not.toBe(attributes.id)
  await decide('owner', 'reject')
  await waitUntilText('one 3')
})

test('each role has exactly its permissions on suggestions; a commenter may reject their own', async () => {
  const { owner, suggest, decide, path } = await openReviewedDraft(node, person, 'one two')
  const createAnchor = () => createBlockAnchor(owner.document, 0, 'two')
  for (const [name, status] of Object.entries({ stranger: 404, viewer: 403, commenter: 201, editor: 201, owner: 201 }))
    expect([name, (await suggest('insert', createAnchor(), { text: name }, name)).status]).toEqual([name, status])
  const readSuggestionId = async (author: string) =>
    (await person('owner').request('GET', path)).body.items.find(({ name }: { name: string }) => name === author).id as string
  for (const [name, status] of Object.entries({ stranger: 404, viewer: 403, commenter: 403 })) {
    expect([name, (await decide(name, 'accept', await readSuggestionId('editor'))).status]).toEqual([name, status])
    expect([name, (await decide(name, 'reject', await readSuggestionId('editor'))).status]).toEqual([name, status])
    expect([name, (await decide(name, 'accept')).status]).toEqual([name, status])
    expect([name, (await person(name).request('GET', path)).status]).toEqual([name, name === 'stranger' ? 404 : 200])
  }
  expect((await decide('commenter', 'accept', await readSuggestionId('commenter'))).status).toBe(403)
  expect((await decide('commenter', 'reject', await readSuggestionId('commenter'))).status).toBe(200)
})

test('invalid suggestions, hostile marks and suggestions in a frozen document change nothing', async () => {
  const {
    name: documentName,
    owner,
    editor,
    suggest,
    list,
    decide,
    waitUntilText,
  } = await openReviewedDraft(node, person, 'one two', 'gone')
  const anchor = createBlockAnchor(owner.document, 0, 'two')
  const deletedAnchor = createBlockAnchor(owner.document, 1, 'gone')
  await editAndSave(owner, () => {
    getRoot(owner.document).delete(1, 1)
    const codeBlock = new Y.XmlElement('codeBlock')
    codeBlock.insert(0, [new Y.XmlText('x = 1')])
    getRoot(owner.document).insert(1, [codeBlock])
  })
  await waitUntilText('one two\nx = 1')
  const codeAnchor = createBlockAnchor(owner.document, 1, 'x')
  const text = getBlockText(owner.document, 0)
  for (const [kind, suggestionAnchor, fields] of [
    ['insert', anchor, {}],
    ['insert', anchor, { text: 'two\nlines' }],
    ['insert', anchor, { text: 'x'.repeat(5001) }],
    ['insert', codeAnchor, { text: 'y' }],
    ['delete', codeAnchor, {}],
    ['delete', deletedAnchor, {}],
    ['delete', createRangeAnchor(text, 2, text, 2), {}],
    ['delete', { start: 'AA', end: 'AA' }, {}],
    ['change-block', anchor, { type: 'paragraph' }],
    ['other', anchor, {}],
  ] as const)
    expect([kind, (await suggest(kind, suggestionAnchor, fields)).status]).toEqual([kind, 400])
  // a hostile client writes malformed marks: they are not listed as suggestions
  await editAndSave(editor, () => {
    getBlockText(editor.document, 0).format(0, 3, { 'insertion--AAAAAAAA': { id: 'x', author: 5 }, deletion: 'nothing' })
    ;(getRoot(editor.document).get(0) as Y.XmlElement).setAttribute('suggestion', '{"id":')
  })
  expect(await list()).toEqual([])
  const { body } = await suggest('delete', anchor)
  const actor = toPersonActor(person('owner'))
  await node.domain.run(actor, freezeDocument, { documentName })
  expect((await suggest('delete', anchor)).status).toBe(409)
  expect((await decide('owner', 'accept', body.id)).status).toBe(409)
  expect((await decide('owner', 'accept')).status).toBe(409)
  expect(await list()).toMatchObject([{ id: body.id }])
})
