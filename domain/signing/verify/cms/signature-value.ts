/** Verifies a signature value under a public key. */
import { constants, createPublicKey, type KeyObject, publicDecrypt, verify } from 'node:crypto'
import { hashOid, hashParts, type SignatureScheme, UnsupportedAlgorithmError } from './algorithms.ts'
import { encodeDer, tags } from './ber.ts'

/** What was signed: the signed attributes, or the content in parts. */
export interface SignedBytes {
  parts: Uint8Array[]
  /** The hash that the signer info names, for algorithms that do not name their own. */
  digest: string
}

/**
 * @param publicKey SubjectPublicKeyInfo in DER
 * @returns whether the signature is of these bytes by this key
 * @throws UnsupportedAlgorithmError where the key or the algorithm is unknown here
 */
export function isSignatureOf(
  scheme: SignatureScheme,
  publicKey: Uint8Array,
  { parts, digest }: SignedBytes,
  signature: Uint8Array,
): boolean {
  try {
    return verifyByScheme(scheme, readKey(publicKey), { parts, digest }, signature)
  } catch (error) {
    if (error instanceof UnsupportedAlgorithmError) throw error
    // OpenSSL refuses combinations that it does not support, such as a hash that is longer than the key
    throw new UnsupportedAlgorithmError((error as Error).message)
  }
}

function verifyByScheme(scheme: SignatureScheme, key: KeyObject, { parts, digest }: SignedBytes, signature: Uint8Array): boolean {
  const type = key.asymmetricKeyType
  switch (scheme.kind) {
    case 'rsa':
      return type === 'rsa' && isRsaSignature(key, scheme.hash ?? digest, parts, signature)
    case 'pss':
      return (type === 'rsa' || type === 'rsa-pss') && isPssSignature(key, scheme, parts, signature)
    case 'ed25519':
    case 'ed448':
      return type === scheme.kind && verify(null, Buffer.concat(parts), key, signature)
    case 'dsa':
      return type === 'dsa' && verify(checkedHash(scheme.hash ?? digest), Buffer.concat(parts), key, signature)
    default: {
      const dsaEncoding = scheme.kind === 'ecdsa' ? 'der' : 'ieee-p1363'
      return type === 'ec' && verify(checkedHash(scheme.hash ?? digest), Buffer.concat(parts), { key, dsaEncoding }, signature)
    }
  }
}

function readKey(publicKey: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' })
  } catch {
    throw new UnsupportedAlgorithmError('public key')
  }
}

function checkedHash(name: string): string {
  hashParts(name, [])
  return name
}

/** PKCS #1 v1.5. Some signers leave out the NULL parameter of the hash; both encodings are exact, so nothing can hide in them. */
function isRsaSignature(key: KeyObject, hash: string, parts: Uint8Array[], signature: Uint8Array): boolean {
  const oid = hashOid(hash)
  if (!oid) throw new UnsupportedAlgorithmError(`hash algorithm ${hash}`)
  const value = encodeDer(tags.octetString, hashParts(hash, parts))
  const identifier = encodeOid(oid)
  let signed: Uint8Array
  try {
    signed = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature)
  } catch {
    return false
  }
  return [Uint8Array.of(tags.null, 0), new Uint8Array()].some((parameters) => {
    const algorithm = encodeDer(tags.sequence, Buffer.concat([identifier, parameters]))
    return Buffer.compare(signed, encodeDer(tags.sequence, Buffer.concat([algorithm, value]))) === 0
  })
}

function encodeOid(oid: string): Uint8Array {
  const [root = 0, second = 0, ...parts] = oid.split('.').map(Number)
  const content = [root * 40 + second, ...parts].flatMap((part) => {
    const digits = [part & 0x7f]
    for (let left = Math.floor(part / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left & 0x7f) | 0x80)
    return digits
  })
  return encodeDer(tags.oid, Uint8Array.from(content))
}

function isPssSignature(
  key: KeyObject,
  { hash, maskHash, saltBytes }: SignatureScheme & { kind: 'pss' },
  parts: Uint8Array[],
  signature: Uint8Array,
): boolean {
  if (saltBytes > 1024) return false
  if (hash === maskHash) {
    return verify(
      checkedHash(hash),
      Buffer.concat(parts),
      { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: saltBytes },
      signature,
    )
  }
  return key.asymmetricKeyType === 'rsa' && isPssWithOtherMask(key, { hash, maskHash, saltBytes }, parts, signature)
}

/** EMSA-PSS-VERIFY (RFC 8017, 9.1.2), for a mask with another hash than the message's. */
function isPssWithOtherMask(
  key: KeyObject,
  { hash, maskHash, saltBytes }: { hash: string; maskHash: string; saltBytes: number },
  parts: Uint8Array[],
  signature: Uint8Array,
): boolean {
  const modulusBits = key.asymmetricKeyDetails?.modulusLength ?? 0
  let encoded: Uint8Array
  try {
    encoded = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature)
  } catch {
    return false
  }
  const messageHash = hashParts(hash, parts)
  const block = encoded.subarray(encoded.length - Math.ceil((modulusBits - 1) / 8))
  const masked = block.subarray(0, block.length - messageHash.length - 1)
  const check = block.subarray(masked.length, block.length - 1)
  if (block.at(-1) !== 0xbc || masked.length < saltBytes + 1) return false
  const data = Uint8Array.from(masked)
  for (let counter = 0, position = 0; position < data.length; counter++) {
    for (const byte of hashParts(maskHash, [check, Uint8Array.of(counter >>> 24, counter >>> 16, counter >>> 8, counter)])) {
      if (position < data.length) data[position] = (data[position++] as number) ^ byte
    }
  }
  data[0] = (data[0] as number) & (0xff >> (8 * block.length - (modulusBits - 1)))
  const saltStart = data.length - saltBytes
  if (data.subarray(0, saltStart - 1).some((byte) => byte !== 0) || data[saltStart - 1] !== 1) return false
  return Buffer.compare(hashParts(hash, [new Uint8Array(8), messageHash, data.subarray(saltStart)]), check) === 0
}
