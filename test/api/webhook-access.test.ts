/** Webhooks end with the access of the person who registered them. */
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Node } from '../../main.ts'
import { createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'
import { readDeliveries, registerWebhook, deliverPending } from '../support/webhooks.ts'
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

test('a webhook whose person loses access is disabled without a message; another owner can take it over', async () => {
  const name = await createDraft(ann)
  await ann.request('PUT', `/api/documents/${name}/members/${ben.id}`, { role: 'owner' })
  const { id } = await registerWebhook(node, receiver, ben, name)
  await ann.request('DELETE', `/api/documents/${name}/members/${ben.id}`)
  await deliverPending(node)
  expect(receiver.received).toEqual([])
  const { body } = await ann.request('GET', `/api/webhooks/${id}`)
  expect(body).toMatchObject({ state: 'disabled', reason: expect.stringContaining('can no longer read'), userId: ben.id })
  for (const delivery of await readDeliveries(ann, id))
    expect(delivery).toMatchObject({ event: 'access.changed', state: 'failed', reason: expect.stringContaining('can no longer read') })
  await node.sequencer.drain()
  expect((await ann.request('PATCH', `/api/webhooks/${id}`, { state: 'active' })).body).toMatchObject({
    state: 'active',
    userId: ann.id,
    reason: null,
  })
  await ann.request('POST', `/api/documents/${name}/comments`, { text: 'Heard' })
  await deliverPending(node)
  expect(receiver.received.map(({ json }) => json.type)).toEqual(['comment.changed'])
  onTestFinished(async () => void (await ann.request('DELETE', `/api/webhooks/${id}`)))
})

describe('a webhook uses the access of the person who last changed its address, events or secret', () => {
  const listOwnersMessages = () => receiver.received.filter(({ path }) => path === '/owner').map(({ json }) => json.data.data)
  const changes: [string, (cem: Person, id: string) => Promise<unknown>][] = [
    ['address', (cem, id) => cem.request('PATCH', `/api/webhooks/${id}`, { url: `${receiver.url}/turned` })],
    ['events', (cem, id) => cem.request('PATCH', `/api/webhooks/${id}`, { events: ['venture.*'] })],
    ['secret', (cem, id) => cem.request('POST', `/api/webhooks/${id}/rotate`, {})],
  ]
  test.each(changes)('%s: when that access ends, the webhook is disabled and its owner is notified', async (_, update) => {
    const cem = await registerPerson(node.url, 'Cem')
    const { body: venture } = await ann.request('POST', '/api/ventures', { name: 'Venture' })
    const membershipPath = `/api/ventures/${venture.id}/members/${cem.id}`
    await ann.request('PUT', membershipPath, { role: 'owner' })
    await registerWebhook(node, receiver, ann, `user:${ann.id}`, { url: `${receiver.url}/owner`, events: ['webhook.disabled'] })
    const { id } = await registerWebhook(node, receiver, ann, `venture:${venture.id}`)
    // a change of the description does not count
    await cem.request('PATCH', `/api/webhooks/${id}`, { description: 'Cem was here' })
    expect((await ann.request('GET', `/api/webhooks/${id}`)).body.userId).toBe(ann.id)
    await update(cem, id)
    expect((await ann.request('GET', `/api/webhooks/${id}`)).body.userId).toBe(cem.id)
    await deliverPending(node)
    receiver.received.length = 0
    await ann.request('DELETE', membershipPath)
    await waitUntil(async () => (await ann.request('GET', `/api/webhooks/${id}`)).body.state === 'disabled', 'the webhook to be disabled')
    await ann.request('PATCH', `/api/ventures/${venture.id}`, { name: 'Secret news' })
    await waitUntil(async () => (await deliverPending(node), listOwnersMessages().length > 0), 'the owner to be notified')
    expect(listOwnersMessages()).toEqual([{ webhookId: id, host: '127.0.0.1', reason: expect.stringContaining('can no longer read') }])
    expect(receiver.received.filter(({ path }) => path !== '/owner')).toEqual([])
  })

  test('a suspension and a deleted account disable the webhook, even without an event to deliver', async () => {
    for (const endAccess of [
      (cem: Person) => admin.request('PATCH', `/api/users/${cem.id}`, { status: 'suspended' }),
      (cem: Person) => cem.request('DELETE', `/api/users/${cem.id}`),
    ]) {
      const cem = await registerPerson(node.url, 'Cem')
      const name = await createDraft(ann)
      await ann.request('PUT', `/api/documents/${name}/members/${cem.id}`, { role: 'owner' })
      const { id } = await registerWebhook(node, receiver, ann, name, { events: ['legal-document.*'] })
      await cem.request('PATCH', `/api/webhooks/${id}`, { url: `${receiver.url}/turned` })
      await endAccess(cem)
      await waitUntil(async () => (await ann.request('GET', `/api/webhooks/${id}`)).body.state === 'disabled', 'the webhook to be disabled')
    }
  })
})
