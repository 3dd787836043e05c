import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Node } from '../../../main.ts'
import { registerInOrder } from '../../support/builders.ts'
import type { Person } from '../../support/client.ts'
import { getEmptyNode } from '../../support/node.ts'
import { openOnOwnSocket } from '../../support/providers.ts'
import { createAgreement, createSignature, type EnvelopeBody, prepareEnvelope, sendNewEnvelope, tinyPng } from '../../support/signing.ts'
import { waitUntil } from '../../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
let eve: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[, ann, ben, eve] = await registerInOrder(node.url, 'Ada', 'Ann', 'Ben', 'Eve')
})

const party = (person: Person, more: object = {}) => ({ userId: person.id, role: 'signer', ...more })
const sign = (person: Person, envelope: EnvelopeBody, more: object = {}) =>
  person.request('POST', `/api/legal/envelopes/${envelope.id}/sign`, { ...createSignature(envelope), ...more })
const countRows = async () => {
  const { rows } = await sql<{ count: string }>`select (select count(*) from envelope_act) + (select count(*) from audit_row)
    + (select count(*) from state_machine_transition) as count`.execute(node.database.sql)
  return rows[0]?.count
}

test('a signature for another text, consent or party is refused and leaves nothing', async () => {
  const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties: [party(ann), party(ben)] })
  const before = await countRows()
  const cases: [object, number][] = [
    [{ expectedHash: 'f'.repeat(64) }, 409],
    [{ expectedHash: 'short' }, 400],
    [{ consentVersion: '1999-01' }, 400],
    [{ mark: { kind: 'typed', text: '' } }, 400],
    [{ mark: { kind: 'typed', text: 'x'.repeat(5000) } }, 400],
    [{ mark: { kind: 'drawn', image: Buffer.from('GIF89a, not a PNG').toString('base64') } }, 400],
    [{ mark: { kind: 'drawn', image: Buffer.from(tinyPng, 'base64').subarray(0, 50).toString('base64') } }, 400],
    [{ mark: { kind: 'drawn', image: 'not base64!' } }, 400],
    [{ mark: { kind: 'stamp' } }, 400],
    [{ partyId: envelope.parties[1]?.id }, 400],
    [{ address: '1.2.3.4' }, 400],
    [{ postalAddress: '1 Long Lane' }, 400],
  ]
  for (const [more, status] of cases) expect([more, (await sign(ann, envelope, more)).status]).toEqual([more, status])
  expect((await sign(eve, envelope)).status).toBe(404)
  expect(await countRows()).toBe(before)
  expect((await sign(ann, envelope)).status).toBe(200)
  expect((await sign(ann, envelope)).status).toBe(409)
})

test('the same request sent twice signs once and gets the same answer (documenso #192)', async () => {
  const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties: [party(ann), party(ben)] })
  const key = { 'idempotency-key': randomUUID() }
  const path = `/api/legal/envelopes/${envelope.id}/sign`
  const [first, second] = await Promise.all([1, 2].map(() => ann.request('POST', path, createSignature(envelope), key)))
  expect([first?.status, second?.status]).toEqual([200, 200])
  expect(second?.body).toEqual(first?.body)
  const others = await Promise.all([1, 2, 3].map(() => sign(ben, envelope)))
  expect(others.map(({ status }) => status).sort((one, other) => one - other)).toEqual([200, 409, 409])
})

describe('preparing', () => {
  test('names each party that is wrong', async () => {
    const documentId = await createAgreement(ann)
    const parties = [
      { name: 'No address', role: 'signer' },
      { email: 'no-name@example.org', role: 'signer' },
      { userId: randomUUID(), role: 'signer' },
      { userId: ann.id, name: 'Ann', role: 'signer' },
      party(ben),
      party(ben),
      { name: 'W', email: 'w@example.org', role: 'witness' },
      { name: 'V', email: 'v@example.org', role: 'witness', witnessOf: 7 },
      { name: 'U', email: 'u@example.org', role: 'signer', witnessOf: 1 },
    ]
    const refused = await ann.request('POST', '/api/legal/envelopes', { documentId, parties })
    expect(refused.status).toBe(400)
    expect(refused.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(
      ['0.email', '1.name', '2.userId', '3.name', '5.email', '6.witnessOf', '7.witnessOf', '8.witnessOf'].map((path) => `parties.${path}`),
    )
    const bad: object[] = [
      { parties: [{ name: 'X', email: 'not an address', role: 'signer' }] },
      { parties: [{ name: 'X', email: 'x@example.org', role: 'king' }] },
      { parties: [{ name: 'X', email: 'x@example.org', role: 'signer', step: 0 }] },
      { needed: { one: 1 } },
      { needed: { 1: 0 } },
      { message: 'x'.repeat(2001) },
      { remindEveryDays: 0 },
      { colour: 'red' },
    ]
    for (const body of bad) expect((await ann.request('POST', '/api/legal/envelopes', { documentId, ...body })).status).toBe(400)
    expect((await ann.request('GET', `/api/legal/envelopes?documentId=${documentId}`)).body.items).toEqual([])
  })

  test('removes characters that reverse a name, and bounds it', async () => {
    const documentId = await createAgreement(ann)
    const named = (name: string) =>
      ann.request('POST', '/api/legal/envelopes', { documentId, parties: [{ name, email: 'rtl@example.org', role: 'signer' }] })
    const accepted = await named('Ann \u202Eevil\u202C \u2067x\u2069')
    expect(accepted.body.parties[0].name).toBe('Ann evil x')
    expect((await named('\u202E')).status).toBe(400)
    expect((await named('x'.repeat(5000))).status).toBe(400)
    for (const name of ['山田 太郎', 'محمد علي', 'Дмитрий', 'Jiří Dvořák']) expect((await named(name)).body.parties[0].name).toBe(name)
  })

  test('needs the role of an editor; sending needs an owner, a signer and possible numbers', async () => {
    const documentId = await createAgreement(ann)
    await ann.request('PUT', `/api/legal/documents/${documentId}/members/${ben.id}`, { role: 'editor' })
    const prepared = await prepareEnvelope(ben, documentId, { parties: [party(ben, { role: 'approver' })] })
    expect((await eve.request('POST', '/api/legal/envelopes', { documentId })).status).toBe(404)
    expect((await eve.request('GET', `/api/legal/envelopes/${prepared.id}`)).status).toBe(404)
    const send = (person: Person) => person.request('POST', `/api/legal/envelopes/${prepared.id}/send`)
    expect((await send(ben)).status).toBe(403)
    expect((await send(ann)).body.detail).toBe('Add at least one signer.')
    const change = (body: object, headers = {}) => ben.request('PATCH', `/api/legal/envelopes/${prepared.id}`, body, headers)
    const changed = await change({ parties: [party(ann)], needed: { 1: 2 } })
    expect((await change({ message: 'late' }, { 'if-match': '"1"' })).status).toBe(412)
    expect(changed.status).toBe(200)
    expect((await send(ann)).body.detail).toContain('Step 1 has 1 signers and approvers')
    await change({ needed: {} })
    const sent = await Promise.all([send(ann), send(ann)])
    expect(sent.map(({ status }) => status).sort((one, other) => one - other)).toEqual([200, 409])
    expect((await change({ message: 'x' })).status).toBe(409)
    expect((await ann.request('DELETE', `/api/legal/envelopes/${prepared.id}`)).status).toBe(409)
  })

  test('an envelope that was not sent can be deleted, and its parties do not see it', async () => {
    const prepared = await prepareEnvelope(ann, await createAgreement(ann), { parties: [party(ben)] })
    expect((await ben.request('GET', `/api/legal/envelopes/${prepared.id}`)).status).toBe(404)
    expect((await ann.request('DELETE', `/api/legal/envelopes/${prepared.id}`)).status).toBe(204)
    expect((await ann.request('GET', `/api/legal/envelopes/${prepared.id}`)).status).toBe(404)
  })
})

test('sending freezes the text for live editors, in the journal and its title', async () => {
  const documentId = await createAgreement(ann)
  const name = `legal:${documentId}`
  const live = await openOnOwnSocket(node.url, name, ann.token)
  const prepared = await prepareEnvelope(ann, documentId, { parties: [party(ben)] })
  const sent = await ann.request('POST', `/api/legal/envelopes/${prepared.id}/send`)
  expect(sent.status).toBe(200)
  await waitUntil(() => live.provider.authorizedScope === 'readonly', 'read-only')
  const late = await openOnOwnSocket(node.url, name, ann.token)
  late.document.getMap('values').set('purpose', 'something else')
  const text = await ben.request('GET', `/api/legal/envelopes/${prepared.id}/text`)
  expect(text.body.hash).toBe(sent.body.contentHash)
  expect((await ann.request('PATCH', `/api/legal/documents/${documentId}`, { title: 'Other' })).status).toBe(409)
  expect((await ann.request('PATCH', `/api/legal/documents/${documentId}`, { kind: 'nda' })).status).toBe(200)
})

test('a clock that was set back does not put an act before what it follows', async () => {
  const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties: [party(ann), party(ben)] })
  const sentAt = new Date(Date.now() + 3_600_000)
  await sql`update envelope set sent_at = ${sentAt} where id = ${envelope.id}`.execute(node.database.sql)
  const first = await sign(ann, envelope)
  expect(first.body.parties[0].actedAt).toBe(sentAt.toISOString())
  const later = new Date(sentAt.getTime() + 60_000)
  await sql`update envelope_party set acted_at = ${later} where envelope = ${envelope.id} and user_id = ${ann.id}`.execute(
    node.database.sql,
  )
  expect((await sign(ben, envelope)).body.parties[1].actedAt).toBe(later.toISOString())
})
