import { z } from 'zod'
import { verifyUploadedFile } from '../../domain/signing/verification.ts'
import type { BundleVerdict } from '../../domain/signing/verify/bundle.ts'
import { bundleChecks, changeClasses, type FileVerdict } from '../../domain/signing/verify/verdict.ts'
import { action, jsonResponse } from '../http/endpoint.ts'

const Time = z.string().nullable().describe('ISO 8601')
const CertificateBody = z
  .object({
    subject: z.string(),
    issuer: z.string(),
    serialNumber: z.string(),
    notBefore: Time,
    notAfter: Time,
    fingerprint: z.string().describe('SHA-256'),
  })
  .meta({ id: 'CertificateSummary' })

const SignatureVerdictBody = z
  .object({
    field: z.string(),
    kind: z.enum(['signature', 'document timestamp']),
    verdict: z.string(),
    reason: z.string(),
    otherReasons: z.array(z.string()),
    intact: z.boolean().nullable().describe('whether hash and signature value are correct; null: it cannot be told'),
    type: z.string().nullable(),
    signer: z.object({ name: z.string().nullable(), certificate: CertificateBody.nullable() }),
    chain: z.array(CertificateBody).describe("from the signer's certificate upwards; trust is not judged"),
    signedAt: z.object({
      time: Time,
      source: z.enum(['document timestamp', 'signature timestamp', 'signer', 'signature dictionary', 'none']),
    }),
    timestamps: z.array(z.object({ time: Time, authority: z.string().nullable(), verdict: z.string() })),
    coverage: z.object({
      kind: z.enum(['whole file', 'whole revision', 'partial', 'unclear']),
      byteRange: z.array(z.number()),
      bytesAfter: z.number(),
      revision: z.number().nullable(),
      revisions: z.number(),
    }),
    laterChanges: z.array(
      z.object({ class: z.enum(changeClasses), description: z.string(), revision: z.number().nullable(), isAllowed: z.boolean() }),
    ),
    anomalies: z.array(z.string()),
  })
  .meta({ id: 'SignatureVerdict' })

const BundleVerdictBody = z
  .object({
    checks: z.array(z.object({ check: z.enum(bundleChecks), isPassed: z.boolean(), message: z.string() })),
    roots: z
      .array(z.object({ subject: z.string(), keyFingerprint: z.string(), notAfter: z.string() }))
      .describe('compare them with those of `GET /api/legal/authority`'),
    erased: z.array(z.object({ position: z.number(), erasedAt: z.string() })).describe('audit rows whose personal data was erased'),
    brokenRow: z.number().nullable().describe('position of the first audit row that is wrong'),
  })
  .meta({ id: 'BundleVerdict' })

export const FileVerdictBody = z
  .object({
    overall: z.string().describe('the worst of the verdicts, such as `valid` or `invalid: digest mismatch`'),
    reason: z.string(),
    uncoveredBytes: z.number().describe('bytes after the last signature'),
    signatures: z.array(SignatureVerdictBody),
    bundle: BundleVerdictBody.nullable().describe('of an evidence bundle; null for a PDF'),
  })
  .meta({ id: 'FileVerdict' })

function serialize(verdict: FileVerdict | BundleVerdict): z.output<typeof FileVerdictBody> {
  const { overall, reason, uncoveredBytes, signatures } = verdict
  if (!('checks' in verdict)) return { overall, reason, uncoveredBytes, signatures, bundle: null }
  const { checks, roots, erased, brokenRow } = verdict
  return { overall, reason, uncoveredBytes, signatures, bundle: { checks, roots, erased, brokenRow } }
}

export const verification = [
  action(
    '/legal/verify',
    'Verifies the signatures of a PDF, or an evidence bundle. Needs no account. Nothing of the file is kept.',
    verifyUploadedFile,
    jsonResponse(FileVerdictBody, serialize),
    { upload: true, openUpload: true, fromRequest: (context) => ({ address: context.ip }) },
  ),
]
