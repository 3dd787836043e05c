/** Going on with a document in a new draft. */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { registerPeople, type PersonByName, shareSubject } from '../support/builders.ts'
import { openDocument } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { createBlock } from '../support/shared-draft.ts'
import { getBlockText, getRoot, readText } from '../support/prose.ts'
import { openReviewedDocument } from '../support/reviewed-document.ts'

let node: Node
let person: PersonByName
beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, ['Admin', 'Ann', 'Ben', 'Cas', 'Eve'])
})

const readDraftText = async (name: string): Promise<string> => {
  const live = await openDocument(node.url, name, person('Ann').token)
  const text = readText(live.document)
  live.close()
  return text
}

test('a new draft has the text of a revision and the members, and neither comments, suggestions nor reviewers', async () => {
  const [ann, ben, cas] = [person('Ann'), person('Ben'), person('Cas')]
  const draft = await openReviewedDocument(node, ann, [ben], 'The parties agree.')
  await shareSubject(ann, `/api/documents/${draft.name}`, 'editor', cas)
  await ann.request('POST', `/api/documents/${draft.name}/comments`, { text: 'Why?' })
  await ann.request('PUT', `${draft.path}/variables`, { values: { party: 'Acme' } })
  await draft.edit(() => {
    const text = getBlockText(draft.live.document, 0)
    text.insert(text.length, ' Maybe.', { 'insertion--AAAAAAA1': { id: randomUUID(), author: ann.id, at: '2026-01-01T00:00:00.000Z' } })
    text.format(0, 4, { 'deletion--AAAAAAA2': { id: randomUUID(), author: ann.id, at: '2026-01-01T00:00:00.000Z' } })
  })
  const { at } = await draft.review(ann)
  await sql`update document set frozen_at = now() where id = ${draft.id}`.execute(node.database.sql)

  const { status, body } = await cas.request('POST', `${draft.path}/continue`, {})
  expect(status, JSON.stringify(body)).toBe(201)
  expect(body).toMatchObject({ title: 'Agreement', state: 'draft', basedOn: { id: draft.id, at }, role: 'owner' })
  expect(body.id).not.toBe(draft.id)
  expect(await readDraftText(body.documentName)).toBe('The parties agree.')
  const { items: members } = (await cas.request('GET', `/api/documents/${body.documentName}/members`)).body
  expect(members.map(({ name, role }: any) => `${name}: ${role}`).sort()).toEqual(['Ann: owner', 'Ben: commenter', 'Cas: owner'])
  expect((await ann.request('GET', `/api/documents/${body.documentName}/comments`)).body.items).toEqual([])
  expect((await ann.request('GET', `/api/documents/${body.documentName}/suggestions`)).body.items).toEqual([])
  expect((await ann.request('GET', `/api/legal/documents/${body.id}/variables`)).body.items).toMatchObject([
    { name: 'party', value: 'Acme' },
  ])
  expect((await ann.request('GET', `/api/legal/documents/${body.id}/review`)).body.reviewers).toEqual([])
  // the original is as it was, and readable
  expect((await ann.request('GET', draft.path)).body).toMatchObject({ basedOn: null })
  expect(await readDraftText(draft.name)).toContain('Maybe.')
  const [row] = (await person('Admin').request('GET', `/api/audit?subject=${draft.name}`)).body.items
  expect(row).toMatchObject({ action: 'document.continued', data: { documentId: draft.id, draftId: body.id, seq: at } })

  // an earlier revision, with another title
  const earlier = (await ann.request('POST', `${draft.path}/continue`, { at: 1, title: 'Second try' })).body
  expect(earlier).toMatchObject({ title: 'Second try', basedOn: { id: draft.id, at: 1 } })
  // the new draft can be edited
  const live = await openDocument(node.url, earlier.documentName, ann.token)
  getRoot(live.document).insert(0, [createBlock('New.')])
  live.close()
})

test('commenters and strangers do not continue a document, and a revision must exist', async () => {
  const [ann, ben] = [person('Ann'), person('Ben')]
  const draft = await openReviewedDocument(node, ann, [ben], 'The parties agree.')
  const send = (name: string, body: object) => person(name).request('POST', `${draft.path}/continue`, body)
  expect((await send('Ben', {})).status).toBe(403)
  expect((await send('Eve', {})).status).toBe(404)
  for (const body of [{ at: 99 }, { at: -1 }, { title: '' }, { title: 'x'.repeat(201) }, { kind: 'policy' }])
    expect(await send('Ann', body), JSON.stringify(body)).toMatchObject({ status: 400 })
  const count = async () => (await ann.request('GET', '/api/legal/documents?limit=100')).body.items.length
  const before = await count()
  expect((await send('Ann', { at: 99 })).status).toBe(400)
  expect(await count()).toBe(before)
})
