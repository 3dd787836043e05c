import { z } from 'zod'
import { type PublishedRoot, readAuthority } from '../../domain/signing/authority/operations.ts'
import { get, jsonResponse } from '../http/endpoint.ts'

export const RootCertificateBody = z
  .object({
    serial: z.string().describe('hexadecimal'),
    keyFingerprint: z.string().describe('SHA-256 of the public key, hexadecimal: sealed files name it'),
    notBefore: z.iso.datetime(),
    notAfter: z.iso.datetime(),
    present: z.boolean().describe('whether new agreements are sealed under it'),
    pem: z.string().describe('the certificate'),
  })
  .meta({ id: 'RootCertificate' })

const roots = jsonResponse(z.object({ items: z.array(RootCertificateBody) }), (items: PublishedRoot[]) => ({
  items: items.map(({ serial, keyFingerprint, notBefore, notAfter, present, pem }) => ({
    serial,
    keyFingerprint,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    present,
    pem,
  })),
}))

export const authority = [
  get(
    '/legal/authority',
    'Lists the root certificates under which this installation seals agreements. No account is needed.',
    readAuthority,
    roots,
  ),
]
