/** Unread and unseen counts of inboxes. */
import { sql } from 'kysely'
import { readableSubjectsCte } from '../access/ancestry.ts'
import type { QueryContext, CommandContext } from '../kernel/operation.ts'
import { UnreadCountChanged } from './events.ts'

export interface InboxCounts {
  /** Not read. */
  unread: number
  /** Not seen in the list. What was read counts as seen. */
  unseen: number
}

/** A condition on the notification `n`: its reader can read its subject now, or it has none. */
export const isReadable = sql<boolean>`(n.subject is null or exists (
  select 1 from reached where reached.user_id = n.user_id and reached.name = n.subject))`

/** A condition on the notification `n`: it is in the inbox at a time, neither archived nor snoozed nor expired. */
export const isInInbox = (now: Date) => sql<boolean>`('in_app' = any(n.channels) and n.archived_at is null
  and (n.snoozed_until is null or n.snoozed_until <= ${now.toISOString()}::timestamptz) and ${isNotExpired(now)})`

/** A condition on the notification `n`: it has not expired. */
export const isNotExpired = (now: Date) => sql<boolean>`(n.expires_at is null or n.expires_at > ${now.toISOString()}::timestamptz)`

/** The counts of people, by id. */
export async function readInboxCounts(view: QueryContext, users: readonly string[]): Promise<Map<string, InboxCounts>> {
  const { rows } = await sql<InboxCounts & { userId: string }>`
    with recursive ${readableSubjectsCte(users)}
    select u.id as "userId", count(n.id)::int as unread, (count(n.id) filter (where n.seen_at is null))::int as unseen
    from unnest(${sql.val([...users])}::uuid[]) u(id)
    left join notification n on n.user_id = u.id and n.read_at is null and ${isInInbox(view.now)} and ${isReadable}
    group by u.id`.execute(view.db)
  return new Map(rows.map(({ userId, unread, unseen }) => [userId, { unread, unseen }]))
}

/** An arbitrary number. Changes of one person's inbox wait for each other, so that the last counts sent are correct. */
const inboxLockKey = 7_220_017

/** Locks people's inboxes for this transaction. Call it before changing them. */
export async function lockInboxes(work: CommandContext, users: readonly string[]): Promise<void> {
  // locked in one order, so that two transactions do not deadlock
  await sql`select pg_advisory_xact_lock(${sql.lit(inboxLockKey)}, key)
    from (select distinct hashtext(id) as key from unnest(${sql.val([...users])}::text[]) id order by key) held`.execute(work.db)
}

/** Sends people their current counts. */
export async function emitInboxCounts(work: CommandContext, users: readonly string[]): Promise<void> {
  if (users.length === 0) return
  for (const [userId, counts] of await readInboxCounts(work, [...new Set(users)])) {
    const subject = `user:${userId}`
    work.emit(UnreadCountChanged, { subject, audience: [subject], data: counts })
  }
}
