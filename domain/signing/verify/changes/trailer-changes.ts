/** Changes of the trailer. */
import { PdfDict, PdfRef } from '../pdf/objects.ts'
import { type Comparison, type Place, placeBelow } from './comparison.ts'

/** Keys that every incremental update writes anew, and those of the stream that may hold the trailer. */
const rewrittenKeys = new Set(['Size', 'Prev', 'XRefStm', 'ID', 'Root', 'Info', 'Type', 'Length', 'Filter', 'DecodeParms', 'W', 'Index'])

/** Compares the trailers. The document information may change; what other keys refer to may not. */
export function compareTrailer(comparison: Comparison): void {
  const { before, after } = comparison
  const place: Place = { class: 'trailer', path: 'Trailer', number: undefined }
  for (const [key, value] of before.trailer.entries) {
    if (rewrittenKeys.has(key) || !(value instanceof PdfRef || value instanceof PdfDict || Array.isArray(value))) continue
    // programs leave out keys that they do not know: then the objects themselves must be as they were
    const present = after.trailer.get(key) ?? (key === 'Encrypt' ? null : value)
    comparison.requireEqual(value, present, placeBelow(place, key))
  }
  if (!before.trailer.entries.has('Encrypt') && after.trailer.entries.has('Encrypt'))
    comparison.report(place, 'The document was encrypted.')
  const info: Place = { class: 'metadata', path: 'Trailer/Info', number: numberOf(after.trailer.get('Info')) }
  if (!comparison.isWrittenSame(before.trailer.get('Info'), after.trailer.get('Info')))
    comparison.report(info, 'The document information was updated.', true)
}

const numberOf = (value: unknown): number | undefined => (value instanceof PdfRef ? value.number : undefined)
