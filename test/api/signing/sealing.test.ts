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
  openSigningLink,
  readLinkToken,
  sendNewEnvelope,
  tinyPng,
  waitForMail,
} from '../../support/signing.ts'
import { waitUntil } from '../../support/wait-until.ts'

let node: Node
let admin: Person
let ann: Person
let ben: Person
beforeAll(async () => {
  node = await getEmptyNode()
  ;[admin, ann, ben] = await registerInOrder(node.url, 'Ada', 'Ann', 'Ben')
})

async function download(token: string, path: string): Promise<{ status: number; bytes: Buffer }> {
  const response = await fetch(`${node.url}${path}`, { headers: { authorization: `Bearer ${token}` } })
  return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
}

test('the sealed file of three signers is valid to our verifier and to pdfsig, and a lost one is made again', async () => {
  const guest = { name: 'Çelik 山田 محمد', email: 'celik@example.org', role: 'signer' }
  const parties = [{ userId: ann.id, role: 'signer' }, { userId: ben.id, role: 'signer' }, guest]
  const envelope = await sendNewEnvelope(ann, await createAgreement(ann), { parties })
  const path = `/api/legal/envelopes/${envelope.id}`
  const unsigned = await download(ben.token, `${path}/text.pdf`)
  expect([unsigned.status, unsigned.bytes.toString('latin1', 0, 5)]).toEqual([200, '%PDF-'])
  expect((await download(ann.token, `${path}/files/sealed`)).status).toBe(409)
  const signature = createSignature(envelope)
  await ann.request('POST', `${path}/sign`, signature)
  const damaged = Buffer.from(tinyPng, 'base64')
  damaged.fill(0, 43, 50)
  const refused = await ben.request('POST', `${path}/sign`, { ...signature, mark: { kind: 'drawn', image: damaged.toString('base64') } })
  expect([refused.status, refused.body.errors[0].path]).toEqual([400, 'mark.image'])
  await ben.request('POST', `${path}/sign`, { ...signature, mark: { kind: 'drawn', image: tinyPng } })
  const holder = await openSigningLink(node.url, admin, guest.email, readLinkToken(await waitForMail(admin, guest.email, 'asks')))
  expect((await holder.request('POST', `${path}/sign`, { ...signature, mark: { kind: 'drawn', image: tinyPng } })).body.state).toBe(
    'completed',
  )

  const readFiles = async () => (await ann.request('GET', path)).body.files
  const [made] = await waitUntil(async () => ((await readFiles()).length > 0 ? readFiles() : undefined), 'the sealed file')
  const { bytes } = await download(ann.token, `${path}/files/sealed`)
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(made.sha256)
  const verdict = await verifyPdf(bytes)
  expect(verdict.signatures.map(({ verdict }) => verdict)).toHaveLength(4)
  // each signature but the last is followed by others
  expect(verdict.overall).toBe('valid, later allowed changes')
  const file = join(mkdtempSync(join(tmpdir(), 'sealed-')), 'sealed.pdf')
  writeFileSync(file, bytes)
  if (process.env.SCREENSHOTS) writeFileSync(join(process.env.SCREENSHOTS, 'sealed.pdf'), bytes)
  expect(execFileSync('pdfsig', ['-nocert', file], { encoding: 'utf8' }).match(/Signature is Valid/g)).toHaveLength(4)

  await sql`delete from kept_piece where file in (select file from envelope_file)`.execute(node.database.sql)
  expect((await download(ann.token, `${path}/files/sealed`)).status).toBe(404)
  expect((await ben.request('POST', `${path}/seal`)).status).toBe(403)
  expect((await ann.request('POST', `${path}/seal`)).status).toBe(200)
  const again = await waitUntil(async () => {
    const response = await download(ann.token, `${path}/files/sealed`)
    return response.status === 200 ? response.bytes : undefined
  }, 'the file that is made again')
  expect((await verifyPdf(again)).overall).toBe('valid, later allowed changes')
})
