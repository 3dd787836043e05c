/** People with an account. */
import { sql } from 'kysely'
import { z } from 'zod'
import { containing } from '../access/seen.ts'
import { isAdmin, selfOrAdmin, signedIn } from '../access/permission.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, query, type View, type Work } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { ifMatch, refuseStale } from '../kernel/version.ts'
import { UserChanged, UserCreated } from './events.ts'

export const userRoles = ['member', 'admin'] as const
export const userStatuses = ['active', 'suspended', 'deleted'] as const
export type UserStatus = (typeof userStatuses)[number]

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'user',
  properties: {
    ...identity(),
    email: p.string().unique(),
    name: p.string(),
    role: p.string().$type<(typeof userRoles)[number]>(),
    status: p.string().$type<UserStatus>(),
    version: p.integer().version(),
  },
})
/** A person. The address is kept in lower case. */
export class User extends UserSchema.class {}
UserSchema.setClass(User)

/** An e-mail address, at most 254 characters (RFC 5321 4.5.3.1.3), in lower case. */
export const Email = z.string().trim().toLowerCase().max(254).pipe(z.email())
/** What people call themselves, 1 to 100 characters. */
export const PersonName = z.string().trim().min(1).max(100)

/** Makes a person. @throws DomainError conflict when the address has an account */
export async function createUser(work: Work, told: { email: string; name: string; role: 'member' | 'admin' }): Promise<User> {
  if (await work.em.count(User, { email: told.email })) throw new DomainError('conflict', 'This e-mail address has an account already.')
  const user = work.em.create(User, { id: newId(), ...told, status: 'active', version: 1 })
  work.em.persist(user)
  work.emit(UserCreated, { subject: `user:${user.id}`, audience: [`user:${user.id}`], data: { userId: user.id, name: user.name } })
  return user
}

/** How many people there are: the first becomes the administrator. */
export const countUsers = (work: Work): Promise<number> => work.em.count(User)

export const getUser = query('users.getUser', {
  input: { id: z.uuid() },
  may: signedIn,
  does: (view: View, { id }): Promise<User> => view.em.findOneOrFail(User, { id, status: { $ne: 'deleted' } }),
})

/** People by part of a name, or by a whole address: addresses cannot be guessed letter by letter. */
export const listUsers = query('users.listUsers', {
  input: { ...paging, q: z.string().trim().max(254).optional() },
  may: signedIn,
  async does(view: View, { limit, cursor, q }): Promise<Page<User>> {
    const after = readCursor(cursor)
    const rows = await view.em.find(
      User,
      {
        status: { $ne: 'deleted' },
        ...(q ? { $or: [{ name: { $ilike: containing(q) } }, { email: q.toLowerCase() }] } : {}),
        ...(after ? { id: { $lt: after.id } } : {}),
      },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    return pageOf(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (user) => user,
    )
  },
})

/** Renames a person; administrators may also suspend somebody, and let them back in. */
export const updateUser = command('users.updateUser', {
  input: {
    id: z.uuid(),
    name: PersonName.optional(),
    status: z.enum(['active', 'suspended']).optional().describe('administrators only'),
    ifMatch,
  },
  may: selfOrAdmin(({ id }) => id),
  async does(work, { id, name, status, ifMatch }) {
    if (status && !isAdmin(work)) throw new DomainError('forbidden', 'Only administrators change a status.')
    const user = await work.em.findOneOrFail(User, { id, status: { $ne: 'deleted' } })
    refuseStale(user, ifMatch)
    if (status === 'suspended' && user.role === 'admin') throw new DomainError('conflict', 'An administrator cannot be suspended.')
    if (name) user.name = name
    if (status) user.status = status
    tellChanged(work, user)
    return user
  },
  async afterwards(user, ports) {
    const enforcement = await ports.enforce({ userId: user.id })
    return { user, enforcement }
  },
})

/** Ends an account: the person can no longer sign in, their address is free again, what they wrote stays. */
export const deleteUser = command('users.deleteUser', {
  input: { id: z.uuid() },
  may: selfOrAdmin(({ id }) => id),
  async does(work, { id }) {
    const user = await work.em.findOneOrFail(User, { id, status: { $ne: 'deleted' } })
    if (user.role === 'admin') throw new DomainError('conflict', 'An administrator cannot be deleted.')
    const alone = await sql<{ subject: string }>`
      select g.subject from access_grant g where g.user_id = ${id} and g.role = 'owner'
      and not exists (select 1 from access_grant o where o.subject = g.subject and o.role = 'owner' and o.user_id <> ${id})
      and exists (select 1 from access_grant o where o.subject = g.subject and o.user_id <> ${id})`.execute(work.em.getKysely() as never)
    if (alone.rows[0]) throw new DomainError('conflict', 'They are the only owner of something shared: hand it over first.')
    user.status = 'deleted'
    user.email = `${user.id}@deleted.invalid`
    tellChanged(work, user)
    return user
  },
  async afterwards(user, ports) {
    await ports.enforce({ userId: user.id })
  },
})

function tellChanged(work: Work, user: User) {
  const data = { userId: user.id, name: user.name, status: user.status }
  work.emit(UserChanged, { subject: `user:${user.id}`, audience: [`user:${user.id}`], data })
}
