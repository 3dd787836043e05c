/** Pages of lists that are ordered by position, newest first: the cursor is the last position of a page. */
import { DomainError } from '../kernel/errors.ts'
import type { Page } from '../kernel/pagination.ts'

/** @throws DomainError invalid-input where the text is not a cursor of such a list */
export function parsePositionCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  if (/^[1-9]\d{0,14}$/.test(cursor)) return Number(cursor)
  throw new DomainError('invalid-input', 'The cursor is invalid. Use a nextCursor that a list returned.', {
    fields: [{ path: 'cursor', message: 'not a cursor' }],
  })
}

/** @param rows at most `limit + 1`, newest first */
export function toPositionPage<T>(rows: T[], limit: number, positionOf: (row: T) => number): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last ? String(positionOf(last)) : null }
}
