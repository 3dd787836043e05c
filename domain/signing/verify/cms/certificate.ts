/** X.509 certificates, as far as a signature needs them (RFC 5280). Trust is not judged here. */
import { createHash } from 'node:crypto'
import { type Algorithm, readAlgorithm, readScheme, UnsupportedAlgorithmError } from './algorithms.ts'
import {
  type BerElement,
  BerError,
  bitsOf,
  childrenOf,
  contentOf,
  expectTag,
  hexOf,
  octetsOf,
  oidOf,
  rawOf,
  readBer,
  sequenceOf,
  tags,
  timeOf,
} from './ber.ts'
import { isSignatureOf } from './signature-value.ts'

export interface Certificate {
  der: Uint8Array
  /** SHA-256 of the certificate, hexadecimal. */
  fingerprint: string
  serialNumber: string
  /** The encoded names, for comparing. */
  issuer: Uint8Array
  subject: Uint8Array
  issuerName: string
  subjectName: string
  /** The common name of the subject, else its whole name. */
  commonName: string
  notBefore: string | undefined
  notAfter: string | undefined
  /** SubjectPublicKeyInfo in DER. */
  publicKey: Uint8Array
  subjectKeyId: string | undefined
  signed: Uint8Array
  algorithm: Algorithm
  signature: Uint8Array
}

const nameTypes: Record<string, string> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.42': 'GN',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
}

/** Reads a certificate. @throws BerError */
export function readCertificate(element: BerElement): Certificate {
  const [signed, algorithm, signature] = sequenceOf(element)
  const fields = sequenceOf(signed)
  // the version is absent in certificates of version 1
  const [serial, , issuer, validity, subject, key] = fields[0]?.tag === 0xa0 ? fields.slice(1) : fields
  const [notBefore, notAfter] = sequenceOf(validity)
  const der = rawOf(element)
  const subjectAttributes = readName(subject)
  return {
    der,
    fingerprint: createHash('sha256').update(der).digest('hex'),
    serialNumber: hexOf(contentOf(expectTag(serial, tags.integer))),
    issuer: rawOf(expectTag(issuer, tags.sequence)),
    subject: rawOf(expectTag(subject, tags.sequence)),
    issuerName: formatName(readName(issuer)),
    subjectName: formatName(subjectAttributes),
    commonName: subjectAttributes.find(([type]) => type === 'CN')?.[1] ?? formatName(subjectAttributes),
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
    publicKey: rawOf(expectTag(key, tags.sequence)),
    subjectKeyId: readSubjectKeyId(fields.find(({ tag }) => tag === 0xa3)),
    signed: rawOf(signed as BerElement),
    algorithm: readAlgorithm(algorithm),
    signature: bitsOf(signature),
  }
}

/** Reads a certificate from bytes. @returns undefined where they are none */
export function tryReadCertificate(bytes: Uint8Array): Certificate | undefined {
  try {
    return readCertificate(readBer(bytes))
  } catch (error) {
    if (error instanceof BerError) return undefined
    throw error
  }
}

function readSubjectKeyId(extensions: BerElement | undefined): string | undefined {
  if (!extensions) return undefined
  for (const extension of sequenceOf(childrenOf(extensions)[0])) {
    const parts = sequenceOf(extension)
    if (oidOf(parts[0]) === '2.5.29.14') return hexOf(octetsOf(readBer(octetsOf(parts.at(-1)))))
  }
  return undefined
}

/** The attributes of a distinguished name: type and text. */
function readName(name: BerElement | undefined): [string, string][] {
  return sequenceOf(name).flatMap((set) =>
    childrenOf(set).map((attribute): [string, string] => {
      const [type, value] = sequenceOf(attribute)
      const oid = oidOf(type)
      return [nameTypes[oid] ?? oid, value ? decodeText(value) : '']
    }),
  )
}

const formatName = (attributes: [string, string][]): string => attributes.map(([type, text]) => `${type}=${text}`).join(', ')

/** Text of a string type, without control characters and marks that reorder text. */
function decodeText(element: BerElement): string {
  const encoding = element.tag === 0x1e ? 'utf-16be' : element.tag === 0x0c ? 'utf-8' : 'latin1'
  return new TextDecoder(encoding)
    .decode(contentOf(element))
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '')
    .slice(0, 400)
}

/** Whether `issuer` has signed `certificate`. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (Buffer.compare(certificate.issuer, issuer.subject) !== 0) return false
  try {
    const scheme = readScheme(certificate.algorithm)
    return isSignatureOf(scheme, issuer.publicKey, { parts: [certificate.signed], digest: 'sha256' }, certificate.signature)
  } catch (error) {
    if (error instanceof UnsupportedAlgorithmError || error instanceof BerError) return false
    throw error
  }
}

/** Certificates of a chain above the signer's. Chains in practice have two to five. */
const maxChain = 12

/** The chain from a certificate upwards, as far as the given certificates reach; each is verified with the key of the next. */
export function buildChain(certificate: Certificate, others: Certificate[]): Certificate[] {
  const chain = [certificate]
  while (chain.length < maxChain) {
    const last = chain.at(-1) as Certificate
    const next = others.find((other) => !chain.some(({ fingerprint }) => fingerprint === other.fingerprint) && isIssuedBy(last, other))
    if (!next) break
    chain.push(next)
  }
  return chain
}
