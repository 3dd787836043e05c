/** The tree of subjects in SQL: a role on a subject also applies to the subjects in it. Each part follows `with recursive`. */
import { type RawBuilder, sql } from 'kysely'
import { type Role, roles } from './role.ts'

/** Maximum nesting of subjects. */
const maxDepth = 4

/** `up(subject, name, parent, depth)`: subjects and their ancestors. @param start SQL to follow `from`, with each subject as `origin` */
const ancestorsFrom = (start: string): string => `up(subject, name, parent, depth) as (
    select origin.name, origin.name, origin.parent, 0 from ${start}
    union all
    select up.subject, s.name, s.parent, up.depth + 1 from up join subject s on s.name = up.parent where up.depth < ${maxDepth}
  )`

/** `reached(user_id, name, rank, depth)`: the subjects on which people have roles, own or inherited. @param grants a condition on the grants */
const descendantsOf = (grants: string): string => `reached(user_id, name, rank, depth) as (
    select user_id, subject, array_position('{${roles.join()}}'::text[], role::text), 0 from access_grant where ${grants}
    union all
    select reached.user_id, s.name, reached.rank, reached.depth + 1 from reached join subject s on s.parent = reached.name
    where reached.depth < ${maxDepth}
  )`

/** Inserts a parameter into SQL text at the given place. */
function interpolate(text: (hole: string) => string, expression: RawBuilder<unknown>): RawBuilder<unknown> {
  const [before = '', after = ''] = text('\0').split('\0')
  return sql`${sql.raw(before)}${expression}${sql.raw(after)}`
}

/** `up(subject, name, parent, depth)`: a subject and its ancestors. @param subject an SQL expression, as `$1` or `n.subject` */
export const ancestorsSql = (subject: string): string => ancestorsFrom(`subject origin where origin.name = ${subject}`)

/** As `ancestorsSql`, for a Kysely statement. */
export const ancestorsCte = (subject: RawBuilder<unknown>): RawBuilder<unknown> => interpolate(ancestorsSql, subject)

/** As `ancestorsSql`, for each subject of a list. @param list a parameter, as `$1`: a JSON array of names */
export const ancestorsOfEach = (list: string): string =>
  ancestorsFrom(`jsonb_array_elements_text(${list}::jsonb) as asked(name) join subject origin on origin.name = asked.name`)

/** As `ancestorsSql`, for each subject that a person owns. */
export const ancestorsOfOwned = (userId: string): RawBuilder<unknown> =>
  interpolate(
    (hole) => ancestorsFrom(`access_grant g join subject origin on origin.name = g.subject where g.user_id = ${hole} and g.role = 'owner'`),
    sql`${userId}`,
  )

/** `reached`: the subjects that a person owns, and all subjects in them. */
export const ownedSubjectsCte = (userId: string): RawBuilder<unknown> =>
  interpolate((hole) => descendantsOf(`user_id = ${hole} and role = 'owner'`), sql`${userId}`)

/** `reached`: the subjects that people may read. */
export const readableSubjectsCte = (userIds: readonly string[]): RawBuilder<unknown> =>
  interpolate((hole) => descendantsOf(`user_id = any(${hole}::uuid[])`), sql.val([...userIds]))

/** `held(name, rank)`: every subject on which a person has a role, with the rank of the role (1 viewer to 4 owner). For lists. */
export const heldSubjectsCte = (userId: string): RawBuilder<unknown> =>
  sql`${interpolate((hole) => descendantsOf(`user_id = ${hole}`), sql`${userId}`)}, held as (select name, max(rank) as rank from reached group by name)`

/** The role of a rank. */
export const rankToRole = (rank: number): Role => roles[rank - 1] as Role

/** After `from`, where `ancestorsSql` goes before: grants `g` on the subject and its ancestors. @param userId of one person; absent: of everyone */
export const inheritedGrants = (userId?: string): string =>
  `up join access_grant g on g.subject = up.name${userId === undefined ? '' : ` and g.user_id = ${userId}`}`

/** A condition: a person has a role on a subject. @param subject,userId SQL expressions */
export const isReadable = (subject: string, userId: string): string =>
  `exists (with recursive ${ancestorsSql(subject)} select 1 from ${inheritedGrants(userId)})`

/** An expression: the name of a subject's parent. @param subject an SQL expression */
export const parentSql = (subject: string): string => `(select parent from subject where name = ${subject})`
