/** Checks what the byte range of a signature names (ISO 32000-2, 12.8.1). */
import { PdfString, type PdfValue } from './pdf/objects.ts'
import type { Fault } from './verdict.ts'

export interface ByteRange {
  values: number[]
  /** The signed bytes, before and after the signature value. */
  parts: Uint8Array[]
  /** Where the signed bytes end. */
  end: number
  /** `/Contents`: the signature value with its padding. */
  contents: Uint8Array
}

/** The numbers of a byte range, whatever they are. */
export const byteRangeValues = (value: PdfValue): number[] => (Array.isArray(value) ? value.filter((item) => typeof item === 'number') : [])

/** Two pairs of whole numbers that begin at the start of the file and do not overlap. */
export function checkByteRangeShape(value: PdfValue): Fault | undefined {
  const values = byteRangeValues(value)
  const fault = (text: string): Fault => ({ class: 'malformed byte range', text })
  if (!Array.isArray(value) || value.length !== 4 || values.length !== 4) return fault('The byte range does not have two pairs of numbers.')
  if (values.some((item) => !Number.isSafeInteger(item) || item < 0)) return fault('The byte range has a number that is no position.')
  const [first, length, second] = values as [number, number, number, number]
  if (first !== 0) return fault('The byte range does not begin at the start of the file.')
  if (second < length) return fault('The parts of the byte range overlap.')
  return undefined
}

/** The range ends within the file. */
export function checkByteRangeBounds(values: number[], size: number): Fault | undefined {
  const [, length = 0, second = 0, secondLength = 0] = values
  if (length <= size && second + secondLength <= size) return undefined
  return { class: 'byte range outside the file', text: 'The byte range names bytes after the end of the file.' }
}

/** What the range leaves out is exactly the string `/Contents` of this signature. */
export function checkGap(bytes: Uint8Array, values: number[], contents: PdfString): Fault | undefined {
  const [, length, second] = values
  const isHex = contents.span !== undefined && bytes[contents.span.start] === 0x3c
  if (isHex && contents.span?.start === length && contents.span?.end === second) return undefined
  return {
    class: 'byte range gap does not match the signature value',
    text: 'The bytes that the byte range leaves out are not exactly the signature value.',
  }
}

/** Reads the byte range of a signature dictionary and checks it. `range` is absent where the faults leave nothing to hash. */
export function readByteRange(bytes: Uint8Array, rangeValue: PdfValue, contents: PdfValue): { faults: Fault[]; range?: ByteRange } {
  if (!(contents instanceof PdfString)) {
    return { faults: [{ class: 'malformed signature value', text: 'The signature has no value.' }] }
  }
  if (contents.bytes.every((byte) => byte === 0)) {
    return { faults: [{ class: 'empty signature value', text: 'The field was prepared for a signature and never signed.' }] }
  }
  const shape = checkByteRangeShape(rangeValue)
  if (shape) return { faults: [shape] }
  const values = byteRangeValues(rangeValue)
  const bounds = checkByteRangeBounds(values, bytes.length)
  if (bounds) return { faults: [bounds] }
  const gap = checkGap(bytes, values, contents)
  const [, length, second, secondLength] = values as [number, number, number, number]
  const parts = [bytes.subarray(0, length), bytes.subarray(second, second + secondLength)]
  return { faults: gap ? [gap] : [], range: { values, parts, end: second + secondLength, contents: contents.bytes } }
}
