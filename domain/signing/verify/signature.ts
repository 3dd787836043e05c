/** Judges one signature of a document: its byte range, its value, what it covers and what came later. */
import { readByteRange } from './byte-range.ts'
import type { Certificate } from './cms/certificate.ts'
import { buildChain } from './cms/certificate.ts'
import { judgeCoverage } from './coverage.ts'
import type { PdfDocument } from './pdf/document.ts'
import type { SignedField } from './pdf/form.ts'
import { nameOf, PdfString, textOf } from './pdf/objects.ts'
import { findStoredCertificates } from './security-store.ts'
import { checkPadding, findEncodingFaults } from './sealed-encoding.ts'
import { judgeValue, type ValueJudgement } from './signature-type.ts'
import { signingTime } from './signing-time.ts'
import { type CertificateSummary, type Fault, type SignatureVerdict, sortFaults, verdictOf } from './verdict.ts'

interface JudgeOptions {
  sealed?: boolean
}

/** Judges a signature in the present state of its document. */
export function judgeSignature(document: PdfDocument, signed: SignedField, { sealed = false }: JudgeOptions): SignatureVerdict {
  const { dict, name } = signed
  const contents = document.resolve(dict.get('Contents'))
  const rangeValue = document.resolve(dict.get('ByteRange'))
  const { faults: rangeFaults, range } = readByteRange(document.file.bytes, rangeValue, contents)
  const type = nameOf(document.read(dict, 'SubFilter'))
  const stored = findStoredCertificates(document)
  const value = range ? judgeValue(document, signed, { type, range, stored }) : undefined
  const coverage = judgeCoverage(document, signed, { values: numbersOf(rangeValue), isReadable: range !== undefined })
  const encoding =
    value && contents instanceof PdfString
      ? judgeEncoding(document, contents, value, { sealed, isTimestamp: isTimestamp(document, signed, type) })
      : []
  const faults = sortFaults(replaceByEncrypted(document, [...rangeFaults, ...(value?.faults ?? []), ...coverage.faults, ...encoding]))
  const [worst, ...others] = faults
  const isLast = coverage.kind === 'whole file'
  return {
    field: name,
    kind: isTimestamp(document, signed, type) ? 'document timestamp' : 'signature',
    verdict: worst ? verdictOf(worst) : isLast ? 'valid' : 'valid, later allowed changes',
    reason:
      worst?.text ??
      describeCoverage(
        isLast,
        coverage.laterChanges.map(({ description }) => description),
      ),
    otherReasons: [...new Set(others.map(verdictOf))].filter((other) => worst && other !== verdictOf(worst)),
    intact: value ? isIntact(value) : null,
    type: type ?? null,
    signer: {
      name: value?.signer?.commonName ?? textOf(document.read(dict, 'Name')) ?? null,
      certificate: value?.signer ? summarize(value.signer) : null,
    },
    chain: value?.signer ? buildChain(value.signer, [...value.certificates, ...stored]).map(summarize) : [],
    signedAt: signingTime(document, dict, value),
    timestamps: value?.timestamps ?? [],
    coverage: {
      kind: coverage.kind,
      byteRange: numbersOf(rangeValue),
      bytesAfter: coverage.bytesAfter,
      revision: coverage.revision,
      revisions: document.revisions.length,
    },
    laterChanges: coverage.laterChanges,
    anomalies: value?.anomalies ?? [],
  }
}

/** Bytes that no hash covers. Files of other programs may carry anything there; a file that was sealed here may not. */
function judgeEncoding(
  { file }: PdfDocument,
  contents: PdfString,
  value: ValueJudgement,
  { sealed, isTimestamp }: { sealed: boolean; isTimestamp: boolean },
): Fault[] {
  const padding = checkPadding(contents)
  if (!sealed) {
    if (padding) value.anomalies.push('the padding of the signature value is not zeros')
    return []
  }
  return [...(padding ? [padding] : []), ...findEncodingFaults(file.bytes, contents, value, isTimestamp)]
}

const numbersOf = (value: unknown): number[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [])

const describeCoverage = (isLast: boolean, changes: string[]): string =>
  isLast
    ? 'The signature is correct and covers the whole file.'
    : `The signature is correct. Later: ${changes.slice(0, 5).join(' ') || 'a revision without changes.'}`

function isTimestamp(document: PdfDocument, { dict }: SignedField, type: string | undefined): boolean {
  return type === 'ETSI.RFC3161' || nameOf(document.read(dict, 'Type')) === 'DocTimeStamp'
}

/** Whether hash and signature value are correct. */
function isIntact({ faults }: ValueJudgement): boolean | null {
  if (faults.some((fault) => fault.class === 'digest mismatch' || fault.class === 'signature value does not verify')) return false
  return faults.length === 0 ? true : null
}

/** Without the key of an encrypted document, its objects cannot be compared; hash and signature value can be checked all the same. */
function replaceByEncrypted({ trailer }: PdfDocument, faults: Fault[]): Fault[] {
  if (!trailer.entries.has('Encrypt')) return faults
  const unreadable = new Set(['malformed signature value', 'forbidden later changes', 'incomplete coverage', 'damaged file'])
  const known = faults.filter((fault) => !unreadable.has(fault.class))
  return known.length > 0 || faults.length === 0 ? known : [{ class: 'encrypted', text: 'The document is encrypted.' }]
}

const summarize = (certificate: Certificate): CertificateSummary => ({
  subject: certificate.subjectName,
  issuer: certificate.issuerName,
  serialNumber: certificate.serialNumber,
  notBefore: certificate.notBefore ?? null,
  notAfter: certificate.notAfter ?? null,
  fingerprint: certificate.fingerprint,
})
