/** The words of a verdict. `docs/verification.md` explains them. */

/** Why a signature is not valid, or cannot be judged. Of several faults the first in this order is the verdict. */
export const faultClasses = {
  'damaged file': 'cannot judge',
  encrypted: 'cannot judge',
  'empty signature value': 'invalid',
  'malformed byte range': 'invalid',
  'byte range outside the file': 'invalid',
  'byte range gap does not match the signature value': 'invalid',
  'malformed signature value': 'cannot judge',
  'several signers in one signature value': 'invalid',
  'encapsulated content in a detached signature': 'invalid',
  'digest mismatch': 'invalid',
  'signature value does not verify': 'invalid',
  'algorithm combination not allowed': 'invalid',
  'incomplete coverage': 'invalid',
  'forbidden later changes': 'invalid',
  'unsupported algorithm': 'cannot judge',
  'signer certificate missing': 'cannot judge',
} as const

export type FaultClass = keyof typeof faultClasses

/** A fault, and what was found in words. */
export interface Fault {
  class: FaultClass
  text: string
}

/** The kinds of a verdict, from the worst to the best. */
export const verdictKinds = ['invalid', 'cannot judge', 'no signature', 'valid, later allowed changes', 'valid'] as const
export type VerdictKind = (typeof verdictKinds)[number]

/** What a later revision changed. */
export interface LaterChange {
  class: ChangeClass
  description: string
  /** The revision in which the object was last written, counted from 1; null where it is unknown. */
  revision: number | null
  isAllowed: boolean
}

export const changeClasses = [
  'form filling',
  'further signature',
  'document timestamp',
  'validation data (DSS)',
  'metadata',
  'extensions',
  'white space',
  'annotations',
  'pages',
  'page content',
  'form structure',
  'locked field',
  'field appearance',
  'signed field',
  'optional content',
  'names and actions',
  'structure tree',
  'catalog',
  'trailer',
  'shared object',
] as const
export type ChangeClass = (typeof changeClasses)[number]

export interface CertificateSummary {
  subject: string
  issuer: string
  serialNumber: string
  notBefore: string | null
  notAfter: string | null
  /** SHA-256 of the certificate. */
  fingerprint: string
}

export interface TimestampVerdict {
  /** The time that the authority states. */
  time: string | null
  authority: string | null
  verdict: string
}

/** From where the time of signing is known: an authority, the signer's own statement, or nothing. */
export type TimeSource = 'document timestamp' | 'signature timestamp' | 'signer' | 'signature dictionary' | 'none'

export interface SignatureVerdict {
  field: string
  kind: 'signature' | 'document timestamp'
  verdict: string
  reason: string
  /** Further faults, as verdicts. */
  otherReasons: string[]
  /** Whether hash and signature value are correct for the named bytes; null where it cannot be told. */
  intact: boolean | null
  type: string | null
  signer: { name: string | null; certificate: CertificateSummary | null }
  /** From the signer's certificate upwards. Each is signed by the next; whether to trust the last is the reader's choice. */
  chain: CertificateSummary[]
  signedAt: { time: string | null; source: TimeSource }
  timestamps: TimestampVerdict[]
  coverage: {
    kind: 'whole file' | 'whole revision' | 'partial' | 'unclear'
    byteRange: number[]
    /** Bytes after the signed ones. */
    bytesAfter: number
    revision: number | null
    revisions: number
  }
  laterChanges: LaterChange[]
  /** Peculiarities that do not change the verdict. */
  anomalies: string[]
}

/** The verdict on a file, whatever its kind. */
export interface FileVerdict {
  /** The worst of the verdicts. */
  overall: string
  reason: string
  /** Bytes after the last signature: no signature says anything about them. */
  uncoveredBytes: number
  signatures: SignatureVerdict[]
}

export type PdfVerdict = FileVerdict

/** What is checked of an evidence bundle, in this order. The first check that fails is the verdict. */
export const bundleChecks = ['container', 'manifest', 'files', 'pdf', 'text', 'audit', 'parties'] as const
export type BundleCheckName = (typeof bundleChecks)[number]

/** Orders faults so that the first is the verdict. */
export function sortFaults(faults: Fault[]): Fault[] {
  const order = Object.keys(faultClasses)
  return [...faults].sort((left, right) => order.indexOf(left.class) - order.indexOf(right.class))
}

/** `invalid: digest mismatch`, for example. */
export const verdictOf = (fault: Fault): string => `${faultClasses[fault.class]}: ${fault.class}`

/** The kind of a verdict. */
export const kindOf = (verdict: string): VerdictKind =>
  verdictKinds.find((kind) => verdict === kind || verdict.startsWith(`${kind}: `)) ?? 'cannot judge'

/** Whether a verdict is valid, with or without later allowed changes. */
export const isValid = (verdict: string): boolean => verdict === 'valid' || verdict === 'valid, later allowed changes'

/** The worst of several verdicts. */
export function worstVerdict(verdicts: string[]): string {
  const rank = (verdict: string) => verdictKinds.indexOf(kindOf(verdict))
  return verdicts.reduce((worst, verdict) => (rank(verdict) < rank(worst) ? verdict : worst), verdicts[0] ?? 'no signature')
}
