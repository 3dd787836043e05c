import { type RawBuilder, sql } from 'kysely'

/** What stands behind `=` for one of some ids. A list in one parameter: it may be empty, and the statement is the same for any length. */
export const anyUuid = (ids: readonly string[]): RawBuilder<string> => sql<string>`any(${sql.val([...ids])}::uuid[])`
