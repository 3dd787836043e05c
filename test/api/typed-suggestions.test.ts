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

const listNotifications = async (person: Person, type: string) =>
  (await readInbox(person)).filter((notification) => notification.type === type)

/** Opens the document as a person, changes it, waits until the change is saved, and closes it. */
async function editDraft(person: Person, name: string, change: (client: OpenDocument) => void) {
  const client = await openDocument(node.url, name, person.token)
  change(client)
  await waitUntil(() => isSaved(client), 'the change to be saved')
  client.close()
}

/** A draft of Ann's with some text, in which Ben is an editor. */
async function createWrittenDraft(title: string, text: string): Promise<string> {
  const name = await createDraft(ann, title)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  await editDraft(ann, name, ({ document }) => writeParagraphs(document, text))
  return name
}
const createAttributes = () => ({ id: randomUUID(), author: ben.id, at: new Date().toISOString() })

test('a typed suggestion notifies the watchers once, and its decision notifies the author', async () => {
  const name = await createWrittenDraft('Typed', 'The parties agree')
  const attributes = createAttributes()
  await editDraft(ben, name, ({ document }) => suggestInsertion(getBlockText(document, 0), 17, ' on this', attributes))
  const notification = await waitForNotification(ann, ({ type }) => type === 'suggestion.made', 'the suggestion')
  expect(notification).toMatchObject({
    title: 'Ben suggested a change in Typed',
    message: 'Insert “ on this”',
    data: { suggestionId: attributes.id, link: `/documents/${name}?suggestion=${attributes.id}` },
  })

  const secondAttributes = createAttributes()
  await editDraft(ben, name, ({ document }) => suggestInsertion(getBlockText(document, 0), 0, 'Now: ', secondAttributes))
  await waitUntil(async () => (await listNotifications(ann, 'suggestion.made')).length === 2, 'the second notification')
  expect((await ann.request('GET', `/api/documents/${name}/suggestions`)).body.items.map(({ id }: { id: string }) => id)).toEqual([
    secondAttributes.id,
    attributes.id,
  ])
  await ann.request('POST', `/api/documents/${name}/suggestions/${attributes.id}/accept`)
  const decisionNotification = await waitForNotification(ben, ({ type }) => type === 'suggestion.decided', 'the decision')
  expect(decisionNotification).toMatchObject({ message: 'Insert “ on this”', data: { suggestionId: attributes.id } })
  expect(await listNotifications(ben, 'suggestion.made')).toEqual([])
  expect(await listNotifications(ann, 'suggestion.made')).toHaveLength(2)
})

test('a suggestion that is typed and deleted again is in no list', async () => {
  const name = await createWrittenDraft('Taken out', 'Words')
  const attributes = createAttributes()
  await editDraft(ben, name, ({ document }) => suggestInsertion(getBlockText(document, 0), 5, ' more', attributes))
  await waitForNotification(ann, ({ type, data }) => type === 'suggestion.made' && data.suggestionId === attributes.id, 'the suggestion')
  await editDraft(ben, name, ({ document }) => getBlockText(document, 0).delete(5, 5))
  const path = `/api/documents/${name}/suggestions`
  for (const state of ['open', 'gone']) expect((await ann.request('GET', `${path}?state=${state}`)).body.items).toEqual([])
  expect(await ann.request('POST', `${path}/${attributes.id}/accept`)).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining('no longer exists') },
  })
})
