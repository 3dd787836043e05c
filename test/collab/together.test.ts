import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { draftOf, open, opened, type Person, register, saved } from '../support/client.ts'
import { emptyNode } from '../support/node.ts'
import { until } from '../support/until.ts'

let node: Node
let ann: Person
let ben: Person
const closing: (() => void)[] = []
beforeAll(async () => {
  node = await emptyNode()
  ann = await register(node.url, 'Ann')
  ben = await register(node.url, 'Ben')
})
afterAll(() => {
  for (const close of closing) close()
})

test('two people write in one draft and both hold the same text', async () => {
  const name = await draftOf(ann)
  const { body } = await ann.ask('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  expect(body).toMatchObject({ role: 'editor', enforcement: { nodes: 1, confirmed: 1 } })
  const one = await opened(node.url, name, ann.token)
  const other = await opened(node.url, name, ben.token)
  closing.push(one.close, other.close)
  one.text.insert(0, 'Hello ')
  await until(() => other.text.toString() === 'Hello ', 'the words to arrive')
  other.text.insert(6, 'world')
  await until(() => one.text.toString() === 'Hello world' && saved(one) && saved(other), 'both to be saved')
})

test('a stranger is told not-found, a bad token unauthenticated, a viewer cannot write', async () => {
  const name = await draftOf(ann)
  const stranger = open(node.url, name, ben.token)
  const forger = open(node.url, name, 'garbage')
  closing.push(stranger.close, forger.close)
  await until(() => stranger.refused() === 'not-found', 'the stranger to be refused')
  await until(() => forger.refused() === 'unauthenticated', 'the forger to be refused')
  await ann.ask('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  const viewer = open(node.url, name, ben.token)
  closing.push(viewer.close)
  await until(() => viewer.provider.authorizedScope === 'readonly', 'the viewer to be admitted')
  const owner = await opened(node.url, name, ann.token)
  closing.push(owner.close)
  viewer.text.insert(0, 'x')
  owner.text.insert(0, 'y')
  await until(() => saved(owner), 'the owner to be saved')
  expect(owner.text.toString()).toBe('y')
})
