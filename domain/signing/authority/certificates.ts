/** X.509 certificates on P-256: roots, and certificates that a root issues. */
import 'reflect-metadata'
import { createECDH, createHash, hkdfSync, type KeyObject, randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { toPlainName } from '../seal/plain-name.ts'

x509.cryptoProvider.set(webcrypto as never)

type CryptoKey = webcrypto.CryptoKey
/** The library's types name the keys of browsers; Node's are the same at run time. */
const toWebKey = (key: CryptoKey) => key as never

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
/** Lifetime of a root. */
const rootYears = 10
/** Certificates are valid a little before they are made: clocks differ, and a second is the unit of X.509. */
const clockToleranceMs = 24 * 3600_000
/** id-kp-documentSigning (RFC 9336). */
const documentSigning = '1.3.6.1.5.5.7.3.36'
/** Maximum characters of a common name (RFC 5280, ub-common-name). */
const maxCommonName = 64
/** The order of P-256. */
const curveOrder = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** A certificate, as it is stored. */
export interface IssuedCertificate {
  pem: string
  /** Hexadecimal, lower case. */
  serial: string
  /** SHA-256 (hex) of the public key (SubjectPublicKeyInfo). */
  keyFingerprint: string
  notBefore: Date
  notAfter: Date
}

/** A private key with its certificate. */
export interface SigningIdentity {
  key: CryptoKey
  certificate: IssuedCertificate
}

/** A root with its private key. */
export interface RootIdentity {
  key: KeyObject
  certificate: IssuedCertificate
}

/** SHA-256 (hex) of the public key of a private key. */
export async function fingerprintKey(key: KeyObject): Promise<string> {
  const { publicKey } = await toKeyPair(key)
  return sha256(new Uint8Array(await webcrypto.subtle.exportKey('spki', publicKey)))
}

/** Creates the self-signed certificate of a root. */
export async function createRootCertificate(key: KeyObject, now: Date): Promise<IssuedCertificate> {
  const keys = await toKeyPair(key)
  const notAfter = new Date(now)
  notAfter.setUTCFullYear(notAfter.getUTCFullYear() + rootYears)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: createSerial(),
    // the name says which key it is, so that a chain is found by names after a rotation
    name: [{ O: ['SmartStart'] }, { CN: [`SmartStart signing root ${(await fingerprintKey(key)).slice(0, 8)}`] }],
    notBefore: new Date(now.getTime() - clockToleranceMs),
    notAfter,
    keys: { privateKey: toWebKey(keys.privateKey), publicKey: toWebKey(keys.publicKey) },
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(toWebKey(keys.publicKey)),
    ],
  })
  return describeCertificate(certificate)
}

/**
 * Issues a certificate for signing documents.
 * @param name the common name; control characters are removed, and long names are cut
 * @param until the certificate ends then, and never after its root
 */
export async function issueCertificate(
  root: RootIdentity,
  { name, publicKey, now, until }: { name: string; publicKey: CryptoKey; now: Date; until?: Date },
): Promise<IssuedCertificate> {
  const issuer = new x509.X509Certificate(root.certificate.pem)
  const { privateKey } = await toKeyPair(root.key)
  const earliest = Math.max(now.getTime() - clockToleranceMs, root.certificate.notBefore.getTime())
  const latest = Math.min(until?.getTime() ?? Number.POSITIVE_INFINITY, root.certificate.notAfter.getTime())
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: createSerial(),
    subject: [{ CN: [{ utf8String: toPlainName(name, maxCommonName) }] }] as never,
    issuer: issuer.subjectName.toJSON(),
    notBefore: new Date(earliest),
    notAfter: new Date(latest),
    publicKey: toWebKey(publicKey),
    signingKey: toWebKey(privateKey),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.nonRepudiation, true),
      new x509.ExtendedKeyUsageExtension([documentSigning]),
      await x509.SubjectKeyIdentifierExtension.create(toWebKey(publicKey)),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  })
  return describeCertificate(certificate)
}

/** Creates a key pair that only signs. */
export const createKeyPair = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])

/**
 * Derives another private key from a root's key, so that every node has it and none stores it.
 * @param purpose derives different keys from one root, such as the id of a certificate
 */
export async function deriveKeyPair(root: KeyObject, purpose: string): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  const { d } = root.export({ format: 'jwk' }) as { d: string }
  // 16 bytes more than the order has, so that no value is more likely (FIPS 186-5, A.2.1)
  const bits = Buffer.from(hkdfSync('sha256', Buffer.from(d, 'base64url'), '', `smartstart signing: ${purpose}`, 48))
  const scalar = (BigInt(`0x${bits.toString('hex')}`) % (curveOrder - 1n)) + 1n
  return importScalar(Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex'))
}

async function toKeyPair(key: KeyObject): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  const { d } = key.export({ format: 'jwk' }) as { d: string }
  return importScalar(Buffer.from(d, 'base64url'))
}

async function importScalar(scalar: Buffer): Promise<{ privateKey: CryptoKey; publicKey: CryptoKey }> {
  const curve = createECDH('prime256v1')
  curve.setPrivateKey(scalar)
  const point = curve.getPublicKey()
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url')) as [string, string]
  const jwk = { kty: 'EC', crv: 'P-256', x, y }
  const usage = { name: 'ECDSA', namedCurve: 'P-256' }
  return {
    privateKey: await webcrypto.subtle.importKey('jwk', { ...jwk, d: scalar.toString('base64url') }, usage, false, ['sign']),
    publicKey: await webcrypto.subtle.importKey('jwk', jwk, usage, true, ['verify']),
  }
}

/** 127 random bits: positive, and never of the same length as a short number. */
function createSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40
  return bytes.toString('hex')
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const describeCertificate = (certificate: x509.X509Certificate): IssuedCertificate => ({
  pem: `${certificate.toString('pem')}\n`,
  serial: certificate.serialNumber.toLowerCase(),
  keyFingerprint: sha256(new Uint8Array(certificate.publicKey.rawData)),
  notBefore: certificate.notBefore,
  notAfter: certificate.notAfter,
})
