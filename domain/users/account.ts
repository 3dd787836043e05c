/** Accounts, as other slices read them. An active account can sign in. A suspended one cannot, but it exists until it is deleted. */
import { LockMode } from '@mikro-orm/core'
import { anyUuid } from '../kernel/db/any-uuid.ts'
import type { CommandContext, QueryContext } from '../kernel/operation.ts'
import { User } from './user.ts'

/** Identifies an account: by id, or by e-mail address. */
export type AccountKey = { id: string } | { email: string }

/** Finds a person by id, whatever the status of the account. @throws DomainError not-found */
export const findUser = (view: QueryContext, id: string): Promise<User> => view.em.findOneOrFail(User, id)

/** Finds an active account; null where there is none. */
export const findActiveUser = (view: QueryContext, whose: AccountKey): Promise<User | null> =>
  view.em.findOne(User, { ...whose, status: 'active' })

/** As `findActiveUser`, and locks the account until the transaction ends. */
export const lockActiveUser = (work: CommandContext, whose: AccountKey): Promise<User | null> =>
  work.em.findOne(User, { ...whose, status: 'active' }, { lockMode: LockMode.PESSIMISTIC_WRITE })

/** Reads the ids of the active administrators. */
export const readAdministratorIds = async (view: QueryContext): Promise<string[]> =>
  (await view.db.selectFrom('user').select('id').where('role', '=', 'admin').where('status', '=', 'active').execute()).map(({ id }) => id)

/** @returns those of the ids that have an active account */
export async function filterActiveAccounts(view: QueryContext, ids: readonly string[]): Promise<Set<string>> {
  const rows = await view.db.selectFrom('user').select('id').where('status', '=', 'active').where('id', '=', anyUuid(ids)).execute()
  return new Set(rows.map(({ id }) => id))
}

/** @returns those of the ids that have an account that was not deleted */
export async function filterExistingAccounts(view: QueryContext, ids: readonly string[]): Promise<Set<string>> {
  const rows = await view.db.selectFrom('user').select('id').where('status', '<>', 'deleted').where('id', '=', anyUuid(ids)).execute()
  return new Set(rows.map(({ id }) => id))
}

/** Reads the e-mail address of an account that was not deleted. */
export async function readEmail(view: QueryContext, id: string): Promise<string | undefined> {
  const row = await view.db.selectFrom('user').select('email').where('id', '=', id).where('status', '<>', 'deleted').executeTakeFirst()
  return row?.email
}

/** SQL to follow `join`: a person's active account. @param userId an SQL expression, as `g.user_id` */
export const activeAccountSql = (alias: string, userId: string): string =>
  `"user" ${alias} on ${alias}.id = ${userId} and ${alias}.status = 'active'`

/** As `activeAccountSql`, for an account that was not deleted. */
export const existingAccountSql = (alias: string, userId: string): string =>
  `"user" ${alias} on ${alias}.id = ${userId} and ${alias}.status <> 'deleted'`

/** SQL to follow `with`: `person(id, name, suspended)`, an account that was not deleted, locked until the transaction ends. */
export const lockedAccountCte = (userId: string): string => `person(id, name, suspended) as (
      select id, name, status = 'suspended' from "user" where id = ${userId} and status <> 'deleted' for share)`
