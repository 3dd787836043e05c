/** Judges a signer info: the hash of the content, the signature value, and the certificate that the signer names. */
import {
  type Algorithm,
  hashName,
  hashParts,
  readAlgorithm,
  readScheme,
  type SignatureScheme,
  UnsupportedAlgorithmError,
} from './algorithms.ts'
import { type BerElement, BerError, octetsOf, oidOf, sequenceOf } from './ber.ts'
import type { Certificate } from './certificate.ts'
import { isSignatureOf } from './signature-value.ts'
import { attributeOids, findSigner, type SignedData, type SignerInfo } from './signed-data.ts'
import type { Fault } from '../verdict.ts'

export interface SignerJudgement {
  faults: Fault[]
  signer: Certificate | undefined
  anomalies: string[]
}

/**
 * Judges the only signer of a signature value over a content.
 * @param content the content in parts
 * @param otherCertificates certificates from elsewhere in the file, where the signer's is not in the signature value
 */
export function judgeSigner(signedData: SignedData, content: Uint8Array[], otherCertificates: Certificate[]): SignerJudgement {
  const anomalies: string[] = []
  const [info] = signedData.signerInfos
  const count = checkSignerCount(signedData)
  if (!info || count) return { faults: count ? [count] : [], signer: undefined, anomalies }
  const signer = findSigner(info, [...signedData.certificates, ...otherCertificates])
  const faults: (Fault | undefined)[] = []
  const judge = (check: () => Fault | undefined) => faults.push(unlessUnsupported(check))
  judge(() => checkMessageDigest(info, content))
  judge(() => checkContentType(info, signedData.contentType))
  if (!info.signedAttributes) anomalies.push('no signed attributes')
  if (signer) {
    judge(() => checkAlgorithmCombination(info))
    judge(() => checkSignatureValue(info, content, signer))
    judge(() => checkSigningCertificate(info, signer))
  } else faults.push({ class: 'signer certificate missing', text: 'The certificate that the signature names is not in the file.' })
  return { faults: faults.filter((fault) => fault !== undefined), signer, anomalies }
}

/** Runs a check; an algorithm that is unknown here is a fault of its own. */
export function unlessUnsupported(check: () => Fault | undefined): Fault | undefined {
  try {
    return check()
  } catch (error) {
    if (error instanceof UnsupportedAlgorithmError) return { class: 'unsupported algorithm', text: `Not supported: ${error.message}.` }
    if (error instanceof BerError) return { class: 'malformed signature value', text: `The signature value is damaged: ${error.message}.` }
    throw error
  }
}

/** A signature value in a PDF has exactly one signer. */
export function checkSignerCount({ signerInfos }: SignedData): Fault | undefined {
  if (signerInfos.length === 1) return undefined
  if (signerInfos.length === 0) return { class: 'malformed signature value', text: 'The signature value has no signer.' }
  return { class: 'several signers in one signature value', text: `The signature value has ${signerInfos.length} signers.` }
}

/** The signed attribute messageDigest is the hash of the content. */
export function checkMessageDigest(info: SignerInfo, content: Uint8Array[]): Fault | undefined {
  if (!info.signedAttributes) return undefined
  const values = info.signedAttributes.attributes.get(attributeOids.messageDigest) ?? []
  if (values.length !== 1) return { class: 'digest mismatch', text: 'The signed attributes do not contain one message digest.' }
  const hash = hashParts(hashName(info.digestAlgorithm), content)
  if (Buffer.compare(octetsOf(values[0]), hash) === 0) return undefined
  return { class: 'digest mismatch', text: 'The signed bytes were changed after signing: their hash differs.' }
}

/** The signed attribute contentType is the type of the content (RFC 5652, 11.1). */
export function checkContentType(info: SignerInfo, contentType: string): Fault | undefined {
  const values = info.signedAttributes?.attributes.get(attributeOids.contentType)
  if (!values || (values[0] && oidOf(values[0]) === contentType)) return undefined
  return { class: 'signature value does not verify', text: 'The signed content type is another than that of the signature value.' }
}

/** Ed25519 signs with SHA-512, Ed448 with SHAKE256 (RFC 8419). */
export function checkAlgorithmCombination(info: SignerInfo): Fault | undefined {
  const { kind } = readScheme(info.signatureAlgorithm)
  const required = kind === 'ed25519' ? 'sha512' : kind === 'ed448' ? 'shake256' : undefined
  if (required === undefined || !info.signedAttributes || hashName(info.digestAlgorithm) === required) return undefined
  return {
    class: 'algorithm combination not allowed',
    text: `${kind} must be used with ${required}, not ${hashName(info.digestAlgorithm)}.`,
  }
}

/** The signature value is of the signed attributes, or of the content where there are none. */
export function checkSignatureValue(info: SignerInfo, content: Uint8Array[], signer: Certificate): Fault | undefined {
  const scheme = readScheme(info.signatureAlgorithm)
  const digest = digestNameFor(scheme, info.digestAlgorithm)
  const candidates = info.signedAttributes ? info.signedAttributes.encodings.map((encoding) => [encoding]) : [content]
  if (candidates.some((parts) => isSignatureOf(scheme, signer.publicKey, { parts, digest }, info.signature))) return undefined
  return { class: 'signature value does not verify', text: 'The signature value is not of this content by the named key.' }
}

function digestNameFor(scheme: SignatureScheme, digestAlgorithm: Algorithm): string {
  return 'hash' in scheme && scheme.hash === undefined ? hashName(digestAlgorithm) : 'sha256'
}

/** The signed attribute signing-certificate (RFC 5035) names the certificate with which the signature was verified. */
export function checkSigningCertificate(info: SignerInfo, signer: Certificate): Fault | undefined {
  const named = readSigningCertificateHash(info)
  if (!named || Buffer.compare(hashParts(named.hash, [signer.der]), named.value) === 0) return undefined
  return { class: 'signature value does not verify', text: 'The signature names another certificate than the one that it carries.' }
}

function readSigningCertificateHash({ signedAttributes }: SignerInfo): { hash: string; value: Uint8Array } | undefined {
  const v2 = signedAttributes?.attributes.get(attributeOids.signingCertificateV2)?.[0]
  const v1 = signedAttributes?.attributes.get(attributeOids.signingCertificate)?.[0]
  const first = (attribute: BerElement) => sequenceOf(sequenceOf(sequenceOf(attribute)[0])[0])
  if (v2) {
    const [algorithm, value] = first(v2)
    // the algorithm is left out where it is SHA-256
    if (algorithm?.tag === 0x30 && value?.tag === 0x04) return { hash: hashName(readAlgorithm(algorithm)), value: octetsOf(value) }
    return { hash: 'sha256', value: octetsOf(algorithm) }
  }
  return v1 && { hash: 'sha1', value: octetsOf(first(v1)[0]) }
}
