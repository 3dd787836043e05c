/** The objects of a PDF file (ISO 32000-2, 7.3). Strings and dictionaries know where they stand, so that byte ranges can be checked. */

/** A damaged file, or one that asks for more work than a file of its kind needs. */
export class PdfError extends Error {}

export class PdfName {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

export class PdfRef {
  readonly number: number
  readonly generation: number
  constructor(number: number, generation: number) {
    this.number = number
    this.generation = generation
  }
}

/** Where an object stands in the file; absent for objects inside object streams. */
export interface Span {
  start: number
  end: number
}

export class PdfString {
  readonly bytes: Uint8Array
  readonly span: Span | undefined
  constructor(bytes: Uint8Array, span: Span | undefined) {
    this.bytes = bytes
    this.span = span
  }
}

export class PdfDict {
  readonly entries: Map<string, PdfValue>
  readonly span: Span | undefined
  constructor(entries: Map<string, PdfValue>, span: Span | undefined) {
    this.entries = entries
    this.span = span
  }
  /** The value of a key as it is written: a reference is not followed. */
  get(key: string): PdfValue {
    return this.entries.get(key) ?? null
  }
}

export class PdfStream {
  readonly dict: PdfDict
  /** The bytes as they are in the file, before any filter. */
  readonly raw: Uint8Array
  constructor(dict: PdfDict, raw: Uint8Array) {
    this.dict = dict
    this.raw = raw
  }
}

export type PdfValue = null | boolean | number | PdfName | PdfString | PdfRef | PdfDict | PdfStream | PdfValue[]

/** The name of a value; undefined where it is no name. */
export const nameOf = (value: PdfValue): string | undefined => (value instanceof PdfName ? value.name : undefined)

/** PDFDocEncoding where it differs from Latin-1 (ISO 32000-2, D.3). */
const documentEncoding = new Map<number, string>([
  ...Array.from('˘ˇˆ˙˝˛˚˜').map((character, index): [number, string] => [0x18 + index, character]),
  ...Array.from('•†‡…—–ƒ⁄‹›−‰„“”‘’‚™ﬁﬂŁŒŠŸŽıłœšž').map((character, index): [number, string] => [0x80 + index, character]),
  [0xa0, '€'],
])

const unicodeMarks: [number[], string][] = [
  [[0xfe, 0xff], 'utf-16be'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xef, 0xbb, 0xbf], 'utf-8'],
]

/** Text of a string: Unicode by its mark, else PDFDocEncoding. */
export function textOf(value: PdfValue): string | undefined {
  if (!(value instanceof PdfString)) return undefined
  const { bytes } = value
  const marked = unicodeMarks.find(([mark]) => mark.every((byte, index) => bytes[index] === byte))
  if (marked) return new TextDecoder(marked[1]).decode(bytes)
  return Array.from(bytes, (byte) => documentEncoding.get(byte) ?? String.fromCharCode(byte)).join('')
}
