/** Certificates that the document keeps for validation (DSS). */
import { type Certificate, tryReadCertificate } from './cms/certificate.ts'
import type { PdfDocument } from './pdf/document.ts'
import { PdfError, PdfStream } from './pdf/objects.ts'

const maxCertificates = 300
const known = new WeakMap<PdfDocument, Certificate[]>()

/** The certificates in the document's DSS that can be read. */
export function findStoredCertificates(document: PdfDocument): Certificate[] {
  let certificates = known.get(document)
  if (!certificates) {
    certificates = readCertificates(document)
    known.set(document, certificates)
  }
  return certificates
}

function readCertificates(document: PdfDocument): Certificate[] {
  try {
    const store = document.dictOf(document.catalog.get('DSS'))
    const items = document.itemsOf(store?.get('Certs') ?? null).slice(0, maxCertificates)
    return items.flatMap((item) => {
      const stream = document.resolve(item)
      const certificate = stream instanceof PdfStream ? tryReadCertificate(document.file.decode(stream, document.resolve)) : undefined
      return certificate ? [certificate] : []
    })
  } catch (error) {
    // a chain is only shown; a damaged store does not decide a verdict
    if (error instanceof PdfError) return []
    throw error
  }
}
