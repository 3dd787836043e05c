/** `POST /api/legal/verify`: anybody may have a file verified. */
import { beforeAll, expect, test } from 'vitest'
import type { Node } from '../../main.ts'
import { type ApiResponse, sendRequest } from '../support/client.ts'
import { getEmptyNode } from '../support/node.ts'
import { createTestRoot, samplePdf } from '../support/signed-pdf.ts'

const file = { 'content-type': 'application/octet-stream' }
let node: Node
let signed: Uint8Array

beforeAll(async () => {
  node = await getEmptyNode()
  signed = await (await createTestRoot()).sign(samplePdf(), 'Ann')
})

async function verify(bytes: Uint8Array, headers: Record<string, string> = file): Promise<ApiResponse> {
  return sendRequest(node.url, 'POST', '/api/legal/verify', bytes, headers)
}

test('somebody without an account learns the verdict, the signer, the coverage and the chain', async () => {
  const { status, body } = await verify(signed)
  expect(status).toBe(200)
  expect(body).toMatchObject({ overall: 'valid', uncoveredBytes: 0 })
  expect(body.signatures).toHaveLength(1)
  expect(body.signatures[0]).toMatchObject({
    field: 'Ann',
    kind: 'signature',
    verdict: 'valid',
    intact: true,
    signer: { name: 'Ann', certificate: { issuer: 'O=SmartStart, CN=Root' } },
    coverage: { kind: 'whole file', bytesAfter: 0, revision: 2, revisions: 2 },
    laterChanges: [],
  })
  expect(body.signatures[0].chain).toHaveLength(2)
})

test('a changed byte is named', async () => {
  const changed = Uint8Array.from(signed)
  changed[changed.indexOf(0x49)] = 0x55
  const { status, body } = await verify(changed)
  expect([status, body.overall]).toEqual([200, 'invalid: digest mismatch'])
})

test('a file that is no PDF cannot be judged, and an unsigned one has no signature', async () => {
  expect((await verify(Buffer.from('hello'))).body.overall).toBe('cannot judge: damaged file')
  expect((await verify(samplePdf())).body.overall).toBe('no signature')
})

test('an empty body, another type and unknown fields are refused', async () => {
  expect((await verify(new Uint8Array())).body.type).toBe('urn:problem:invalid-input')
  expect((await verify(signed, { 'content-type': 'application/pdf' })).body.type).toBe('urn:problem:invalid-input')
  const { body } = await sendRequest(node.url, 'POST', '/api/legal/verify?address=1.2.3.4', signed, file)
  expect(body).toMatchObject({ type: 'urn:problem:invalid-input', errors: [{ path: 'address' }] })
})

test('another upload still needs an account', async () => {
  const { status } = await sendRequest(node.url, 'POST', '/api/imports?name=a.md', Buffer.from('# a'), file)
  expect(status).toBe(401)
})

test('too many files at once from one address are refused', async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, () => verify(signed)))
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(0)
  expect(answers.filter(({ body }) => body.overall === 'valid').length).toBeGreaterThanOrEqual(3)
})
