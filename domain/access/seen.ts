/** Things as somebody sees them: with the role they hold, and in lists of what they may see. */
import type { EntityClass } from '@mikro-orm/core'
import { sql } from 'kysely'
import { z } from 'zod'
import type { View } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { roleOfRank, subjectsHeldBy } from './grant.ts'
import { userOf } from './permission.ts'
import type { Role } from './role.ts'

export interface Seen<T> {
  thing: T
  role: Role
}

/** Input of a list that can be searched by a part of the title, at most 200 characters. */
export const searching = { ...paging, q: z.string().trim().max(200).optional() }

/** A `like` pattern for texts that contain `part`, whatever signs are in it. */
export const containing = (part: string): string => `%${part.replace(/[\\%_]/g, '\\$&')}%`

/**
 * Things of one kind on which the actor holds a role, newest first.
 * @param kind what stands before the id in the subject's name
 * @param title the column that `q` searches
 */
export async function listSeen<T extends { id: string; createdAt: Date }>(
  view: View,
  entity: EntityClass<T>,
  { kind, title }: { kind: string; title: string },
  { limit, cursor, q }: { limit: number; cursor?: string | undefined; q?: string | undefined },
): Promise<Page<Seen<T>>> {
  const after = readCursor(cursor)
  const table = view.em.getMetadata().get(entity).tableName
  const { rows } = await sql<{ id: string; rank: number }>`
    with recursive ${subjectsHeldBy(userOf(view))}
    select thing.id, held.rank from held join ${sql.table(table)} as thing
      on thing.id = split_part(held.name, ':', 2)::uuid and split_part(held.name, ':', 1) = ${kind}
    where ${q ? sql`${sql.ref(`thing.${title}`)} ilike ${containing(q)}` : sql`true`}
      and ${after ? sql`thing.id < ${after.id}::uuid` : sql`true`}
    order by thing.id desc limit ${limit + 1}`.execute(view.em.getKysely() as never)
  const found = new Map((await view.em.find(entity, { id: { $in: rows.map(({ id }) => id) } } as never)).map((thing) => [thing.id, thing]))
  const things = rows.flatMap(({ id, rank }) => {
    const thing = found.get(id)
    return thing ? [{ thing, role: roleOfRank(Number(rank)) }] : []
  })
  return pageOf(
    things,
    limit,
    ({ thing }) => ({ at: thing.createdAt.toISOString(), id: thing.id }),
    (one) => one,
  )
}
