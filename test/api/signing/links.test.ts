import { sql } from 'kysely'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import type { Node } from '../../../main.ts'
import { registerInOrder } from '../../support/builders.ts'
import { type Person, sendRequest } from '../../support/client.ts'
import { getEmptyNode } from '../../support/node.ts'
import {
  createAgreement,
  createSignature,
  type EnvelopeBody,
  openSigningLink,
  readLinkToken,
  readMails,
  sendNewEnvelope,
  waitForMail,
} from '../../support/signing.ts'
import { waitUntil } from '../../support/wait-until.ts'

let node: Node
let admin: Person
let ann: Person
let guests = 0
let email: string
let envelope: EnvelopeBody
let token: string
beforeAll(async () => {
  node = await getEmptyNode()
  ;[admin, ann] = await registerInOrder(node.url, 'Ada', 'Ann')
})
beforeEach(async () => {
  email = `guest${++guests}@example.org`
  const parties = [{ name: 'Gil', email, role: 'signer' }]
  envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties })
  token = readLinkToken(await waitForMail(admin, email, 'asks you to sign'))
})

const post = (path: string, body: object) => sendRequest(node.url, 'POST', `/api/legal/signing-links/${path}`, body)
const sendCode = () => post('code', { token })
const open = (code: string) => post('open', { token, code })
const readCodes = async () =>
  (await readMails(admin, email)).flatMap(({ subject }) => (subject.endsWith('is your code') ? [subject.slice(0, 6)] : []))
async function requestCode(): Promise<string> {
  const before = (await readCodes()).length
  expect((await sendCode()).status).toBe(201)
  return waitUntil(async () => {
    const codes = await readCodes()
    return codes.length > before ? codes[0] : undefined
  }, 'the code')
}
const wrong = (code: string) => (code === '000000' ? '000001' : '000000')

test('a link has 32 random bytes, and neither it nor the code is stored or shown to the sender (OpenSign #2021)', async () => {
  expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  const code = await requestCode()
  const { rows } = await sql<{ text: string }>`
    select json_build_array((select json_agg(l) from signing_link l), (select json_agg(c) from signing_code c),
      (select json_agg(e.data) from event e), (select json_agg(d) from delivery d))::text as text`.execute(node.database.sql)
  expect(rows[0]?.text).toContain(email)
  for (const secret of [token, `"${code}"`]) expect(rows[0]?.text).not.toContain(secret)
  const shown = JSON.stringify((await ann.request('GET', `/api/legal/envelopes/${envelope.id}`)).body)
  expect(shown).not.toContain(token)
})

test('a mail scanner that opens the link changes nothing, and the page is not indexed, cached or framed (documenso PR #2469)', async () => {
  const page = await fetch(`${node.url}/sign`, { headers: { accept: 'text/html' } })
  expect(page.status).toBe(200)
  expect(page.headers.get('cache-control')).toContain('no-store')
  expect(page.headers.get('x-robots-tag')).toBe('noindex')
  expect(page.headers.get('referrer-policy')).toBe('no-referrer')
  expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect((await ann.request('GET', `/api/legal/envelopes/${envelope.id}`)).body.parties[0].state).toBe('invited')
})

test('a code works once, for ten minutes, and for five tries', async () => {
  const code = await requestCode()
  expect((await open(code)).status).toBe(200)
  expect((await open(code)).status).toBe(401)
  const second = await requestCode()
  for (const left of [4, 3, 2, 1]) expect((await open(wrong(second))).body.detail).toBe(`This code is wrong. Tries left: ${left}.`)
  expect((await open(wrong(second))).body.detail).toBe('This code is wrong. Ask for a new one.')
  expect((await open(second)).body.detail).toBe('This code has expired. Ask for a new one.')
  const third = await requestCode()
  await sql`update signing_code set expires_at = now() where used_at is null`.execute(node.database.sql)
  expect((await open(third)).status).toBe(401)
})

test('guesses at once are counted: at most five are compared', async () => {
  const code = await requestCode()
  const guesses = await Promise.all(Array.from({ length: 20 }, () => open(wrong(code))))
  expect(guesses.filter(({ body }) => body.detail.startsWith('This code is wrong'))).toHaveLength(5)
  expect((await open(code)).status).toBe(401)
})

test('five codes are sent for a link in an hour; a newer code ends the older one', async () => {
  const first = await requestCode()
  await requestCode()
  expect((await open(first)).status).toBe(401)
  for (let sent = 2; sent < 5; sent++) expect((await sendCode()).status).toBe(201)
  const refused = await sendCode()
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '3600'])
})

test('an unknown, expired or altered link is not found; an ended one gives no access', async () => {
  const answers = [`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, 'x', envelope.id].map((altered) =>
    post('code', { token: altered }),
  )
  for (const { status } of await Promise.all(answers)) expect(status).toBe(404)
  const holder = await openSigningLink(node.url, admin, email, token)
  await sql`update signing_link set expires_at = now()`.execute(node.database.sql)
  expect((await sendCode()).status).toBe(404)
  expect((await holder.request('POST', `/api/legal/envelopes/${envelope.id}/sign`, createSignature(envelope))).status).toBe(401)
})

test('signing that was begun goes on where it was, by the same link and a new code (docuseal #632)', async () => {
  const view = async () => {
    const holder = await openSigningLink(node.url, admin, email, token)
    return { holder, viewed: (await holder.request('POST', `/api/legal/envelopes/${envelope.id}/view`)).body.parties[0] }
  }
  const { viewed } = await view()
  const again = await view()
  expect(again.viewed).toMatchObject({ state: 'viewed', viewedAt: viewed.viewedAt })
  expect((await again.holder.request('POST', `/api/legal/envelopes/${envelope.id}/sign`, createSignature(envelope))).status).toBe(200)
})

test('a link opens one envelope, and nothing else (OpenSign #2218)', async () => {
  const other = await sendNewEnvelope(ann, await createAgreement(ann), {
    parties: [{ name: 'Oda', email: 'oda@example.org', role: 'signer' }],
  })
  const holder = await openSigningLink(node.url, admin, email, token)
  const paths = [`/api/legal/envelopes/${other.id}`, `/api/legal/envelopes/${other.id}/text`, `/api/legal/documents/${envelope.documentId}`]
  for (const path of paths) {
    const { status } = await holder.request('GET', path)
    expect([403, 404], path).toContain(status)
  }
  expect((await holder.request('GET', '/api/legal/envelopes')).status).toBe(403)
  expect((await holder.request('POST', `/api/legal/envelopes/${other.id}/sign`, createSignature(other))).status).toBe(404)
  expect((await holder.request('POST', `/api/legal/envelopes/${envelope.id}/void`, { reason: 'x' })).status).toBe(403)
  expect((await holder.request('GET', `/api/legal/envelopes/${envelope.id}`)).body.ownPartyId).toBe(envelope.parties[0]?.id)
})

test('three envelopes to one address in a minute: each link opens its own (docuseal #140)', async () => {
  const person = { name: 'Trio', email: 'trio@example.org', role: 'signer' }
  const titles = ['One', 'Two', 'Three']
  const sent = await Promise.all(
    titles.map(async (title) => sendNewEnvelope(ann, await createAgreement(ann, title), { parties: [person] })),
  )
  for (const [place, title] of titles.entries()) {
    const mail = await waitForMail(admin, person.email, `sign “${title}”`)
    const holder = await openSigningLink(node.url, admin, person.email, readLinkToken(mail))
    const own = sent[place] as EnvelopeBody
    expect((await holder.request('GET', `/api/legal/envelopes/${own.id}/text`)).body.title).toBe(title)
    expect((await holder.request('POST', `/api/legal/envelopes/${own.id}/sign`, createSignature(own))).body.state).toBe('completed')
  }
})

test('nothing is mailed before an envelope is sent, and the mail says whether it was accepted (OpenSign #1749)', async () => {
  const person = { name: 'Early', email: 'early@example.org', role: 'signer' }
  const prepared = await ann.request('POST', '/api/legal/envelopes', { documentId: await createAgreement(ann), parties: [person] })
  expect(prepared.body.parties[0]).toMatchObject({ state: 'waiting', mail: null })
  await node.deliveryWorker.deliverDue()
  expect(await readMails(admin, person.email)).toEqual([])
  await ann.request('POST', `/api/legal/envelopes/${prepared.body.id}/send`)
  await waitForMail(admin, person.email, 'asks you')
  const { parties } = (await ann.request('GET', `/api/legal/envelopes/${prepared.body.id}`)).body
  expect(parties[0].mail).toMatchObject({ state: 'sent' })
})
