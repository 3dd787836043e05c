import { beforeAll, expect, test } from 'vitest'
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
  sendNewEnvelope,
  tinyPng,
  waitForMail,
} from '../../support/signing.ts'

let node: Node
let admin: Person
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[admin, ann, ben] = await registerInOrder(node.url, 'Ada', 'Ann', 'Ben')
})

const signer = (person: Person, more: object = {}) => ({ userId: person.id, role: 'signer', ...more })
const readState = async (documentId: string) => (await ann.request('GET', `/api/legal/documents/${documentId}`)).body.state
const sign = (person: Pick<Person, 'request'>, envelope: EnvelopeBody, more: object = {}) =>
  person.request('POST', `/api/legal/documents/${envelope.documentId}/sign`, { ...createSignature(envelope), ...more })

test('three parties sign, one by a link, and the last signature completes the envelope', async () => {
  const documentId = await createAgreement(ann)
  const guest = { name: 'Çelik Ødegård', email: 'celik@example.org', role: 'signer' }
  const envelope = await sendNewEnvelope(ann, documentId, { parties: [signer(ann), signer(ben), guest], message: 'Please sign.' })
  expect(envelope).toMatchObject({
    state: 'sent',
    isOwner: true,
    parties: [{ state: 'invited' }, { state: 'invited' }, { state: 'invited' }],
  })
  expect(await readState(documentId)).toBe('signing_workflow')

  const first = await sign(ann, envelope)
  expect(first.status, JSON.stringify(first.body)).toBe(200)
  expect((await sign(ben, envelope, { mark: { kind: 'drawn', image: tinyPng } })).body).toMatchObject({ state: 'sent', isOwner: false })

  const mail = await waitForMail(admin, guest.email, 'asks you to sign')
  const holder = await openSigningLink(node.url, admin, guest.email, readLinkToken(mail))
  const text = await holder.request('GET', `/api/legal/envelopes/${envelope.id}/text`)
  expect(text.body).toMatchObject({ hash: envelope.contentHash, text: { title: 'Founders agreement' }, consent: { version: '2026-11' } })
  expect((await holder.request('POST', `/api/legal/envelopes/${envelope.id}/view`)).body.parties[2]).toMatchObject({ state: 'viewed' })
  const last = await sign(holder, envelope)
  expect(last.body).toMatchObject({ state: 'completed', parties: [{ state: 'signed' }, { state: 'signed' }, { state: 'signed' }] })
  expect(await readState(documentId)).toBe('effective')
  expect((await waitForMail(admin, guest.email, 'is signed by everybody')).text).toContain('/sign#')
  const again = await sign(holder, envelope)
  expect([again.status, again.body.detail]).toEqual([409, 'You have signed or approved this envelope before.'])
})
