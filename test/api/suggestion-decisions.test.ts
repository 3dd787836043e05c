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
  const answers = await Promise.all([
    decide('owner', 'accept', body.id),
    decide('editor', 'reject', body.id),
    decide('owner', 'reject', body.id),
    decide('editor', 'accept', body.id),
  ])
  expect(answers.map(({ status }) => status).sort((one, other) => one - other)).toEqual([200, 409, 409, 409])
  const state = answers.find(({ status }) => status === 200)?.body.state as string
  for (const { body } of answers.filter(({ status }) => status === 409))
    expect(body.errors).toContainEqual({ path: 'state', message: state })
  await waitUntil(() => readText(owner.document) === (state === 'accepted' ? 'one two' : 'one'), 'the text to follow')
  expect(await decide('owner', 'accept', body.id)).toMatchObject({ status: 409, body: { detail: `This suggestion was ${state} already.` } })
  expect(await list(state)).toMatchObject([{ id: body.id, state }])
})

test('two concurrent decisions on all suggestions decide each suggestion once', async () => {
  const { owner, suggest, list, decide } = await openReviewedDraft(node, person, 'one', 'two', 'three')
  for (const [place, words] of ['one', 'two', 'three'].entries()) await suggest('delete', createBlockAnchor(owner.document, place, words))
  const [one, other] = await Promise.all([decide('owner', 'accept'), decide('editor', 'reject')])
  expect(new Set([one?.body.decided, other?.body.decided])).toEqual(new Set([0, 3]))
  const text = one?.body.decided === 3 ? '\n\n' : 'one\ntwo\nthree'
  await waitUntil(() => readText(owner.document) === text, 'the text to follow')
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
  const dying = { ...rejectSuggestion, afterCommit: undefined } as unknown as typeof rejectSuggestion
  await node.domain.run(actor, dying, { documentName, suggestionId: body.id })
  expect(await list()).toEqual([])
  await node.domain.run(system, applyPendingDecisions, {
    documentName,
  })
  await waitUntilText('one')
  expect((await node.journal.rowsAfter(document, 0)).at(-1)?.actor).toBe(person('owner').id)
  const lead = createSuggestionAttributes(person('editor'))
  await editAndSave(editor, () => suggestInsertion(getBlockText(editor.document, 0), 3, ' 3', lead))
  await decide('owner', 'accept', lead.id)
  await waitUntil(
    async () => (await connection.execute('select applied from suggestion where id = ?', [lead.id]))[0]?.applied,
    'the reaction',
    30_000,
  )
  await editAndSave(editor, () => suggestInsertion(getBlockText(editor.document, 0), 5, ' 4', lead))
  expect(await list()).toMatchObject([{ mark: lead.id, inserted: ' 4', state: 'open' }])
  expect((await list())[0].id).not.toBe(lead.id)
  await decide('owner', 'reject')
  await waitUntilText('one 3')
})

test('each role has exactly its permissions on suggestions; a commenter may reject their own', async () => {
  const { owner, suggest, decide, path } = await openReviewedDraft(node, person, 'one two')
  const at = () => createBlockAnchor(owner.document, 0, 'two')
  for (const [who, status] of Object.entries({ stranger: 404, viewer: 403, commenter: 201, editor: 201, owner: 201 }))
    expect([who, (await suggest('insert', at(), { text: who }, who)).status]).toEqual([who, status])
  const of = async (who: string) =>
    (await person('owner').request('GET', path)).body.items.find(({ name }: { name: string }) => name === who).id as string
  for (const [who, status] of Object.entries({ stranger: 404, viewer: 403, commenter: 403 })) {
    expect([who, (await decide(who, 'accept', await of('editor'))).status]).toEqual([who, status])
    expect([who, (await decide(who, 'reject', await of('editor'))).status]).toEqual([who, status])
    expect([who, (await decide(who, 'accept')).status]).toEqual([who, status])
    expect([who, (await person(who).request('GET', path)).status]).toEqual([who, who === 'stranger' ? 404 : 200])
  }
  expect((await decide('commenter', 'accept', await of('commenter'))).status).toBe(403)
  expect((await decide('commenter', 'reject', await of('commenter'))).status).toBe(200)
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
  const at = createBlockAnchor(owner.document, 0, 'two')
  const gone = createBlockAnchor(owner.document, 1, 'gone')
  await editAndSave(owner, () => {
    getRoot(owner.document).delete(1, 1)
    const code = new Y.XmlElement('codeBlock')
    code.insert(0, [new Y.XmlText('x = 1')])
    getRoot(owner.document).insert(1, [code])
  })
  await waitUntilText('one two\nx = 1')
  const code = createBlockAnchor(owner.document, 1, 'x')
  const text = getBlockText(owner.document, 0)
  for (const [kind, anchor, more] of [
    ['insert', at, {}],
    ['insert', at, { text: 'two\nlines' }],
    ['insert', at, { text: 'x'.repeat(5001) }],
    ['insert', code, { text: 'y' }],
    ['delete', code, {}],
    ['delete', gone, {}],
    ['delete', createRangeAnchor(text, 2, text, 2), {}],
    ['delete', { start: 'AA', end: 'AA' }, {}],
    ['change-block', at, { type: 'paragraph' }],
    ['other', at, {}],
  ] as const)
    expect([kind, (await suggest(kind, anchor, more)).status]).toEqual([kind, 400])
  // a hostile client writes malformed marks: they are not listed as suggestions
  await editAndSave(editor, () => {
    getBlockText(editor.document, 0).format(0, 3, { 'insertion--AAAAAAAA': { id: 'x', author: 5 }, deletion: 'nothing' })
    ;(getRoot(editor.document).get(0) as Y.XmlElement).setAttribute('suggestion', '{"id":')
  })
  expect(await list()).toEqual([])
  const { body } = await suggest('delete', at)
  const actor = toPersonActor(person('owner'))
  await node.domain.run(actor, freezeDocument, { documentName })
  expect((await suggest('delete', at)).status).toBe(409)
  expect((await decide('owner', 'accept', body.id)).status).toBe(409)
  expect((await decide('owner', 'accept')).status).toBe(409)
  expect(await list()).toMatchObject([{ id: body.id }])
})
