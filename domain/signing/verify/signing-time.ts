/** When a signature was made, and who says so. */
import type { PdfDocument } from './pdf/document.ts'
import { type PdfDict, textOf } from './pdf/objects.ts'
import type { ValueJudgement } from './signature-type.ts'
import type { SignatureVerdict } from './verdict.ts'

/** The best known time: of an authority, else what the signer states. */
export function signingTime(document: PdfDocument, dict: PdfDict, value: ValueJudgement | undefined): SignatureVerdict['signedAt'] {
  if (value?.timestamp) return { time: value.timestamp, source: 'document timestamp' }
  const stamped = value?.timestamps.find(({ verdict, time }) => verdict === 'valid' && time !== null)
  if (stamped) return { time: stamped.time, source: 'signature timestamp' }
  if (value?.claimed) return { time: value.claimed, source: 'signer' }
  const written = readPdfDate(textOf(document.read(dict, 'M')) ?? '')
  return written ? { time: written, source: 'signature dictionary' } : { time: null, source: 'none' }
}

/** Reads a date of PDF, such as `D:20260131120000+01'00'`. */
export function readPdfDate(text: string): string | undefined {
  const match = /^(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:Z|([+-]\d\d)'?(\d\d)?)?/.exec(text)
  if (!match) return undefined
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', zoneHours, zoneMinutes = '00'] = match
  const zone = zoneHours ? `${zoneHours}:${zoneMinutes}` : 'Z'
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}${zone}`)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}
