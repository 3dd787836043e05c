/** PDF files with real signatures by throw-away certificates. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { CryptoKeySigner, PDF } from '@libpdf/core'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto as never)

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const [notBefore, notAfter] = [new Date('2026-01-01T00:00:00Z'), new Date('2036-01-01T00:00:00Z')]

/** Issues certificates as the installation's root does. */
export interface TestRoot {
  sign: (pdf: Uint8Array, name: string, options?: { fieldName?: string; estimatedSize?: number }) => Promise<Uint8Array>
}

export async function createTestRoot(rootName = 'Root'): Promise<TestRoot> {
  const rootKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: [{ O: ['SmartStart'] }, { CN: [rootName] }],
    notBefore,
    notAfter,
    keys: rootKeys as never,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      await x509.SubjectKeyIdentifierExtension.create(rootKeys.publicKey as never),
    ],
  })
  let serial = 1
  return {
    async sign(pdf, name, { fieldName = name, estimatedSize = 2600 } = {}) {
      const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: `0${++serial}`,
        subject: [{ CN: [{ utf8String: name }] }] as never,
        issuer: root.subjectName.toJSON(),
        notBefore,
        notAfter,
        publicKey: keys.publicKey as never,
        signingKey: rootKeys.privateKey as never,
        signingAlgorithm: algorithm,
      })
      const signer = new CryptoKeySigner(keys.privateKey as never, new Uint8Array(certificate.rawData), 'EC', 'ECDSA', [
        new Uint8Array(root.rawData),
      ])
      const document = await PDF.load(pdf)
      const options = { subFilter: 'ETSI.CAdES.detached', level: 'B-B', digestAlgorithm: 'SHA-256' } as const
      return (await document.sign({ ...options, signer, signingTime: notBefore, fieldName, reason: 'Agreed', estimatedSize })).bytes
    },
  }
}

/** A PDF of one page, as text. `objects` are numbered from 1; 1 is the catalog. */
export function writePdf(objects: string[], trailer = ''): Uint8Array {
  let text = '%PDF-1.7\n'
  const positions = objects.map((object, index) => {
    const position = text.length
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
    return position
  })
  const start = text.length
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${positions.map((one) => `${`${one}`.padStart(10, '0')} 00000 n \n`).join('')}`
  text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R ${trailer} >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

/** Appends a revision: objects by number, with a cross-reference table of its own. */
export function appendRevision(pdf: Uint8Array, objects: Record<number, string>, trailer = ''): Uint8Array {
  const before = Buffer.from(pdf).toString('latin1')
  const previous = before
    .slice(before.lastIndexOf('startxref') + 9)
    .trim()
    .split(/\s/)[0]
  let text = before.endsWith('\n') ? before : `${before}\n`
  const entries: string[] = []
  for (const [number, object] of Object.entries(objects)) {
    entries.push(`${number} 1\n${`${text.length}`.padStart(10, '0')} 00000 n \n`)
    text += `${number} 0 obj\n${object}\nendobj\n`
  }
  const start = text.length
  text += `xref\n${entries.join('')}trailer\n<< /Size 1000 /Root 1 0 R /Prev ${previous} ${trailer} >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(text, 'latin1')
}

/** A document of one page: 1 catalog, 2 pages, 3 page, 4 content, 5 font, 6 form, 7 text field, 8 appearance of the field. */
export const sampleObjects = [
  '<< /Type /Catalog /Pages 2 0 R /AcroForm 6 0 R >>',
  '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
  '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> /Annots [7 0 R] >>',
  '<< /Length 44 >>\nstream\nBT /F1 12 Tf 20 100 Td (I owe you 100) Tj ET\n\nendstream',
  '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  '<< /Fields [7 0 R] /DA (/F1 12 Tf 0 g) >>',
  '<< /Type /Annot /Subtype /Widget /FT /Tx /T (City) /Rect [20 20 120 40] /P 3 0 R /F 4 /AP << /N 8 0 R >> >>',
  '<< /Type /XObject /Subtype /Form /BBox [0 0 100 20] /Length 13 >>\nstream\n/Tx BMC EMC\n\nendstream',
]

export const samplePdf = (): Uint8Array => writePdf(sampleObjects)
