/** Reads the personal data beside rows of the chain. */
import { sql } from 'kysely'
import type { CamelRow } from '../kernel/db/table-row.ts'
import type { QueryContext } from '../kernel/operation.ts'

/** @returns the data by position; rows without any, or whose data was erased, have no entry */
export async function readPersonalData(view: QueryContext, positions: readonly number[]): Promise<Map<number, Record<string, string>>> {
  const { rows } = await sql<CamelRow<'audit_personal_data', 'position' | 'details'>>`
    select position, details from audit_personal_data
    where details is not null and position = any(${sql.val(positions.map(String))}::bigint[])`.execute(view.db)
  return new Map(rows.map(({ position, details }) => [Number(position), details as Record<string, string>]))
}
