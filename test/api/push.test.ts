import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, getEmptyNode, startNode } from '../support/node.ts'
import { type PushBrowser, createPushBrowser, verifyVapid } from '../support/push-service.ts'
import { type ReceivedRequest } from '../support/http-receiver.ts'
import { waitUntil } from '../support/wait-until.ts'
import { setUpHttpReceiver } from '../support/receiver-setup.ts'

const pushService = setUpHttpReceiver(201)
let node: Node
let admin: Person
let personCount = 0
beforeAll(async () => {
  node = await getEmptyNode()
  admin = await registerPerson(node.url, 'Admin')
})

/** Registers a person who has push notifications enabled. */
async function registerPushPerson(): Promise<Person> {
  const registered = await registerPerson(node.url, `Person${personCount++}`)
  await registered.request('PUT', '/api/notifications/preferences', { channels: { push: true } })
  return registered
}
async function subscribeBrowser(owner: Person, path: string): Promise<PushBrowser> {
  const browser = createPushBrowser(`${pushService.url}/${owner.id}/${path}`)
  const { status, body } = await owner.request('POST', '/api/push/subscriptions', browser.subscription)
  expect(status, JSON.stringify(body)).toBe(201)
  return browser
}
/** Sends a push notification. @returns its delivery after the first attempt */
async function sendPush(recipient: Person, fields: object = {}): Promise<any> {
  const notification = {
    recipientId: recipient.id,
    type: 'security.alert',
    title: 'A new sign-in',
    message: 'From Vienna',
    data: { link: '/x' },
    ...fields,
  }
  const deliveriesBefore = (await listDeliveries(recipient)).length
  expect((await admin.request('POST', '/api/notifications/send', notification)).status).toBe(201)
  await node.deliveryWorker.deliverDue()
  return waitUntil(async () => {
    const current = await listDeliveries(recipient)
    return current.length > deliveriesBefore && (current[0].state !== 'queued' || current[0].reason) ? current[0] : undefined
  }, 'the first attempt of the push')
}
const listDeliveries = async (recipient: Person): Promise<any[]> =>
  (await admin.request('GET', `/api/deliveries?channel=push&userId=${recipient.id}&limit=100`)).body.items
const listReceived = (path: string): ReceivedRequest[] => pushService.received.filter((request) => request.path.endsWith(`/${path}`))

test('each browser receives a push that is encrypted for it alone and signed with the published key', async () => {
  const ann = await registerPushPerson()
  const { body: key } = await ann.request('GET', '/api/push/key')
  expect(Buffer.from(key.publicKey, 'base64url')).toHaveLength(65)
  const laptop = await subscribeBrowser(ann, 'laptop')
  const phone = await subscribeBrowser(ann, 'phone')
  pushService.respondWith(201)
  const delivery = await sendPush(ann, { message: `Grüße ${'x'.repeat(1900)}` })
  expect(delivery).toMatchObject({ state: 'sent', attempts: 1, code: 201, reason: null })
  for (const [browser, path, otherBrowser] of [
    [laptop, 'laptop', phone],
    [phone, 'phone', laptop],
  ] as const) {
    const [request] = listReceived(path) as [ReceivedRequest]
    const message = browser.read(request)
    expect(message).toMatchObject({ id: delivery.id, title: 'A new sign-in', link: '/x', tag: expect.any(String) })
    expect(message.body).toMatch(/^Grüße x+…$/)
    expect(() => otherBrowser.read(request)).toThrow()
    expect(request.headers).toMatchObject({
      'content-encoding': 'aes128gcm',
      ttl: '86400',
      urgency: 'high',
      topic: delivery.id.replaceAll('-', ''),
    })
    expect(request.body.length).toBeLessThanOrEqual(4096)
    const vapid = verifyVapid(request, pushService.url)
    expect(vapid.key).toBe(key.publicKey)
    expect(vapid.claims.sub).toMatch(/^mailto:/)
  }
})

test.each([404, 410])('a subscription is deleted after a response %i; other browsers receive their pushes', async (code) => {
  const ann = await registerPushPerson()
  await subscribeBrowser(ann, 'gone')
  await subscribeBrowser(ann, 'there')
  pushService.respondWith(({ path }, response) => void response.writeHead(path.endsWith('/gone') ? code : 201).end())
  expect(await sendPush(ann)).toMatchObject({ state: 'sent', reason: expect.stringContaining(`expired (${code})`) })
  pushService.received.length = 0
  expect(await sendPush(ann)).toMatchObject({ state: 'sent', reason: null })
  expect([listReceived('gone').length, listReceived('there').length]).toEqual([0, 1])
  // this was the last subscription, so there is no retry
  pushService.respondWith(code)
  expect(await sendPush(ann)).toMatchObject({ state: 'failed', code })
  expect(await sendPush(ann)).toMatchObject({ state: 'failed', reason: 'This person has no browser with push notifications.' })
})

test('a push to a busy push service is retried after the time in Retry-After', async () => {
  const ann = await registerPushPerson()
  const browser = await subscribeBrowser(ann, 'busy')
  pushService.respondWith((_, response) => void response.writeHead(503, { 'retry-after': '3600' }).end())
  const delivery = await sendPush(ann)
  expect(delivery).toMatchObject({ state: 'queued', code: 503 })
  expect(Date.parse(delivery.dueAt) - Date.parse(delivery.createdAt)).toBeGreaterThanOrEqual(3600_000)
  pushService.respondWith(201)
  await node.deliveryWorker.deliverDue(new Date(delivery.dueAt))
  expect((await listDeliveries(ann))[0]).toMatchObject({ state: 'sent' })
  expect(browser.read(listReceived('busy').at(-1) as ReceivedRequest).id).toBe(delivery.id)
})

test('another person can take over a subscription only with its keys, and cannot delete it before', async () => {
  const [ann, ben] = [await registerPushPerson(), await registerPushPerson()]
  const browser = await subscribeBrowser(ann, 'shared')
  const wrongKeys = { ...browser.subscription, keys: createPushBrowser('https://x.example').subscription.keys }
  expect((await ben.request('POST', '/api/push/subscriptions', wrongKeys)).status).toBe(409)
  const path = `/api/push/subscriptions?endpoint=${encodeURIComponent(browser.subscription.endpoint)}`
  expect((await ben.request('DELETE', path)).status).toBe(404)
  // the same browser, in which Ben signed in after Ann
  expect((await ben.request('POST', '/api/push/subscriptions', browser.subscription)).status).toBe(201)
  await sendPush(ben)
  expect(listReceived('shared')).toHaveLength(1)
  expect(await sendPush(ann)).toMatchObject({ state: 'failed' })
  expect((await ben.request('DELETE', path)).status).toBe(204)
  expect((await ben.request('DELETE', path)).status).toBe(404)
})

test('invalid keys are refused by field; the 21st browser replaces the oldest one', async () => {
  const ann = await registerPushPerson()
  const subscription = createPushBrowser(`${pushService.url}/x`).subscription
  const offCurve = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]).toString('base64url')
  for (const [keys, path] of [
    [{ ...subscription.keys, p256dh: 'AAAA' }, 'keys.p256dh'],
    [{ ...subscription.keys, p256dh: offCurve }, 'keys.p256dh'],
    [{ ...subscription.keys, auth: 'AAAA' }, 'keys.auth'],
    [{ p256dh: subscription.keys.p256dh }, 'keys.auth'],
  ] as const) {
    const { status, body } = await ann.request('POST', '/api/push/subscriptions', { ...subscription, keys })
    expect([status, body.errors?.[0]?.path]).toEqual([400, path])
  }
  for (let n = 0; n < 21; n++) await subscribeBrowser(ann, `n${n}`)
  await sendPush(ann)
  expect(listReceived('n0')).toHaveLength(0)
  expect(pushService.received).toHaveLength(20)
})

test('invalid endpoints and endpoints in private networks are refused by default', async () => {
  const database = await createEmptyDatabase()
  const strictNode = await startNode(database.env)
  try {
    const cleo = await registerPerson(strictNode.url, 'Cleo')
    for (const endpoint of ['http://example.org/x', 'https://127.0.0.1/x', 'https://[::1]/x', 'https://localhost/x', 'hello']) {
      const { status, body } = await cleo.request('POST', '/api/push/subscriptions', createPushBrowser(endpoint).subscription)
      expect([status, body.errors?.[0]?.path], endpoint).toEqual([400, 'endpoint'])
    }
    // each installation has its own key
    expect((await cleo.request('GET', '/api/push/key')).body).not.toEqual((await admin.request('GET', '/api/push/key')).body)
  } finally {
    await strictNode.stop()
    await database.remove()
  }
})
