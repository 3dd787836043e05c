/** Versions of what can be edited: REST shows them as `ETag` and takes them as `If-Match`. */
import { z } from 'zod'
import { DomainError } from './errors.ts'

/** The version that the asker last saw; absent: whatever it is. */
export const ifMatch = z.number().int().optional()

/** @throws DomainError conflict when the thing has moved on since the asker saw it */
export function refuseStale(thing: { version: number }, seen: number | undefined): void {
  if (seen !== undefined && seen !== thing.version) {
    throw new DomainError('conflict', 'It was changed in the meantime; read it again.')
  }
}
