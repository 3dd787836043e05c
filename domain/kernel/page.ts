/** Lists by cursor: newest first, a stable order while rows come and go. */
import { z } from 'zod'
import { DomainError } from './errors.ts'

/** Input of every list: `limit` 1 to 100, 20 when absent; `cursor` as the page before answered it. */
export const paging = {
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(500).optional(),
}

export interface Page<T> {
  items: T[]
  /** Give it back as `cursor` for the next page; null on the last one. */
  nextCursor: string | null
}

/** Where a page begins: the last row of the one before. */
export interface Cursor {
  at: string
  id: string
}

/** @throws DomainError invalid-input when the text is no cursor of ours */
export function readCursor(text: string | undefined): Cursor | undefined {
  if (text === undefined) return undefined
  try {
    const [at, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as [string, string]
    if (typeof at === 'string' && typeof id === 'string' && /^[0-9a-f-]{36}$/.test(id) && !Number.isNaN(Date.parse(at))) return { at, id }
  } catch {}
  throw new DomainError('invalid-input', 'The cursor is not one that a list answered.', {
    fields: [{ path: 'cursor', message: 'not a cursor' }],
  })
}

/**
 * Makes a page of rows that were read with one more than asked for.
 * @param rows at most `limit + 1`, in the list's order
 * @param place what the cursor of a row is made of
 */
export function pageOf<R, T>(rows: R[], limit: number, place: (row: R) => Cursor, present: (row: R) => T): Page<T> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const more = rows.length > limit && last !== undefined
  return {
    items: items.map(present),
    nextCursor: more ? writeCursor(place(last)) : null,
  }
}

const writeCursor = ({ at, id }: Cursor) => Buffer.from(JSON.stringify([at, id])).toString('base64url')
