/** Versions of what can be edited. REST sends them as `ETag` and accepts them as `If-Match`. */
import { z } from 'zod'
import { DomainError } from './errors.ts'

/** The version that the client last saw; absent: any. */
export const ifMatch = z.number().int().optional()

/** @throws DomainError precondition-failed when the version is not the expected one */
export function assertVersion(entity: { version: number }, expected: number | undefined): void {
  if (expected !== undefined && expected !== entity.version) {
    throw new DomainError('precondition-failed', 'This was changed since you read it. Read it again, then repeat your change.')
  }
}
