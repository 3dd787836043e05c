/** Ownership: what people share always has an active owner, who owns it or one of its parents. */
import { type RawBuilder, sql } from 'kysely'
import { DomainError } from '../kernel/errors.ts'
import { filterSubjectKinds, readTitles } from '../kernel/manifest/registry.ts'
import { query, type QueryContext, type CommandContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { AccessChanged } from './events.ts'
import { activeAccountSql, existingAccountSql } from '../users/account.ts'
import { inheritedGrants, ownedSubjectsCte, ancestorsCte, ancestorsOfOwned } from './ancestry.ts'
import { requireAdmin } from '../kernel/permission.ts'
import type { TableRow } from '../kernel/db/table-row.ts'
import type { InTransaction } from '../kernel/manifest/hook.ts'

/** A subject and its title; null where it has none. */
export interface TitledSubject {
  subject: string
  title: string | null
}

const withTitles = async <T extends { subject: string }>(view: QueryContext, rows: readonly T[]): Promise<(T & TitledSubject)[]> => {
  const titles = await readTitles(
    view,
    rows.map(({ subject }) => subject),
  )
  return rows.map((row) => ({ ...row, title: titles.get(row.subject) ?? null }))
}

/** After `from`, where `upwards` goes before: the active people `living` who own the subject or what it lies in. */
const livingOwners = sql.raw(`${inheritedGrants()} and g.role = 'owner' join ${activeAccountSql('living', 'g.user_id')}`)

/** A condition: an active person owns a subject or one of its parents. @param except a person who does not count */
const hasActiveOwner = (subject: RawBuilder<unknown>, except: string | null = null): RawBuilder<boolean> => sql`exists (
  with recursive ${ancestorsCte(subject)}
  select 1 from ${livingOwners}
  where ${except === null ? sql`true` : sql`living.id <> ${except}::uuid`})`

/**
 * Refuses where a person is the only active owner of something that others can read, too. What nobody else can read does not count.
 * Ownership of these subjects and their parents cannot change until the transaction ends.
 * @throws DomainError conflict that names each subject in `fields`
 */
export async function assertNotSoleOwner(work: CommandContext, userId: string): Promise<void> {
  const { db } = work
  // in one order, so that two owners who leave at once wait for each other
  await sql`select 1 from subject where name in (with recursive ${ancestorsOfOwned(userId)} select name from up)
    order by name for no key update`.execute(db)
  const { rows } = await sql<{ subject: TableRow<'subject', 'name'>['name'] }>`
    with recursive ${ownedSubjectsCte(userId)}
    select s.name as subject from subject s
    where s.name in (select name from reached) and not ${hasActiveOwner(sql`s.name`, userId)}
      and exists (
        with recursive ${ancestorsCte(sql`s.name`)}
        select 1 from ${sql.raw(inheritedGrants())} and g.user_id <> ${userId} join ${sql.raw(existingAccountSql('reader', 'g.user_id'))})
    order by s.name`.execute(db)
  if (rows.length === 0) return
  const owned = await withTitles(work, rows)
  const firstTitles = owned.slice(0, 3).map(({ subject, title }) => `"${title ?? subject}"`)
  const named =
    owned.length > firstTitles.length ? `${firstTitles.join(', ')} and ${owned.length - firstTitles.length} more` : firstTitles.join(', ')
  const subjectOfSentence = work.actor.kind === 'person' && work.actor.id === userId ? 'You are' : 'This person is'
  throw new DomainError('conflict', `${subjectOfSentence} the only owner of ${named}. Make another active person an owner first.`, {
    fields: owned.map(({ subject, title }) => ({ path: subject, message: title ?? subject })),
  })
}

/** Revokes every role of a person. */
async function revokeAllRoles(work: CommandContext, userId: string): Promise<void> {
  const taken = await work.db.deleteFrom('access_grant').where('user_id', '=', userId).returning(['subject', 'role']).execute()
  for (const { subject, role } of taken)
    work.emit(AccessChanged, { subject, audience: [subject, `user:${userId}`], data: { subject, userId, role: null, was: role } })
}

/** What follows for the roles of a person whose account is deleted. @throws as `refuseSoleOwner` */
export const endRoles: InTransaction<{ userId: string }> = async (work, { userId }) => {
  await assertNotSoleOwner(work, userId)
  await revokeAllRoles(work, userId)
}

/** Whether a subject exists and has no active owner. */
export async function isOwnerless(view: QueryContext, subject: string): Promise<boolean> {
  const { rows } = await sql`
    select 1 from subject s where s.name = ${subject} and not ${hasActiveOwner(sql`s.name`)}`.execute(view.db)
  return rows.length > 0
}

/** The active owners of a subject, including inherited ones. */
export async function readActiveOwners(view: QueryContext, subject: string): Promise<string[]> {
  const { rows } = await sql<{ userId: string }>`
    with recursive ${ancestorsCte(sql`${subject}`)}
    select distinct living.id as "userId" from ${livingOwners}`.execute(view.db)
  return rows.map(({ userId }) => userId)
}

/** Subjects without an active owner, newest first. An administrator appoints an owner by setting a member. */
export const listOwnerless = query('access.listOwnerless', {
  input: paging,
  authorize: requireAdmin,
  async execute(view, { limit, cursor }): Promise<Page<TitledSubject>> {
    const after = parseCursor(cursor)
    const parts = filterSubjectKinds(({ partOf }) => partOf)
    const { rows } = await sql<{ subject: string; id: string }>`
      select s.name as subject, split_part(s.name, ':', 2) as id from subject s
      where split_part(s.name, ':', 1) <> all(${sql.val(parts)}::text[]) and not ${hasActiveOwner(sql`s.name`)}
        and ${after ? sql`split_part(s.name, ':', 2)::uuid < ${after.id}::uuid` : sql`true`}
      order by split_part(s.name, ':', 2)::uuid desc limit ${limit + 1}`.execute(view.db)
    return paginate(
      await withTitles(view, rows),
      limit,
      ({ id }) => ({ at: new Date(0).toISOString(), id }),
      ({ subject, title }) => ({ subject, title }),
    )
  },
})
