/**
 * Sign-in attempts. An attempt is counted as a failure before the password is checked, and taken back when it was correct: so however many
 * arrive at once, no more are tried than allowed. Counted in the database, for all nodes, by the given address, whether or not it has an
 * account.
 */
import { sql } from 'kysely'
import { DomainError } from '../kernel/errors.ts'
import type { TableRow } from '../kernel/db/table-row.ts'
import type { CommandContext, PreparationContext, QueryContext } from '../kernel/operation.ts'

/** Failures from one source without a delay. */
const undelayedFailures = 5
/** The delay after these failures, seconds; each further failure doubles it. */
const firstDelaySeconds = 1
const maxDelaySeconds = 15 * 60
/** Failures from all unknown devices together, in any hour. */
const maxFailuresPerHour = 100

/** A counted attempt. */
export interface Attempt {
  email: string
  source: string
  /** When it was counted, as the database returns it. */
  at: string
}

/** The source of an attempt: a device that signed in to this account before, or an unknown one, by its network address. */
export interface Source {
  /** Counted on its own: `address:<ip>`, `device:<id>`, `account:<id>`. */
  name: string
  /** Is not delayed by attempts of unknown devices. */
  trusted: boolean
}

/** Counts an attempt. Outside any transaction, so that it stays counted. @throws DomainError rate-limited, with the time to wait */
export async function countAttempt(view: PreparationContext, email: string, { name, trusted }: Source): Promise<Attempt> {
  await assertNotDelayed(view, email, { name, trusted })
  const { db } = view.autocommit
  const stale = sql`s.last_at < now() - interval '1 hour'`
  // each counter is one statement over one row, so simultaneous attempts are counted one after the other
  const { rows } = await sql<{ at: TableRow<'sign_in_attempt', 'last_at'>['last_at']; hourly: boolean }>`
    with counted as (
      insert into sign_in_attempt as s (email, source, failures, last_at) values (${email}, ${name}, 1, now())
      on conflict (email, source) do update set last_at = now(), failures = case when ${stale} then 1 else s.failures + 1 end,
        next_at = case when ${stale} or s.failures + 1 < ${undelayedFailures} then null else now()
          + least(${maxDelaySeconds}, ${firstDelaySeconds} * power(2, least(s.failures + 1 - ${undelayedFailures}, 20))) * interval '1 second' end
      where ${stale} or s.next_at is null or s.next_at <= now()
      returning last_at
    ), hourly as (
      insert into sign_in_hour as h (email, failed_at) select ${email}, array[last_at] from counted where ${!trusted}::boolean
      on conflict (email) do update
        set failed_at = (h.failed_at || excluded.failed_at)[greatest(1, cardinality(h.failed_at) + 2 - ${maxFailuresPerHour}::int):]
      where cardinality(h.failed_at) < ${maxFailuresPerHour} or h.failed_at[1] <= now() - interval '1 hour'
      returning 1
    ) select last_at::text as at, ${trusted}::boolean or exists (select from hourly) as hourly from counted`.execute(db)
  const [counted] = rows
  if (counted?.hourly) return { email, source: name, at: counted.at }
  // another attempt was counted in between
  await assertNotDelayed(view, email, { name, trusted })
  throw tooManyAttemptsError(firstDelaySeconds)
}

/** @throws DomainError rate-limited while the source, or all unknown devices, must wait */
async function assertNotDelayed(view: QueryContext, email: string, { name, trusted }: Source): Promise<void> {
  const { rows } = await sql<{ seconds: number | null }>`
    select ceil(extract(epoch from greatest(
      (select next_at from sign_in_attempt where email = ${email} and source = ${name} and last_at >= now() - interval '1 hour'),
      (select failed_at[1] + interval '1 hour' from sign_in_hour
        where email = ${email} and cardinality(failed_at) >= ${maxFailuresPerHour} and not ${trusted}::boolean)
    ) - now()))::int as seconds`.execute(view.db)
  const seconds = rows[0]?.seconds ?? 0
  if (seconds > 0) throw tooManyAttemptsError(seconds)
}

const tooManyAttemptsError = (seconds: number) =>
  new DomainError('rate-limited', `Too many failed attempts for this account. Try again in ${seconds} s.`, { retryAfter: seconds })

/** Takes back a correct attempt, and deletes the failures of its source. */
export async function forgetAttempt(work: CommandContext, { email, source, at }: Attempt): Promise<void> {
  const { db } = work
  await db.deleteFrom('sign_in_attempt').where('email', '=', email).where('source', '=', source).execute()
  await db
    .updateTable('sign_in_hour')
    .set({ failed_at: sql`array_remove(failed_at, ${at}::timestamptz)` })
    .where('email', '=', email)
    .execute()
}

/** Deletes all failures of an account. */
export async function forgetAttempts(work: CommandContext, email: string): Promise<void> {
  for (const table of ['sign_in_attempt', 'sign_in_hour'] as const) await work.db.deleteFrom(table).where('email', '=', email).execute()
}

/** Deletes counters that no longer affect a delay. */
export async function forgetOldAttempts(work: CommandContext): Promise<void> {
  const { db } = work
  const anHourAgo = sql<string>`now() - interval '1 hour'`
  await db.deleteFrom('sign_in_attempt').where('last_at', '<', anHourAgo).execute()
  await sql`delete from sign_in_hour where coalesce(failed_at[cardinality(failed_at)], '-infinity') < ${anHourAgo}`.execute(db)
}
