/** Identifiers of hash and signature algorithms, and what they mean to `node:crypto`. */
import { createHash } from 'node:crypto'
import { type BerElement, BerError, integerOf, oidOf, sequenceOf } from './ber.ts'

/** An algorithm that the verifier does not know. The signature cannot be judged. */
export class UnsupportedAlgorithmError extends Error {}

/** An AlgorithmIdentifier. */
export interface Algorithm {
  oid: string
  parameters: BerElement | undefined
}

/** @throws BerError */
export function readAlgorithm(element: BerElement | undefined): Algorithm {
  const [oid, parameters] = sequenceOf(element)
  return { oid: oidOf(oid), parameters }
}

/** Names of hash functions, as `node:crypto` knows them, by identifier. */
const hashNames: Record<string, string> = {
  '1.2.840.113549.2.5': 'md5',
  '1.3.14.3.2.26': 'sha1',
  '1.3.36.3.2.1': 'ripemd160',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
  '2.16.840.1.101.3.4.2.4': 'sha224',
  '2.16.840.1.101.3.4.2.5': 'sha512-224',
  '2.16.840.1.101.3.4.2.6': 'sha512-256',
  '2.16.840.1.101.3.4.2.7': 'sha3-224',
  '2.16.840.1.101.3.4.2.8': 'sha3-256',
  '2.16.840.1.101.3.4.2.9': 'sha3-384',
  '2.16.840.1.101.3.4.2.10': 'sha3-512',
  '2.16.840.1.101.3.4.2.11': 'shake128',
  '2.16.840.1.101.3.4.2.12': 'shake256',
  '2.16.840.1.101.3.4.2.18': 'shake256',
}
/** Bytes of a hash whose length is a choice (RFC 8702). */
const shakeBytes: Record<string, number> = { shake128: 32, shake256: 64 }

/** @throws UnsupportedAlgorithmError */
export function hashName({ oid }: Algorithm): string {
  const name = hashNames[oid]
  if (!name) throw new UnsupportedAlgorithmError(`hash algorithm ${oid}`)
  return name
}

/** Hashes bytes. @throws UnsupportedAlgorithmError */
export function hashParts(name: string, parts: Uint8Array[]): Uint8Array {
  let hash: ReturnType<typeof createHash>
  try {
    hash = createHash(name, name in shakeBytes ? { outputLength: shakeBytes[name] } : undefined)
  } catch {
    throw new UnsupportedAlgorithmError(`hash algorithm ${name}`)
  }
  for (const part of parts) hash.update(part)
  return hash.digest()
}

export type SignatureScheme =
  | { kind: 'rsa'; hash: string | undefined }
  | { kind: 'pss'; hash: string; maskHash: string; saltBytes: number }
  | { kind: 'ecdsa' | 'plain-ecdsa' | 'dsa'; hash: string | undefined }
  | { kind: 'ed25519' | 'ed448' }

const schemes: Record<string, SignatureScheme> = {
  '1.2.840.113549.1.1.1': { kind: 'rsa', hash: undefined },
  '1.2.840.113549.1.1.4': { kind: 'rsa', hash: 'md5' },
  '1.2.840.113549.1.1.5': { kind: 'rsa', hash: 'sha1' },
  '1.3.14.3.2.29': { kind: 'rsa', hash: 'sha1' },
  '1.2.840.113549.1.1.14': { kind: 'rsa', hash: 'sha224' },
  '1.2.840.113549.1.1.11': { kind: 'rsa', hash: 'sha256' },
  '1.2.840.113549.1.1.12': { kind: 'rsa', hash: 'sha384' },
  '1.2.840.113549.1.1.13': { kind: 'rsa', hash: 'sha512' },
  '1.2.840.113549.1.1.15': { kind: 'rsa', hash: 'sha512-224' },
  '1.2.840.113549.1.1.16': { kind: 'rsa', hash: 'sha512-256' },
  '1.3.36.3.3.1.2': { kind: 'rsa', hash: 'ripemd160' },
  '2.16.840.1.101.3.4.3.13': { kind: 'rsa', hash: 'sha3-224' },
  '2.16.840.1.101.3.4.3.14': { kind: 'rsa', hash: 'sha3-256' },
  '2.16.840.1.101.3.4.3.15': { kind: 'rsa', hash: 'sha3-384' },
  '2.16.840.1.101.3.4.3.16': { kind: 'rsa', hash: 'sha3-512' },
  '1.2.840.10045.2.1': { kind: 'ecdsa', hash: undefined },
  '1.2.840.10045.4.1': { kind: 'ecdsa', hash: 'sha1' },
  '1.2.840.10045.4.3.1': { kind: 'ecdsa', hash: 'sha224' },
  '1.2.840.10045.4.3.2': { kind: 'ecdsa', hash: 'sha256' },
  '1.2.840.10045.4.3.3': { kind: 'ecdsa', hash: 'sha384' },
  '1.2.840.10045.4.3.4': { kind: 'ecdsa', hash: 'sha512' },
  '2.16.840.1.101.3.4.3.9': { kind: 'ecdsa', hash: 'sha3-224' },
  '2.16.840.1.101.3.4.3.10': { kind: 'ecdsa', hash: 'sha3-256' },
  '2.16.840.1.101.3.4.3.11': { kind: 'ecdsa', hash: 'sha3-384' },
  '2.16.840.1.101.3.4.3.12': { kind: 'ecdsa', hash: 'sha3-512' },
  '0.4.0.127.0.7.1.1.4.1.1': { kind: 'plain-ecdsa', hash: 'sha1' },
  '0.4.0.127.0.7.1.1.4.1.2': { kind: 'plain-ecdsa', hash: 'sha224' },
  '0.4.0.127.0.7.1.1.4.1.3': { kind: 'plain-ecdsa', hash: 'sha256' },
  '0.4.0.127.0.7.1.1.4.1.4': { kind: 'plain-ecdsa', hash: 'sha384' },
  '0.4.0.127.0.7.1.1.4.1.5': { kind: 'plain-ecdsa', hash: 'sha512' },
  '1.2.840.10040.4.1': { kind: 'dsa', hash: undefined },
  '1.2.840.10040.4.3': { kind: 'dsa', hash: 'sha1' },
  '2.16.840.1.101.3.4.3.1': { kind: 'dsa', hash: 'sha224' },
  '2.16.840.1.101.3.4.3.2': { kind: 'dsa', hash: 'sha256' },
  '2.16.840.1.101.3.4.3.3': { kind: 'dsa', hash: 'sha384' },
  '2.16.840.1.101.3.4.3.4': { kind: 'dsa', hash: 'sha512' },
  '1.3.101.112': { kind: 'ed25519' },
  '1.3.101.113': { kind: 'ed448' },
}

const pssOid = '1.2.840.113549.1.1.10'

/** What a signature algorithm means. @throws UnsupportedAlgorithmError, BerError */
export function readScheme(algorithm: Algorithm): SignatureScheme {
  if (algorithm.oid === pssOid) return readPss(algorithm.parameters)
  const scheme = schemes[algorithm.oid]
  if (!scheme) throw new UnsupportedAlgorithmError(`signature algorithm ${algorithm.oid}`)
  return scheme
}

/** Parameters of RSASSA-PSS (RFC 4055); absent ones have defaults of SHA-1. */
function readPss(parameters: BerElement | undefined): SignatureScheme {
  const fields = parameters ? sequenceOf(parameters) : []
  const field = (number: number): BerElement | undefined => {
    const wrapper = fields.find(({ tag }) => tag === 0xa0 + number)
    return wrapper && sequenceLikeChild(wrapper)
  }
  const [hash, mask, salt, trailer] = [field(0), field(1), field(2), field(3)]
  if (trailer && integerOf(trailer) !== 1) throw new UnsupportedAlgorithmError('trailer of RSASSA-PSS')
  const mgf = mask && readAlgorithm(mask)
  if (mgf && mgf.oid !== '1.2.840.113549.1.1.8') throw new UnsupportedAlgorithmError(`mask ${mgf.oid}`)
  return {
    kind: 'pss',
    hash: hash ? hashName(readAlgorithm(hash)) : 'sha1',
    maskHash: mgf?.parameters ? hashName(readAlgorithm(mgf.parameters)) : 'sha1',
    saltBytes: salt ? integerOf(salt) : 20,
  }
}

function sequenceLikeChild(wrapper: BerElement): BerElement {
  const child = sequenceOf({ ...wrapper, tag: 0x30 })[0]
  if (!child) throw new BerError('empty')
  return child
}

/** The identifier of a hash function, to build what RSA signs. */
export const hashOid = (name: string): string | undefined => Object.keys(hashNames).find((oid) => hashNames[oid] === name)
