/** Devices that signed in to an account before: attackers who guess its password do not lock them out (OWASP, device cookies). */
import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { TableRow } from '../kernel/db/table-row.ts'
import type { QueryContext, CommandContext } from '../kernel/operation.ts'
import { activeAccountSql } from '../users/account.ts'

/** Days without a sign-in after which a device is forgotten. */
export const deviceLifeDays = 365
/** Maximum devices of one account; those used longest ago are forgotten first. */
const maxDevices = 50

const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** The device with a token, if it signed in to this account before. The token signs nobody in; it only identifies a device. */
export async function findDevice(view: QueryContext, email: string, token: string | undefined): Promise<string | undefined> {
  if (token === undefined) return undefined
  const { rows } = await sql<TableRow<'device', 'hash'>>`
    select d.hash from device d join ${sql.raw(activeAccountSql('u', 'd.user_id'))}
    where d.hash = ${hashToken(token)} and u.email = ${email} and d.used_at > now() - ${deviceLifeDays} * interval '1 day'`.execute(view.db)
  return rows[0]?.hash
}

/** Records that a device signed in. @param token its own, if it is known @returns the token of the device */
export async function rememberDevice(
  work: CommandContext,
  userId: string,
  token: string = randomBytes(32).toString('base64url'),
): Promise<string> {
  const { db } = work
  await db
    .insertInto('device')
    .values({ hash: hashToken(token), user_id: userId, created_at: work.now, used_at: work.now })
    .onConflict((known) => known.column('hash').doUpdateSet({ used_at: work.now }))
    .execute()
  const newest = db.selectFrom('device').select('hash').where('user_id', '=', userId).orderBy('used_at', 'desc').limit(maxDevices)
  await db.deleteFrom('device').where('user_id', '=', userId).where('hash', 'not in', newest).execute()
  return token
}

/** Forgets every device of an account. */
export async function forgetDevices(work: CommandContext, userId: string): Promise<void> {
  await work.db.deleteFrom('device').where('user_id', '=', userId).execute()
}

export async function forgetOldDevices(work: CommandContext): Promise<void> {
  await work.db.deleteFrom('device').where('used_at', '<', sql<string>`now() - ${deviceLifeDays} * interval '1 day'`).execute()
}
