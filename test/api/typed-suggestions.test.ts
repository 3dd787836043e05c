import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { createDraft, type OpenDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { readInbox, waitForNotification } from '../support/inbox.ts'
import { getEmptyNode } from '../support/node.ts'
import { getBlockText, suggestInsertion, writeParagraphs } from '../support/prose.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[ann, ben] = (await Promise.all(['Ann', 'Ben'].map((name) => registerPerson(node.url, name)))) as [Person, Person]
})
afterAll(() => node.sequencer.drain())

const about = async (person: Person, type: string) => (await readInbox(person)).filter((told) => told.type === type)

/** Opens the document as a person, changes it, waits until the change is saved, and closes it. */
async function visit(person: Person, name: string, change: (there: OpenDocument) => void) {
  const there = await openDocument(node.url, name, person.token)
  change(there)
  await waitUntil(() => isSaved(there), 'the change to be saved')
  there.close()
}

/** A draft of Ann's with some text, in which Ben is an editor. */
async function drafted(title: string, words: string): Promise<string> {
  const name = await createDraft(ann, title)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  await visit(ann, name, ({ document }) => writeParagraphs(document, words))
  return name
}
const newLead = () => ({ id: randomUUID(), author: ben.id, at: new Date().toISOString() })

test('a typed suggestion notifies the watchers once, and its decision notifies the author', async () => {
  const name = await drafted('Typed', 'The parties agree')
  const lead = newLead()
  await visit(ben, name, ({ document }) => suggestInsertion(getBlockText(document, 0), 17, ' on this', lead))
  const told = await waitForNotification(ann, ({ type }) => type === 'suggestion.made', 'the suggestion')
  expect(told).toMatchObject({
    title: 'Ben suggested a change in Typed',
    message: 'Insert “ on this”',
    data: { suggestionId: lead.id, link: `/documents/${name}?suggestion=${lead.id}` },
  })

  const other = newLead()
  await visit(ben, name, ({ document }) => suggestInsertion(getBlockText(document, 0), 0, 'Now: ', other))
  await waitUntil(async () => (await about(ann, 'suggestion.made')).length === 2, 'the second to be told')
  expect((await ann.request('GET', `/api/documents/${name}/suggestions`)).body.items.map(({ id }: { id: string }) => id)).toEqual([
    other.id,
    lead.id,
  ])
  await ann.request('POST', `/api/documents/${name}/suggestions/${lead.id}/accept`)
  const decided = await waitForNotification(ben, ({ type }) => type === 'suggestion.decided', 'the decision')
  expect(decided).toMatchObject({ message: 'Insert “ on this”', data: { suggestionId: lead.id } })
  expect(await about(ben, 'suggestion.made')).toEqual([])
  expect(await about(ann, 'suggestion.made')).toHaveLength(2)
})

test('a suggestion that is typed and deleted again is in no list', async () => {
  const name = await drafted('Taken out', 'Words')
  const lead = newLead()
  await visit(ben, name, ({ document }) => suggestInsertion(getBlockText(document, 0), 5, ' more', lead))
  await waitForNotification(ann, ({ type, data }) => type === 'suggestion.made' && data.suggestionId === lead.id, 'the suggestion')
  await visit(ben, name, ({ document }) => getBlockText(document, 0).delete(5, 5))
  const path = `/api/documents/${name}/suggestions`
  for (const state of ['open', 'gone']) expect((await ann.request('GET', `${path}?state=${state}`)).body.items).toEqual([])
  expect(await ann.request('POST', `${path}/${lead.id}/accept`)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('no longer exists') },
  })
})
