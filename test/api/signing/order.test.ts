import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Node } from '../../../main.ts'
import { registerInOrder } from '../../support/builders.ts'
import type { Person } from '../../support/client.ts'
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

let node: Node
let admin: Person
let ann: Person
let ben: Person
let cem: Person
let dan: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[admin, ann, ben, cem, dan] = await registerInOrder(node.url, 'Ada', 'Ann', 'Ben', 'Cem', 'Dan')
})

const party = (person: Person, role: string, more: object = {}) => ({ userId: person.id, role, ...more })
const sign = (person: Pick<Person, 'request'>, envelope: EnvelopeBody, more: object = {}) =>
  person.request('POST', `/api/legal/envelopes/${envelope.id}/sign`, { ...createSignature(envelope), ...more })
const approve = (person: Person, { id, contentHash }: EnvelopeBody) =>
  person.request('POST', `/api/legal/envelopes/${id}/approve`, { expectedHash: contentHash })
const readStates = async ({ id }: EnvelopeBody) =>
  (await ann.request('GET', `/api/legal/envelopes/${id}`)).body.parties.map(({ state }: { state: string }) => state)
const readEnvelopeState = async ({ id }: EnvelopeBody) => (await ann.request('GET', `/api/legal/envelopes/${id}`)).body.state

describe('the order of an envelope', () => {
  test('signing out of turn is refused, and mails go only to parties whose turn it is (docuseal #481)', async () => {
    const guest = { name: 'Gil', email: 'gil@example.org', role: 'signer', step: 3 }
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), {
      parties: [party(ann, 'signer'), party(ben, 'signer', { step: 2 }), guest],
    })
    expect(await readStates(envelope)).toEqual(['invited', 'waiting', 'waiting'])
    const early = await sign(ben, envelope)
    expect([early.status, early.body.detail]).toEqual([409, 'It is not your turn yet: others act before you.'])
    expect(await readMails(admin, guest.email)).toEqual([])
    await sign(ann, envelope)
    expect(await readStates(envelope)).toEqual(['signed', 'invited', 'waiting'])
    await sign(ben, envelope)
    await waitForMail(admin, guest.email, 'asks you to sign')
    expect(await readStates(envelope)).toEqual(['signed', 'signed', 'invited'])
  })

  test('approvers approve before signers sign, and cannot sign', async () => {
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), {
      parties: [party(ben, 'approver'), party(ann, 'signer', { step: 2 })],
    })
    expect((await sign(ben, envelope)).body.detail).toBe('You are an approver of this envelope: approve it.')
    expect((await approve(ann, envelope)).status).toBe(409)
    expect((await approve(ben, envelope)).body.state).toBe('sent')
    expect((await sign(ann, envelope)).body.state).toBe('completed')
  })

  test('two of three are enough where so set, and the record names who signed (docuseal #464)', async () => {
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), {
      parties: [party(ann, 'signer'), party(ben, 'signer'), party(cem, 'signer'), party(dan, 'signer', { step: 2 })],
      needed: { 1: 2 },
    })
    await sign(cem, envelope)
    expect(await readStates(envelope)).toEqual(['invited', 'invited', 'signed', 'waiting'])
    await sign(ann, envelope)
    expect(await readStates(envelope)).toEqual(['signed', 'skipped', 'signed', 'invited'])
    expect((await sign(ben, envelope)).body.detail).toBe('Enough others of your step have acted.')
    expect((await sign(dan, envelope)).body.state).toBe('completed')
  })

  test('a decline in such a step ends the envelope only when too few are left', async () => {
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), {
      parties: [party(ann, 'signer'), party(ben, 'signer'), party(cem, 'signer')],
      needed: { 1: 2 },
    })
    const decline = (person: Person) => person.request('POST', `/api/legal/envelopes/${envelope.id}/decline`, { reason: 'No.' })
    expect((await decline(ben)).body.state).toBe('sent')
    await sign(ann, envelope)
    expect((await decline(cem)).body.state).toBe('declined')
  })

  test('a witness signs after the signer to whom they are bound, with an address (documenso #3206)', async () => {
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), {
      parties: [party(ann, 'signer'), party(ben, 'witness', { witnessOf: 1 }), party(cem, 'signer', { step: 2 })],
    })
    expect((await sign(ben, envelope, { postalAddress: '1 Long Lane' })).status).toBe(409)
    await sign(ann, envelope)
    expect(await readStates(envelope)).toEqual(['signed', 'invited', 'waiting'])
    const without = await sign(ben, envelope)
    expect([without.status, without.body.errors]).toEqual([400, [{ path: 'postalAddress', message: 'is required for a witness' }]])
    await sign(ben, envelope, { postalAddress: '1 Long Lane, Toronto' })
    expect(await readStates(envelope)).toEqual(['signed', 'signed', 'invited'])
    expect((await sign(cem, envelope)).body.state).toBe('completed')
  })

  test('a delegate acts under their own name; the party who delegated cannot act any more (docuseal #322)', async () => {
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), {
      parties: [party(ann, 'signer'), { name: 'Old', email: 'old@example.org', role: 'signer' }],
    })
    const old = await openSigningLink(
      node.url,
      admin,
      'old@example.org',
      readLinkToken(await waitForMail(admin, 'old@example.org', 'asks')),
    )
    const given = { name: 'New', email: 'new@example.org' }
    const delegated = await old.request('POST', `/api/legal/envelopes/${envelope.id}/delegate`, given)
    expect(delegated.body.parties).toMatchObject([{ name: 'Ann' }, { state: 'delegated' }, { ...given, state: 'invited', role: 'signer' }])
    expect((await sign(old, envelope)).status).toBe(401)
    const holder = await openSigningLink(node.url, admin, given.email, readLinkToken(await waitForMail(admin, given.email, 'asks you')))
    await sign(holder, envelope)
    expect((await sign(ann, envelope)).body.state).toBe('completed')
    const { rows } = await sql<{ details: Record<string, string> }>`
      select p.details from audit_row r join audit_personal_data p on p.position = r.position
      where r.action = 'party.signed' and r.data ->> 'partyId' = ${delegated.body.parties[2].id}`.execute(node.database.sql)
    expect(rows[0]?.details).toMatchObject(given)
    const again = await ann.request('POST', `/api/legal/envelopes/${envelope.id}/delegate`, given)
    expect(again.status).toBe(409)
  })

  test('parties cannot read the text before their turn where so set (docuseal #33)', async () => {
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), {
      parties: [party(ann, 'signer'), party(ben, 'signer', { step: 2 })],
      hideUntilTurn: true,
    })
    const read = () => ben.request('GET', `/api/legal/envelopes/${envelope.id}/text`)
    const early = await read()
    expect([early.status, early.body.detail]).toEqual([409, 'You can read the text when it is your turn.'])
    expect((await ben.request('GET', `/api/documents/legal:${envelope.documentId}`)).status).toBe(404)
    await sign(ann, envelope)
    expect((await read()).body.hash).toBe(envelope.contentHash)
  })

  test('a copy goes to its address at the request and at completion (documenso #1799, docuseal #539)', async () => {
    const copy = { name: 'Cora', email: 'cora@example.org', role: 'copy' }
    const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties: [party(ann, 'signer'), copy] })
    await waitForMail(admin, copy.email, 'with a copy to you')
    await sign(ann, envelope)
    await waitForMail(admin, copy.email, 'is signed by everybody')
    expect(await readEnvelopeState(envelope)).toBe('completed')
  })
})
