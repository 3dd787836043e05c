import { beforeAll, expect, test } from 'vitest'
import { renderMail } from '../../domain/notifications/mail/template.ts'
import type { Node } from '../../main.ts'
import { sendRequest, createDraft, type Person, registerPerson } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { waitUntil } from '../support/wait-until.ts'

let node: Node
let admin: Person
let ann: Person
beforeAll(async () => {
  node = await getEmptyNode()
  admin = await registerPerson(node.url, 'Admin')
  ann = await registerPerson(node.url, 'Ann')
})

const hourMs = 3600_000
async function send(person: Person, fields: object = {}): Promise<any> {
  const notification = { recipientId: person.id, type: 'venture.created', title: 'A venture', message: 'It began.', data: {}, ...fields }
  const { status, body } = await admin.request('POST', '/api/notifications/send', notification)
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}
/** The mail to a person, newest first, after all deliveries that are due by a time were sent. */
async function deliverMailTo(person: Person, now?: Date): Promise<any[]> {
  await node.sequencer.drain()
  await node.deliveryWorker.deliverDue(now)
  const { items } = (await admin.request('GET', '/api/outbox?limit=100')).body
  return items.filter(({ to }: { to: string }) => to === person.email)
}
const readMail = async ({ id }: { id: string }) => (await admin.request('GET', `/api/outbox/${id}`)).body
const findUnsubscribeLink = ({ text }: { text: string }) => /\/notifications\/unsubscribe\/\S+/.exec(text)?.[0] ?? ''

test('without a mail server mail is kept in the outbox, which only administrators read', async () => {
  await send(ann, { title: 'Kelpie was founded', message: 'Two\nlines', data: { link: '/documents/plan:x' } })
  const mail = await waitUntil(async () => (await deliverMailTo(ann)).find(({ subject }) => subject === 'Kelpie was founded'), 'the mail')
  const { text, html, to } = await readMail(mail)
  expect(to).toBe(ann.email)
  expect(text).toContain(`Two\nlines\n\n${node.url}/documents/plan:x`)
  expect(html).toContain('Two<br>lines')
  expect(html).toContain(`href="${node.url}/documents/plan:x"`)
  expect((await ann.request('GET', '/api/outbox')).status).toBe(403)
  expect((await ann.request('GET', `/api/outbox/${mail.id}`)).status).toBe(404)
  const { items } = (await admin.request('GET', `/api/deliveries?channel=email&userId=${ann.id}&state=sent`)).body
  expect(items.find(({ id }: { id: string }) => id === mail.id)).toMatchObject({
    channel: 'email',
    target: ann.email,
    state: 'sent',
    attempts: 1,
    reason: expect.stringContaining('outbox'),
  })
  expect((await ann.request('GET', '/api/deliveries')).status).toBe(403)
  expect((await ann.request('POST', `/api/deliveries/${mail.id}/resend`, {})).status).toBe(404)
})

test('mail escapes markup in titles, messages and links, and removes line breaks from subjects', async () => {
  const title = '<script>alert(1)</script> "quoted" & \r\nBcc: everybody@example.org'
  await send(ann, { title, message: '<img src=x onerror=alert(1)> </td> ${7*7}' })
  const mail = await waitUntil(async () => (await deliverMailTo(ann)).find(({ subject }) => subject.includes('script')), 'the mail')
  expect(mail.subject).toBe('<script>alert(1)</script> "quoted" & Bcc: everybody@example.org')
  const { html } = await readMail(mail)
  expect(html).not.toMatch(/<script|<img|<\/td> \$/)
  expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt; &quot;quoted&quot; &amp; Bcc')
  const rendered = renderMail({
    items: [{ title: 'a', message: 'b', link: null, at: new Date() }],
    publicUrl: 'https://x.example',
    why: '<b>',
    unsubscribe: { url: 'https://x.example/"><script>', label: '<i>' },
  })
  expect(rendered.html).not.toMatch(/<b>|<i>|"><script>/)
})

test('a digest is one mail, without notifications that were read or became unreadable meanwhile', async () => {
  const ben = await registerPerson(node.url, 'Ben')
  await deliverMailTo(ben)
  // far in the future, so that the digest is not sent during the test
  const at = new Date(Date.now() + 12 * hourMs).toISOString().slice(11, 16)
  await ben.request('PUT', '/api/notifications/preferences', { digests: { email: { every: 'daily', at } } })
  for (const title of ['First', 'Second', 'Third']) await send(ben, { title })
  const draft = await createDraft(admin, 'Quagga')
  await admin.request('PUT', `/api/documents/${draft}/members/${ben.id}`, { role: 'commenter' })
  await node.sequencer.drain()
  const readInbox = async (): Promise<any[]> => (await ben.request('GET', '/api/notifications?limit=100')).body.items
  await waitUntil(async () => (await readInbox()).some(({ type }) => type === 'team.invitation'), 'the invitation')
  await admin.request('DELETE', `/api/documents/${draft}/members/${ben.id}`)
  const secondNotification = (await readInbox()).find(({ title }) => title === 'Second')
  await ben.request('PUT', `/api/notifications/${secondNotification.id}/read`, {})
  const earlierIds = (await deliverMailTo(ben)).map(({ id }) => id)
  let texts: string[] = []
  const digest = await waitUntil(async () => {
    const mails = (await deliverMailTo(ben, new Date(Date.now() + 13 * hourMs))).filter(({ id }) => !earlierIds.includes(id))
    texts = await Promise.all(mails.map(async (mail) => (await readMail(mail)).text))
    return texts.find((text) => text.includes('First'))
  }, 'the digest')
  expect(digest).toContain('Third')
  expect(digest).not.toContain('Second')
  // the notification about the removed role may name the document
  expect(texts.join()).not.toContain('shared Quagga')
})

test('opening an unsubscribe link changes nothing; a POST to it unsubscribes without signing in', async () => {
  const cleo = await registerPerson(node.url, 'Cleo')
  await send(cleo, { title: 'Before' })
  const mail = await waitUntil(async () => (await deliverMailTo(cleo)).find(({ subject }) => subject === 'Before'), 'the mail')
  const path = `/api${findUnsubscribeLink(await readMail(mail))}`
  const readEmailPreference = async () => (await cleo.request('GET', '/api/notifications/preferences')).body.categories.venture.email
  const page = await sendRequest(node.url, 'GET', path, undefined, { accept: 'text/html,*/*' })
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect(page.body).toContain('Stop e-mail about “venture”?')
  expect((await sendRequest(node.url, 'GET', path)).body).toEqual({ category: 'venture', email: cleo.email, done: false })
  expect(await readEmailPreference()).toBe(true)

  // as mail programs send it (RFC 8058)
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  for (let attempt = 0; attempt < 2; attempt++) {
    const unsubscribed = await sendRequest(node.url, 'POST', path, 'List-Unsubscribe=One-Click', form)
    expect([unsubscribed.status, unsubscribed.body]).toEqual([200, { category: 'venture', email: cleo.email, done: true }])
  }
  expect(await readEmailPreference()).toBe(false)
  await send(cleo, { title: 'After' })
  await send(cleo, { title: 'Something else', type: 'payment.failed' })
  await waitUntil(async () => (await deliverMailTo(cleo)).some(({ subject }) => subject === 'Something else'), 'mail of another category')
  expect((await deliverMailTo(cleo)).map(({ subject }) => subject)).not.toContain('After')

  const actionPattern = /action="\.\/([^"]+)"/g
  const tokens = [...String(page.body).matchAll(actionPattern)].map(([, token]) => token)
  expect(tokens).toHaveLength(2)
  await sendRequest(node.url, 'POST', `/api/notifications/unsubscribe/${tokens[1]}`, 'List-Unsubscribe=One-Click', form)
  expect((await cleo.request('GET', '/api/notifications/preferences')).body.channels.email).toBe(false)
  // critical mail is still sent, without an unsubscribe link
  await send(cleo, { title: 'Down tonight', type: 'system.maintenance' })
  const critical = await waitUntil(
    async () => (await deliverMailTo(cleo)).find(({ subject }) => subject === 'Down tonight'),
    'the critical mail',
  )
  expect(findUnsubscribeLink(await readMail(critical))).toBe('')
})

test('a forged unsubscribe token is refused, and no unsubscribe token signs a person in', async () => {
  await send(ann, { title: 'With a token' })
  const mail = await waitUntil(async () => (await deliverMailTo(ann)).find(({ subject }) => subject === 'With a token'), 'the mail')
  const path = `/api${findUnsubscribeLink(await readMail(mail))}`
  const [token = ''] = path.split('/').slice(-1)
  // the last of 43 characters has four significant bits and two unused ones: the next character decodes to the same bytes
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const equivalentCharacter = alphabet[alphabet.indexOf(token.at(-1) ?? '') + 1]
  for (const forgedToken of [
    token.replace(ann.id, admin.id),
    token.replace('venture', ''),
    token.replace('venture', 'system'),
    `${token.slice(0, -1)}${equivalentCharacter}`,
  ])
    expect((await sendRequest(node.url, 'POST', `/api/notifications/unsubscribe/${forgedToken}`, {})).status, forgedToken).toBe(404)
  for (const malformedToken of ['x', `${token}x`, encodeURIComponent("';drop table mail")])
    expect((await sendRequest(node.url, 'GET', `/api/notifications/unsubscribe/${malformedToken}`)).status, malformedToken).toBe(400)
  expect((await sendRequest(node.url, 'GET', '/api/users', undefined, { authorization: `Bearer ${token}` })).status).toBe(401)
})

test('an administrator resends a mail under the same id; a resend to a suspended person fails', async () => {
  await send(ann, { title: 'Once more' })
  const mail = await waitUntil(async () => (await deliverMailTo(ann)).find(({ subject }) => subject === 'Once more'), 'the mail')
  const { body } = await admin.request('POST', `/api/deliveries/${mail.id}/resend`, {})
  expect(body).toMatchObject({ id: mail.id, state: 'queued' })
  await waitUntil(
    async () =>
      (await admin.request('GET', `/api/deliveries?userId=${ann.id}&state=sent&limit=100`)).body.items.some(
        ({ id }: any) => id === mail.id,
      ),
    'the mail to be sent again',
  )
  expect((await deliverMailTo(ann)).filter(({ subject }) => subject === 'Once more')).toHaveLength(1)
  await admin.request('PATCH', `/api/users/${ann.id}`, { status: 'suspended' })
  await admin.request('POST', `/api/deliveries/${mail.id}/resend`, {})
  await node.deliveryWorker.deliverDue()
  const { items } = (await admin.request('GET', `/api/deliveries?userId=${ann.id}&state=failed`)).body
  expect(items.find(({ id }: any) => id === mail.id)).toMatchObject({ reason: expect.stringContaining('no longer active') })
  await admin.request('PATCH', `/api/users/${ann.id}`, { status: 'active' })
})
