/** Elements of ASN.1 in BER and DER (X.690), read in place. Depth and number are bounded, and nothing is trusted about lengths. */

/** A structure that is no ASN.1, or not the expected one. */
export class BerError extends Error {}

/** Nesting of certificates and timestamps stays below 30. */
const maxDepth = 64
const maxChildren = 20_000

export interface BerElement {
  bytes: Uint8Array
  /** The first byte: class, constructed bit and number. */
  tag: number
  start: number
  contentStart: number
  contentEnd: number
  /** Behind the end marker, where the length is indefinite. */
  end: number
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
}

/** Reads the element at `start`. @throws BerError */
export function readBer(bytes: Uint8Array, start = 0, limit = bytes.length, depth = 0): BerElement {
  if (depth > maxDepth) throw new BerError('nested too deep')
  let position = start
  const next = (): number => {
    if (position >= limit) throw new BerError('cut off')
    return bytes[position++] as number
  }
  const tag = next()
  if ((tag & 0x1f) === 0x1f) while (next() & 0x80);
  const first = next()
  if (first === 0x80) return readIndefinite(bytes, { tag, start, contentStart: position }, limit, depth)
  let length = first
  if (first > 0x80) {
    length = 0
    if (first > 0x84) throw new BerError('too long')
    for (let count = first & 0x7f; count > 0; count--) length = length * 256 + next()
  }
  if (position + length > limit) throw new BerError('cut off')
  return { bytes, tag, start, contentStart: position, contentEnd: position + length, end: position + length }
}

function readIndefinite(
  bytes: Uint8Array,
  known: { tag: number; start: number; contentStart: number },
  limit: number,
  depth: number,
): BerElement {
  if (!(known.tag & 0x20)) throw new BerError('no length')
  let position = known.contentStart
  for (let count = 0; ; count++) {
    if (count > maxChildren) throw new BerError('too many elements')
    if (bytes[position] === 0 && bytes[position + 1] === 0 && position + 2 <= limit)
      return { bytes, ...known, contentEnd: position, end: position + 2 }
    position = readBer(bytes, position, limit, depth + 1).end
  }
}

/** The elements inside a constructed element. @throws BerError */
export function childrenOf(element: BerElement): BerElement[] {
  if (!(element.tag & 0x20)) throw new BerError('not constructed')
  const children: BerElement[] = []
  for (let position = element.contentStart; position < element.contentEnd; ) {
    if (children.length > maxChildren) throw new BerError('too many elements')
    const child = readBer(element.bytes, position, element.contentEnd)
    children.push(child)
    position = child.end
  }
  return children
}

/** Requires a tag. @throws BerError */
export function expectTag(element: BerElement | undefined, tag: number): BerElement {
  if (element?.tag !== tag) throw new BerError(`expected ${tag.toString(16)}, found ${element?.tag.toString(16) ?? 'nothing'}`)
  return element
}

/** The elements of a sequence. @throws BerError */
export const sequenceOf = (element: BerElement | undefined): BerElement[] => childrenOf(expectTag(element, tags.sequence))

/** The element with its tag and length. */
export const rawOf = ({ bytes, start, end }: BerElement): Uint8Array => bytes.subarray(start, end)
export const contentOf = ({ bytes, contentStart, contentEnd }: BerElement): Uint8Array => bytes.subarray(contentStart, contentEnd)

/** The bytes of an octet string, also in pieces. @throws BerError */
export function octetsOf(element: BerElement | undefined, depth = 0): Uint8Array {
  if (element?.tag === tags.octetString) return contentOf(element)
  if (element?.tag !== (tags.octetString | 0x20) || depth > maxDepth) throw new BerError('no octet string')
  return Buffer.concat(childrenOf(element).map((part) => octetsOf(part, depth + 1)))
}

/** The bytes of a bit string of whole bytes. @throws BerError */
export function bitsOf(element: BerElement | undefined): Uint8Array {
  const content = contentOf(expectTag(element, tags.bitString))
  if (content[0] !== 0) throw new BerError('unused bits')
  return content.subarray(1)
}

/** An object identifier with dots. @throws BerError */
export function oidOf(element: BerElement | undefined): string {
  const content = contentOf(expectTag(element, tags.oid))
  if (content.length > 64) throw new BerError('too long')
  const parts: bigint[] = []
  let value = 0n
  for (const byte of content) {
    value = (value << 7n) | BigInt(byte & 0x7f)
    if (byte & 0x80) continue
    parts.push(value)
    value = 0n
  }
  const first = parts[0] ?? 0n
  const root = first >= 80n ? 2n : first / 40n
  return [root, first - root * 40n, ...parts.slice(1)].join('.')
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** A small integer. @throws BerError */
export function integerOf(element: BerElement | undefined): number {
  const content = contentOf(expectTag(element, tags.integer))
  if (content.length > 6) throw new BerError('too large')
  return Number.parseInt(hexOf(content) || '0', 16)
}

/** A time (UTCTime or GeneralizedTime) as ISO 8601; undefined where it is none. */
export function timeOf(element: BerElement | undefined): string | undefined {
  if (element?.tag !== tags.utcTime && element?.tag !== tags.generalizedTime) return undefined
  const text = new TextDecoder('latin1').decode(contentOf(element))
  const full = element.tag === tags.utcTime ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,](\d{1,3})\d*)?(Z|[+-]\d{4})?$/.exec(full)
  if (!match) return undefined
  const [, year, month, day, hour, minute, second = '00', fraction = '0', zone = 'Z'] = match
  const offset = zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0')}${offset}`)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}

const lengthBytes = (length: number): number[] => {
  if (length < 0x80) return [length]
  const digits: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256)
  return [0x80 | digits.length, ...digits]
}

/** Encodes an element in DER. */
export const encodeDer = (tag: number, content: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([tag, ...lengthBytes(content.length)]), content])

/** The DER encoding of a BER element: definite lengths, sets in order. @throws BerError */
export function toDer(element: BerElement, depth = 0): Uint8Array {
  if (depth > maxDepth) throw new BerError('nested too deep')
  if (!(element.tag & 0x20)) return encodeDer(element.tag, contentOf(element))
  if (element.tag === (tags.octetString | 0x20)) return encodeDer(tags.octetString, octetsOf(element))
  const parts = childrenOf(element).map((child) => toDer(child, depth + 1))
  if (element.tag === tags.set) parts.sort((left, right) => Buffer.compare(left, right))
  return encodeDer(element.tag, Buffer.concat(parts))
}
