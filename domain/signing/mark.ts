/** The visible mark of a signature: a typed name, or a drawing. */
import { z } from 'zod'
import { DomainError } from '../kernel/errors.ts'
import { PersonName } from './party.ts'

/** Maximum size of a drawing, bytes. */
const maxImageBytes = 200_000
/** Maximum width and height of a drawing, pixels. */
const maxImageSide = 4000

/** A mark in a request: the name as typed, or a PNG image as base64. */
export const Mark = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('typed'), text: PersonName }),
    z.strictObject({
      kind: z.literal('drawn'),
      image: z
        .base64()
        .max(Math.ceil((maxImageBytes * 4) / 3) + 4)
        .describe('a PNG image of at most 200,000 bytes, as base64'),
    }),
  ])
  .meta({ id: 'SignatureMark' })
export type Mark = z.output<typeof Mark>

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/**
 * The bytes of a drawing; null for a typed name.
 * @throws DomainError invalid-input where it is not a PNG image with a header (IHDR) of sensible size and an end (IEND)
 */
export function readMarkImage(mark: Mark): Buffer | null {
  if (mark.kind === 'typed') return null
  const bytes = Buffer.from(mark.image, 'base64')
  if (bytes.length > maxImageBytes) throw invalidImage(`must be at most ${maxImageBytes} bytes`)
  const isPng = bytes.length > 45 && bytes.subarray(0, 8).equals(pngSignature) && bytes.toString('latin1', 12, 16) === 'IHDR'
  if (!isPng || bytes.toString('latin1', bytes.length - 8, bytes.length - 4) !== 'IEND') throw invalidImage('is not a PNG image')
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  if (width < 1 || height < 1 || width > maxImageSide || height > maxImageSide)
    throw invalidImage(`must be at most ${maxImageSide} pixels wide and high`)
  return bytes
}

const invalidImage = (message: string) =>
  new DomainError('invalid-input', `mark.image: ${message}`, { fields: [{ path: 'mark.image', message }] })
