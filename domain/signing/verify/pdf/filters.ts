/** Stream filters (ISO 32000-2, 7.4), as far as the structure of a file needs them. What they produce is bounded. */
import { constants, inflateRawSync } from 'node:zlib'
import { decodeLzw } from './lzw.ts'
import { nameOf, PdfDict, PdfError, type PdfStream, type PdfValue } from './objects.ts'
import { undoPredictor } from './predictor.ts'

/** An object or cross-reference stream of 100,000 objects unpacks to some 20 MB. */
const maxDecodedBytes = 128 * 1024 * 1024
/** Filters of one stream. More than two is a bomb. */
const maxFilters = 6

/**
 * Decodes a stream.
 * @param resolve follows references in the stream's dictionary
 * @throws PdfError for a damaged stream, one that grows too large, or a filter that structure never uses
 */
export function decodeStream({ dict, raw }: PdfStream, resolve: (value: PdfValue) => PdfValue): Uint8Array {
  const listOf = (value: PdfValue): PdfValue[] => (Array.isArray(value) ? value.map(resolve) : value === null ? [] : [value])
  const filters = listOf(resolve(dict.get('Filter') ?? dict.get('F')))
  const parameters = listOf(resolve(dict.get('DecodeParms') ?? dict.get('DP')))
  if (filters.length > maxFilters) throw new PdfError('A stream has too many filters.')
  let bytes = raw
  filters.forEach((filter, index) => {
    const options = parameters[index]
    bytes = applyFilter(nameOf(filter) ?? '', bytes, options instanceof PdfDict ? options : undefined, resolve)
    if (bytes.length > maxDecodedBytes) throw new PdfError('A stream unpacks to too much data.')
  })
  return bytes
}

function applyFilter(name: string, bytes: Uint8Array, options: PdfDict | undefined, resolve: (value: PdfValue) => PdfValue): Uint8Array {
  const option = (key: string, otherwise: number): number => {
    const value = resolve(options?.get(key) ?? null)
    return typeof value === 'number' ? value : otherwise
  }
  const predicted = (decoded: Uint8Array) =>
    undoPredictor(decoded, {
      predictor: option('Predictor', 1),
      colors: option('Colors', 1),
      bitsPerComponent: option('BitsPerComponent', 8),
      columns: option('Columns', 1),
    })
  switch (name) {
    case 'FlateDecode':
    case 'Fl':
      return predicted(inflate(bytes))
    case 'LZWDecode':
    case 'LZW':
      return predicted(decodeLzw(bytes, option('EarlyChange', 1) !== 0, maxDecodedBytes))
    case 'ASCIIHexDecode':
    case 'AHx':
      return decodeAsciiHex(bytes)
    case 'ASCII85Decode':
    case 'A85':
      return decodeAscii85(bytes)
    case 'RunLengthDecode':
    case 'RL':
      return decodeRunLength(bytes)
    case 'Crypt':
      return bytes
    default:
      throw new PdfError(`The filter ${name} is not supported.`)
  }
}

/** Inflates within the bound. The checksum is not looked at and a cut-off end is tolerated, as readers do. */
function inflate(bytes: Uint8Array): Uint8Array {
  const [first = 0, second = 0] = bytes
  const hasHeader = (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0
  try {
    return inflateRawSync(hasHeader ? bytes.subarray(2) : bytes, { maxOutputLength: maxDecodedBytes, finishFlush: constants.Z_SYNC_FLUSH })
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
    throw new PdfError(isTooLarge ? 'A stream unpacks to too much data.' : 'A compressed stream is damaged.')
  }
}

function decodeAsciiHex(bytes: Uint8Array): Uint8Array {
  const text = new TextDecoder('latin1').decode(bytes).split('>')[0] as string
  const digits = text.replace(/\s/g, '')
  if (/[^0-9a-f]/i.test(digits)) throw new PdfError('A hexadecimal stream is damaged.')
  const decoded = new Uint8Array((digits.length + 1) >> 1)
  for (let index = 0; index < decoded.length; index++)
    decoded[index] = Number.parseInt(digits.slice(2 * index, 2 * index + 2).padEnd(2, '0'), 16)
  return decoded
}

function decodeAscii85(bytes: Uint8Array): Uint8Array {
  const decoded: number[] = []
  let group: number[] = []
  const flush = (length: number) => {
    const value = group.reduce((sum, digit) => sum * 85 + digit, 0)
    for (let index = 0; index < length; index++) decoded.push(Math.floor(value / 2 ** (24 - 8 * index)) & 0xff)
    group = []
  }
  for (const byte of bytes) {
    if (byte === 0x7e) break
    if (byte === 0x7a && group.length === 0) decoded.push(0, 0, 0, 0)
    else if (byte >= 0x21 && byte <= 0x75) {
      group.push(byte - 0x21)
      if (group.length === 5) flush(4)
    }
  }
  if (group.length > 1) {
    const length = group.length - 1
    while (group.length < 5) group.push(84)
    flush(length)
  }
  return Uint8Array.from(decoded)
}

function decodeRunLength(bytes: Uint8Array): Uint8Array {
  const decoded: number[] = []
  for (let position = 0; position < bytes.length; ) {
    const length = bytes[position++] as number
    if (length === 128) break
    if (length < 128) {
      for (const byte of bytes.subarray(position, position + length + 1)) decoded.push(byte)
      position += length + 1
    } else {
      const byte = bytes[position++] ?? 0
      for (let count = 257 - length; count > 0; count--) decoded.push(byte)
    }
    if (decoded.length > maxDecodedBytes) throw new PdfError('A stream unpacks to too much data.')
  }
  return Uint8Array.from(decoded)
}
