/**
 * Seals an agreement: renders its pages, signs them once for each signer and once for the installation, and dates them where a timestamp
 * authority is given. PAdES B-B signatures; each is an incremental update, so it leaves the bytes before it unchanged.
 */
import 'reflect-metadata'
import { createHash } from 'node:crypto'
import { CryptoKeySigner, PDF, PlaceholderError, type TimestampAuthority } from '@libpdf/core'
import type { IssuedCertificate, SigningIdentity } from '../authority/certificates.ts'
import type { PageCertificate, PagesInput, RenderedPages } from './pages/pages-input.ts'
import type { SealInput, SealedParty } from './seal-input.ts'
import type { SealKeys } from './seal-keys.ts'

/** Bytes reserved for a signature: about 1,900 are used. A longer one gets twice as many. */
const signatureBytes = 2600
/** Bytes reserved for a timestamp: its authority sends certificates of its own. */
const timestampBytes = 6144
const maxReservedBytes = 100_000

export interface SealOptions {
  /** Dates the sealed file (RFC 3161). What it throws is thrown on: a file without the date would not be what was promised. */
  timestamp?: TimestampAuthority | undefined
  /** Renders the pages; absent: in this process. */
  render?: (input: PagesInput) => Promise<RenderedPages>
  /** A directory with more fonts. */
  fontsDir?: string | undefined
}

export interface SealedAgreement {
  pdf: Uint8Array
  /** SHA-256 (hex) of `pdf`. */
  sha256: string
  /** What the file does not show, in words for people. */
  warnings: string[]
  /** The certificates of signers, by party id; each key has signed once and is forgotten. */
  certificates: Record<string, IssuedCertificate>
}

/** Whether a party's act is a signature of its own in the file. */
export const hasSignature = ({ role, outcome }: SealedParty): boolean => (role === 'signer' || role === 'witness') && outcome === 'signed'

/** @throws Error where the text does not have the hash that the parties confirmed */
export async function sealAgreement(
  input: SealInput,
  keys: SealKeys,
  { timestamp, render, fontsDir }: SealOptions = {},
): Promise<SealedAgreement> {
  const { document, parties } = input
  if (createHash('sha256').update(document.text).digest('hex') !== document.hash)
    throw new Error(`The text of ${document.name} at ${document.at} does not have the hash that was signed.`)
  const signatories: { party: SealedParty; identity: SigningIdentity }[] = []
  for (const party of parties.filter(hasSignature)) signatories.push({ party, identity: await keys.issue(party.name) })
  const certificates = Object.fromEntries(signatories.map(({ party, identity }) => [party.id, identity.certificate]))
  const pages: PagesInput = {
    agreement: input,
    certificates: Object.fromEntries(Object.entries(certificates).map(([id, certificate]) => [id, toPageCertificate(certificate)])),
    seal: toPageCertificate(keys.seal.certificate),
    root: toPageCertificate(keys.root),
    hasTimestamp: timestamp !== undefined,
    fontsDir,
  }
  const renderHere = async (of: PagesInput) => (await import('./pages/render-pages.ts')).renderPages(of)
  const { bytes, warnings } = await (render ?? renderHere)(pages)
  let pdf = bytes
  for (const [at, { party, identity }] of signatories.entries()) {
    const act = party.role === 'witness' ? 'Witnessed' : 'Signed'
    pdf = await addSignature(pdf, identity, keys, { fieldName: `Signature ${at + 1}`, reason: `${act} ${party.actedAt ?? ''}`.trim() })
  }
  pdf = await addSignature(pdf, keys.seal, keys, { fieldName: 'Seal', reason: `Sealed envelope ${input.envelope.id}` })
  if (timestamp) pdf = await addTimestamp(pdf, timestamp)
  return { pdf, sha256: createHash('sha256').update(pdf).digest('hex'), warnings, certificates }
}

const toPageCertificate = ({ serial, keyFingerprint }: IssuedCertificate): PageCertificate => ({ serial, keyFingerprint })

function addSignature(
  pdf: Uint8Array,
  { key, certificate }: SigningIdentity,
  { root, now }: SealKeys,
  { fieldName, reason }: { fieldName: string; reason: string },
): Promise<Uint8Array> {
  const signer = new CryptoKeySigner(key as never, toDer(certificate.pem), 'EC', 'ECDSA', [toDer(root.pem)])
  return withRoom(signatureBytes, async (estimatedSize) => {
    const document = await PDF.load(pdf)
    const options = { subFilter: 'ETSI.CAdES.detached', level: 'B-B', digestAlgorithm: 'SHA-256' } as const
    return (await document.sign({ ...options, signer, signingTime: now, fieldName, reason, estimatedSize })).bytes
  })
}

function addTimestamp(pdf: Uint8Array, timestampAuthority: TimestampAuthority): Promise<Uint8Array> {
  // asked once for each size: a new token for the same bytes would do no harm
  return withRoom(timestampBytes, async (estimatedSize) => {
    const document = await PDF.load(pdf)
    return (await document.addTimestamp({ timestampAuthority, fieldName: 'Timestamp', estimatedSize })).bytes
  })
}

/** Tries again with twice the room while a signature is longer than what was reserved for it. */
async function withRoom(bytes: number, sign: (estimatedSize: number) => Promise<Uint8Array>): Promise<Uint8Array> {
  for (let room = bytes; ; room *= 2) {
    try {
      return await sign(room)
    } catch (error) {
      if (!(error instanceof PlaceholderError) || room > maxReservedBytes) throw error
    }
  }
}

/** The bytes of a certificate. */
export const toDer = (pem: string): Uint8Array => Buffer.from(pem.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64')
