/** Comments on suggestions, and quotes with the values of fields. */
import { beforeAll, expect, test } from 'vitest'
import * as Y from 'yjs'
import { contentToUpdate } from '../../domain/documents/richtext/to-json.ts'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople, shareWithRoles } from '../support/builders.ts'
import { createDraft, isSaved, openDocument } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { createBlockAnchor, createRangeAnchor, getBlockText, getRoot } from '../support/prose.ts'
import { openReviewedDraft } from '../support/reviewed-draft.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let person: PersonByName
beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, ['owner', 'editor', 'commenter', 'viewer', 'stranger'])
})

const listNotifications = async (name: string) =>
  (await person(name).request('GET', '/api/notifications')).body.items as { type: string; title: string }[]

test('replies to a suggestion are one thread; its author is notified, and the decision resolves it', async () => {
  const { name, path, owner, suggest, decide } = await openReviewedDraft(node, person, 'The party pays.')
  const { body: suggestion } = await suggest('replace', createBlockAnchor(owner.document, 0, 'party'), { text: 'buyer' })
  const reply = (role: string, text: string) => person(role).request('POST', `${path}/${suggestion.id}/replies`, { text })
  const first = await reply('owner', 'Which buyer?')
  expect(first).toMatchObject({ status: 201, body: { suggestionId: suggestion.id, quote: 'buyer', state: 'open', anchor: null } })
  const second = await reply('commenter', 'The one in clause 2.')
  expect(second.body).toMatchObject({ id: first.body.id, comments: [{ text: 'Which buyer?' }, { text: 'The one in clause 2.' }] })
  await waitUntil(
    async () => (await listNotifications('commenter')).some(({ title }) => title.includes('replied in')),
    'the author to hear',
  )
  expect((await reply('viewer', 'x')).status).toBe(403)
  expect((await reply('stranger', 'x')).status).toBe(404)
  expect((await person('owner').request('POST', `${path}/${crypto.randomUUID()}/replies`, { text: 'x' })).status).toBe(404)
  await decide('owner', 'accept', suggestion.id)
  const { body } = await person('viewer').request('GET', `/api/documents/${name}/comments`)
  expect(body.items).toMatchObject([{ id: first.body.id, state: 'resolved', suggestionId: suggestion.id, resolvedBy: person('owner').id }])
})

test('quotes and deletions contain the values of fields, and the text is found again without them', async () => {
  const name = await createDraft(person('owner'))
  await shareWithRoles(person, `/api/documents/${name}`)
  const owner = await openDocument(node.url, name, person('owner').token)
  const field = (variable: string) => ({ type: 'variable', attrs: { name: variable } })
  const content = [
    { type: 'text', text: 'Between ' },
    field('first-party'),
    { type: 'text', text: ' and ' },
    field('other'),
    { type: 'text', text: '.' },
  ]
  const blocks = await contentToUpdate({ type: 'doc', content: [{ type: 'paragraph', content }] })
  const scratch = new Y.Doc()
  Y.applyUpdate(scratch, blocks)
  getRoot(owner.document).delete(0, getRoot(owner.document).length)
  getRoot(owner.document).insert(0, [(getRoot(scratch).get(0) as Y.XmlElement).clone()])
  owner.document.getMap('variables').set('first-party', 'Alder Works')
  await waitUntil(() => isSaved(owner), 'the text to be saved')
  const paragraph = getRoot(owner.document).get(0) as Y.XmlElement
  const [first, last] = [paragraph.get(0), paragraph.get(4)] as [Y.XmlText, Y.XmlText]
  const { body } = await person('commenter').request('POST', `/api/documents/${name}/comments`, {
    text: 'Right?',
    anchor: createRangeAnchor(first, 0, last, 1),
  })
  expect(body).toMatchObject({ quote: 'Between Alder Works and [Other].', gone: false })
  expect(getBlockText(owner.document, 0).toString()).toBe('Between ')
  owner.close()
})
