import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { system } from '../../../domain/kernel/actor.ts'
import { expireEnvelopes, remindDueParties } from '../../../domain/signing/acts/expiry.ts'
import type { Node } from '../../../main.ts'
import { registerInOrder } from '../../support/builders.ts'
import type { Person } from '../../support/client.ts'
import { waitForNotification } from '../../support/inbox.ts'
import { getEmptyNode } from '../../support/node.ts'
import {
  createAgreement,
  createSignature,
  type EnvelopeBody,
  prepareEnvelope,
  readMails,
  sendNewEnvelope,
  waitForMail,
} from '../../support/signing.ts'

let node: Node
let admin: Person
let ann: Person
let ben: Person
const guest = { name: 'Gil', email: 'gil@example.org', role: 'signer' }
beforeAll(async () => {
  node = await getEmptyNode()
  ;[admin, ann, ben] = await registerInOrder(node.url, 'Ada', 'Ann', 'Ben')
})

const party = (person: Person, more: object = {}) => ({ userId: person.id, role: 'signer', ...more })
const act = (person: Pick<Person, 'request'>, { id }: Pick<EnvelopeBody, 'id'>, name: string, body: object = {}) =>
  person.request('POST', `/api/legal/envelopes/${id}/${name}`, body)
const sign = (person: Person, envelope: EnvelopeBody) => act(person, envelope, 'sign', createSignature(envelope))
const readDraftState = async ({ documentId }: EnvelopeBody) => (await ann.request('GET', `/api/legal/documents/${documentId}`)).body.state
const read = async ({ id }: EnvelopeBody) => (await ann.request('GET', `/api/legal/envelopes/${id}`)).body
const inDays = (days: number) => new Date(Date.now() + days * 24 * 3600_000).toISOString()

describe('declining', () => {
  test('needs a reason, of which the sender and earlier signers are notified (documenso #2652, docuseal #568)', async () => {
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties: [party(ann), party(ben), guest] })
    await sign(ann, envelope)
    expect((await act(ben, envelope, 'decline')).status).toBe(400)
    expect((await act(ben, envelope, 'decline', { reason: '  ' })).status).toBe(400)
    const declined = await act(ben, envelope, 'decline', { reason: 'The term is too long.' })
    expect(declined.body).toMatchObject({
      state: 'declined',
      endReason: 'The term is too long.',
      parties: [{ state: 'signed' }, { state: 'declined', reason: 'The term is too long.' }, { state: 'skipped' }],
    })
    expect(await readDraftState(envelope)).toBe('signature_rejected')
    expect((await waitForMail(admin, guest.email, 'was declined')).text).toContain('The term is too long.')
    await waitForNotification(ann, ({ title }) => title.endsWith('was declined'), 'the sender’s notification')
    expect((await sign(ben, envelope)).body.detail).toBe('This envelope was declined.')
  })

  test('can be switched off (documenso #2561)', async () => {
    const settings = { parties: [party(ann), party(ben)], declineAllowed: false }
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), settings)
    const refused = await act(ben, envelope, 'decline', { reason: 'No.' })
    expect([refused.status, refused.body.detail]).toEqual([409, 'This envelope cannot be declined. Ask its sender to void it.'])
    expect((await read(envelope)).state).toBe('sent')
  })
})

describe('voiding', () => {
  test('is for owners of the document, ends all turns and keeps given signatures', async () => {
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties: [party(ann), party(ben)] })
    await sign(ann, envelope)
    expect((await act(ben, envelope, 'void', { reason: 'x' })).status).toBe(403)
    expect((await act(ann, envelope, 'void', { reason: 'Wrong party.' })).body).toMatchObject({
      state: 'voided',
      parties: [{ state: 'signed' }, {}],
    })
    expect((await sign(ben, envelope)).body.detail).toBe('This envelope was voided by its sender.')
    expect((await act(ann, envelope, 'void', { reason: 'Again.' })).status).toBe(409)
  })

  test('and the last signature at once: one of them wins', async () => {
    for (let round = 0; round < 6; round++) {
      const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties: [party(ben)] })
      const [signed, voided] = await Promise.all([sign(ben, envelope), act(ann, envelope, 'void', { reason: 'Stop.' })])
      expect([signed.status, voided.status].sort((one, other) => one - other)).toEqual([200, 409])
      const { state, parties } = await read(envelope)
      expect([state, parties[0].state]).toEqual(signed.status === 200 ? ['completed', 'signed'] : ['voided', 'skipped'])
      expect(await readDraftState(envelope)).toBe(signed.status === 200 ? 'effective' : 'signature_rejected')
    }
  })
})

describe('a deadline', () => {
  test('ends the envelope; extended, it goes on with the signatures that were given', async () => {
    const settings = { parties: [party(ann), party(ben), guest], deadline: inDays(1) }
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), settings)
    await sign(ann, envelope)
    await sql`update envelope set deadline = now() - interval '1 second' where id = ${envelope.id}`.execute(node.database.sql)
    expect((await sign(ben, envelope)).body.detail).toBe('The deadline of this envelope has passed.')
    expect(await node.domain.run(system, expireEnvelopes, {})).toBe(1)
    expect(await node.domain.run(system, expireEnvelopes, {})).toBe(0)
    expect((await read(envelope)).state).toBe('expired')
    expect(await readDraftState(envelope)).toBe('signing_expired')
    await waitForMail(admin, guest.email, 'has expired')
    expect((await act(ann, envelope, 'extend', { deadline: new Date(0).toISOString() })).status).toBe(400)
    expect((await act(ann, envelope, 'extend', { deadline: inDays(1000) })).status).toBe(400)
    expect((await act(ann, envelope, 'extend', { deadline: inDays(2) })).body).toMatchObject({
      state: 'sent',
      parties: [{ state: 'signed' }, {}, {}],
    })
    expect(await readDraftState(envelope)).toBe('signing_workflow')
    expect((await sign(ben, envelope)).status).toBe(200)
  })

  test('in the past is refused when it is set and when the envelope is sent', async () => {
    const documentId = await createAgreement(ann)
    const past = await ann.request('POST', '/api/legal/envelopes', { documentId, deadline: '2020-01-01T00:00:00Z' })
    expect([past.status, past.body.errors]).toEqual([400, [{ path: 'deadline', message: 'must be in the future' }]])
    const prepared = await prepareEnvelope(ann, documentId, { parties: [party(ben)], deadline: inDays(1) })
    await sql`update envelope set deadline = now() - interval '1 second' where id = ${prepared.id}`.execute(node.database.sql)
    const late = await act(ann, prepared, 'send')
    expect([late.status, late.body.detail]).toEqual([409, 'The deadline has passed: choose a later one.'])
  })
})

test('reminders go to parties whose turn it is, every so many days and on request', async () => {
  const waiting = { name: 'Wim', email: 'wim@example.org', role: 'signer', step: 2 }
  const settings = { parties: [{ ...guest, email: 'gus@example.org' }, waiting], remindEveryDays: 3 }
  const envelope = await sendNewEnvelope(ann, await createAgreement(ann), settings)
  expect((await act(ann, envelope, 'remind')).status).toBe(429)
  expect(await node.domain.run(system, remindDueParties, {})).toBe(0)
  await sql`update envelope_party set notified_at = now() - interval '3 days' where envelope = ${envelope.id}`.execute(node.database.sql)
  expect(await node.domain.run(system, remindDueParties, {})).toBe(1)
  expect(await node.domain.run(system, remindDueParties, {})).toBe(0)
  await waitForMail(admin, 'gus@example.org', 'Reminder:')
  expect(await readMails(admin, waiting.email)).toEqual([])
  await sql`update envelope_party set reminded_at = now() - interval '1 hour' where envelope = ${envelope.id}`.execute(node.database.sql)
  expect((await act(ann, envelope, 'remind')).status).toBe(200)
})

describe('correcting', () => {
  test('prepares another envelope for the same text; given signatures stay with the first one (documenso #1464)', async () => {
    const settings = { parties: [party(ann), { ...guest, email: 'typo@example.org' }], message: 'Sign, please.' }
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), settings)
    await sign(ann, envelope)
    const corrected = await act(ann, envelope, 'correct')
    expect(corrected.status, JSON.stringify(corrected.body)).toBe(201)
    expect(corrected.body).toMatchObject({
      state: 'draft',
      supersedes: envelope.id,
      message: 'Sign, please.',
      parties: [{ state: 'waiting' }, { state: 'waiting' }],
    })
    expect(await read(envelope)).toMatchObject({ state: 'superseded', parties: [{ state: 'signed' }, { state: 'skipped' }] })
    const mended = { parties: [party(ann), { ...guest, email: 'right@example.org' }] }
    expect((await ann.request('PATCH', `/api/legal/envelopes/${corrected.body.id}`, mended)).status).toBe(200)
    const sent = await act(ann, corrected.body, 'send')
    expect(sent.body, JSON.stringify(sent.body)).toMatchObject({
      state: 'sent',
      contentHash: envelope.contentHash,
      parties: [{ state: 'invited' }, {}],
    })
    expect(await readDraftState(envelope)).toBe('signing_workflow')
    expect((await act(ann, envelope, 'correct')).status).toBe(409)
    expect((await sign(ann, sent.body)).status).toBe(200)
  })

  test('is refused for an envelope that is complete or was not sent', async () => {
    const prepared = await prepareEnvelope(ann, await createAgreement(ann), { parties: [party(ann)] })
    expect((await act(ann, prepared, 'correct')).status).toBe(409)
    const sent = (await act(ann, prepared, 'send')).body
    await sign(ann, sent)
    expect((await act(ann, sent, 'correct')).body.detail).toContain('Continue its document in a new draft')
  })
})
