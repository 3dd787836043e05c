import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { createDraft, connectDocument, openDocument, type Person, registerPerson, isSaved } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
const closing: (() => void)[] = []
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})
afterAll(() => {
  for (const close of closing) close()
})

test('two people edit one draft and both have the same text', async () => {
  const name = await createDraft(ann)
  const { body } = await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  expect(body).toMatchObject({ role: 'editor', enforcement: { nodes: 1, confirmed: 1 } })
  const one = await openDocument(node.url, name, ann.token)
  const other = await openDocument(node.url, name, ben.token)
  closing.push(one.close, other.close)
  one.text.insert(0, 'Hello ')
  await waitUntil(() => other.text.toString() === 'Hello ', 'the words to arrive')
  other.text.insert(6, 'world')
  await waitUntil(() => one.text.toString() === 'Hello world' && isSaved(one) && isSaved(other), 'both to be saved')
})

test('a stranger is refused with not-found, a bad token with unauthenticated, and a viewer cannot write', async () => {
  const name = await createDraft(ann)
  const stranger = connectDocument(node.url, name, ben.token)
  const forger = connectDocument(node.url, name, 'garbage')
  closing.push(stranger.close, forger.close)
  await waitUntil(() => stranger.refusalReason() === 'not-found', 'the stranger to be refused')
  await waitUntil(() => forger.refusalReason() === 'unauthenticated', 'the forger to be refused')
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  const viewer = connectDocument(node.url, name, ben.token)
  closing.push(viewer.close)
  await waitUntil(() => viewer.provider.authorizedScope === 'readonly', 'the viewer to be admitted')
  const owner = await openDocument(node.url, name, ann.token)
  closing.push(owner.close)
  viewer.text.insert(0, 'x')
  owner.text.insert(0, 'y')
  await waitUntil(() => isSaved(owner), 'the owner to be saved')
  expect(owner.text.toString()).toBe('y')
})
