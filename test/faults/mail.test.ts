/** A mail server that is down, slow or refuses mail. Permanent refusals fail, everything else is retried. The tests set the clock. */
import { createServer, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type Person, registerPerson } from '../support/client.ts'
import { startMailServer, type TestMailServer } from '../support/mail-server.ts'
import { createEmptyDatabase, startNode } from '../support/node.ts'
import { findFreePort } from '../support/servers.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let remove: () => Promise<void>
let port: number
let admin: Person
let ann: Person
let ben: Person
let server: TestMailServer | undefined
let silentServer: Server | undefined
beforeAll(async () => {
  const database = await createEmptyDatabase()
  remove = database.remove
  port = await findFreePort()
  const env = {
    SMTP_URL: `smtp://ann:secret@127.0.0.1:${port}`,
    MAIL_FROM: 'SmartStart <hello@smartstart.example>',
    PUBLIC_URL: 'https://start.example',
  }
  node = await startNode(database.env, env)
  admin = await registerPerson(node.url, 'Admin')
  ann = await registerPerson(node.url, 'Ann')
  ben = await registerPerson(node.url, 'Ben')
})
afterEach(async () => {
  await server?.stop()
  await new Promise<void>((resolve) => (silentServer ? silentServer.close(() => resolve()) : resolve()))
  server = silentServer = undefined
})
afterAll(async () => {
  await node?.stop()
  await remove?.()
})

async function sendNotification(person: Person, title: string): Promise<void> {
  const notification = {
    recipientId: person.id,
    type: 'venture.created',
    title,
    message: 'Grüße, “said” with an é.',
    data: { link: '/documents/x' },
  }
  expect((await admin.request('POST', '/api/notifications/send', notification)).status).toBe(201)
}
const listDeliveries = async (person: Person): Promise<any[]> =>
  (await admin.request('GET', `/api/deliveries?channel=email&userId=${person.id}&limit=100`)).body.items
/** The newest mail delivery to a person. */
const readNewest = async (person: Person) => (await listDeliveries(person))[0]
/** Advances the clock until no delivery is queued. */
async function deliverAll(): Promise<void> {
  for (;;) {
    await node.deliveryWorker.deliverDue()
    const { items } = (await admin.request('GET', '/api/deliveries?channel=email&state=queued&limit=100')).body
    if (items.length === 0) return
    for (const { dueAt } of items) await node.deliveryWorker.deliverDue(new Date(dueAt))
  }
}

test('a mail has two parts, a stable id and a one-click unsubscribe link, and its title adds no headers', async () => {
  server = await startMailServer(port, { user: 'ann', pass: 'secret' })
  // event handlers create the welcome mails
  await waitUntil(
    async () => (await Promise.all([admin, ann, ben].map(listDeliveries))).every(({ length }) => length > 0),
    'the welcome mails',
  )
  await deliverAll()
  server.received.length = 0
  await sendNotification(ann, 'A title with é\r\nBcc: everybody@example.org')
  await deliverAll()
  const { id } = await readNewest(ann)
  expect(server.received).toHaveLength(1)
  const [{ from, to, headers, text, html }] = server.received as [(typeof server.received)[number]]
  expect([from, to]).toEqual(['hello@smartstart.example', [ann.email]])
  expect(headers['message-id']).toBe(`<${id}@smartstart.example>`)
  expect(headers['list-unsubscribe']).toMatch(/^<https:\/\/start\.example\/api\/notifications\/unsubscribe\/[\w.-]+>$/)
  expect(headers['list-unsubscribe-post']).toBe('List-Unsubscribe=One-Click')
  expect(headers['auto-submitted']).toBe('auto-generated')
  expect(headers.bcc).toBeUndefined()
  expect(headers['content-type']).toContain('multipart/alternative')
  expect(text).toContain('Grüße, “said” with an é.')
  expect(html).toContain('Grüße, “said” with an é.')
  expect(html).toContain('href="https://start.example/documents/x"')
  expect(await readNewest(ann)).toMatchObject({ state: 'sent', code: 250, reason: null })
  const token = /unsubscribe\/([\w.-]+)>/.exec(headers['list-unsubscribe'] as string)?.[1]
  expect((await fetch(`${node.url}/api/notifications/unsubscribe/${token}`)).status).toBe(200)
})

test('mail is retried with growing delays while the server is down, and sent when it is back', async () => {
  await sendNotification(ann, 'While it is down')
  await node.deliveryWorker.deliverDue()
  const firstAttempt = await readNewest(ann)
  expect(firstAttempt).toMatchObject({ state: 'queued', code: null, reason: expect.stringMatching(/ECONNREFUSED|connect/i) })
  await node.deliveryWorker.deliverDue(new Date(firstAttempt.dueAt))
  const secondAttempt = await readNewest(ann)
  expect(secondAttempt.attempts).toBeGreaterThan(firstAttempt.attempts)
  expect(Date.parse(secondAttempt.dueAt) - Date.parse(firstAttempt.dueAt)).toBeGreaterThan(2 * 60_000)
  server = await startMailServer(port, { user: 'ann', pass: 'secret' })
  await deliverAll()
  expect(await readNewest(ann)).toMatchObject({ state: 'sent', reason: null })
  expect(server.received.filter(({ headers }) => headers.subject === 'While it is down')).toHaveLength(1)
})

test('mail to a permanently refused recipient fails, to a temporarily refused one is retried; others are sent', async () => {
  server = await startMailServer(port, { user: 'ann', pass: 'secret' })
  let isRefusing = true
  const cleo = await registerPerson(node.url, 'Cleo')
  server.refuseWhen((step, address) => {
    if (step === 'rcpt' && address === ben.email) return [550, 'No such user here']
    return step === 'rcpt' && address === cleo.email && isRefusing ? [450, 'Mailbox busy'] : undefined
  })
  for (const person of [ann, ben, cleo]) await sendNotification(person, 'To three')
  await node.deliveryWorker.deliverDue()
  expect(await readNewest(ann)).toMatchObject({ state: 'sent' })
  expect(await readNewest(ben)).toMatchObject({
    state: 'failed',
    code: 550,
    dueAt: null,
    reason: expect.stringContaining('No such user here'),
  })
  expect(await readNewest(cleo)).toMatchObject({ state: 'queued', code: 450, reason: expect.stringContaining('Mailbox busy') })
  isRefusing = false
  await deliverAll()
  expect(await readNewest(cleo)).toMatchObject({ state: 'sent', code: 250, reason: null })
  expect((await readNewest(ben)).attempts).toBe(1)
})

test('a mail that is refused for its content fails', async () => {
  server = await startMailServer(port, { user: 'ann', pass: 'secret' })
  server.refuseWhen((step) => (step === 'data' ? [554, 'Looks like spam'] : undefined))
  await sendNotification(ann, 'Spam')
  await node.deliveryWorker.deliverDue()
  expect(await readNewest(ann)).toMatchObject({ state: 'failed', code: 554, reason: expect.stringContaining('spam') })
})

test('a mail is retried when the server refuses the password of the installation', async () => {
  server = await startMailServer(port, { user: 'ann', pass: 'another' })
  await sendNotification(ann, 'Wrong password')
  await node.deliveryWorker.deliverDue()
  expect(await readNewest(ann)).toMatchObject({ state: 'queued', code: 535 })
  await server.stop()
  server = await startMailServer(port, { user: 'ann', pass: 'secret' })
  await deliverAll()
  expect(await readNewest(ann)).toMatchObject({ state: 'sent' })
})

test('an attempt at a silent mail server times out and does not delay other requests', async () => {
  silentServer = createServer((socket) => socket.on('error', () => {}))
  await new Promise<void>((resolve) => silentServer?.listen(port, '127.0.0.1', resolve))
  await sendNotification(ann, 'Into silence')
  await waitUntil(async () => (await readNewest(ann)).attempts > 0, 'the attempt to start')
  // other requests are answered meanwhile
  expect((await ben.request('GET', '/api/notifications')).status).toBe(200)
  const delivery = await waitUntil(
    async () => {
      const newest = await readNewest(ann)
      return newest.reason ? newest : undefined
    },
    'the attempt to time out',
    60_000,
  )
  expect(delivery).toMatchObject({ state: 'queued', reason: expect.stringMatching(/greeting|timeout|timed out/i) })
}, 90_000)
