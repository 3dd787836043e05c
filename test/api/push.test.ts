import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, getEmptyNode, startNode } from '../support/node.ts'
import { type PushBrowser, createPushBrowser, verifyVapid } from '../support/push-service.ts'
import { type ReceivedRequest, type HttpReceiver, startHttpReceiver } from '../support/http-receiver.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let admin: Person
let service: HttpReceiver
let people = 0
beforeAll(async () => {
  node = await getEmptyNode()
  admin = await registerPerson(node.url, 'Admin')
  service = await startHttpReceiver()
})
afterEach(() => {
  service.received.length = 0
  service.respondWith(201)
})
afterAll(() => service?.stop())

/** Registers a person who has push notifications enabled. */
async function person(): Promise<Person> {
  const one = await registerPerson(node.url, `Person${people++}`)
  await one.request('PUT', '/api/notifications/preferences', { channels: { push: true } })
  return one
}
async function subscribed(owner: Person, path: string): Promise<PushBrowser> {
  const browser = createPushBrowser(`${service.url}/${owner.id}/${path}`)
  const { status, body } = await owner.request('POST', '/api/push/subscriptions', browser.subscription)
  expect(status, JSON.stringify(body)).toBe(201)
  return browser
}
/** Sends a push notification. @returns its delivery after the first attempt */
async function pushed(to: Person, told: object = {}): Promise<any> {
  const notice = {
    recipientId: to.id,
    type: 'security.alert',
    title: 'A new sign-in',
    message: 'From Vienna',
    data: { link: '/x' },
    ...told,
  }
  const before = (await deliveries(to)).length
  expect((await admin.request('POST', '/api/notifications/send', notice)).status).toBe(201)
  await node.deliveryWorker.deliverDue()
  return waitUntil(async () => {
    const all = await deliveries(to)
    return all.length > before && (all[0].state !== 'queued' || all[0].reason) ? all[0] : undefined
  }, 'the push to be tried')
}
const deliveries = async (to: Person): Promise<any[]> =>
  (await admin.request('GET', `/api/deliveries?channel=push&userId=${to.id}&limit=100`)).body.items
const came = (path: string): ReceivedRequest[] => service.received.filter((one) => one.path.endsWith(`/${path}`))

test('each browser receives a push that is encrypted for it alone and signed with the published key', async () => {
  const ann = await person()
  const { body: key } = await ann.request('GET', '/api/push/key')
  expect(Buffer.from(key.publicKey, 'base64url')).toHaveLength(65)
  const laptop = await subscribed(ann, 'laptop')
  const phone = await subscribed(ann, 'phone')
  service.respondWith(201)
  const delivery = await pushed(ann, { message: `Grüße ${'x'.repeat(1900)}` })
  expect(delivery).toMatchObject({ state: 'sent', attempts: 1, code: 201, reason: null })
  for (const [browser, path, other] of [
    [laptop, 'laptop', phone],
    [phone, 'phone', laptop],
  ] as const) {
    const [told] = came(path) as [ReceivedRequest]
    const message = browser.read(told)
    expect(message).toMatchObject({ id: delivery.id, title: 'A new sign-in', link: '/x', tag: expect.any(String) })
    expect(message.body).toMatch(/^Grüße x+…$/)
    expect(() => other.read(told)).toThrow()
    expect(told.headers).toMatchObject({
      'content-encoding': 'aes128gcm',
      ttl: '86400',
      urgency: 'high',
      topic: delivery.id.replaceAll('-', ''),
    })
    expect(told.body.length).toBeLessThanOrEqual(4096)
    const vapid = verifyVapid(told, service.url)
    expect(vapid.key).toBe(key.publicKey)
    expect(vapid.claims.sub).toMatch(/^mailto:/)
  }
})

test.each([404, 410])('a subscription is deleted after a response %i; other browsers receive their pushes', async (code) => {
  const ann = await person()
  await subscribed(ann, 'gone')
  await subscribed(ann, 'there')
  service.respondWith(({ path }, response) => void response.writeHead(path.endsWith('/gone') ? code : 201).end())
  expect(await pushed(ann)).toMatchObject({ state: 'sent', reason: expect.stringContaining(`expired (${code})`) })
  service.received.length = 0
  expect(await pushed(ann)).toMatchObject({ state: 'sent', reason: null })
  expect([came('gone').length, came('there').length]).toEqual([0, 1])
  // this was the last subscription, so there is no retry
  service.respondWith(code)
  expect(await pushed(ann)).toMatchObject({ state: 'failed', code })
  expect(await pushed(ann)).toMatchObject({ state: 'failed', reason: 'This person has no browser with push notifications.' })
})

test('a push to a busy push service is retried after the time in Retry-After', async () => {
  const ann = await person()
  const browser = await subscribed(ann, 'busy')
  service.respondWith((_, response) => void response.writeHead(503, { 'retry-after': '3600' }).end())
  const delivery = await pushed(ann)
  expect(delivery).toMatchObject({ state: 'queued', code: 503 })
  expect(Date.parse(delivery.dueAt) - Date.parse(delivery.createdAt)).toBeGreaterThanOrEqual(3600_000)
  service.respondWith(201)
  await node.deliveryWorker.deliverDue(new Date(delivery.dueAt))
  expect((await deliveries(ann))[0]).toMatchObject({ state: 'sent' })
  expect(browser.read(came('busy').at(-1) as ReceivedRequest).id).toBe(delivery.id)
})

test('another person can take over a subscription only with its keys, and cannot delete it before', async () => {
  const [ann, ben] = [await person(), await person()]
  const browser = await subscribed(ann, 'shared')
  const stolen = { ...browser.subscription, keys: createPushBrowser('https://x.example').subscription.keys }
  expect((await ben.request('POST', '/api/push/subscriptions', stolen)).status).toBe(409)
  const path = `/api/push/subscriptions?endpoint=${encodeURIComponent(browser.subscription.endpoint)}`
  expect((await ben.request('DELETE', path)).status).toBe(404)
  // the same browser, in which Ben signed in after Ann
  expect((await ben.request('POST', '/api/push/subscriptions', browser.subscription)).status).toBe(201)
  await pushed(ben)
  expect(came('shared')).toHaveLength(1)
  expect(await pushed(ann)).toMatchObject({ state: 'failed' })
  expect((await ben.request('DELETE', path)).status).toBe(204)
  expect((await ben.request('DELETE', path)).status).toBe(404)
})

test('invalid keys are refused by field; the 21st browser replaces the oldest one', async () => {
  const ann = await person()
  const good = createPushBrowser(`${service.url}/x`).subscription
  const offCurve = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]).toString('base64url')
  for (const [keys, path] of [
    [{ ...good.keys, p256dh: 'AAAA' }, 'keys.p256dh'],
    [{ ...good.keys, p256dh: offCurve }, 'keys.p256dh'],
    [{ ...good.keys, auth: 'AAAA' }, 'keys.auth'],
    [{ p256dh: good.keys.p256dh }, 'keys.auth'],
  ] as const) {
    const { status, body } = await ann.request('POST', '/api/push/subscriptions', { ...good, keys })
    expect([status, body.errors?.[0]?.path]).toEqual([400, path])
  }
  for (let n = 0; n < 21; n++) await subscribed(ann, `n${n}`)
  await pushed(ann)
  expect(came('n0')).toHaveLength(0)
  expect(service.received).toHaveLength(20)
})

test('invalid endpoints and endpoints in private networks are refused by default', async () => {
  const empty = await createEmptyDatabase()
  const strict = await startNode(empty.env)
  try {
    const cleo = await registerPerson(strict.url, 'Cleo')
    for (const endpoint of ['http://example.org/x', 'https://127.0.0.1/x', 'https://[::1]/x', 'https://localhost/x', 'hello']) {
      const { status, body } = await cleo.request('POST', '/api/push/subscriptions', createPushBrowser(endpoint).subscription)
      expect([status, body.errors?.[0]?.path], endpoint).toEqual([400, 'endpoint'])
    }
    // each installation has its own key
    expect((await cleo.request('GET', '/api/push/key')).body).not.toEqual((await admin.request('GET', '/api/push/key')).body)
  } finally {
    await strict.stop()
    await empty.remove()
  }
})
