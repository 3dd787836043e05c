/** Password reset links: valid for an hour, once. The token is derived from the id and the installation's secret, and stored as a hash. */
import { createHash, createHmac } from 'node:crypto'
import { sql } from 'kysely'
import { newId } from '../kernel/entity.ts'
import type { CamelRow } from '../kernel/db/table-row.ts'
import type { QueryContext, CommandContext } from '../kernel/operation.ts'
import { activeAccountSql, lockActiveUser } from '../users/account.ts'

/** Lifetime of a link. */
const resetLifeMs = 3600_000
/** Links that are sent for one account in an hour. */
const maxResetsPerHour = 3

const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')
const createToken = (secret: string, id: string): string => createHmac('sha256', secret).update(`password-reset:${id}`).digest('base64url')

/** A valid link. */
export interface PasswordReset {
  id: string
  userId: string
}

/** Creates a link for the account of an address; undefined where no active account has it, or enough links were sent. */
export async function createReset(work: CommandContext, email: string): Promise<PasswordReset | undefined> {
  // locked, so that links created at once are counted
  const user = await lockActiveUser(work, { email })
  if (!user) return undefined
  const id = newId()
  const since = new Date(work.now.getTime() - resetLifeMs)
  const expiresAt = new Date(work.now.getTime() + resetLifeMs)
  const { rows } = await sql`
    insert into password_reset (id, hash, user_id, asked_at, expires_at)
    select ${id}::uuid, ${hashToken(createToken(work.ports.tokenSecret, id))}, ${user.id}::uuid, ${work.now}::timestamptz, ${expiresAt}::timestamptz
    where (select count(*) from password_reset where user_id = ${user.id} and asked_at > ${since}) < ${maxResetsPerHour}
    returning 1`.execute(work.db)
  return rows.length > 0 ? { id, userId: user.id } : undefined
}

/** A valid link with its token; undefined where it was used or has expired. */
export async function readReset(view: QueryContext, id: string): Promise<{ userId: string; token: string } | undefined> {
  const good = await view.db
    .selectFrom('password_reset')
    .select('user_id')
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', view.now.toISOString())
    .executeTakeFirst()
  return good && { userId: good.user_id, token: createToken(view.ports.tokenSecret, id) }
}

/** The link of a token, if it is valid. */
export async function findReset(view: QueryContext, token: string): Promise<PasswordReset | undefined> {
  const { rows } = await sql<CamelRow<'password_reset', 'id' | 'user_id'>>`
    select r.id, r.user_id as "userId" from password_reset r join ${sql.raw(activeAccountSql('u', 'r.user_id'))}
    where r.hash = ${hashToken(token)} and r.used_at is null and r.expires_at > ${view.now}`.execute(view.db)
  return rows[0]
}

/** Marks a link as used, and every other link of its account. @returns whether it was valid until now */
export async function consumeReset(work: CommandContext, { id, userId }: PasswordReset): Promise<boolean> {
  const spent = await work.db
    .updateTable('password_reset')
    .set({ used_at: work.now })
    .where('user_id', '=', userId)
    .where('used_at', 'is', null)
    .returning('id')
    .execute()
  return spent.some((row) => row.id === id)
}

export async function forgetOldResets(work: CommandContext): Promise<void> {
  const before = new Date(work.now.getTime() - 24 * resetLifeMs)
  await work.db.deleteFrom('password_reset').where('expires_at', '<', before.toISOString()).execute()
}
