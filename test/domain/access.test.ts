import { beforeAll, describe, expect, test } from 'vitest'
import { defineSlice } from '../../domain/kernel/manifest/define-slice.ts'
import type { Node } from '../../main.ts'
import { type PersonByName, registerPeople, shareWithRoles } from '../support/builders.ts'
import { registerPerson } from '../support/client.ts'
import { waitForNotification } from '../support/inbox.ts'
import { getEmptyNode } from '../support/node.ts'
import { createExample, loadSubjectExamples } from '../support/subject-examples.ts'

let node: Node
let person: PersonByName
const paths: Record<string, string> = {}

const shareable = (await loadSubjectExamples()).filter((example) => example.shareable)
const kinds = [...shareable.map(({ kind }) => kind), 'document']

beforeAll(async () => {
  node = await getEmptyNode()
  person = await registerPeople(node.url, ['owner', 'editor', 'commenter', 'viewer', 'stranger', 'newcomer'])
  const owner = person('owner')
  for (const example of shareable) {
    const id = await createExample(owner, example)
    paths[example.kind] = `/api${example.path}/${id}`
    if (example.kind === 'legal') paths.document = `/api/documents/legal:${id}`
    await shareWithRoles(person, paths[example.kind] as string)
  }
})

const patchBodies: Record<string, object | undefined> = Object.fromEntries(shareable.map(({ kind, change }) => [kind, change]))
const expectedStatuses = {
  read: { owner: 200, editor: 200, commenter: 200, viewer: 200, stranger: 404 },
  change: { owner: 200, editor: 200, commenter: 403, viewer: 403, stranger: 404 },
  share: { owner: 200, editor: 403, commenter: 403, viewer: 403, stranger: 404 },
}

describe.each(kinds)('a %s', (kind) => {
  test.each(['owner', 'editor', 'commenter', 'viewer', 'stranger'] as const)('as %s', async (role) => {
    const actor = person(role)
    const path = paths[kind] as string
    expect((await actor.request('GET', path)).status).toBe(expectedStatuses.read[role])
    expect((await actor.request('GET', `${path}/members`)).status).toBe(expectedStatuses.read[role])
    if (patchBodies[kind]) expect((await actor.request('PATCH', path, patchBodies[kind])).status).toBe(expectedStatuses.change[role])
    const member = `${path}/members/${person('newcomer').id}`
    expect((await actor.request('PUT', member, { role: 'viewer' })).status).toBe(expectedStatuses.share[role])
    expect((await actor.request('DELETE', member)).status).toBe(expectedStatuses.share[role])
    const documentCount = (await actor.request('GET', '/api/documents')).body.items.length
    expect(documentCount).toBe(role === 'stranger' ? 0 : 3)
  })
})

describe.each(shareable)('a $kind', (example) => {
  const { kind, path, create, title, watchable } = example

  test('is created once for one idempotency key', async () => {
    const key = { 'idempotency-key': `one ${kind}` }
    const [first, second] = [
      await person('owner').request('POST', `/api${path}`, create, key),
      await person('owner').request('POST', `/api${path}`, create, key),
    ]
    expect([first.status, second.status, second.body]).toEqual([201, 201, first.body])
  })

  test('has its title and link in the inbox of a person with whom it is shared', async () => {
    const [owner, reader] = [person('owner'), await registerPerson(node.url, 'Reader')]
    const id = await createExample(owner, example)
    await owner.request('PUT', `/api${path}/${id}/members/${reader.id}`, { role: 'viewer' })
    const notification = await waitForNotification(reader, ({ type }) => type === 'team.invitation', 'the invitation')
    expect(notification.title).toBe(`owner shared ${title} with you`)
    expect(notification.data.link).toMatch(new RegExp(`^/.*${id}`))
    const watch = await reader.request('PUT', `/api/subjects/${kind}:${id}/watch`, { level: 'watching' })
    expect(watch.status).toBe(watchable ? 200 : 400)
    const { body: watches } = await reader.request('GET', '/api/notifications/watches')
    expect(watches.items.map((one: { subject: string; title: string }) => [one.subject, one.title])).toEqual(
      watchable ? [[`${kind}:${id}`, title]] : [],
    )
  })
})

test('a slice without an example of its subject kind is refused', async () => {
  const kind = { titles: async () => new Map<string, string>(), link: () => '/' }
  const opportunities = defineSlice({ name: 'opportunities', description: 'Opportunities.', subjects: { opportunity: kind } })
  await expect(loadSubjectExamples([opportunities])).rejects.toThrow(
    'test/support/examples/opportunities.ts has no example of the subject kind opportunity.',
  )
})

test('only editors of a venture can add things to it', async () => {
  const ventureId = paths.venture?.split('/').at(-1)
  for (const [role, status] of Object.entries(expectedStatuses.change)) {
    expect((await person(role).request('POST', '/api/spaces', { name: 'In it', ventureId })).status).toBe(status === 200 ? 201 : status)
  }
})

test('a role on a venture applies to its plan, drafts and spaces, is shown as inherited, and ends with the venture role', async () => {
  const [owner, newcomer] = [person('owner'), person('newcomer')]
  const { body: venture } = await owner.request('POST', '/api/ventures', { name: 'Inherited' })
  const { body: draft } = await owner.request('POST', '/api/legal/documents', { title: 'In it', ventureId: venture.id })
  const { body: space } = await owner.request('POST', '/api/spaces', { name: 'In it', ventureId: venture.id })
  const names = [venture.planDocumentName, draft.documentName, space.documentName]
  await owner.request('PUT', `/api/ventures/${venture.id}/members/${newcomer.id}`, { role: 'editor' })
  for (const name of names) {
    expect((await newcomer.request('GET', `/api/documents/${name}`)).body).toMatchObject({ role: 'editor', ventureId: venture.id })
    const { body } = await newcomer.request('GET', `/api/documents/${name}/members`)
    expect(body.items).toContainEqual(expect.objectContaining({ userId: newcomer.id, role: 'editor', inherited: true }))
  }
  // the direct role applies if it is higher
  await owner.request('PUT', `/api/documents/${draft.documentName}/members/${newcomer.id}`, { role: 'owner' })
  expect((await newcomer.request('GET', `/api/documents/${draft.documentName}`)).body.role).toBe('owner')
  await owner.request('DELETE', `/api/ventures/${venture.id}/members/${newcomer.id}`)
  expect((await newcomer.request('GET', `/api/documents/${venture.planDocumentName}`)).status).toBe(404)
  expect((await newcomer.request('GET', `/api/documents/${space.documentName}`)).status).toBe(404)
  expect((await newcomer.request('GET', `/api/documents/${draft.documentName}`)).status).toBe(200)
})

test('the last owner cannot be removed or lowered, and two owners cannot remove each other concurrently', async () => {
  const [firstOwner, secondOwner] = [person('owner'), person('newcomer')]
  const { body: space } = await firstOwner.request('POST', '/api/spaces', { name: 'Owned' })
  const path = `/api/spaces/${space.id}/members`
  expect((await firstOwner.request('DELETE', `${path}/${firstOwner.id}`)).status).toBe(409)
  expect((await firstOwner.request('PUT', `${path}/${firstOwner.id}`, { role: 'viewer' })).status).toBe(409)
  await firstOwner.request('PUT', `${path}/${secondOwner.id}`, { role: 'owner' })
  const responses = await Promise.all([
    firstOwner.request('DELETE', `${path}/${secondOwner.id}`),
    secondOwner.request('DELETE', `${path}/${firstOwner.id}`),
  ])
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(1)
})

test('every member can leave, and a nonexistent person cannot be added', async () => {
  const [owner, viewer] = [person('owner'), person('viewer')]
  expect((await viewer.request('DELETE', `${paths.space}/members/me`)).status).toBe(200)
  expect((await viewer.request('GET', paths.space as string)).status).toBe(404)
  expect((await owner.request('PUT', `${paths.space}/members/01a1fc0a-edfa-7688-b7f5-c95999d90817`, { role: 'viewer' })).status).toBe(404)
})
