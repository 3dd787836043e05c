/** Cross-reference tables and streams (ISO 32000-2, 7.5.4 and 7.5.8): where the objects of a revision stand. */
import { nameOf, PdfDict, PdfError, PdfStream, type PdfValue } from './objects.ts'
import { PdfParser } from './parser.ts'

/** More objects than any document has. */
const maxObjectNumber = 8_388_607

export type XrefEntry = { kind: 'free' } | { kind: 'offset'; offset: number } | { kind: 'compressed'; stream: number; index: number }

/** One table or stream with its trailer: what an incremental update adds. */
export interface XrefSection {
  offset: number
  trailer: PdfDict
  entries: Map<number, XrefEntry>
}

/** What the end of a revision says. */
export interface StartXref {
  start: number
  /** The position of the cross-reference section. */
  offset: number
  end: number
  /** Whether `%%EOF` follows. */
  isComplete: boolean
}

/** Finds the last `startxref` before `end`; undefined where there is none. */
export function findStartXref(bytes: Uint8Array, end: number): StartXref | undefined {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, end)
  const start = whole.lastIndexOf('startxref')
  if (start < 0) return undefined
  const match = /^startxref\s{0,20}(\d{1,15})(\s{0,20}%%EOF(?:\r\n|\r|\n)?)?/.exec(
    whole.toString('latin1', start, Math.min(end, start + 100)),
  )
  return match ? { start, offset: Number(match[1]), end: start + match[0].length, isComplete: match[2] !== undefined } : undefined
}

/** Finds the cross-reference table that stands before a `startxref` with a wrong position; undefined where there is none. */
export function findTableBefore(bytes: Uint8Array, start: number): number | undefined {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, start)
  const position = Math.max(whole.lastIndexOf('\nxref'), whole.lastIndexOf('\rxref'))
  return position < 0 ? undefined : position + 1
}

/** Reads a cross-reference table and its trailer. The parser stands behind `xref`. */
export function parseXrefTable(parser: PdfParser, offset: number): XrefSection {
  const entries = new Map<number, XrefEntry>()
  while (!parser.takeKeyword('trailer')) {
    const first = parser.takeInteger()
    const count = parser.takeInteger()
    if (first === undefined || count === undefined || first + count > maxObjectNumber)
      throw new PdfError('A cross-reference table is damaged.')
    for (let number = first; number < first + count; number++) {
      const position = parser.takeInteger()
      const generation = parser.takeInteger()
      if (position === undefined || generation === undefined) throw new PdfError('A cross-reference table is damaged.')
      if (parser.takeKeyword('n')) entries.set(number, position === 0 ? { kind: 'free' } : { kind: 'offset', offset: position })
      else if (parser.takeKeyword('f')) entries.set(number, { kind: 'free' })
      else throw new PdfError('A cross-reference table is damaged.')
    }
  }
  const trailer = parser.parseValue()
  if (!(trailer instanceof PdfDict)) throw new PdfError('The file has no trailer.')
  return { offset, trailer, entries }
}

/** Reads the entries of a cross-reference stream. */
export function parseXrefStream(stream: PdfStream, decoded: Uint8Array, offset: number): XrefSection {
  const { dict } = stream
  if (nameOf(dict.get('Type')) !== 'XRef') throw new PdfError('The cross-reference section is missing.')
  const widths = integersOf(dict.get('W'))
  const [typeBytes = 0, secondBytes = 0, thirdBytes = 0] = widths
  const entryBytes = typeBytes + secondBytes + thirdBytes
  if (widths.length < 3 || widths.some((width) => width > 8) || entryBytes === 0) throw new PdfError('A cross-reference stream is damaged.')
  const size = dict.get('Size')
  const ranges = dict.get('Index') === null ? [0, typeof size === 'number' ? size : 0] : integersOf(dict.get('Index'))
  const entries = new Map<number, XrefEntry>()
  let position = 0
  const read = (length: number): number => {
    let value = 0
    for (let index = 0; index < length; index++) value = value * 256 + (decoded[position++] as number)
    return value
  }
  for (let pair = 0; pair + 1 < ranges.length; pair += 2) {
    const [first, count] = [ranges[pair] as number, ranges[pair + 1] as number]
    if (first + count > maxObjectNumber) throw new PdfError('A cross-reference stream is damaged.')
    for (let number = first; number < first + count && position + entryBytes <= decoded.length; number++) {
      const type = typeBytes === 0 ? 1 : read(typeBytes)
      const [second, third] = [read(secondBytes), read(thirdBytes)]
      if (type === 1) entries.set(number, { kind: 'offset', offset: second })
      else if (type === 2) entries.set(number, { kind: 'compressed', stream: second, index: third })
      else entries.set(number, { kind: 'free' })
    }
  }
  return { offset, trailer: dict, entries }
}

function integersOf(value: PdfValue): number[] {
  if (!Array.isArray(value)) throw new PdfError('A cross-reference stream is damaged.')
  return value.map((item) => {
    if (typeof item !== 'number' || !Number.isInteger(item) || item < 0) throw new PdfError('A cross-reference stream is damaged.')
    return item
  })
}
