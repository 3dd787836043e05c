/** Webhook receivers that hang, respond without end, redirect or fail for hours or days. The tests set the clock. */
import { lookup } from 'node:dns/promises'
import { hostname } from 'node:os'
import { afterEach, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { isPublic } from '../../domain/delivery/outbound/ssrf-guard.ts'
import { post } from '../../domain/delivery/outbound/http.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { createEmptyDatabase, getEmptyNode, startNode } from '../support/node.ts'
import { startHttpReceiver } from '../support/http-receiver.ts'
import { waitUntil } from '../support/wait-until.ts'
import { setUpHttpReceiver } from '../support/receiver-setup.ts'

const hourMs = 3600_000
const receiver = setUpHttpReceiver()
let node: Node
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ann = await registerPerson(node.url, 'Ann')
})
const createdIds: string[] = []
afterEach(async () => {
  for (const id of createdIds.splice(0)) await ann.request('DELETE', `/api/webhooks/${id}`)
})

const audience = () => `user:${ann.id}`
async function createWebhook(url: string, fields: object = {}): Promise<string> {
  const { status, body } = await ann.request('POST', '/api/webhooks', { url, audience: audience(), events: ['webhook.none'], ...fields })
  expect(status, JSON.stringify(body)).toBe(201)
  createdIds.push(body.id)
  return body.id
}
const sendTest = async (id: string): Promise<string> => (await ann.request('POST', `/api/webhooks/${id}/test`, {})).body.id
const listDeliveries = async (id: string): Promise<any[]> =>
  (await ann.request('GET', `/api/webhooks/${id}/deliveries?limit=100`)).body.items
const readNewestDelivery = async (id: string) => (await listDeliveries(id))[0]
const readWebhook = async (id: string) => (await ann.request('GET', `/api/webhooks/${id}`)).body
const listReceived = (path: string) => receiver.received.filter((request) => request.path === path)

test('a delivery to a receiver that responds 500 for an hour is retried with growing delays and one id', async () => {
  let begin = Number.POSITIVE_INFINITY
  let clock = 0
  receiver.respondWith((_, response) => void response.writeHead(clock < begin + hourMs ? 500 : 204).end())
  const id = await createWebhook(`${receiver.url}/hour`)
  await sendTest(id)
  clock = begin = Date.now()
  const pausesMs: number[] = []
  for (;;) {
    await node.deliveryWorker.deliverDue(new Date(clock))
    const { state, dueAt, reason, code } = await readNewestDelivery(id)
    if (state !== 'queued') break
    expect([code, reason]).toEqual([500, 'The receiver responded 500.'])
    pausesMs.push(Date.parse(dueAt) - clock)
    clock = Math.max(clock, Date.parse(dueAt))
  }
  expect(await readNewestDelivery(id)).toMatchObject({ state: 'delivered', code: 204, reason: null, dueAt: null })
  expect(clock - begin).toBeGreaterThan(hourMs)
  expect(clock - begin).toBeLessThan(3 * hourMs)
  expect([...pausesMs].sort((one, other) => one - other)).toEqual(pausesMs)
  expect(new Set(listReceived('/hour').map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  expect((await readWebhook(id)).failingSince).toBeNull()
})

test('after days of failures the delivery fails, the webhook is disabled and its owner receives an event', async () => {
  receiver.respondWith(({ path }, response) => void response.writeHead(path === '/own' ? 204 : 503).end())
  const id = await createWebhook(`${receiver.url}/days`)
  await createWebhook(`${receiver.url}/own`, { events: ['webhook.disabled'] })
  await sendTest(id)
  const begin = Date.now()
  for (
    let clock = begin;
    (await readNewestDelivery(id)).state === 'queued';
    clock = Date.parse((await readNewestDelivery(id)).dueAt ?? '')
  ) {
    if (clock > begin) expect((await readWebhook(id)).state).toBe('active')
    await node.deliveryWorker.deliverDue(new Date(clock))
  }
  expect(await readNewestDelivery(id)).toMatchObject({ state: 'failed', attempts: 10, code: 503, dueAt: null })
  expect(await readWebhook(id)).toMatchObject({ state: 'disabled', reason: expect.stringContaining('No delivery has succeeded since') })
  await node.sequencer.drain()
  await node.deliveryWorker.deliverDue()
  expect(listReceived('/own').map(({ json }) => json.data.data.webhookId)).toEqual([id])
})

test('a delivery waits as long as the Retry-After header of the receiver asks', async () => {
  receiver.respondWith((_, response) => void response.writeHead(429, { 'retry-after': '7200' }).end())
  const id = await createWebhook(`${receiver.url}/busy`)
  await sendTest(id)
  const clock = new Date(Date.now() + 1000)
  await node.deliveryWorker.deliverDue(clock)
  const { dueAt, code } = await readNewestDelivery(id)
  expect(code).toBe(429)
  expect(Date.parse(dueAt) - clock.getTime()).toBeGreaterThanOrEqual(7200_000 - 1000)
})

test('a receiver that hangs or responds without end does not delay other receivers', async () => {
  const endlessTimers: NodeJS.Timeout[] = []
  receiver.respondWith(({ path }, response) => {
    if (path === '/hang') return
    if (path === '/well') return void response.writeHead(204).end()
    response.writeHead(200)
    endlessTimers.push(setInterval(() => response.write(path === '/flood' ? 'x'.repeat(64 * 1024) : 'x'), 20))
  })
  try {
    const hangingId = await createWebhook(`${receiver.url}/hang`)
    const endlessId = await createWebhook(`${receiver.url}/drip`)
    const floodingId = await createWebhook(`${receiver.url}/flood`)
    for (let n = 0; n < 30; n++) await Promise.all([sendTest(hangingId), sendTest(endlessId)])
    await waitUntil(() => listReceived('/hang').length > 0 && listReceived('/drip').length > 0, 'requests to both receivers')
    const healthyId = await createWebhook(`${receiver.url}/well`)
    await Promise.all(Array.from({ length: 20 }, () => sendTest(healthyId)))
    await sendTest(floodingId)
    await waitUntil(
      async () => (await listDeliveries(healthyId)).every(({ state }) => state === 'delivered'),
      'the deliveries to the healthy receiver',
    )
    // the node reads only the beginning of a response, and its status decides
    await waitUntil(async () => (await readNewestDelivery(floodingId)).state === 'delivered', 'the delivery to the flooding receiver')
    expect(listReceived('/hang').length).toBeLessThanOrEqual(4)
    expect((await listDeliveries(hangingId)).every(({ state }) => state === 'queued')).toBe(true)
    await waitUntil(
      async () => (await listDeliveries(hangingId)).some(({ reason }) => /within 15 s/.test(reason)),
      'a hanging delivery to time out',
      60_000,
    )
    await waitUntil(async () => (await readWebhook(hangingId)).failingSince, 'the webhook to be failing')
  } finally {
    for (const timer of endlessTimers) clearInterval(timer)
  }
}, 120_000)

test('a redirect is not followed', async () => {
  const redirectTarget = await startHttpReceiver()
  try {
    for (const code of [301, 302, 303, 307, 308]) {
      receiver.respondWith((_, response) => void response.writeHead(code, { location: `${redirectTarget.url}/secret` }).end())
      const id = await createWebhook(`${receiver.url}/redirect`)
      await sendTest(id)
      await node.deliveryWorker.deliverDue()
      const reason = `The receiver responded ${code}; redirects are not followed.`
      expect(await readNewestDelivery(id)).toMatchObject({ state: 'queued', code, reason })
    }
    expect(redirectTarget.received).toEqual([])
  } finally {
    await redirectTarget.stop()
  }
})

test.each([
  ['that refuses connections', () => 'http://127.0.0.1:9', 'Connection refused.'],
  ['with an unknown host name', () => 'https://no-such-name.invalid/x', /name/],
  ['without TLS', () => receiver.url.replace('http:', 'https:'), /TLS connection failed|closed/],
])('a delivery to a receiver %s is retried, and its reason is readable', async (_, url, expectedReason) => {
  const id = await createWebhook(url())
  await sendTest(id)
  await node.deliveryWorker.deliverDue()
  expect(await readNewestDelivery(id)).toMatchObject({ state: 'queued', code: null, reason: expect.stringMatching(expectedReason) })
})

test('a delivery to a receiver without HTTP or with a truncated response is retried with a readable reason', async () => {
  receiver.respondWith(({ path }, response) => {
    if (path === '/cut') response.writeHead(200, { 'content-length': '100' }).write('half', () => response.destroy())
    else response.socket?.end('220 mail.example.org ESMTP\r\n')
  })
  for (const path of ['/cut', '/smtp']) {
    const id = await createWebhook(`${receiver.url}${path}`)
    await sendTest(id)
    await node.deliveryWorker.deliverDue()
    expect(await readNewestDelivery(id), path).toMatchObject({ state: 'queued', reason: expect.stringMatching(/closed|is not HTTP/) })
  }
})

async function findLocalHostName(): Promise<string | undefined> {
  for (const name of [hostname().toLowerCase(), 'ip6-localhost', 'ip6-loopback', 'localhost.localdomain']) {
    const found = await lookup(name, { all: true }).catch(() => [])
    if (found.some(({ address }) => !isPublic(address))) return name
  }
  return undefined
}

test('without WEBHOOK_ALLOW_PRIVATE no webhook connects to this machine, whatever its address', async () => {
  const database = await createEmptyDatabase()
  const strictNode = await startNode(database.env)
  const unusedReceiver = await startHttpReceiver()
  try {
    const cleo = await registerPerson(strictNode.url, 'Cleo')
    const create = (url: string) => cleo.request('POST', '/api/webhooks', { url, audience: `user:${cleo.id}` })
    for (const host of [
      '127.0.0.1',
      '[::1]',
      '169.254.169.254',
      '10.0.0.1',
      '2130706433',
      '0x7f.1',
      '017700000001',
      '[::ffff:7f00:1]',
      'localhost',
    ]) {
      const { status, body } = await create(`https://${host}:${unusedReceiver.port}/x`)
      expect([status, body.errors?.[0]?.path], host).toEqual([400, 'url'])
      await expect(
        post({ url: `https://${host}:${unusedReceiver.port}/x`, headers: {}, body: '', timeoutMs: 1000 }, false),
        host,
      ).rejects.toThrow('The address is blocked')
    }
    expect((await create(receiver.url.replace('127.0.0.1', 'example.org'))).body.errors[0].message).toContain('https')
    // an ordinary host name that resolves to this machine
    const name = await findLocalHostName()
    if (!name) return console.log('Not tested here: a name that leads to this machine (none is known).')
    const { body } = await create(`https://${name}:${unusedReceiver.port}/x`)
    const { id } = (await cleo.request('POST', `/api/webhooks/${body.id}/test`, {})).body
    await strictNode.deliveryWorker.deliverDue()
    const { items } = (await cleo.request('GET', `/api/webhooks/${body.id}/deliveries`)).body
    // the webhook can also have deliveries of events after the registration
    expect(items.find((item: { id: string }) => item.id === id)).toMatchObject({
      state: 'queued',
      code: null,
      reason: `${name} is not in the public internet.`,
    })
    expect(unusedReceiver.countConnections()).toBe(0)
  } finally {
    await strictNode.stop()
    await unusedReceiver.stop()
    await database.remove()
  }
})
