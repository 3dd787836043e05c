import { beforeAll, expect, test } from 'vitest'
import { retryDelayMs } from '../../domain/delivery/backoff.ts'
import { matchesPatterns } from '../../domain/delivery/webhooks/message.ts'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { type ReceivedRequest } from '../support/http-receiver.ts'
import { waitUntil } from '../support/wait-until.ts'
import { readDeliveries, registerWebhook, deliverPending, verifyMessage } from '../support/webhooks.ts'
import { setUpHttpReceiver } from '../support/receiver-setup.ts'
import { registerInOrder } from '../support/builders.ts'

const receiver = setUpHttpReceiver()
let node: Node
let admin: Person
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[admin, ann, ben] = await registerInOrder(node.url, 'Admin', 'Ann', 'Ben')
})

test('a webhook receives each matching event once, signed to the specification, with a subscriber’s data', async () => {
  const name = await createDraft(ann)
  const { id, secret } = await registerWebhook(node, receiver, ann, name, { events: ['access.*'] })
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'viewer' })
  await ann.request('POST', `/api/documents/${name}/comments`, { text: 'Not asked for' })
  await deliverPending(node)
  expect(receiver.received).toHaveLength(1)
  const [request] = receiver.received as [ReceivedRequest]
  const { items } = (await ann.request('GET', `/api/webhooks/${id}/deliveries`)).body
  expect(items).toHaveLength(1)
  const frame = { position: items[0].position, event: 'access.changed', subject: name, at: request.json.timestamp }
  const data = expect.objectContaining({ subject: name, userId: ben.id, role: 'viewer' })
  expect(verifyMessage(secret, request)).toEqual({
    type: 'access.changed',
    timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    data: { ...frame, data },
  })
  expect(request.headers['webhook-id']).toBe(items[0].id)
  expect(items[0]).toMatchObject({
    event: 'access.changed',
    state: 'delivered',
    attempts: 1,
    code: 204,
    reason: null,
    dueAt: null,
    url: `${receiver.url}/hook`,
  })
  // the signature is valid only for this body and this secret
  expect(() => verifyMessage(secret, { ...request, body: Buffer.from(request.body.toString().replace('viewer', 'owner')) })).toThrow()
  expect(() => verifyMessage(`whsec_${Buffer.alloc(32).toString('base64')}`, request)).toThrow()
})

test('each of many events arrives once and carries its position', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Venture' })
  await registerWebhook(node, receiver, ann, `venture:${venture.id}`)
  await registerWebhook(node, receiver, ann, `venture:${venture.id}`, { url: `${receiver.url}/other`, events: ['venture.changed'] })
  const names = Array.from({ length: 12 }, (_, n) => `Venture ${n}`)
  for (const name of names) await ann.request('PATCH', `/api/ventures/${venture.id}`, { name })
  await deliverPending(node)
  for (const path of ['/hook', '/other']) {
    const messages = receiver.received.filter((request) => request.path === path).map(({ json }) => json.data)
    expect(messages.sort((one, other) => one.position - other.position).map(({ data }) => data.name)).toEqual(names)
  }
})

test('only owners of an audience register webhooks; strangers get 404, people with a weaker role 403', async () => {
  const name = await createDraft(ann)
  const registerAs = (person: Person, audience: string) => person.request('POST', '/api/webhooks', { url: `${receiver.url}/x`, audience })
  expect((await registerAs(ben, name)).status).toBe(404)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'editor' })
  expect((await registerAs(ben, name)).status).toBe(403)
  expect((await registerAs(ben, `user:${ann.id}`)).status).toBe(404)
  expect((await registerAs(admin, `user:${ann.id}`)).status).toBe(404)
  expect((await registerAs(ben, 'platform')).status).toBe(403)
  expect((await registerAs(ben, 'nonsense')).status).toBe(404)
  const platformWebhook = await registerWebhook(node, receiver, admin, 'platform')
  const bensWebhook = await registerWebhook(node, receiver, ben, `user:${ben.id}`)
  const annsWebhook = await registerWebhook(node, receiver, ann, name)

  expect((await ben.request('GET', `/api/webhooks/${platformWebhook.id}`)).status).toBe(404)
  expect((await ann.request('GET', `/api/webhooks/${bensWebhook.id}`)).status).toBe(404)
  for (const [method, path] of [
    ['GET', ''],
    ['PATCH', ''],
    ['DELETE', ''],
    ['POST', '/rotate'],
    ['POST', '/test'],
    ['GET', '/deliveries'],
  ] as const)
    expect((await ben.request(method, `/api/webhooks/${annsWebhook.id}${path}`, method === 'GET' ? undefined : {})).status, path).toBe(403)
  expect((await ben.request('GET', `/api/webhooks?audience=${name}`)).status).toBe(403)
  // another owner has the same rights
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'owner' })
  const webhooks = (await ben.request('GET', `/api/webhooks?audience=${name}`)).body.items
  expect(webhooks.map(({ id }: { id: string }) => id)).toEqual([annsWebhook.id])
  expect(JSON.stringify(webhooks)).not.toContain('whsec_')
  expect((await ben.request('GET', '/api/webhooks')).body.items.map(({ id }: { id: string }) => id)).toEqual([bensWebhook.id])
})

test.each([
  ['no protocol', 'hello', 'https'],
  ['another protocol', 'ftp://example.org', 'https'],
  ['a password', 'https://me:secret@example.org', 'password'],
])('a URL with %s is refused with its field', async (_, url, expectedText) => {
  const { status, body } = await ann.request('POST', '/api/webhooks', { url, audience: `user:${ann.id}` })
  expect(status).toBe(400)
  expect(body.errors).toEqual([{ path: 'url', message: expect.stringContaining(expectedText) }])
})

test('an event pattern is a name, a prefix with “.*”, or “*”; others are refused', async () => {
  expect(matchesPatterns(['*'], 'legal-document.created')).toBe(true)
  expect(matchesPatterns(['legal-document.*'], 'legal-document.created')).toBe(true)
  expect(matchesPatterns(['legal-document.*'], 'legal-document')).toBe(false)
  expect(matchesPatterns(['legal-document.*'], 'legal-documents.created')).toBe(false)
  expect(matchesPatterns(['legal-document.created'], 'legal-document.created-again')).toBe(false)
  for (const badPattern of ['', '.*', 'a.*.b', 'A.b', '**', 'a b', 'a.', '-a']) {
    const { status, body } = await ann.request('POST', '/api/webhooks', {
      url: `${receiver.url}/x`,
      audience: `user:${ann.id}`,
      events: ['*', badPattern],
    })
    expect([status, body.errors?.[0]?.path], badPattern).toEqual([400, 'events.1'])
  }
})

test('during a rotation messages are signed with the old and the new secret, afterwards with one', async () => {
  const { id, secret } = await registerWebhook(node, receiver, ann, `user:${ann.id}`, { events: ['webhook.none'] })
  const sendTest = async (now?: Date) => {
    await ann.request('POST', `/api/webhooks/${id}/test`, {})
    await node.deliveryWorker.deliverDue(now)
    return receiver.received.at(-1) as ReceivedRequest
  }
  await sendTest()
  expect(verifyMessage(secret, receiver.received[0] as ReceivedRequest)).toMatchObject({ type: 'webhook.test', data: { webhookId: id } })
  const { body: rotated } = await ann.request('POST', `/api/webhooks/${id}/rotate`, {})
  expect(rotated.secret).not.toBe(secret)
  expect(Date.parse(rotated.rotatingUntil)).toBeGreaterThan(Date.now())
  const signedTwice = await sendTest()
  expect(String(signedTwice.headers['webhook-signature']).split(' ')).toHaveLength(2)
  for (const secretInUse of [secret, rotated.secret])
    expect(verifyMessage(secretInUse, signedTwice)).toMatchObject({ type: 'webhook.test' })
  receiver.respondWith(500)
  await sendTest()
  receiver.respondWith(204)
  await node.deliveryWorker.deliverDue(new Date(Date.now() + 25 * 3600_000))
  const laterMessage = receiver.received.at(-1) as ReceivedRequest
  expect(String(laterMessage.headers['webhook-signature']).split(' ')).toHaveLength(1)
  expect((await ann.request('GET', `/api/webhooks/${id}`)).body).not.toHaveProperty('secret')
})

test('410 disables a webhook, notifies the owner and fails its queue; enabled again it gets only new events (documenso #2313)', async () => {
  const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Gone' })
  const { id } = await registerWebhook(node, receiver, ann, `venture:${venture.id}`)
  await registerWebhook(node, receiver, ann, `user:${ann.id}`, { url: `${receiver.url}/own`, events: ['webhook.*'] })
  receiver.respondWith(({ path }, response) => void response.writeHead(path === '/own' ? 204 : 410).end())
  const names = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven']
  await Promise.all(names.map((name) => ann.request('PATCH', `/api/ventures/${venture.id}`, { name })))
  await deliverPending(node)
  // the number of deliveries queued before the first response varies
  const deliveries = await readDeliveries(ann, id)
  expect(deliveries.length).toBeGreaterThan(0)
  expect(new Set(deliveries.map(({ state }: { state: string }) => state))).toEqual(new Set(['failed']))
  expect((await ann.request('GET', `/api/webhooks/${id}`)).body).toMatchObject({
    state: 'disabled',
    reason: expect.stringContaining('410'),
  })
  await deliverPending(node)
  const notices = receiver.received.filter(({ path }) => path === '/own')
  expect(notices.map(({ json }) => json.data.data)).toEqual([{ webhookId: id, host: '127.0.0.1', reason: expect.stringContaining('410') }])
  expect((await ann.request('POST', `/api/webhooks/${id}/test`, {})).status).toBe(409)
  expect((await ann.request('POST', `/api/webhooks/${id}/deliveries/${deliveries[0].id}/resend`, {})).status).toBe(409)

  receiver.respondWith(204)
  receiver.received.length = 0
  await ann.request('PATCH', `/api/ventures/${venture.id}`, { name: 'While it was off' })
  await node.sequencer.drain()
  await ann.request('PATCH', `/api/webhooks/${id}`, { state: 'active' })
  await ann.request('PATCH', `/api/ventures/${venture.id}`, { name: 'On again' })
  await deliverPending(node)
  expect(receiver.received.map(({ json }) => json.data.data.name)).toEqual(['On again'])

  // a manual resend keeps the id
  const { body: resent } = await ann.request('POST', `/api/webhooks/${id}/deliveries/${deliveries[0].id}/resend`, {})
  expect(resent).toMatchObject({ id: deliveries[0].id, state: 'queued', attempts: 0 })
  await deliverPending(node)
  expect(receiver.received.at(-1)?.headers['webhook-id']).toBe(deliveries[0].id)
  expect((await ben.request('POST', `/api/webhooks/${id}/deliveries/${deliveries[0].id}/resend`, {})).status).toBe(404)
})

test('retry delays grow over three days, with jitter; Retry-After can extend a delay up to one day (docuseal #461)', () => {
  const now = new Date('2027-01-01T00:00:00Z')
  const computeDelay = (attempts: number, retryAfter?: string, chance = 0) => retryDelayMs('webhook', attempts, { retryAfter, now, chance })
  const hour = 3600_000
  const delays = Array.from({ length: 10 }, (_, n) => computeDelay(n + 1))
  expect(delays.map((ms) => ms && ms / hour)).toEqual([5 / 3600, 1 / 12, 0.5, 2, 5, 10, 14, 20, 24, undefined])
  expect(computeDelay(4, undefined, 1)).toBe(2.2 * hour)
  expect(computeDelay(1, '120')).toBe(120_000)
  expect(computeDelay(1, 'Fri, 01 Jan 2027 00:10:00 GMT')).toBe(600_000)
  expect(computeDelay(1, '99999999')).toBe(24 * hour)
  for (const invalidHeader of ['-5', 'soon', '', '1e9', 'Thu, 31 Dec 2026 00:00:00 GMT'])
    expect(computeDelay(1, invalidHeader), invalidHeader).toBe(5000)
})

test('a deleted webhook receives nothing more', async () => {
  const { id } = await registerWebhook(node, receiver, ann, `user:${ann.id}`, { events: ['webhook.none'] })
  receiver.respondWith(500)
  await ann.request('POST', `/api/webhooks/${id}/test`, {})
  await node.deliveryWorker.deliverDue()
  await waitUntil(() => receiver.received.length > 0, 'the first attempt')
  expect((await ann.request('DELETE', `/api/webhooks/${id}`)).status).toBe(204)
  const receivedBefore = receiver.received.length
  await node.deliveryWorker.deliverDue(new Date(Date.now() + 3600_000))
  expect(receiver.received).toHaveLength(receivedBefore)
  expect((await ann.request('GET', `/api/webhooks/${id}`)).status).toBe(404)
})

test('of thirty concurrent registrations of webhooks twenty succeed', async () => {
  const cleo = await registerPerson(node.url, 'Cleo')
  const registrations = Array.from({ length: 30 }, () =>
    cleo.request('POST', '/api/webhooks', { url: `${receiver.url}/x`, audience: `user:${cleo.id}` }),
  )
  const statuses = (await Promise.all(registrations)).map(({ status }) => status)
  expect([statuses.filter((status) => status === 201).length, statuses.filter((status) => status === 409).length]).toEqual([20, 10])
})
