/** Commenters suggest by typing: the server accepts edits of theirs that only suggest, and refuses all others. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import * as Y from 'yjs'
import { readContent } from '../../domain/documents/richtext/to-json.ts'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople, shareWithRoles } from '../support/builders.ts'
import { createDraft, openDocument } from '../support/client.ts'
import { installDom } from '../support/dom.ts'
import { editorOperations } from '../support/editor-operations.ts'
import { HeadlessEditor } from '../support/headless-editor.ts'
import { getEmptyNode } from '../support/node.ts'
import { getBlockText, getRoot, readText, suggestDeletion, suggestInsertion, writeParagraphs } from '../support/prose.ts'
import { chooseSize, createRandom, readSeed } from '../support/random.ts'
import { createSuggestionAttributes, editAndSave, openReviewedDraft } from '../support/reviewed-draft.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let person: PersonByName
let removeDom: () => void
beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, ['owner', 'editor', 'commenter', 'viewer'])
  removeDom = installDom()
})
afterAll(() => removeDom())

async function openEditor(documentName: string, role: string, faults: string[] = []): Promise<HeadlessEditor> {
  const { id, name, token } = person(role)
  const editor = await HeadlessEditor.open({
    label: role,
    url: node.url,
    documentName,
    person: { id, name, token },
    onFault: (fault) => faults.push(fault),
  })
  onTestFinished(() => editor.close())
  return editor
}

test('what a commenter types in suggestion mode is a suggestion of theirs for everybody', async () => {
  const { name, owner, list, decide, waitUntilText } = await openReviewedDraft(node, person, 'The party pays.')
  const commenter = await openEditor(name, 'commenter')
  commenter.startSuggesting()
  commenter.select(5, 10)
  commenter.type('buyer')
  await waitUntilText('The partybuyer pays.')
  await waitUntil(() => commenter.isSaved, 'the suggestion to be acknowledged')
  expect(commenter.refusedEdits).toBe(0)
  expect(await list()).toMatchObject([{ userId: person('commenter').id, kind: 'replace', inserted: 'buyer', deleted: 'party' }])
  const [{ id }] = await list()
  expect((await decide('commenter', 'accept', id)).status).toBe(403)
  await decide('owner', 'accept', id)
  await waitUntil(() => readText(owner.document) === 'The buyer pays.', 'the accepted text')
})

const outsideText = 'Only suggestions.'
const edits: [what: string, edit: (document: Y.Doc, attributes: ReturnType<typeof createSuggestionAttributes>) => void][] = [
  ['plain text', (document) => getBlockText(document, 0).insert(4, 'plain')],
  ['a deletion', (document) => getBlockText(document, 0).delete(0, 4)],
  ['a format', (document) => getBlockText(document, 0).format(0, 4, { bold: {} })],
  ['a type of a block', (document) => (getRoot(document).get(0) as Y.XmlElement).setAttribute('listStyle', 'clauses')],
  ['a block', (document) => getRoot(document).insert(1, [new Y.XmlElement('paragraph'), new Y.XmlElement('horizontalRule')])],
  ['the value of a field', (document) => document.getMap('variables').set('party', 'x')],
  ['a higher schema version than there is', (document) => document.getMap('metadata').set('schemaVersion', 99)],
  ['other metadata', (document) => document.getMap('metadata').set('owner', 'x')],
  ['another root type', (document) => document.getText('notes').insert(0, 'x')],
  [
    'a suggestion of somebody else',
    (document, attributes) => suggestInsertion(getBlockText(document, 0), 4, 'x', { ...attributes, author: person('editor').id }),
  ],
  [
    'a suggestion together with a deletion',
    (document, attributes) => {
      suggestInsertion(getBlockText(document, 0), 4, 'x', attributes)
      getBlockText(document, 0).delete(0, 2)
    },
  ],
  [
    'a mark that makes text of others an insertion',
    (document, attributes) => getBlockText(document, 0).format(0, 4, { insertion: attributes }),
  ],
]

test.each(edits)('a commenter who writes %s is refused, and nobody else sees it', async (_, edit) => {
  const { name, owner } = await openReviewedDraft(node, person, outsideText)
  const commenter = await openDocument(node.url, name, person('commenter').token)
  onTestFinished(() => commenter.close())
  await waitUntil(() => readText(commenter.document) === outsideText, 'the text')
  const rows = await node.journal.rowsAfter(name.split(':')[1] as string, 0)
  const before = JSON.stringify(await readContent(owner.document))
  commenter.document.transact(() => edit(commenter.document, createSuggestionAttributes(person('commenter'))))
  // an edit of the owner that was made later has arrived everywhere
  await editAndSave(owner, () => getBlockText(owner.document, 0).insert(outsideText.length, '!'))
  await waitUntil(() => readText(commenter.document).includes('!'), 'the edit of the owner')
  expect(commenter.provider.hasUnsyncedChanges).toBe(true)
  expect(JSON.stringify(await readContent(owner.document)).replace('suggestions.!', 'suggestions.')).toBe(before)
  expect(await node.journal.rowsAfter(name.split(':')[1] as string, 0)).toHaveLength(rows.length + 1)
})

test('a commenter cannot delete an embedded object, which the editor does not know', async () => {
  const { name, owner } = await openReviewedDraft(node, person, outsideText)
  await editAndSave(owner, () => getBlockText(owner.document, 0).insertEmbed(outsideText.length, { image: 'https://example.org/a.png' }))
  const commenter = await openDocument(node.url, name, person('commenter').token)
  onTestFinished(() => commenter.close())
  await waitUntil(() => getBlockText(commenter.document, 0).length === outsideText.length + 1, 'the object')
  getBlockText(commenter.document, 0).delete(outsideText.length, 1)
  await editAndSave(owner, () => getBlockText(owner.document, 0).insert(0, '!'))
  await waitUntil(() => readText(commenter.document).startsWith('!'), 'the edit of the owner')
  expect(commenter.provider.hasUnsyncedChanges).toBe(true)
  expect(getBlockText(owner.document, 0).length).toBe(outsideText.length + 2)
})

test('a viewer cannot suggest, and nobody can in a frozen document or after the role is taken away', async () => {
  const { name, owner } = await openReviewedDraft(node, person, outsideText)
  const suggestAs = async (role: string) => {
    const client = await openDocument(node.url, name, person(role).token)
    onTestFinished(() => client.close())
    await waitUntil(() => readText(client.document) === outsideText, 'the text')
    return () => suggestDeletion(getBlockText(client.document, 0), 0, 4, createSuggestionAttributes(person(role)))
  }
  const [viewer, commenter] = [await suggestAs('viewer'), await suggestAs('commenter')]
  await person('owner').request('PUT', `/api/documents/${name}/members/${person('commenter').id}`, { role: 'viewer' })
  viewer()
  commenter()
  await editAndSave(owner, () => getBlockText(owner.document, 0).insert(0, '+'))
  expect(JSON.stringify(await readContent(owner.document))).not.toContain('deletion')
})

/**
 * What the workspace lets a commenter do: everything but leaving suggestion mode and filling in fields. Undo is left out: undoing a
 * suggestion that rebuilt a block, after somebody typed in it, would delete what they typed, and is refused.
 */
const operations = editorOperations(true).filter(([, [name]]) => !/^(mode|value of a field|undo|undo twice|redo)$/.test(name))

test('random suggestions of a commenter beside an editor are accepted, and rejecting them gives the text of the editor (property)', async () => {
  const seed = readSeed('suggesting commenter')
  const counts = { rounds: chooseSize(3, 12), refusedRounds: 0, edits: 0, suggestions: 0 }
  for (let round = 0; round < counts.rounds; round++) {
    const random = createRandom(seed + round)
    const name = await createDraft(person('owner'))
    await shareWithRoles(person, `/api/documents/${name}`)
    const faults: string[] = []
    const [editor, commenter] = [await openEditor(name, 'editor', faults), await openEditor(name, 'commenter', faults)]
    writeParagraphs(editor.document, 'The first paragraph of some text.', 'A second one with more.', 'The third and last.')
    await waitUntil(() => readText(commenter.document).includes('third'), 'the text')
    commenter.startSuggesting()
    const done: string[] = []
    for (let step = 0; step < 25; step++) {
      if (random() < 0.25) {
        // in turns: a suggestion that rebuilds a block in which somebody types at the same moment is refused
        const isSame = () => getRoot(editor.document).toString() === getRoot(commenter.document).toString()
        await waitUntil(() => (commenter.isSaved && isSame()) || commenter.refusedEdits > 0, `the suggestions, SEED=${seed + round}`)
        editor.select(Math.floor(random() * editor.editor.state.doc.content.size))
        editor.type('e')
        await waitUntil(() => isSame() || commenter.refusedEdits > 0, `the edit, SEED=${seed + round}`)
      } else {
        done.push(commenter.act(random, `w${step}`, operations))
        counts.edits++
      }
      await new Promise(setImmediate)
    }
    await waitUntil(() => (editor.isSaved && commenter.isSaved) || commenter.refusedEdits > 0, `all to be saved, SEED=${seed + round}`)
    if (commenter.refusedEdits > 0) {
      console.log(`refused, SEED=${seed + round}: ${done.join(', ')}`)
      counts.refusedRounds++
    } else await waitUntil(() => getRoot(editor.document).toString() === getRoot(commenter.document).toString(), 'the same text')
    const { body } = await person('owner').request('POST', `/api/documents/${name}/suggestions/reject`)
    counts.suggestions += body.decided as number
    await waitUntil(() => !/insertion|deletion|formatChange/.test(getRoot(editor.document).toString()), 'no suggestion to be left')
    const letters = readText(editor.document).replaceAll('e', '').replaceAll('\n', '')
    expect(letters, `SEED=${seed + round}`).toBe(
      'The first paragraph of some text.A second one with more.The third and last.'.replaceAll('e', ''),
    )
    expect(faults).toEqual([])
  }
  console.log(JSON.stringify(counts))
  expect(counts.suggestions).toBeGreaterThan(0)
  // a refusal loses nothing, but should be rare
  expect(counts.refusedRounds).toBeLessThanOrEqual(Math.ceil(counts.rounds / 4))
})
