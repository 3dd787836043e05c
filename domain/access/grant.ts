/** Who holds which role on what. A subject is `kind:id`; what is held on its parent is held on it too. */
import { type RawBuilder, sql } from 'kysely'
import { defineEntity, p, times } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import type { View, Work } from '../kernel/operation.ts'
import { AccessChanged } from './events.ts'
import { type Role, roles } from './role.ts'

const SubjectSchema = defineEntity({
  name: 'Subject',
  tableName: 'subject',
  properties: { name: p.string().primary(), parent: p.string().nullable().index() },
})
/** Something on which roles are held, and what it lies in (a space in a venture). */
export class Subject extends SubjectSchema.class {}
SubjectSchema.setClass(Subject)

const GrantSchema = defineEntity({
  name: 'Grant',
  tableName: 'access_grant',
  properties: {
    subject: p.string().primary(),
    userId: p.uuid().primary().index(),
    role: p.string().$type<Role>(),
    ...times(),
  },
})
/** One person's role on one subject. */
export class Grant extends GrantSchema.class {}
GrantSchema.setClass(Grant)

/** A subject lies in at most this many others, one in the other (house 5.4). */
export const depth = 4

/** A person who holds a role on a subject; `inherited` when it comes from what the subject lies in. */
export interface Holder {
  userId: string
  name: string
  role: Role
  inherited: boolean
}

/** Makes a subject and its first owner. */
export function createSubject(work: Work, name: string, { parent, owner }: { parent?: string | undefined; owner: string }): void {
  work.em.persist(work.em.create(Subject, { name, parent: parent ?? null }))
  work.em.persist(work.em.create(Grant, { subject: name, userId: owner, role: 'owner' }))
  work.emit(AccessChanged, { subject: name, audience: [name, `user:${owner}`], data: { subject: name, userId: owner, role: 'owner' } })
}

/** A statement's part, after `with recursive`: `up(name, parent, depth)`, a subject and what it lies in. @param subject a parameter, as `$1` */
export const upwards = (subject: string): string => `up(name, parent, depth) as (
    select name, parent, 0 from subject where name = ${subject}
    union all
    select s.name, s.parent, up.depth + 1 from up join subject s on s.name = up.parent where up.depth < ${depth}
  )`

/** As `upwards`, in a statement of kysely. @param subject an expression */
export const upFrom = (subject: RawBuilder<unknown>): RawBuilder<unknown> => sql`up(name, parent, depth) as (
    select name, parent, 0 from subject where name = ${subject}
    union all
    select s.name, s.parent, up.depth + 1 from up join subject s on s.name = up.parent where up.depth < ${sql.lit(depth)}
  )`

/** A person's role on a subject, own or inherited, the higher of the two; undefined when they hold none. */
export const roleOn = async (view: View, subject: string, userId: string): Promise<Role | undefined> =>
  (await rolesOn(view, [subject], userId)).get(subject)

const rolesHeld = {
  name: 'roles held',
  // `= any` of a list would be planned anew each time, which takes longer than the rest: the planner finds a list that it knows cheaper than one that it does not
  text: `with recursive up(subject, name, parent, depth) as (
      select s.name, s.name, s.parent, 0 from jsonb_array_elements_text($1::jsonb) as asked(name) join subject s on s.name = asked.name
      union all
      select up.subject, s.name, s.parent, up.depth + 1 from up join subject s on s.name = up.parent where up.depth < ${depth}
    )
    select up.subject, g.role from up join access_grant g on g.subject = up.name and g.user_id = $2`,
}

/** A person's roles on some subjects, own or inherited, the higher of the two. Where they hold none, there is no entry. */
export async function rolesOn(view: View, subjects: readonly string[], userId: string): Promise<Map<string, Role>> {
  const rows = await view.read<{ subject: string; role: Role }>(rolesHeld, [JSON.stringify(subjects), userId])
  const held = new Map<string, Role>()
  for (const { subject, role } of rows)
    held.set(subject, highest([role, ...(held.has(subject) ? [held.get(subject) as Role] : [])]) as Role)
  return held
}

/** The highest of some roles. */
export const highest = (held: Role[]): Role | undefined => held.sort((one, other) => roles.indexOf(other) - roles.indexOf(one))[0]

/**
 * A statement's part: `held(name, rank)`, every subject on which a person holds a role, and the role's place in the
 * ladder (1 viewer to 4 owner). For lists; goes after `with recursive`.
 */
export function subjectsHeldBy(userId: string): RawBuilder<unknown> {
  return sql`reached(name, rank, depth) as (
      select subject, array_position(${sql.val([...roles])}::text[], role::text), 0 from access_grant where user_id = ${userId}
      union all
      select s.name, reached.rank, reached.depth + 1 from reached join subject s on s.parent = reached.name where reached.depth < ${depth}
    ), held as (select name, max(rank) as rank from reached group by name)`
}

/** The role of a rank that `subjectsHeldBy` answered. */
export const roleOfRank = (rank: number): Role => roles[rank - 1] as Role

/** Everybody who holds a role on a subject, owners first. */
export async function holdersOf(view: View, subject: string): Promise<Holder[]> {
  const { rows } = await sql<Holder>`
    with recursive ${upFrom(sql`${subject}`)}
    select g.user_id as "userId", u.name, g.role, up.depth > 0 as inherited
    from up join access_grant g on g.subject = up.name join "user" u on u.id = g.user_id
    order by array_position(${sql.val([...roles])}::text[], g.role::text) desc, u.name, g.user_id`.execute(view.em.getKysely() as never)
  const best = new Map<string, Holder>()
  // a person may hold one role here and another through the parent: the higher counts, the own one on a tie
  for (const row of rows) {
    const known = best.get(row.userId)
    if (!known || (known.role === row.role && known.inherited)) best.set(row.userId, row)
  }
  return [...best.values()]
}

const giving = {
  name: 'role given',
  text: `with person as (
      select u.id, u.name, g.role as was from "user" u left join access_grant g on g.user_id = u.id and g.subject = $1
      where u.id = $2 and u.status <> 'deleted'
    ), given as (
      insert into access_grant (subject, user_id, role, created_at, updated_at)
        select $1, id, $3::varchar, $4::timestamptz, $4::timestamptz from person where $5::boolean or $3::varchar = 'owner' or was is distinct from 'owner'
      on conflict (subject, user_id) do update set role = excluded.role, updated_at = excluded.updated_at
        where access_grant.role is not distinct from (select was from person)
      returning 1
    ) select name, was, exists (select from given) as given from person`,
}

/**
 * Gives or changes a person's role on a subject.
 * @throws DomainError not-found for an unknown person; conflict when it would leave the subject without an owner
 */
export async function giveRole(work: Work, subject: string, userId: string, role: Role): Promise<Holder> {
  // owners are taken one by one, or two could take each other away; for all others it is enough that they are what they were
  for (const locked of [false, true]) {
    if (locked) await lock(work, subject)
    const [person] = await work.read<{ name: string; was: Role | null; given: boolean }>(giving, [
      subject,
      userId,
      role,
      work.now.toISOString(),
      String(locked),
    ])
    if (!person) throw notFound()
    const { name, was, given } = person
    if (!given) continue
    if (was === 'owner' && role !== 'owner') await keepAnOwner(work, subject)
    tell(work, subject, userId, { role, was })
    return { userId, name, role, inherited: false }
  }
  throw new DomainError('conflict', 'This role is being changed by others; try again.')
}

/**
 * Takes a person's role on a subject away. What they hold through its parent stays.
 * @throws DomainError not-found when they hold none here; conflict when it would leave the subject without an owner
 */
export async function takeRole(work: Work, subject: string, userId: string): Promise<void> {
  await lock(work, subject)
  const grant = await work.em.findOne(Grant, { subject, userId })
  if (!grant) throw notFound()
  work.em.remove(grant)
  await work.em.flush()
  if (grant.role === 'owner') await keepAnOwner(work, subject)
  tell(work, subject, userId, { role: null, was: grant.role })
}

/** Changes to one subject's roles wait for each other, so that two owners cannot remove each other at once. */
async function lock(work: Work, subject: string) {
  await sql`select 1 from subject where name = ${subject} for update`.execute(work.em.getKysely() as never)
}

/** After one was taken: what was done goes with the transaction when it was the last. */
async function keepAnOwner(work: Work, subject: string) {
  if ((await work.em.count(Grant, { subject, role: 'owner' })) === 0)
    throw new DomainError('conflict', 'The last owner stays: make somebody else an owner first.')
}

function tell(work: Work, subject: string, userId: string, change: { role: Role | null; was: Role | null }) {
  work.emit(AccessChanged, { subject, audience: [subject, `user:${userId}`], data: { subject, userId, ...change } })
}
