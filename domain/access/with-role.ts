/** Entities together with the actor's role on them, and lists of those that the actor can read. */
import type { EntityClass } from '@mikro-orm/core'
import { sql } from 'kysely'
import { z } from 'zod'
import { findByIds } from '../kernel/entity.ts'
import type { QueryContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { likePattern } from '../kernel/text/like-pattern.ts'
import { rankToRole, heldSubjectsCte } from './ancestry.ts'
import { requireUserId } from '../kernel/permission.ts'
import type { Role } from './role.ts'

export interface WithRole<T> {
  entity: T
  role: Role
}

/** Input of a list with a search by part of the title, at most 200 characters. */
export const searchInput = { ...paging, q: z.string().trim().max(200).optional() }

/**
 * Entities of one kind on which the actor has a role, newest first.
 * @param kind the part before the id in the subject's name
 * @param title the column that `q` searches
 */
export async function listVisible<T extends { id: string; createdAt: Date }>(
  view: QueryContext,
  entity: EntityClass<T>,
  { kind, title }: { kind: string; title: string },
  { limit, cursor, q }: { limit: number; cursor?: string | undefined; q?: string | undefined },
): Promise<Page<WithRole<T>>> {
  const after = parseCursor(cursor)
  const table = view.em.getMetadata().get(entity).tableName
  const { rows } = await sql<{ id: string; rank: number }>`
    with recursive ${heldSubjectsCte(requireUserId(view))}
    select thing.id, held.rank from held join ${sql.table(table)} as thing
      on thing.id = split_part(held.name, ':', 2)::uuid and split_part(held.name, ':', 1) = ${kind}
    where ${q ? sql`${sql.ref(`thing.${title}`)} ilike ${likePattern(q)}` : sql`true`}
      and ${after ? sql`thing.id < ${after.id}::uuid` : sql`true`}
    order by thing.id desc limit ${limit + 1}`.execute(view.db)
  const ids = rows.map(({ id }) => id)
  const found = new Map((await findByIds(view.em, entity, ids)).map((thing) => [thing.id, thing]))
  const rowsWithRole = rows.flatMap(({ id, rank }) => {
    const thing = found.get(id)
    return thing ? [{ entity: thing, role: rankToRole(Number(rank)) }] : []
  })
  return paginate(
    rowsWithRole,
    limit,
    ({ entity: one }) => ({ at: one.createdAt.toISOString(), id: one.id }),
    (one) => one,
  )
}
