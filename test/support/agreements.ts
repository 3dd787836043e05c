/** Agreements for tests of seals and evidence: parties with every kind of mark, texts of any length, and keys of a throw-away authority. */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { deflateSync, crc32 } from 'node:zlib'
import type { JSONContent } from '@tiptap/core'
import { writeCanonicalJson } from '../../domain/history/canonical-text.ts'
import { createKeyPair, createRootCertificate, deriveKeyPair, issueCertificate } from '../../domain/signing/authority/certificates.ts'
import type { SealInput, SealedParty } from '../../domain/signing/seal/seal-input.ts'
import type { SealKeys } from '../../domain/signing/seal/seal-keys.ts'

/** Keys of a new authority. */
export async function createSealKeys(now = new Date()): Promise<SealKeys> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const root = { key: privateKey, certificate: await createRootCertificate(privateKey, now) }
  const seal = await deriveKeyPair(privateKey, 'seal test')
  return {
    now,
    root: root.certificate,
    seal: { key: seal.privateKey, certificate: await issueCertificate(root, { name: 'SmartStart seal', publicKey: seal.publicKey, now }) },
    async issue(name) {
      const keys = await createKeyPair()
      return { key: keys.privateKey, certificate: await issueCertificate(root, { name, publicKey: keys.publicKey, now }) }
    },
  }
}

const paragraph = (text: string, attrs?: Record<string, unknown>): JSONContent => ({
  type: 'paragraph',
  ...(attrs && { attrs }),
  content: [{ type: 'text', text }],
})
const heading = (text: string, level: number, attrs?: Record<string, unknown>): JSONContent => ({
  type: 'heading',
  attrs: { level, ...attrs },
  content: [{ type: 'text', text }],
})

const sentence =
  'Each party keeps confidential what the other discloses in connection with the purpose, uses it for nothing else, and protects it as carefully as its own.'

/** A numbered agreement. @param clauses 12 of them fill about a page */
export function createContent(clauses: number): JSONContent {
  const content: JSONContent[] = [
    heading('Mutual non-disclosure agreement', 1),
    {
      type: 'paragraph',
      content: [
        { type: 'text', text: 'This agreement is made between ' },
        { type: 'variable', attrs: { name: 'party_a' } },
        { type: 'text', text: ' and the other parties below.', marks: [{ type: 'bold' }] },
      ],
    },
  ]
  for (let clause = 1; clause <= clauses; clause++) {
    if (clause % 6 === 1) content.push(heading(`Section ${(clause + 5) / 6}`, 2, { listStyle: 'clauses', listLevel: 0 }))
    content.push(paragraph(sentence, { listStyle: 'clauses', listLevel: 1 }))
  }
  return { type: 'doc', content }
}

/** The canonical text of a content, as `readCanonicalText` answers it. */
export const createText = (content: JSONContent, title = 'Mutual non-disclosure agreement'): string =>
  writeCanonicalJson({ format: 'smartstart-text/1', title, content, values: { party_a: 'Example GmbH' }, listStyles: {} })

/** A drawn mark: a curve, as a grey PNG with an alpha channel. */
export function drawPng(width = 300, height = 90): Uint8Array {
  const rows = Buffer.alloc(height * (1 + width * 4))
  for (let x = 10; x < width - 10; x++) {
    const middle = Math.round(height / 2 + Math.sin(x / 12) * (height / 3) * Math.cos(x / 50))
    for (let y = middle - 1; y <= middle + 1; y++) rows.set([20, 30, 90, 255], y * (1 + width * 4) + 1 + x * 4)
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 6, 0, 0, 0], 8)
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const begin = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return new Uint8Array(Buffer.concat([begin, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]))
}

const at = (minute: number) => new Date(Date.UTC(2026, 10, 29, 10, minute)).toISOString()

/** A party that signed. @param number its place, from 1 */
export function createSigner(number: number, more: Partial<SealedParty> = {}): SealedParty {
  return {
    id: `01920000-0000-7000-8000-0000000000${String(number).padStart(2, '0')}`,
    name: `Signer Number ${number}`,
    email: `signer${number}@example.org`,
    role: 'signer',
    outcome: 'signed',
    order: number,
    method: number % 2 === 1 ? 'account session' : 'link and code by e-mail',
    consentVersion: '2026-11-01',
    sentAt: at(0),
    viewedAt: at(number * 2),
    actedAt: at(number * 2 + 1),
    address: '192.0.2.7',
    userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/153.0.0.0 Safari/537.36',
    audit: { position: 100 + number, hash: createHash('sha256').update(String(number)).digest('hex') },
    mark: { kind: 'typed', text: `Signer Number ${number}` },
    ...more,
  }
}

/** A completed agreement. */
export function createAgreement(parties: SealedParty[], text = createText(createContent(8))): SealInput {
  const hash = createHash('sha256').update(text).digest('hex')
  return {
    envelope: {
      id: '01920000-0000-7000-8000-00000000e001',
      title: 'Mutual non-disclosure agreement',
      order: 'sequential',
      sender: 'Ann Example',
      sentAt: at(0),
      completedAt: at(59),
      version: 1,
    },
    document: { name: 'legal:01920000-0000-7000-8000-00000000d001', at: 421, hash, text },
    parties: parties.map((party) => ({ ...party, ...(party.outcome === 'signed' && { confirmedHash: hash }) })),
    publicUrl: 'https://smartstart.example.org',
  }
}
