/** What people are called. */
import { anyUuid } from '../kernel/db/any-uuid.ts'
import type { QueryContext } from '../kernel/operation.ts'

/** The name that replaces a person's own when their account is deleted. */
export const deletedAccountName = 'Deleted account'

/** The name of a person; null for null, which is SmartStart itself, or nobody known. */
export type NameOf = <I extends string | null>(userId: I) => I extends null ? null : string

/** Reads the names of some people, whether or not they can sign in. */
export async function readNames(view: QueryContext, ids: Iterable<string | null>): Promise<NameOf> {
  const known = [...new Set(ids)].filter((id) => id !== null)
  const rows = known.length === 0 ? [] : await view.db.selectFrom('user').select(['id', 'name']).where('id', '=', anyUuid(known)).execute()
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  return ((userId: string | null) => (userId === null ? null : (names.get(userId) ?? deletedAccountName))) as NameOf
}
