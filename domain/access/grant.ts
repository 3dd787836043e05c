/** Grants: who has which role on which subject. A subject is `kind:id`; roles on its parent apply to it, too. */
import { sql } from 'kysely'
import { defineEntity, p, timestamps } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import type { QueryContext, CommandContext } from '../kernel/operation.ts'
import { parseSubject, runHook, subjectKind } from '../kernel/manifest/registry.ts'
import { activeAccountSql, lockedAccountCte, existingAccountSql } from '../users/account.ts'
import { inheritedGrants, ancestorsCte, ancestorsOfEach } from './ancestry.ts'
import { AccessChanged, SubjectCreated } from './events.ts'
import { type Role, roles } from './role.ts'

const SubjectSchema = defineEntity({
  name: 'Subject',
  tableName: 'subject',
  properties: { name: p.string().primary(), parent: p.string().nullable().index() },
})
/** Something that people hold roles on, and its parent (as a venture of a space). */
export class Subject extends SubjectSchema.class {}
SubjectSchema.setClass(Subject)

const GrantSchema = defineEntity({
  name: 'Grant',
  tableName: 'access_grant',
  properties: {
    subject: p.string().primary(),
    userId: p.uuid().primary().index(),
    role: p.string().$type<Role>(),
    ...timestamps(),
  },
})
/** One person's role on one subject. */
export class Grant extends GrantSchema.class {}
GrantSchema.setClass(Grant)

/** A person with a role on a subject; `inherited` when it comes from a parent of the subject. */
export interface Member {
  userId: string
  name: string
  role: Role
  inherited: boolean
  /** Cannot sign in at present, so they do not count as an owner. */
  suspended: boolean
}

/** Creates a subject of a declared kind with its first owner, and what other slices add to it. */
export async function createSubject(
  work: CommandContext,
  name: string,
  { parent, owner }: { parent?: string | undefined; owner: string },
): Promise<void> {
  subjectKind(parseSubject(name).kind)
  work.em.persist(work.em.create(Subject, { name, parent: parent ?? null }))
  work.em.persist(work.em.create(Grant, { subject: name, userId: owner, role: 'owner' }))
  work.emit(AccessChanged, { subject: name, audience: [name, `user:${owner}`], data: { subject: name, userId: owner, role: 'owner' } })
  await runHook(work, SubjectCreated, { subject: name })
}

/** Deletes a subject, with all roles on it. */
export const deleteSubject = async (work: CommandContext, name: string): Promise<void> =>
  void (await work.em.nativeDelete(Subject, { name }))

/** A person's role on a subject, own or inherited, the higher of the two; undefined when they have none. */
export const readRole = async (view: QueryContext, subject: string, userId: string): Promise<Role | undefined> =>
  (await readRoles(view, [subject], userId)).get(subject)

const readRolesStatement = {
  name: 'roles held',
  // with `= any` of a list, the planner makes a new plan each time, which takes longer than the rest
  text: `with recursive ${ancestorsOfEach('$1')} select up.subject, g.role from ${inheritedGrants('$2')}`,
}

/** A person's roles on subjects, own or inherited, the higher of the two. Subjects without a role have no entry. */
export async function readRoles(view: QueryContext, subjects: readonly string[], userId: string): Promise<Map<string, Role>> {
  const rows = await view.runPrepared<{ subject: string; role: Role }>(readRolesStatement, [JSON.stringify(subjects), userId])
  const highestRoles = new Map<string, Role>()
  for (const { subject, role } of rows)
    highestRoles.set(subject, highestRole([role, ...(highestRoles.has(subject) ? [highestRoles.get(subject) as Role] : [])]) as Role)
  return highestRoles
}

/** The highest of some roles. */
export const highestRole = (candidates: Role[]): Role | undefined =>
  candidates.sort((one, other) => roles.indexOf(other) - roles.indexOf(one))[0]

/** Everyone with a role on a subject, owners first. */
export async function readMembers(view: QueryContext, subject: string): Promise<Member[]> {
  const { rows } = await sql<Member>`
    with recursive ${ancestorsCte(sql`${subject}`)}
    select g.user_id as "userId", u.name, g.role, up.depth > 0 as inherited, u.status = 'suspended' as suspended
    from ${sql.raw(inheritedGrants())} join ${sql.raw(existingAccountSql('u', 'g.user_id'))}
    order by array_position(${sql.val([...roles])}::text[], g.role::text) desc, u.name, g.user_id`.execute(view.db)
  const members = new Map<string, Member>()
  // a person may have a role here and another through a parent: the higher counts, the own one on a tie
  for (const row of rows) {
    const known = members.get(row.userId)
    if (!known || (known.role === row.role && known.inherited)) members.set(row.userId, row)
  }
  return [...members.values()]
}

const grantRoleStatement = {
  name: 'role given',
  // locks the account: it is not deleted before the role is committed, and its deletion then revokes the role
  text: `with ${lockedAccountCte('$2')}, before as (
      select person.*, g.role as was from person left join access_grant g on g.user_id = person.id and g.subject = $1
    ), given as (
      insert into access_grant (subject, user_id, role, created_at, updated_at)
        select $1, id, $3::varchar, $4::timestamptz, $4::timestamptz from before where $5::boolean or $3::varchar = 'owner' or was is distinct from 'owner'
      on conflict (subject, user_id) do update set role = excluded.role, updated_at = excluded.updated_at
        where access_grant.role is not distinct from (select was from before)
      returning 1
    ) select name, suspended, was, exists (select from given) as given from before`,
}

/**
 * Grants or changes a person's role on a subject.
 * @throws DomainError not-found for an unknown person; conflict when it would leave the subject without an owner
 */
export async function grantRole(work: CommandContext, subject: string, userId: string, role: Role): Promise<Member> {
  // roles of owners change under a lock, or two owners could remove each other; for others an unchanged role is enough
  for (const locked of [false, true]) {
    if (locked) await lockSubject(work, subject)
    const [person] = await work.runPrepared<{ name: string; suspended: boolean; was: Role | null; given: boolean }>(grantRoleStatement, [
      subject,
      userId,
      role,
      work.now.toISOString(),
      String(locked),
    ])
    if (!person) throw notFound()
    const { name, suspended, was, given } = person
    if (!given) continue
    if (was === 'owner' && role !== 'owner') await assertOwnerLeft(work, subject)
    emitAccessChanged(work, subject, userId, { role, was })
    return { userId, name, role, inherited: false, suspended }
  }
  throw new DomainError('conflict', 'This role is being changed by someone else. Try again.')
}

/**
 * Revokes a person's role on a subject. Roles through its parent stay.
 * @throws DomainError not-found when they have none here; conflict when it would leave the subject without an owner
 */
export async function revokeRole(work: CommandContext, subject: string, userId: string): Promise<void> {
  await lockSubject(work, subject)
  const grant = await work.em.findOne(Grant, { subject, userId })
  if (!grant) throw notFound()
  work.em.remove(grant)
  await work.em.flush()
  if (grant.role === 'owner') await assertOwnerLeft(work, subject)
  emitAccessChanged(work, subject, userId, { role: null, was: grant.role })
}

/** Changes to the roles of a subject wait for each other, so that two owners cannot remove each other at once. */
async function lockSubject(work: CommandContext, subject: string) {
  await work.db.selectFrom('subject').select('name').where('name', '=', subject).forUpdate().execute()
}

/** Call it after a role was revoked. @throws DomainError conflict when no active owner is left, which rolls the change back */
async function assertOwnerLeft(work: CommandContext, subject: string) {
  const { rows } = await sql`
    select 1 from access_grant g join ${sql.raw(activeAccountSql('u', 'g.user_id'))}
    where g.subject = ${subject} and g.role = 'owner' limit 1`.execute(work.db)
  if (rows.length === 0)
    throw new DomainError('conflict', 'The last active owner cannot be removed. Make another active person an owner first.')
}

function emitAccessChanged(work: CommandContext, subject: string, userId: string, change: { role: Role | null; was: Role | null }) {
  work.emit(AccessChanged, { subject, audience: [subject, `user:${userId}`], data: { subject, userId, ...change } })
}
