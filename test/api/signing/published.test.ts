import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../../main.ts'
import { registerInOrder } from '../../support/builders.ts'
import type { Person } from '../../support/client.ts'
import { getEmptyNode } from '../../support/node.ts'
import { createAgreement, sendNewEnvelope } from '../../support/signing.ts'

let node: Node
let admin: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[admin, ben] = await registerInOrder(node.url, 'Ada', 'Ben')
})

test('a person signs the published text of a kind, and it counts towards their compliance', async () => {
  const documentId = await createAgreement(admin, 'Privacy notice')
  await admin.request('PATCH', `/api/legal/documents/${documentId}`, { kind: 'privacy-notice' })
  const published = await admin.request('POST', '/api/legal/kinds/privacy-notice/publish', { documentId })
  expect(published.status, JSON.stringify(published.body)).toBe(201)
  await admin.request('PUT', `/api/legal/levels/${ben.id}`, { level: 'MEMBER' })
  const readMissing = async () => (await ben.request('GET', '/api/legal/compliance/me')).body
  expect((await readMissing()).score).toBeLessThan(100)
  // an envelope of this kind waits for him
  const offered = await createAgreement(admin, 'Privacy notice, for you')
  await admin.request('PATCH', `/api/legal/documents/${offered}`, { kind: 'privacy-notice' })
  await sendNewEnvelope(admin, offered, { parties: [{ userId: ben.id, role: 'signer' }] })
  expect((await readMissing()).requirements.find(({ kind }: { kind: string }) => kind === 'privacy-notice').status).toBe('PENDING')
  const { contentHash } = (await ben.request('GET', '/api/legal/kinds/privacy-notice')).body.publication
  const sign = (more: object = {}) =>
    ben.request('POST', '/api/legal/kinds/privacy-notice/sign', {
      expectedHash: contentHash,
      consentVersion: '2026-11',
      mark: { kind: 'typed', text: 'Ben' },
      ...more,
    })
  expect((await sign({ expectedHash: '0'.repeat(64) })).status).toBe(409)
  expect((await sign({ consentVersion: 'none' })).status).toBe(400)
  const signed = await sign()
  expect(signed.status, JSON.stringify(signed.body)).toBe(201)
  expect(signed.body).toMatchObject({ state: 'completed', contentHash, parties: [{ state: 'signed', userId: ben.id }] })
  expect((await readMissing()).score).toBe(100)
  const text = await ben.request('GET', `/api/legal/envelopes/${signed.body.id}/text`)
  expect(text.body.hash).toBe(contentHash)
  expect(
    (
      await ben.request('POST', '/api/legal/kinds/payment-processing/sign', {
        expectedHash: contentHash,
        consentVersion: '2026-11',
        mark: { kind: 'typed', text: 'x' },
      })
    ).status,
  ).toBe(404)
})
