/** Restoring a revision, and undoing the edits of one person. */
import { beforeAll, expect, test } from 'vitest'
import { freezeDocument } from '../../domain/documents/document.ts'
import type { Node } from '../../main.ts'
import { toPersonActor, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { compactHistory, toDocumentId, backdateUpdates, takeSnapshot } from '../support/journal-history.ts'
import { editAndSync, getFragment, openWrittenDraft, createBlock, getBlockText, toXml } from '../support/shared-draft.ts'
import { waitUntil } from '../support/wait-until.ts'
import { registerInOrder } from '../support/builders.ts'

let node: Node
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[ann, ben] = await registerInOrder(node.url, 'Ann', 'Ben')
})

test('restoring a revision makes one new edit, which every open editor receives', async () => {
  const { documentName, path, annReplica, benReplica } = await openWrittenDraft(node, ann, ben)
  const { body, status } = await ben.request('POST', `${path}/restore`, { at: 1 })
  expect([status, body]).toEqual([200, { head: 4, at: 1 }])
  await waitUntil(() => toXml(annReplica).includes('The parties agree on'), 'Ann to receive the restored text')
  await waitUntil(() => toXml(benReplica) === toXml(annReplica), 'Ben to receive the restored text')
  expect((await node.journal.rowsAfter(toDocumentId(documentName), 3)).map(({ actor }) => actor)).toEqual([ben.id])
  // restoring the current text makes no edit
  expect((await ben.request('POST', `${path}/restore`, { at: 1 })).body).toEqual({ head: 4, at: 1 })
  expect((await ben.request('POST', `${path}/restore`, { at: 0 })).body).toEqual({ head: 5, at: 0 })
  // an empty text keeps one paragraph, because an editor needs a block to type in
  await waitUntil(() => getFragment(annReplica).toString() === '<paragraph></paragraph>', 'the text to be empty')
  for (const at of [-1, 99, 'all', null]) expect((await ben.request('POST', `${path}/restore`, { at })).status, `${at}`).toBe(400)
})

test('undo removes one person’s edits and keeps the others’, and a second undo is refused', async () => {
  const { path, annReplica, benReplica } = await openWrittenDraft(node, ann, ben)
  await editAndSync(benReplica, annReplica, () =>
    getFragment(benReplica).insert(1, [createBlock('Ben’s own.'), createBlock('Ben’s, where Ann wrote.')]),
  )
  await editAndSync(annReplica, benReplica, () => getBlockText(annReplica, 2).insert(0, 'Ann! '))
  await editAndSync(benReplica, annReplica, () => getBlockText(benReplica, 0).delete(0, 3))
  const undoRequest = { userId: ben.id, from: 2, to: 6 }
  expect((await ann.request('POST', `${path}/undo`, undoRequest)).body).toEqual({ head: 7 })
  await waitUntil(() => !toXml(annReplica).includes('own'), 'the undo to arrive')
  expect(getFragment(annReplica).toString()).toBe(
    '<heading level="1">Title</heading><paragraph>Ann! </paragraph><paragraph>The  agree on <this>.</paragraph>',
  )
  expect((await ann.request('POST', `${path}/undo`, undoRequest)).body).toMatchObject({ type: 'urn:problem:conflict' })
  // the undo is an edit by Ann and can be undone
  expect((await ben.request('POST', `${path}/undo`, { userId: ann.id, from: 7, to: 7 })).body).toEqual({ head: 8 })
  await waitUntil(() => toXml(annReplica).includes('happily'), 'the second undo to arrive')
  // the range contains no edit by Ann
  expect((await ben.request('POST', `${path}/undo`, { userId: ann.id, from: 4, to: 4 })).body).toEqual({ head: 8 })
  for (const badFields of [{ from: 0 }, { from: 5, to: 4 }, { to: 99 }, { userId: 'Ben' }, { from: '1' }]) {
    expect((await ann.request('POST', `${path}/undo`, { ...undoRequest, ...badFields })).status, JSON.stringify(badFields)).toBe(400)
  }
})

test('one of two simultaneous undos gets a conflict, and compacted history is undone only by whole edit sessions', async () => {
  const { documentName, path, annReplica } = await openWrittenDraft(node, ann, ben)
  const undoRequest = { userId: ann.id, from: 3, to: 3 }
  const responses = await Promise.all([ann, ben].map((person) => person.request('POST', `${path}/undo`, undoRequest)))
  expect(responses.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([200, 409])
  await waitUntil(() => toXml(annReplica).includes('The parties happily'), 'the text to be restored')
  await backdateUpdates(node, toDocumentId(documentName), 3, 10)
  await takeSnapshot(node, toDocumentId(documentName))
  expect(await compactHistory(node, toDocumentId(documentName))).toBe(3)
  expect((await ann.request('POST', `${path}/undo`, { userId: ben.id, from: 2, to: 2 })).body).toMatchObject({
    type: 'urn:problem:invalid-input',
  })
  expect((await ann.request('POST', `${path}/undo`, { userId: ben.id, from: 1, to: 3 })).body).toEqual({ head: 5 })
  await waitUntil(() => toXml(annReplica).includes('The parties agree on'), 'Ben’s text to be removed')
})

test('strangers get 404, viewers only read the history, and a frozen document is not restored or undone', async () => {
  const { documentName, path, annReplica } = await openWrittenDraft(node, ann, ben)
  const cas = await registerPerson(node.url, 'Cas')
  const requests: [string, string, unknown?][] = [
    ['GET', '/history'],
    ['GET', '/history/state?at=1'],
    ['GET', '/authorship'],
    ['GET', '/redline?from=0'],
    ['GET', '/versions'],
    ['POST', '/versions', { name: 'Mine' }],
    ['POST', '/restore', { at: 1 }],
    ['POST', '/undo', { userId: ann.id, from: 1, to: 3 }],
  ]
  const requestAll = async () => {
    const statuses: number[] = []
    for (const [method, subpath, body] of requests) statuses.push((await cas.request(method, path + subpath, body)).status)
    return statuses
  }
  expect(await requestAll()).toEqual(requests.map(() => 404))
  await ann.request('PUT', `${path}/members/${cas.id}`, { role: 'viewer' })
  expect(await requestAll()).toEqual([200, 200, 200, 200, 200, 403, 403, 403])
  await node.domain.run(toPersonActor(ann), freezeDocument, { documentName })
  const before = toXml(annReplica)
  for (const [method, subpath, body] of requests.slice(-2)) expect((await ann.request(method, path + subpath, body)).status).toBe(409)
  expect(toXml(annReplica)).toBe(before)
})
