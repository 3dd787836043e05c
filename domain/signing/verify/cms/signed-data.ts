/** Signature values: SignedData of CMS (RFC 5652), decoded. */
import { type Algorithm, readAlgorithm } from './algorithms.ts'
import {
  type BerElement,
  BerError,
  childrenOf,
  contentOf,
  encodeDer,
  expectTag,
  hexOf,
  integerOf,
  octetsOf,
  oidOf,
  rawOf,
  readBer,
  sequenceOf,
  tags,
  toDer,
} from './ber.ts'
import { type Certificate, readCertificate } from './certificate.ts'

const signedDataOid = '1.2.840.113549.1.7.2'
export const attributeOids = {
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  timestampToken: '1.2.840.113549.1.9.16.2.14',
}
/** Signatures of a value. PDF allows one. */
const maxSignerInfos = 64

/** Attributes of a signer info: the values by identifier. */
export type Attributes = Map<string, BerElement[]>

export interface SignerInfo {
  version: number
  /** By what the certificate is named. */
  signer: { issuer: Uint8Array; serialNumber: string } | { subjectKeyId: string }
  digestAlgorithm: Algorithm
  /** Absent where the signature is of the content itself. */
  signedAttributes: { attributes: Attributes; encodings: Uint8Array[] } | undefined
  signatureAlgorithm: Algorithm
  signature: Uint8Array
  unsignedAttributes: Attributes
}

export interface SignedData {
  version: number
  digestAlgorithms: Uint8Array
  contentType: string
  /** The content that is carried inside; undefined in a detached signature. */
  content: Uint8Array | undefined
  certificates: Certificate[]
  /** How many elements the certificates are read from: other kinds, and damaged ones, are passed over. */
  certificateElements: number
  hasRevocationData: boolean
  signerInfos: SignerInfo[]
  /** Length of the structure; what follows it in `/Contents` is padding. */
  end: number
}

/** Decodes a signature value. @throws BerError */
export function readSignedData(bytes: Uint8Array): SignedData {
  const outer = readBer(bytes)
  const [type, wrapper] = sequenceOf(outer)
  if (oidOf(type) !== signedDataOid) throw new BerError('no SignedData')
  const fields = sequenceOf(childrenOf(expectTag(wrapper, 0xa0))[0])
  const [version, digestAlgorithms, encapsulated, ...others] = fields
  const [contentType, content] = sequenceOf(encapsulated)
  const signerInfos = childrenOf(expectTag(others.at(-1), tags.set))
  if (signerInfos.length > maxSignerInfos) throw new BerError('too many signers')
  const certificates = others.find(({ tag }) => tag === 0xa0)
  return {
    version: integerOf(version),
    digestAlgorithms: rawOf(expectTag(digestAlgorithms, tags.set)),
    contentType: oidOf(contentType),
    content: content && readContent(childrenOf(expectTag(content, 0xa0))[0]),
    certificates: certificates ? readCertificates(certificates) : [],
    certificateElements: certificates ? childrenOf(certificates).length : 0,
    hasRevocationData: others.some(({ tag }) => tag === 0xa1),
    signerInfos: signerInfos.map(readSignerInfo),
    end: outer.end,
  }
}

/** Old signers (PKCS #7) carry other types than octet strings. */
function readContent(element: BerElement | undefined): Uint8Array {
  if (!element) throw new BerError('no content')
  return element.tag === tags.octetString || element.tag === (tags.octetString | 0x20) ? octetsOf(element) : contentOf(element)
}

/** The certificates of a set that can be read; attribute certificates are passed over. */
function readCertificates(set: BerElement): Certificate[] {
  return childrenOf(set).flatMap((element) => {
    if (element.tag !== tags.sequence) return []
    try {
      return [readCertificate(element)]
    } catch (error) {
      if (error instanceof BerError) return []
      throw error
    }
  })
}

function readSignerInfo(element: BerElement): SignerInfo {
  const [version, signer, digestAlgorithm, ...others] = sequenceOf(element)
  const signed = others[0]?.tag === 0xa0 ? others.shift() : undefined
  const [signatureAlgorithm, signature, unsigned] = others
  return {
    version: integerOf(version),
    signer: readSigner(signer),
    digestAlgorithm: readAlgorithm(digestAlgorithm),
    signedAttributes: signed && { attributes: readAttributes(signed), encodings: encodeSigned(signed) },
    signatureAlgorithm: readAlgorithm(signatureAlgorithm),
    signature: octetsOf(signature),
    unsignedAttributes: unsigned?.tag === 0xa1 ? readAttributes(unsigned) : new Map(),
  }
}

function readSigner(element: BerElement | undefined): SignerInfo['signer'] {
  if (element?.tag === 0x80) return { subjectKeyId: hexOf(contentOf(element)) }
  if (element?.tag === 0xa0) return { subjectKeyId: hexOf(octetsOf(childrenOf(element)[0])) }
  const [issuer, serial] = sequenceOf(element)
  return { issuer: rawOf(expectTag(issuer, tags.sequence)), serialNumber: hexOf(contentOf(expectTag(serial, tags.integer))) }
}

/** What is signed: the attributes as a SET in DER. Signers that did not encode them so have signed them as they are written. */
function encodeSigned(element: BerElement): Uint8Array[] {
  const asWritten = encodeDer(tags.set, contentOf(element))
  const inOrder = toDer({ ...element, tag: tags.set })
  return Buffer.compare(asWritten, inOrder) === 0 ? [inOrder] : [inOrder, asWritten]
}

function readAttributes(element: BerElement): Attributes {
  const attributes: Attributes = new Map()
  for (const attribute of childrenOf(element)) {
    const [type, values] = sequenceOf(attribute)
    const oid = oidOf(type)
    attributes.set(oid, [...(attributes.get(oid) ?? []), ...childrenOf(expectTag(values, tags.set))])
  }
  return attributes
}

/** The certificate that a signer info names. */
export function findSigner({ signer }: SignerInfo, certificates: Certificate[]): Certificate | undefined {
  return certificates.find((one) =>
    'subjectKeyId' in signer
      ? one.subjectKeyId === signer.subjectKeyId
      : one.serialNumber === signer.serialNumber && Buffer.compare(one.issuer, signer.issuer) === 0,
  )
}
