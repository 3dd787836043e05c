/** Pagination by cursor: newest first, stable while rows come and go. */
import { z } from 'zod'
import { DomainError } from './errors.ts'

/** Input of every list: `limit` 1 to 100, 20 when absent; `cursor` as the previous page returned it. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
}

export interface Page<T> {
  items: T[]
  /** Send it as `cursor` to get the next page; null on the last one. */
  nextCursor: string | null
}

/** The start of a page: the last row of the previous one. */
export interface Cursor {
  at: string
  id: string
}

const cursorShape = z.tuple([z.iso.datetime({ precision: 3 }).refine((at) => at >= '0001'), z.uuid()])

/** @throws DomainError invalid-input when the text is not a cursor of a list */
export function parseCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined
  try {
    const [at, id] = cursorShape.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
    return { at, id }
  } catch {
    // not base64url, not JSON or another shape: refused below with one error
  }
  throw new DomainError('invalid-input', 'The cursor is invalid. Use a nextCursor that a list returned.', {
    fields: [{ path: 'cursor', message: 'not a cursor' }],
  })
}

/**
 * Builds a page from rows that were read with one more than requested.
 * @param rows at most `limit + 1`, in the list's order
 * @param cursorOf the cursor of a row
 */
export function paginate<R, T>(rows: R[], limit: number, cursorOf: (row: R) => Cursor, present: (row: R) => T): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last !== undefined
  return {
    items: items.map(present),
    nextCursor: more ? formatCursor(cursorOf(last)) : null,
  }
}

const formatCursor = ({ at, id }: Cursor) => Buffer.from(JSON.stringify([at, id])).toString('base64url')
