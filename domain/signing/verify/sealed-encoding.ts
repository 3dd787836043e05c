/**
 * The strict form of a signature value. A hash covers neither the padding of `/Contents` nor the unsigned parts of CMS, so these
 * checks cover each of their bytes: every change is found.
 */
import { type BerElement, BerError, childrenOf, contentOf, oidOf, rawOf, readBer, sequenceOf, tags, toDer } from './cms/ber.ts'
import { buildChain, type Certificate, isIssuedBy } from './cms/certificate.ts'
import { attributeOids, findSigner, readSignedData, type SignedData } from './cms/signed-data.ts'
import type { PdfDocument } from './pdf/document.ts'
import type { SignedField } from './pdf/form.ts'
import { PdfString } from './pdf/objects.ts'
import type { ValueJudgement } from './signature-type.ts'
import type { Fault } from './verdict.ts'

/** The names of the installation's own roots begin so (`domain/signing/authority/`). */
const ownIssuer = 'O=SmartStart, CN=SmartStart signing root '

/** Whether SmartStart made a signature. The hash of the certificate is signed, so a signature cannot lose this by a changed byte. */
export function isSealedHere({ resolve }: PdfDocument, { dict }: SignedField): boolean {
  const contents = resolve(dict.get('Contents'))
  if (!(contents instanceof PdfString)) return false
  try {
    const { signerInfos, certificates } = readSignedData(contents.bytes)
    return signerInfos.some((info) => findSigner(info, certificates)?.issuerName.startsWith(ownIssuer))
  } catch (error) {
    if (error instanceof BerError) return false
    throw error
  }
}

const dataOid = '1.2.840.113549.1.7.1'
const malformed = (text: string): Fault => ({ class: 'malformed signature value', text })

/** What follows the signature value in `/Contents` is zeros: nothing is hidden there. */
export function checkPadding({ bytes }: PdfString): Fault | undefined {
  try {
    const { end } = readBer(bytes)
    if (bytes.subarray(end).every((byte) => byte === 0)) return undefined
  } catch (error) {
    if (error instanceof BerError) return undefined
    throw error
  }
  return {
    class: 'byte range gap does not match the signature value',
    text: 'The signature value is followed by bytes that are not padding.',
  }
}

/** `/Contents` is written in digits of one case, without white space. */
export function checkHexDigits(bytes: Uint8Array, { span }: PdfString): Fault | undefined {
  const text = Buffer.from(bytes.subarray((span?.start ?? 0) + 1, (span?.end ?? 1) - 1)).toString('latin1')
  if (span && text.length % 2 === 0 && (/^[0-9a-f]+$/.test(text) || /^[0-9A-F]+$/.test(text))) return undefined
  return malformed('The signature value is written in an unusual way.')
}

/** Finds what a file that was sealed by SmartStart would not contain. */
export function findEncodingFaults(
  bytes: Uint8Array,
  contents: PdfString,
  { signedData, signer }: ValueJudgement,
  isTimestamp: boolean,
): Fault[] {
  const faults = [checkHexDigits(bytes, contents), signedData && checkStructure(contents.bytes, signedData, isTimestamp)]
  // a timestamp authority may send certificates of others
  if (signedData && signer && !isTimestamp) faults.push(checkCertificates(signedData, signer))
  return faults.filter((fault) => fault !== undefined)
}

/** The value is DER to the last byte, and has the parts of a signature and no others. */
function checkStructure(contents: Uint8Array, signedData: SignedData, isTimestamp: boolean): Fault | undefined {
  try {
    const outer = readBer(contents)
    if (Buffer.compare(rawOf(outer), toDer(outer)) !== 0) return malformed('The signature value is not encoded in DER.')
    const [, wrapper, ...more] = sequenceOf(outer)
    const [content, ...others] = childrenOf(wrapper as BerElement)
    const fields = sequenceOf(content)
    const [info] = signedData.signerInfos
    if (more.length + others.length > 0 || fields.length !== 5 || fields[3]?.tag !== 0xa0 || !info?.signedAttributes)
      return malformed('The signature value has unusual parts.')
    if (!isExpectedVersion(signedData)) return malformed('The signature value has an unusual version.')
    if (!info.signedAttributes.attributes.has(attributeOids.contentType)) return malformed('The signed attributes lack the content type.')
    const hasCertificate = [attributeOids.signingCertificate, attributeOids.signingCertificateV2].some((oid) =>
      info.signedAttributes?.attributes.has(oid),
    )
    if (!hasCertificate) return malformed('The signed attributes lack the signing certificate.')
    return checkAlgorithms(fields[1] as BerElement, signedData) ?? checkUnsigned(signedData, isTimestamp)
  } catch (error) {
    if (error instanceof BerError) return malformed(`The signature value is damaged: ${error.message}.`)
    throw error
  }
}

/** The versions follow from what is inside (RFC 5652, 5.1 and 5.3). */
function isExpectedVersion({ version, contentType, signerInfos: [info] }: SignedData): boolean {
  const signerVersion = info !== undefined && 'subjectKeyId' in info.signer ? 3 : 1
  return info?.version === signerVersion && version === (contentType === dataOid && signerVersion === 1 ? 1 : 3)
}

/** The list of hash algorithms is the signer's, and no algorithm carries anything else than its parameters. */
function checkAlgorithms(list: BerElement, { signerInfos: [info] }: SignedData): Fault | undefined {
  const [only, ...more] = childrenOf(list)
  const isSame = only !== undefined && more.length === 0 && oidOf(sequenceOf(only)[0]) === info?.digestAlgorithm.oid
  const parameters = [sequenceOf(only)[1], info?.digestAlgorithm.parameters, info?.signatureAlgorithm.parameters]
  const isPlain = (element: BerElement | undefined) =>
    !element || element.tag === tags.sequence || (element.tag === tags.null && contentOf(element).length === 0)
  return isSame && parameters.every(isPlain) ? undefined : malformed('The algorithms of the signature value are unusual.')
}

/** The only unsigned attribute is one timestamp, whose own parts are as strict. */
function checkUnsigned({ signerInfos: [info] }: SignedData, isTimestamp: boolean): Fault | undefined {
  const attributes = info?.unsignedAttributes
  if (!attributes || attributes.size === 0) return undefined
  const tokens = attributes.get(attributeOids.timestampToken) ?? []
  const [token] = tokens
  if (isTimestamp || attributes.size > 1 || tokens.length !== 1 || !token) return malformed('The signature value has unusual attributes.')
  return checkStructure(rawOf(token), readSignedData(rawOf(token)), true)
}

/** Every certificate belongs to the signer's chain, and what nobody above has signed signs itself. */
function checkCertificates({ certificates, certificateElements }: SignedData, signer: Certificate): Fault | undefined {
  const chain = buildChain(signer, certificates)
  const isInChain =
    certificates.length === certificateElements &&
    certificates.every((one) => chain.some(({ fingerprint }) => fingerprint === one.fingerprint))
  const top = chain.at(-1) as Certificate
  // the signer's own certificate is named by its hash in the signed attributes
  const isAnchored = top === signer || isIssuedBy(top, top)
  return isInChain && isAnchored ? undefined : malformed('The signature value carries certificates that are not of the signer’s chain.')
}
