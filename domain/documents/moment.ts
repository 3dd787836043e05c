/** Moments of a document: rows of its journal, and times. */
import { sql } from 'kysely'
import { z } from 'zod'
import { DomainError } from '../kernel/errors.ts'
import type { View } from '../kernel/operation.ts'

/** The number of a journal row in a query string; 0 is before the first. */
export const rowInQuery = z
  .string()
  .regex(/^\d{1,15}$/, 'takes the number of a row: digits alone')
  .transform(Number)

/** The number of a journal row in a body. */
export const rowInBody = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** A person as their work is told of. */
export interface Author {
  userId: string | null
  /** Null where the id is: SmartStart itself, or nobody known. */
  name: string | null
}

/** What somebody is called whose account was ended. */
export const endedAccount = 'Deleted account'

/** The newest row that had come at a time; 0 where none had. Of folded rows, the last of a whole session. */
export async function rowAt(view: View, id: string, time: Date): Promise<number> {
  const { rows } = await sql<{ seq: string | number }>`
    select greatest(
      coalesce((select max(to_seq) from document_session where document = ${id} and ended_at <= ${time.toISOString()}::timestamptz), 0),
      coalesce((select max(seq) from document_update where document = ${id} and at <= ${time.toISOString()}::timestamptz), 0)
    ) as seq`.execute(view.em.getKysely() as never)
  return Number(rows[0]?.seq ?? 0)
}

/** When a row came; null before the first. Of a folded one that is not the last of its session, nothing is known. */
export async function timeOf(view: View, id: string, at: number): Promise<Date | null> {
  const { rows } = await sql<{ at: string | Date }>`
    select at from document_update where document = ${id} and seq = ${at}
    union all
    select ended_at from document_session where document = ${id} and to_seq = ${at}`.execute(view.em.getKysely() as never)
  return rows[0] ? new Date(rows[0].at) : null
}

/** What people are called, members or not; who ended their account is `endedAccount`. */
export async function namesOf(view: View, ids: Iterable<string | null>): Promise<(userId: string | null) => string | null> {
  const known = [...new Set(ids)].filter((id) => id !== null)
  if (known.length === 0) return () => null
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from "user" where status <> 'deleted' and id = any(${`{${known.join()}}`}::uuid[])`.execute(
    view.em.getKysely() as never,
  )
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  return (userId) => (userId === null ? null : (names.get(userId) ?? endedAccount))
}

/** @throws DomainError invalid-input where the earlier moment is the later one */
export function inOrder(from: number, to: number): void {
  if (from <= to) return
  const message = 'comes after `to`'
  throw new DomainError('invalid-input', `\`from\` ${message}.`, { fields: [{ path: 'from', message }] })
}

/**
 * The row that can be answered for a row: itself, or where it is folded the last of the last whole session up to it.
 * @throws DomainError invalid-input where the document has not come so far
 */
export async function reachable(view: View, { id, head }: { id: string; head: number }, at: number): Promise<number> {
  if (at > head) {
    const message = `the newest row is ${head}`
    throw new DomainError('invalid-input', `There is no row ${at} yet; ${message}.`, { fields: [{ path: 'at', message }] })
  }
  const { rows } = await sql<{ to: string | number; folded: boolean }>`
    select coalesce(max(to_seq) filter (where to_seq <= ${at}::bigint), 0) as "to", coalesce(max(to_seq) > ${at}::bigint, false) as folded
    from document_session where document = ${id}`.execute(view.em.getKysely() as never)
  return rows[0]?.folded ? Number(rows[0].to) : at
}
