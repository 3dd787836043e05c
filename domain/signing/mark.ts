/** The visible mark of a signature: a typed name, or a drawing. */
import { z } from 'zod'
import { DomainError } from '../kernel/errors.ts'
import { PersonName } from './party.ts'
import { isDrawnMark } from './seal/pages/mark-image.ts'

/** Maximum size of a drawing, bytes. */
const maxImageBytes = 200_000

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

/**
 * The bytes of a drawing; null for a typed name.
 * @throws DomainError invalid-input where it is not a whole PNG image of sensible size
 */
export function readMarkImage(mark: Mark): Buffer | null {
  if (mark.kind === 'typed') return null
  const bytes = Buffer.from(mark.image, 'base64')
  if (bytes.length > maxImageBytes) throw invalidImage(`must be at most ${maxImageBytes} bytes`)
  if (!isDrawnMark(bytes)) throw invalidImage('is not a PNG image that can be shown')
  return bytes
}

const invalidImage = (message: string) =>
  new DomainError('invalid-input', `mark.image: ${message}`, { fields: [{ path: 'mark.image', message }] })
