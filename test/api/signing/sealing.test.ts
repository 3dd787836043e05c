import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { verifyPdf } from '../../../domain/signing/verify/verify-pdf.ts'
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
import { isInstalled } from '../../support/servers.ts'
import { waitUntil } from '../../support/wait-until.ts'

let node: Node
let admin: Person
let ann: Person
let ben: Person
let envelope: EnvelopeBody
let path: string
let sealed: Buffer
const guest = { name: 'Çelik 山田 محمد', email: 'celik@example.org', role: 'signer' }
beforeAll(async () => {
  node = await getEmptyNode()
  ;[admin, ann, ben] = await registerInOrder(node.url, 'Ada', 'Ann', 'Ben')
  const parties = [{ userId: ann.id, role: 'signer' }, { userId: ben.id, role: 'signer' }, guest]
  envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties })
  path = `/api/legal/envelopes/${envelope.id}`
})

async function download(token: string, path: string): Promise<{ status: number; bytes: Buffer }> {
  const response = await fetch(`${node.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
}

const readFiles = async () => (await ann.request('GET', path)).body.files
const waitForFile = () =>
  waitUntil(async () => {
    const response = await download(ann.token, `${path}/files/sealed`)
    return response.status === 200 ? response.bytes : undefined
  }, 'the sealed file')
const countCompletions = async () =>
  (await sql<{ count: number }>`select count(*)::int as count from event where name = 'envelope.completed'`.execute(node.database.sql))
    .rows[0]?.count

test('before signing, a party downloads the exact text (docuseal #314)', async () => {
  const unsigned = await download(ben.token, `${path}/text.pdf`)
  expect([unsigned.status, unsigned.bytes.toString('latin1', 0, 5)]).toEqual([200, '%PDF-'])
  expect((await download(ann.token, `${path}/files/sealed`)).status).toBe(409)
})

test('files have fixed kinds: no address takes a path that the caller names (OpenSign #2205)', async () => {
  for (const kind of ['..%2f..%2fetc%2fpasswd', '%2fetc%2fpasswd', 'http:%2f%2fexample.org', 'sealed.pdf', '%00', 'bundle'])
    expect((await download(ann.token, `${path}/files/${kind}`)).status, kind).toBe(400)
})

test('drawings that cannot be shown are refused; three parties with names of any script sign (documenso #1668)', async () => {
  const signature = createSignature(envelope)
  await ann.request('POST', `${path}/sign`, signature)
  const damaged = Buffer.from(tinyPng, 'base64')
  damaged.fill(0, 43, 50)
  const drawn = (image: string) => ({ ...signature, mark: { kind: 'drawn', image } })
  const refused = await ben.request('POST', `${path}/sign`, drawn(damaged.toString('base64')))
  expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'mark.image'])
  await ben.request('POST', `${path}/sign`, drawn(tinyPng))
  const holder = await openSigningLink(node.url, admin, guest.email, readLinkToken(await waitForMail(admin, guest.email, 'asks')))
  expect((await holder.request('POST', `${path}/sign`, drawn(tinyPng))).body.state).toBe('completed')
  sealed = await waitForFile()
  const [made] = await readFiles()
  expect(createHash('sha256').update(sealed).digest('hex')).toBe(made.sha256)
})

test('every signature is valid, and a later one does not make an earlier one look broken (docuseal #179)', async () => {
  const { overall, signatures } = await verifyPdf(sealed)
  const later = 'valid, later allowed changes'
  expect([overall, ...signatures.map(({ verdict }) => verdict)]).toEqual([later, later, later, later, 'valid'])
})

test.skipIf(!isInstalled('pdfsig and pdftotext', 'pdfsig', 'pdftotext'))(
  'pdfsig calls each signature valid; the certificate stands inside the file, and its rows are in the API (documenso #1826)',
  async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'sealed-')), 'sealed.pdf')
    writeFileSync(file, sealed)
    if (process.env.SCREENSHOTS) writeFileSync(join(process.env.SCREENSHOTS, 'sealed.pdf'), sealed)
    expect(execFileSync('pdfsig', ['-nocert', file], { encoding: 'utf8' }).match(/Signature is Valid/g)).toHaveLength(4)
    const words = execFileSync('pdftotext', [file, '-'], { encoding: 'utf8' })
    expect(words).toContain('Certificate of signing')
    expect(words).toContain(guest.email)
    const { items } = (await ann.request('GET', `/api/audit?subject=envelope:${envelope.id}&limit=100`)).body
    expect(items.filter(({ action }: { action: string }) => action === 'party.signed')).toHaveLength(3)
  },
)

test('bytes that are appended after signing are reported (digitorus/pdfsign #47)', async () => {
  const { overall, uncoveredBytes } = await verifyPdf(Buffer.concat([sealed, Buffer.from('% appended\n')]))
  expect(overall).not.toBe('valid')
  expect(uncoveredBytes).toBe(11)
})

test('a lost file is made again; there is one completion all the same (OpenSign #1968, documenso PR #2835)', async () => {
  await sql`delete from kept_piece where file in (select file from envelope_file)`.execute(node.database.sql)
  expect((await download(ann.token, `${path}/files/sealed`)).status).toBe(404)
  expect((await ben.request('POST', `${path}/seal`)).status).toBe(403)
  expect((await ann.request('POST', `${path}/seal`)).status).toBe(200)
  expect((await verifyPdf(await waitForFile())).overall).toBe('valid, later allowed changes')
  expect(await countCompletions()).toBe(1)
})

test('every way to act writes address, browser and hash (OpenSign #1824)', async () => {
  const { rows } = await sql<{ action: string; data: Record<string, unknown>; details: Record<string, string> }>`
    select r.action, r.data, d.details from audit_row r join audit_personal_data d on d.position = r.position
    where r.subject = ${`envelope:${envelope.id}`} and r.action like 'party.%' order by r.position`.execute(node.database.sql)
  expect(rows.map(({ data }) => data.method)).toEqual(['account session', 'account session', 'link and code by e-mail'])
  for (const { data, details } of rows) {
    expect(data).toMatchObject({ contentHash: envelope.contentHash, consentVersion: '2026-11' })
    expect(details).toMatchObject({ address: '127.0.0.1', userAgent: expect.any(String) })
  }
})
