/** Judges the signature value by the type of the signature (`/SubFilter`; ISO 32000-2, table 255). */
import { createHash } from 'node:crypto'
import type { ByteRange } from './byte-range.ts'
import { BerError, octetsOf, readBer } from './cms/ber.ts'
import { type Certificate, tryReadCertificate } from './cms/certificate.ts'
import { attributeOids, readSignedData, type SignedData } from './cms/signed-data.ts'
import { judgeSigner, unlessUnsupported } from './cms/signer-info.ts'
import { isSignatureOf } from './cms/signature-value.ts'
import { judgeSignatureTimestamps, judgeTimestamp } from './cms/timestamp.ts'
import { timeOf } from './cms/ber.ts'
import type { PdfDocument } from './pdf/document.ts'
import type { SignedField } from './pdf/form.ts'
import { PdfString } from './pdf/objects.ts'
import type { Fault, TimestampVerdict } from './verdict.ts'

/** What is known of a signature value. */
export interface ValueJudgement {
  faults: Fault[]
  signer: Certificate | undefined
  /** The certificates in the signature value. */
  certificates: Certificate[]
  anomalies: string[]
  timestamps: TimestampVerdict[]
  /** The time that a document timestamp states. */
  timestamp: string | undefined
  /** The time that the signer states. */
  claimed: string | undefined
  signedData: SignedData | undefined
}

interface ValueInput {
  type: string | undefined
  range: ByteRange
  /** Certificates elsewhere in the file. */
  stored: Certificate[]
}

const nothing: ValueJudgement = {
  faults: [],
  signer: undefined,
  certificates: [],
  anomalies: [],
  timestamps: [],
  timestamp: undefined,
  claimed: undefined,
  signedData: undefined,
}

/** Judges a signature value over the bytes of its range. */
export function judgeValue(document: PdfDocument, { dict }: SignedField, { type, range, stored }: ValueInput): ValueJudgement {
  try {
    switch (type) {
      case 'adbe.x509.rsa_sha1':
        return judgeBareSignature(document.resolve(dict.get('Cert')), range)
      case 'ETSI.RFC3161':
        return judgeDocumentTimestamp(range, stored)
      case 'adbe.pkcs7.sha1':
        return judgeSigned(range, stored, true)
      case undefined:
      case 'adbe.pkcs7.detached':
      case 'ETSI.CAdES.detached':
        return judgeSigned(range, stored, false)
      default:
        return judgeUnknownType(type, range, stored)
    }
  } catch (error) {
    if (!(error instanceof BerError)) throw error
    return { ...nothing, faults: [{ class: 'malformed signature value', text: `The signature value is damaged: ${error.message}.` }] }
  }
}

/** Types of other standards are detached signatures of CMS too. Where such a one is correct, it says what it says. */
function judgeUnknownType(type: string, range: ByteRange, stored: Certificate[]): ValueJudgement {
  const judgement = judgeSigned(range, stored, false)
  if (judgement.faults.length === 0) return { ...judgement, anomalies: [...judgement.anomalies, `unknown type ${type}`] }
  return { ...judgement, faults: [{ class: 'unsupported algorithm', text: `Signatures of the type ${type} are not supported.` }] }
}

function judgeSigned(range: ByteRange, stored: Certificate[], carriesDigest: boolean): ValueJudgement {
  const signedData = readSignedData(range.contents)
  const enclosed = carriesDigest ? checkEnclosedDigest(signedData, range) : checkDetached(signedData)
  const content = carriesDigest && signedData.content ? [signedData.content] : range.parts
  const { faults, signer, anomalies } = judgeSigner(signedData, content, stored)
  const [info] = signedData.signerInfos
  return {
    ...nothing,
    faults: enclosed ? [enclosed, ...faults] : faults,
    signer,
    anomalies,
    certificates: signedData.certificates,
    timestamps: info && signedData.signerInfos.length === 1 ? judgeSignatureTimestamps(info, [...signedData.certificates, ...stored]) : [],
    claimed: timeOf(info?.signedAttributes?.attributes.get(attributeOids.signingTime)?.[0]),
    signedData,
  }
}

/** A detached signature carries no content: readers differ in which of two contents they would verify. */
export function checkDetached({ content }: SignedData): Fault | undefined {
  if (content === undefined) return undefined
  return { class: 'encapsulated content in a detached signature', text: 'The signature value carries a content of its own.' }
}

/** The old type `adbe.pkcs7.sha1` carries the SHA-1 of the signed bytes as its content. */
export function checkEnclosedDigest({ content }: SignedData, { parts }: ByteRange): Fault | undefined {
  const hash = createHash('sha1')
  for (const part of parts) hash.update(part)
  if (content && Buffer.compare(content, hash.digest()) === 0) return undefined
  return { class: 'digest mismatch', text: 'The signed bytes were changed after signing: their hash differs.' }
}

function judgeDocumentTimestamp(range: ByteRange, stored: Certificate[]): ValueJudgement {
  const signedData = readSignedData(range.contents)
  const { faults, signer, anomalies, time } = judgeTimestamp(signedData, range.parts, stored)
  return { ...nothing, faults, signer, anomalies, certificates: signedData.certificates, timestamp: time, signedData }
}

/** The old type `adbe.x509.rsa_sha1`: a bare RSA signature, with the certificate beside it. */
function judgeBareSignature(certificates: unknown, range: ByteRange): ValueJudgement {
  const [first] = Array.isArray(certificates) ? certificates : [certificates]
  const signer = first instanceof PdfString ? tryReadCertificate(first.bytes) : undefined
  const signature = octetsOf(readBer(range.contents))
  if (!signer) return { ...nothing, faults: [{ class: 'signer certificate missing', text: 'The signature has no certificate.' }] }
  const hashes = ['sha1', 'sha256', 'sha384', 'sha512']
  const fault = unlessUnsupported(() => {
    const isOf = (hash: string) => isSignatureOf({ kind: 'rsa', hash }, signer.publicKey, { parts: range.parts, digest: hash }, signature)
    if (hashes.some(isOf)) return undefined
    return { class: 'signature value does not verify', text: 'The signature value is not of these bytes by the named key.' }
  })
  return { ...nothing, faults: fault ? [fault] : [], signer, certificates: [signer] }
}
