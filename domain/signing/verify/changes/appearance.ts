/** What a field shows: the text of its appearance, without fonts and positions, which programs write anew at will. */
import type { PdfDocument } from '../pdf/document.ts'
import { nameOf, PdfDict, PdfError, PdfStream, type PdfValue } from '../pdf/objects.ts'
import { PdfParser } from '../pdf/parser.ts'
import type { Comparison } from './comparison.ts'

/** Characters of text that are compared. */
const maxText = 200_000

/** Whether a field shows the same text and pictures in both states. */
export function isSameShown(comparison: Comparison, old: PdfDict, present: PdfDict): boolean {
  if (comparison.isSameTree(old.get('AP'), present.get('AP'), 4) && comparison.isWrittenSame(old.get('AS'), present.get('AS'))) return true
  try {
    return readShown(comparison.before, old) === readShown(comparison.after, present)
  } catch (error) {
    if (error instanceof PdfError) return false
    throw error
  }
}

/** The strings that the normal appearance draws, and how many objects and pictures. */
function readShown(document: PdfDocument, field: PdfDict): string {
  const appearances = document.dictOf(field.get('AP'))
  let stream: PdfValue = document.read(appearances, 'N')
  if (stream instanceof PdfDict) stream = document.read(stream, nameOf(document.read(field, 'AS')) ?? 'Off')
  if (!(stream instanceof PdfStream)) return ''
  return readDrawn(document.file.decode(stream, document.resolve))
}

/** Reads the strings of a content stream, and counts what it draws from elsewhere. */
export function readDrawn(content: Uint8Array): string {
  const parser = new PdfParser(content, 0, false)
  let text = ''
  let drawn = 0
  while (parser.position < content.length && text.length < maxText) {
    parser.skipWhiteSpace()
    const byte = content[parser.position]
    if (byte === 0x28 || (byte === 0x3c && content[parser.position + 1] !== 0x3c)) {
      const string = parser.parseValue()
      if (string && typeof string === 'object' && 'bytes' in string) text += Buffer.from(string.bytes).toString('latin1')
    } else if (byte === 0x44 && content[parser.position + 1] === 0x6f) {
      drawn++
      parser.position += 2
    } else parser.position++
  }
  return `${drawn}:${text.replace(/\s/g, '')}`
}
