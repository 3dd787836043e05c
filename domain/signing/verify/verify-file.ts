/** Verifies a file by its kind. No server, no database, no network. */
import { isZip } from '../bundle/canonical-zip.ts'
import { verifyBundle } from './bundle.ts'
import type { FileVerdict } from './verdict.ts'
import { verifyPdf } from './verify-pdf.ts'

/** A kind of file that can be verified. */
interface FileKind {
  isKind: (bytes: Uint8Array) => boolean
  verify: (bytes: Uint8Array) => Promise<FileVerdict>
}

/** Readers look for the header of a PDF in the first kilobyte. */
const headerBytes = 1024

const isPdf = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, headerBytes)).includes('%PDF-')

const fileKinds: FileKind[] = [
  { isKind: isZip, verify: verifyBundle },
  { isKind: isPdf, verify: verifyPdf },
]

/** Verifies a file. What it is not able to read it cannot judge. */
export async function verifyFile(bytes: Uint8Array): Promise<FileVerdict> {
  const kind = fileKinds.find(({ isKind }) => isKind(bytes))
  return kind
    ? kind.verify(bytes)
    : {
        overall: 'cannot judge: damaged file',
        reason: 'This file is neither a PDF nor an evidence bundle.',
        uncoveredBytes: bytes.length,
        signatures: [],
      }
}
