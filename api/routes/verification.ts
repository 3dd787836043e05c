import { z } from 'zod'
import { verifyUploadedFile } from '../../domain/signing/verification.ts'
import { changeClasses, type FileVerdict } from '../../domain/signing/verify/verdict.ts'
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

export const FileVerdictBody = z
  .object({
    overall: z.string().describe('the worst of the verdicts, such as `valid` or `invalid: digest mismatch`'),
    reason: z.string(),
    uncoveredBytes: z.number().describe('bytes after the last signature'),
    signatures: z.array(SignatureVerdictBody),
  })
  .meta({ id: 'FileVerdict' })

export const verification = [
  action(
    '/legal/verify',
    'Verifies the signatures of a PDF. Needs no account. Nothing of the file is kept.',
    verifyUploadedFile,
    jsonResponse(FileVerdictBody, (verdict: FileVerdict) => verdict),
    { upload: true, openUpload: true, fromRequest: (context) => ({ address: context.ip }) },
  ),
]
