/** Verifies the signatures of a PDF. It never throws for what is in the file, and its work is bounded. */
import { PdfDocument } from './pdf/document.ts'
import { PdfFile } from './pdf/file.ts'
import { listSignedFields } from './pdf/form.ts'
import { PdfError } from './pdf/objects.ts'
import { isSealedHere } from './sealed-encoding.ts'
import { judgeSignature } from './signature.ts'
import { type PdfVerdict, type SignatureVerdict, worstVerdict } from './verdict.ts'

/** Signatures of one file. */
const maxSignatures = 500

export interface VerifyOptions {
  /**
   * Whether the file was sealed by SmartStart: then it must also be encoded exactly as SmartStart encodes, so that every changed byte is
   * found. Absent: where one of its signatures says so.
   */
  sealed?: boolean
}

/** Verifies all signatures and document timestamps of a file. */
export function verifyPdf(bytes: Uint8Array, options: VerifyOptions = {}): Promise<PdfVerdict> {
  return Promise.resolve(judgeFile(bytes, options))
}

function judgeFile(bytes: Uint8Array, options: VerifyOptions): PdfVerdict {
  let document: PdfDocument | undefined
  try {
    document = new PdfDocument(new PdfFile(bytes))
    const fields = listSignedFields(document)
    if (fields.length > maxSignatures) throw new PdfError('The file has too many signatures.')
    if (fields.length === 0 && document.file.isRepaired) throw new PdfError('The cross-reference section is missing.')
    if (fields.length === 0)
      return { overall: 'no signature', reason: 'The document has no signature.', uncoveredBytes: bytes.length, signatures: [] }
    const state = document
    const sealed = options.sealed ?? fields.some((field) => isSealedHere(state, field))
    const signatures = fields.map((field) => judgeSignature(state, field, { sealed })).sort(byRevision)
    const overall = worstVerdict(signatures.map(({ verdict }) => verdict))
    const reason = signatures.find(({ verdict }) => verdict === overall)?.reason ?? ''
    const uncoveredBytes = Math.min(...signatures.map(({ coverage }) => coverage.bytesAfter))
    return { overall, reason, uncoveredBytes, signatures }
  } catch (error) {
    // what is encrypted cannot be unpacked without the key
    if (document?.trailer.entries.has('Encrypt'))
      return { overall: 'cannot judge: encrypted', reason: 'The document is encrypted.', uncoveredBytes: bytes.length, signatures: [] }
    // whatever a hostile file causes is a verdict, not an exception
    const reason = error instanceof PdfError ? error.message : `The verifier failed: ${(error as Error).message}`
    return { overall: 'cannot judge: damaged file', reason, uncoveredBytes: bytes.length, signatures: [] }
  }
}

const byRevision = (left: SignatureVerdict, right: SignatureVerdict): number =>
  (left.coverage.byteRange.at(-2) ?? 0) +
  (left.coverage.byteRange.at(-1) ?? 0) -
  (right.coverage.byteRange.at(-2) ?? 0) -
  (right.coverage.byteRange.at(-1) ?? 0)
