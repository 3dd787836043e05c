/** Signed statements: ECDSA over P-256 with SHA-256, as DER in base64, so that `openssl dgst -sha256 -verify` can check them. */
import { createHash, verify, webcrypto, type X509Certificate } from 'node:crypto'
import type { SigningIdentity } from './certificates.ts'

/** Signs a statement. @returns the signature, and the certificate as PEM */
export async function signStatement(
  statement: Uint8Array,
  { key, certificate }: SigningIdentity,
): Promise<{ signature: string; certificate: string }> {
  const raw = await webcrypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, new Uint8Array(statement))
  return { signature: toDerSignature(new Uint8Array(raw)).toString('base64'), certificate: certificate.pem }
}

/** Two numbers of equal length as a DER sequence of integers. */
function toDerSignature(raw: Uint8Array): Buffer {
  const [r, s] = [raw.subarray(0, raw.length / 2), raw.subarray(raw.length / 2)].map((half) => {
    const start = half.findIndex((byte) => byte !== 0)
    const digits = half.subarray(start === -1 ? half.length - 1 : start)
    // a number is positive: its first bit is 0
    const bytes = (digits[0] as number) & 0x80 ? [0, ...digits] : [...digits]
    return [0x02, bytes.length, ...bytes]
  }) as [number[], number[]]
  return Buffer.from([0x30, r.length + s.length, ...r, ...s])
}

/** Whether a statement was signed with the key of a certificate. Never throws. */
export function isSignedBy(statement: Uint8Array, signature: string, certificate: X509Certificate): boolean {
  try {
    const bytes = Buffer.from(signature, 'base64')
    // one spelling of a signature only
    return bytes.toString('base64') === signature && verify('sha256', statement, certificate.publicKey, bytes)
  } catch {
    return false
  }
}

/** Whether a root issued a certificate, and itself. Never throws. */
export function isIssuedBy(certificate: X509Certificate, root: X509Certificate): boolean {
  try {
    return root.ca && root.verify(root.publicKey) && certificate.checkIssued(root) && certificate.verify(root.publicKey)
  } catch {
    return false
  }
}

/** SHA-256 (hex) of the public key, by which people compare roots. */
export const fingerprintOf = ({ publicKey }: X509Certificate): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
