/** A verdict in plain words, for a terminal. */
import type { BundleVerdict } from './bundle.ts'
import type { FileVerdict, LaterChange, SignatureVerdict, TimeSource } from './verdict.ts'

const sources: Record<TimeSource, string> = {
  'document timestamp': 'a timestamp authority',
  'signature timestamp': 'a timestamp authority',
  signer: 'the signer’s own clock',
  'signature dictionary': 'the signer’s own clock',
  none: 'nobody',
}

/** Describes a verdict, one line for each fact. */
export function describeVerdict(verdict: FileVerdict | BundleVerdict, size: number): string {
  const { overall, reason, uncoveredBytes, signatures } = verdict
  const isBundle = 'checks' in verdict
  const lines = [`Verdict: ${overall}`, ...(signatures.length === 0 || isBundle ? [reason] : [])]
  if (isBundle) lines.push('', ...describeBundle(verdict))
  // the places of a bundle's signatures are in the PDF in it
  for (const signature of signatures) lines.push('', ...describeSignature(signature, isBundle ? verdict.pdfBytes : size))
  if (signatures.length > 0 && uncoveredBytes > 0)
    lines.push('', `${uncoveredBytes} bytes follow the last signature: it says nothing about them.`)
  if (signatures.length > 0)
    lines.push('', 'Whether to trust the issuers of the certificates is your decision: it is not part of the verdict.')
  return lines.map(toPlainLine).join('\n')
}

/** Names come from the file: they must not move the cursor of a terminal or turn the direction of the text. */
const toPlainLine = (line: string): string => line.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')

const describeBundle = ({ checks, roots }: BundleVerdict): string[] => [
  ...checks.map(({ check, isPassed, message }) => `${isPassed ? 'ok    ' : 'FAILED'} ${check.padEnd(9)} ${message}`),
  ...roots.map(({ subject, keyFingerprint }) => `root ${subject}: public key SHA-256 ${keyFingerprint}`),
  'Compare the root with the one that the installation publishes at /api/legal/authority.',
]

function describeSignature(signature: SignatureVerdict, size: number): string[] {
  const { field, kind, verdict, reason, otherReasons, signer, chain, signedAt, timestamps, coverage, laterChanges, anomalies } = signature
  const issuers = chain.slice(1).map(({ subject }) => subject)
  return [
    `${kind === 'signature' ? 'Signature' : 'Document timestamp'} ${field}: ${verdict}`,
    `  ${reason}`,
    ...otherReasons.map((other) => `  also ${other}`),
    `  signer: ${signer.name ?? 'unknown'}${signer.certificate ? `, certificate issued by ${signer.certificate.issuer}` : ''}`,
    ...(issuers.length > 0 ? [`  chain: ${issuers.join(' < ')}`] : []),
    `  signed at: ${signedAt.time ?? 'unknown'} (stated by ${sources[signedAt.source]})`,
    ...timestamps.map(({ time, authority, verdict: of }) => `  timestamp: ${time ?? 'unknown'} by ${authority ?? 'unknown'}: ${of}`),
    `  covers: ${describeCoverage(coverage, size)}`,
    ...laterChanges.map(describeChange),
    ...anomalies.map((anomaly) => `  note: ${anomaly}`),
  ]
}

function describeCoverage({ kind, byteRange, bytesAfter, revision, revisions }: SignatureVerdict['coverage'], size: number): string {
  const [, length = 0, second = 0, secondLength = 0] = byteRange
  const bytes =
    byteRange.length === 4 ? `bytes 0-${length} and ${second}-${second + secondLength} of ${size}` : 'no bytes that can be named'
  const after = bytesAfter > 0 ? `, ${bytesAfter} bytes follow` : ''
  return `${kind}: ${bytes}${revision === null ? '' : `, revision ${revision} of ${revisions}`}${after}`
}

const describeChange = ({ class: changeClass, description, revision, isAllowed }: LaterChange): string =>
  `  later, ${isAllowed ? 'allowed' : 'FORBIDDEN'}: ${changeClass}: ${description}${revision === null ? '' : ` (revision ${revision})`}`
