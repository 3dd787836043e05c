/** Revisions of a document: sequence numbers of its journal, and times. */
import { z } from 'zod'
import { DomainError } from '../kernel/errors.ts'
import type { QueryContext } from '../kernel/operation.ts'
import { foldedAt } from '../documents/journal/session-reader.ts'

/** The number of a journal row in a query string; 0 is before the first. */
export const RowQueryParameter = z
  .string()
  .regex(/^\d{1,15}$/, 'must be the number of a row: digits only')
  .transform(Number)

/** The number of a journal row in a body. */
export const RowNumber = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** A person as an author. */
export interface Author {
  userId: string | null
  /** Null where the id is null: SmartStart, or unknown. */
  name: string | null
}

/** @throws DomainError invalid-input where `from` is after `to` */
export function assertOrdered(from: number, to: number): void {
  if (from <= to) return
  const message = 'must not be after `to`'
  throw new DomainError('invalid-input', `\`from\` ${message}.`, { fields: [{ path: 'from', message }] })
}

/**
 * The revision that can be read for a row: itself, or where it is compacted, the end of the last complete edit session up to it.
 * @throws DomainError invalid-input for a row that does not exist yet
 */
export async function resolveRevision(view: QueryContext, { id, head }: { id: string; head: number }, at: number): Promise<number> {
  if (at > head) {
    const message = `the newest row is ${head}`
    throw new DomainError('invalid-input', `Row ${at} does not exist yet; ${message}.`, { fields: [{ path: 'at', message }] })
  }
  const { isFolded, sessionEnd } = await foldedAt(view, id, at)
  return isFolded ? sessionEnd : at
}
