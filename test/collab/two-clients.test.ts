import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { createDraft, connectDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
const closeFunctions: (() => void)[] = []
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})
afterAll(() => {
  for (const close of closeFunctions) close()
})

test('two people edit one draft and both have the same text', async () => {
  const name = await createDraft(ann)
  const { body } = await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  expect(body).toMatchObject({ role: 'editor', enforcement: { nodes: 1, confirmed: 1 } })
  const annsClient = await openDocument(node.url, name, ann.token)
  const bensClient = await openDocument(node.url, name, ben.token)
  closeFunctions.push(annsClient.close, bensClient.close)
  annsClient.text.insert(0, 'Hello ')
  await waitUntil(() => bensClient.text.toString() === 'Hello ', 'the text to arrive')
  bensClient.text.insert(6, 'world')
  await waitUntil(
    () => annsClient.text.toString() === 'Hello world' && isSaved(annsClient) && isSaved(bensClient),
    'both clients to be saved',
  )
})

test('a stranger is refused with not-found, a bad token with unauthenticated, and a viewer cannot write', async () => {
  const name = await createDraft(ann)
  const stranger = connectDocument(node.url, name, ben.token)
  const badTokenClient = connectDocument(node.url, name, 'garbage')
  closeFunctions.push(stranger.close, badTokenClient.close)
  await waitUntil(() => stranger.refusalReason() === 'not-found', 'the stranger to be refused')
  await waitUntil(() => badTokenClient.refusalReason() === 'unauthenticated', 'the bad token to be refused')
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  const viewer = connectDocument(node.url, name, ben.token)
  closeFunctions.push(viewer.close)
  await waitUntil(() => viewer.provider.authorizedScope === 'readonly', 'the viewer to be authenticated')
  const owner = await openDocument(node.url, name, ann.token)
  closeFunctions.push(owner.close)
  viewer.text.insert(0, 'x')
  owner.text.insert(0, 'y')
  await waitUntil(() => isSaved(owner), 'the owner’s edit to be saved')
  expect(owner.text.toString()).toBe('y')
})
