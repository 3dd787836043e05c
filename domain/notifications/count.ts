/** How many wait in people's inboxes: counted from what is kept, told when it changed. */
import { type RawBuilder, sql } from 'kysely'
import { depth } from '../access/grant.ts'
import type { View, Work } from '../kernel/operation.ts'
import { NotificationCounts } from './events.ts'

export interface Counts {
  /** Not read. */
  unread: number
  /** Not even looked at. What was read was seen. */
  unseen: number
}

/** A statement's part, after `with recursive`: `reached(user_id, name, depth)`, what each of some people may read now. */
export const reachedBy = (users: readonly string[]): RawBuilder<unknown> => sql`reached(user_id, name, depth) as (
    select user_id, subject, 0 from access_grant where user_id = any(${sql.val([...users])}::uuid[])
    union
    select reached.user_id, s.name, reached.depth + 1 from reached join subject s on s.parent = reached.name
    where reached.depth < ${sql.lit(depth)}
  )`

/** A condition on the notification `n`: it is about nothing that its reader may not read now. */
export const readable = sql<boolean>`(n.subject is null or exists (
  select 1 from reached where reached.user_id = n.user_id and reached.name = n.subject))`

/** A condition on the notification `n`: it is in the inbox at a moment, neither put away nor put off, nor over. */
export const present = (now: Date) => sql<boolean>`('in_app' = any(n.channels) and n.archived_at is null
  and (n.snoozed_until is null or n.snoozed_until <= ${now.toISOString()}::timestamptz) and ${current(now)})`

/** A condition on the notification `n`: it holds still. */
export const current = (now: Date) => sql<boolean>`(n.expires_at is null or n.expires_at > ${now.toISOString()}::timestamptz)`

/** Counts of some people, by id. */
export async function countsOf(view: View, users: readonly string[]): Promise<Map<string, Counts>> {
  const { rows } = await sql<Counts & { userId: string }>`
    with recursive ${reachedBy(users)}
    select u.id as "userId", count(n.id)::int as unread, (count(n.id) filter (where n.seen_at is null))::int as unseen
    from unnest(${sql.val([...users])}::uuid[]) u(id)
    left join notification n on n.user_id = u.id and n.read_at is null and ${present(view.now)} and ${readable}
    group by u.id`.execute(view.em.getKysely() as never)
  return new Map(rows.map(({ userId, unread, unseen }) => [userId, { unread, unseen }]))
}

/** Any number. What changes somebody's inbox waits for what else does, so that the last counts told are right. */
const inboxLock = 7_220_017

/** Takes the inboxes of some people for this transaction; before anything is changed in them. */
export async function holdInboxes(work: Work, users: readonly string[]): Promise<void> {
  // in one order, so that two that hold several do not wait for each other
  await sql`select pg_advisory_xact_lock(${sql.lit(inboxLock)}, key)
    from (select distinct hashtext(id) as key from unnest(${sql.val([...users])}::text[]) id order by key) held`.execute(
    work.em.getKysely() as never,
  )
}

/** Tells some people how many wait for them now. */
export async function tellCounts(work: Work, users: readonly string[]): Promise<void> {
  if (users.length === 0) return
  for (const [userId, counts] of await countsOf(work, [...new Set(users)])) {
    const subject = `user:${userId}`
    work.emit(NotificationCounts, { subject, audience: [subject], data: counts })
  }
}
