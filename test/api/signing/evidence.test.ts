/** The evidence bundle of a real envelope: made by the server, verified by a stranger. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { readZip } from '../../../domain/signing/bundle/canonical-zip.ts'
import { verifyBundle } from '../../../domain/signing/verify/bundle.ts'
import type { Node } from '../../../main.ts'
import { registerInOrder } from '../../support/builders.ts'
import type { Person } from '../../support/client.ts'
import { getEmptyNode } from '../../support/node.ts'
import { createAgreement, createSignature, type EnvelopeBody, sendNewEnvelope } from '../../support/signing.ts'
import { waitUntil } from '../../support/wait-until.ts'

let node: Node
let ann: Person
let ben: Person
let documentId: string
let envelope: EnvelopeBody
let path: string
beforeAll(async () => {
  node = await getEmptyNode()
  ;[, ann, ben] = await registerInOrder(node.url, 'Ada', 'Ann', 'Ben')
  documentId = await createAgreement(ann)
  await ann.request('POST', `/api/documents/legal:${documentId}/versions`, { name: 'To be signed' })
  envelope = await sendNewEnvelope(ann, documentId, {
    parties: [
      { userId: ann.id, role: 'signer' },
      { userId: ben.id, role: 'signer' },
    ],
  })
  path = `/api/legal/envelopes/${envelope.id}`
})

async function download(person: Person): Promise<{ status: number; bytes: Uint8Array }> {
  const response = await fetch(`${node.url}${path}/evidence`, { headers: { authorization: `Bearer ${person.token}` } })
  return { status: response.status, bytes: new Uint8Array(await response.arrayBuffer()) }
}
const readJson = (bundle: Uint8Array, name: string): any => JSON.parse(Buffer.from(readZip(bundle).get(name) as Uint8Array).toString())

test('before everybody has signed there is none', async () => {
  expect((await download(ann)).status).toBe(409)
})

test('the bundle of a completed envelope is valid, and has the history of the text', async () => {
  for (const person of [ann, ben])
    expect((await person.request('POST', `${path}/sign`, createSignature(envelope, person.name))).status).toBe(200)
  const { bytes } = await waitUntil(async () => {
    const answer = await download(ann)
    return answer.status === 200 ? answer : undefined
  }, 'the evidence')
  const verdict = await verifyBundle(bytes)
  expect(verdict).toMatchObject({ overall: 'valid', erased: [] })
  expect(verdict.checks.filter(({ isPassed }) => !isPassed)).toEqual([])
  expect(verdict.signatures.map(({ signer }) => signer.name)).toEqual(['Ann', 'Ben', expect.stringMatching(/^SmartStart seal /)])
  const { items: roots } = (await ann.request('GET', '/api/legal/authority')).body
  expect(verdict.roots.map(({ keyFingerprint }) => keyFingerprint)).toEqual([roots[0].keyFingerprint])
  expect(readJson(bytes, 'history/versions.json')).toEqual([expect.objectContaining({ name: 'To be signed' })])
  const authorship = readJson(bytes, 'history/authorship.json')
  expect(authorship.sessions.flatMap(({ authors }: any) => authors.map(({ name }: any) => name))).toContain('Ann')
  expect(JSON.stringify(authorship.text)).toContain(ann.id)
  const actions = readJson(bytes, 'audit/rows.json').map(({ record }: any) => record.action)
  expect(actions.filter((action: string) => action === 'party.signed')).toHaveLength(2)
  expect(actions).toContain('envelope.completed')
})

test('a stranger verifies it with the verifier inside (documenso #1764)', async () => {
  const { bytes } = await download(ann)
  const folder = mkdtempSync(join(tmpdir(), 'smartstart-stranger-'))
  try {
    writeFileSync(join(folder, 'verify.mjs'), readZip(bytes).get('verify.mjs') as Uint8Array)
    writeFileSync(join(folder, 'evidence.zip'), bytes)
    const output = execFileSync(process.execPath, ['verify.mjs', 'evidence.zip'], { cwd: folder, env: {}, encoding: 'utf8' })
    expect(output).toMatch(/^Verdict: valid\n/)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('anybody may have the server verify it, without an account', async () => {
  const { bytes } = await download(ann)
  const verify = async (body: Uint8Array) => {
    const headers = { 'content-type': 'application/octet-stream' }
    return (await (await fetch(`${node.url}/api/legal/verify`, { method: 'POST', headers, body: new Uint8Array(body) })).json()) as any
  }
  const whole = await verify(bytes)
  expect(whole).toMatchObject({ overall: 'valid', bundle: { brokenRow: null, roots: [{ keyFingerprint: expect.any(String) }] } })
  expect(whole.bundle.checks.every(({ isPassed }: any) => isPassed)).toBe(true)
  const changed = await verify(Uint8Array.from(bytes, (byte, at) => (at === bytes.length - 5 ? byte ^ 1 : byte)))
  expect(changed).toMatchObject({ overall: 'invalid: bundle changed' })
})

test('a party who does not own the document does not get the drafting history', async () => {
  expect((await download(ben)).status).toBe(403)
})

test('after personal data was erased, the bundle is still valid and says so', async () => {
  await sql`update audit_personal_data set salt = null, details = null, erased_at = now() where person = ${ben.id}`.execute(
    node.database.sql,
  )
  const verdict = await verifyBundle((await download(ann)).bytes)
  expect(verdict.overall).toBe('valid')
  expect(verdict.erased.length).toBeGreaterThan(0)
})

test('a row that was changed in the database is named', async () => {
  const { rows } = await sql<{
    position: string
  }>`select position from audit_row where action = 'party.signed' order by position limit 1`.execute(node.database.sql)
  const position = Number(rows[0]?.position)
  // as somebody who owns the database could
  await sql`alter table audit_row disable trigger user`.execute(node.database.sql)
  await sql`update audit_row set data = '{"partyId":"other"}' where position = ${position}`.execute(node.database.sql)
  await sql`alter table audit_row enable trigger user`.execute(node.database.sql)
  const verdict = await verifyBundle((await download(ann)).bytes)
  expect(verdict).toMatchObject({ overall: 'invalid: audit chain broken', brokenRow: position })
})
