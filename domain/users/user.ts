/** People with an account. */
import { LockMode } from '@mikro-orm/core'
import { sql } from 'kysely'
import { z } from 'zod'
import { requireAdmin, isAdmin, requireSelfOrAdmin, requireSignedIn } from '../kernel/permission.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, query, type QueryContext, type CommandContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { ifMatch, assertVersion } from '../kernel/etag.ts'
import { runHook } from '../kernel/manifest/registry.ts'
import { likePattern } from '../kernel/text/like-pattern.ts'
import { singleLine } from '../kernel/text/well-formed.ts'
import { deletedAccountName } from './display-name.ts'
import { UserChanged, UserCreated, UserDeleted } from './events.ts'

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
/** A person. The address is stored in lower case. */
export class User extends UserSchema.class {}
UserSchema.setClass(User)

/** An e-mail address, at most 254 characters (RFC 5321 4.5.3.1.3), in Unicode form NFC and lower case. */
export const Email = z.string().trim().normalize('NFC').toLowerCase().max(254).pipe(z.email())
/** A person's display name, 1 to 100 characters. */
export const PersonName = singleLine(100)

/** Creates a person. @throws DomainError conflict when the address has an account */
export async function createUser(work: CommandContext, told: { email: string; name: string; role: 'member' | 'admin' }): Promise<User> {
  if (await work.em.count(User, { email: told.email }))
    throw new DomainError('conflict', 'An account with this e-mail address already exists.')
  const user = work.em.create(User, { id: newId(), ...told, status: 'active', version: 1 })
  work.em.persist(user)
  work.emit(UserCreated, { subject: `user:${user.id}`, audience: [`user:${user.id}`], data: { userId: user.id, name: user.name } })
  return user
}

/** How many people there are: the first becomes the administrator. */
export const countUsers = (work: CommandContext): Promise<number> => work.em.count(User)

export const getUser = query('users.getUser', {
  input: { id: z.uuid() },
  authorize: requireSignedIn,
  execute: (view: QueryContext, { id }): Promise<User> => view.em.findOneOrFail(User, { id, status: { $ne: 'deleted' } }),
})

const userSearchInput = { ...paging, q: z.string().trim().max(254).optional() }

interface Search {
  limit: number
  cursor?: string | undefined
  q?: string | undefined
}

/** Finds people by part of a name, or by a complete address: addresses cannot be guessed letter by letter. Newest first. */
async function findUsers(view: QueryContext, { limit, cursor, q }: Search): Promise<Page<User>> {
  const after = parseCursor(cursor)
  const rows = await view.em.find(
    User,
    {
      status: { $ne: 'deleted' },
      ...(q ? { $or: [{ name: { $ilike: likePattern(q) } }, { email: q.normalize('NFC').toLowerCase() }] } : {}),
      ...(after ? { id: { $lt: after.id } } : {}),
    },
    { orderBy: { id: 'desc' }, limit: limit + 1 },
  )
  return paginate(
    rows,
    limit,
    ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
    (user) => user,
  )
}

export const listUsers = query('users.listUsers', { input: userSearchInput, authorize: requireSignedIn, execute: findUsers })

/** The same people with address, role and status. */
export const listAccounts = query('users.listAccounts', { input: userSearchInput, authorize: requireAdmin, execute: findUsers })

/** An arbitrary number: changes of accounts and administrators wait for each other. */
const accountsLock = 7_220_031

/** Locks an account until the transaction ends. @throws DomainError not-found */
async function lockAccount(work: CommandContext, id: string): Promise<User> {
  await sql`select pg_advisory_xact_lock(${accountsLock})`.execute(work.db)
  return work.em.findOneOrFail(User, { id, status: { $ne: 'deleted' } }, { lockMode: LockMode.PESSIMISTIC_WRITE })
}

/** Call it after a change under `lockAccount`. @throws DomainError conflict when no active administrator is left */
async function assertAdministratorLeft(work: CommandContext): Promise<void> {
  await work.em.flush()
  if ((await work.em.count(User, { role: 'admin', status: 'active' })) === 0)
    throw new DomainError('conflict', 'The last active administrator cannot be removed. Make another active person an administrator first.')
}

/** Renames a person. Administrators may also suspend and reactivate people, and change their role. */
export const updateUser = command('users.updateUser', {
  input: {
    id: z.uuid(),
    name: PersonName.optional(),
    status: z.enum(['active', 'suspended']).optional().describe('administrators only'),
    role: z.enum(userRoles).optional().describe('administrators only'),
    ifMatch,
  },
  authorize: requireSelfOrAdmin(({ id }) => id),
  async execute(work, { id, name, status, role, ifMatch }) {
    if ((status || role) && !isAdmin(work)) throw new DomainError('forbidden', 'Only administrators can change a status or a role.')
    const user = status || role ? await lockAccount(work, id) : await work.em.findOneOrFail(User, { id, status: { $ne: 'deleted' } })
    assertVersion(user, ifMatch)
    const administers = user.role === 'admin' && user.status === 'active'
    if (name) user.name = name
    if (status) user.status = status
    if (role) user.role = role
    if (administers && !(user.role === 'admin' && user.status === 'active')) await assertAdministratorLeft(work)
    emitChanged(work, user)
    return user
  },
  async afterCommit(user, ports) {
    const enforcement = await ports.enforce({ userId: user.id })
    return { user, enforcement }
  },
})

/**
 * Deletes an account: the person can no longer sign in, has no roles, and is called `deletedAccountName`. Their address can be used again;
 * what they wrote stays.
 * @throws DomainError conflict for the last active administrator, and for the only active owner of something shared
 */
export const deleteUser = command('users.deleteUser', {
  input: { id: z.uuid() },
  authorize: requireSelfOrAdmin(({ id }) => id),
  async execute(work, { id }) {
    const user = await lockAccount(work, id)
    const formerName = user.name
    await runHook(work, UserDeleted, { userId: id })
    user.status = 'deleted'
    user.email = `${user.id}@deleted.invalid`
    user.name = deletedAccountName
    if (user.role === 'admin') await assertAdministratorLeft(work)
    emitChanged(work, user, formerName)
    return user
  },
  async afterCommit(user, ports) {
    await ports.enforce({ userId: user.id })
  },
})

function emitChanged(work: CommandContext, user: User, formerName?: string) {
  const data = { userId: user.id, name: user.name, status: user.status, ...(formerName !== undefined && { formerName }) }
  work.emit(UserChanged, { subject: `user:${user.id}`, audience: [`user:${user.id}`], data })
}
