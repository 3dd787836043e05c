/** Notifications that administrators send. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { registerPersonWithReadInbox, registerWelcomedPeople } from '../support/builders.ts'
import type { Person } from '../support/client.ts'
import { readInbox, hasType, waitForNotification, readUnreadCounts } from '../support/inbox.ts'
import { getEmptyNode } from '../support/node.ts'

let node: Node
let admin: Person
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[admin, ann, ben] = await registerWelcomedPeople(node.url, 'Admin', 'Ann', 'Ben')
})
afterAll(() => node.sequencer.drain())

test('only administrators send notifications, to one or to many; old names are accepted, invalid fields refused', async () => {
  const dora = await registerPersonWithReadInbox(node.url, 'Dora')
  const body = {
    recipientId: dora.id,
    type: 'GENERAL',
    title: ' <b>Bold</b> ',
    message: 'x',
    priority: 'URGENT',
    data: { link: '/documents/x' },
  }
  for (const path of ['', '/send', '/create']) expect((await ann.request('POST', `/api/notifications${path}`, body)).status).toBe(403)
  expect(
    (await ann.request('POST', '/api/notifications/bulk', { user_ids: [ben.id], type: 'general', title: 'x', message: 'y' })).status,
  ).toBe(403)
  const key = { 'idempotency-key': randomUUID() }
  const [created, repeated] = [
    await admin.request('POST', '/api/notifications/send', body, key),
    await admin.request('POST', '/api/notifications/send', body, key),
  ]
  expect(created.body).toMatchObject({
    userId: dora.id,
    type: 'general',
    title: '<b>Bold</b>',
    priority: 'urgent',
    actorId: admin.id,
    data: body.data,
  })
  expect(repeated.body).toEqual(created.body)
  expect(await readUnreadCounts(dora)).toEqual({ unread: 1, unseen: 1 })
  expect((await admin.request('POST', '/api/notifications', { ...body, priority: 'NORMAL' })).body.priority).toBe('medium')

  const bulk = { user_ids: [dora.id, ben.id, dora.id], type: 'system.maintenance', title: 'Tonight', message: 'From ten on' }
  expect(await admin.request('POST', '/api/notifications/bulk', bulk)).toMatchObject({ status: 201, body: { sent: 2 } })
  await waitForNotification(ben, hasType('system.maintenance'), 'the maintenance')
  const refused = await admin.request('POST', '/api/notifications/bulk', { ...bulk, title: 'To some', user_ids: [ben.id, randomUUID()] })
  expect([refused.status, refused.body.errors]).toEqual([400, [{ path: 'user_ids.1', message: 'is nobody' }]])
  expect((await readInbox(ben)).some(({ title }) => title === 'To some')).toBe(false)

  for (const [badFields, path] of [
    [{ type: 'unheard.of' }, 'type'],
    [{ title: ' ' }, 'title'],
    [{ title: 'x'.repeat(201) }, 'title'],
    [{ message: undefined }, 'message'],
    [{ priority: 'huge' }, 'priority'],
    [{ data: 'x' }, 'data'],
    [{ data: { link: 'https://example.org' } }, 'data'],
    [{ data: { link: '//example.org' } }, 'data'],
    [{ data: { link: 'javascript:alert(1)' } }, 'data'],
    [{ data: { much: 'x'.repeat(5000) } }, 'data'],
    [{ expiresAt: '2001-01-01T00:00:00Z' }, 'expiresAt'],
    [{ recipientId: 'x' }, 'recipientId'],
    [{ loud: true }, 'loud'],
  ] as const) {
    const { status, body: problem } = await admin.request('POST', '/api/notifications/send', { ...body, ...badFields })
    expect([path, status, problem.errors?.[0].path]).toEqual([path, 400, path])
  }
  expect((await admin.request('POST', '/api/notifications/send', { ...body, recipientId: randomUUID() })).status).toBe(404)
})
