/** What somebody does with what they were told: looks at it, reads it, puts it away, puts it off, deletes it. Said twice it stays as it is. */
import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { systemOnly, userOf } from '../access/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, type Work } from '../kernel/operation.ts'
import { holdInboxes, present, readable, reachedBy, tellCounts } from './count.ts'
import { filters, ownInbox, whose } from './inbox.ts'
import { columns, notificationOf, type NotificationSeen } from './notification.ts'

type Change = (work: Work, until?: Date) => RawBuilder<unknown>

const now = ({ now }: Work) => sql`${now.toISOString()}::timestamptz`
const seen: Change = (work) => sql`seen_at = coalesce(n.seen_at, ${now(work)})`
const read: Change = (work) => sql`read_at = coalesce(n.read_at, ${now(work)}), ${seen(work)}`
const archive: Change = (work) => sql`archived_at = coalesce(n.archived_at, ${now(work)}), snoozed_until = null, ${seen(work)}`
/** What is put off comes back as if it had come then. */
const snooze: Change = (_, until) =>
  until
    ? sql`snoozed_until = ${until.toISOString()}::timestamptz, arrived_at = ${until.toISOString()}::timestamptz, read_at = null, seen_at = null, archived_at = null`
    : sql`snoozed_until = null, arrived_at = case when n.snoozed_until is null then n.arrived_at else n.created_at end`

/** Changes some notifications of the actor's own, and tells them what that leaves. */
async function mark(work: Work, which: RawBuilder<unknown>, change: RawBuilder<unknown>): Promise<NotificationSeen[]> {
  const userId = userOf(work)
  await holdInboxes(work, [userId])
  const { rows } = await sql<NotificationSeen>`
    with recursive ${reachedBy([userId])}
    update notification n set ${change} where n.user_id = ${userId} and 'in_app' = any(n.channels) and ${readable} and ${which}
    returning ${columns}`.execute(work.em.getKysely() as never)
  if (rows.length > 0) await tellCounts(work, [userId])
  return rows.map(notificationOf)
}

const one = (name: string, change: Change) =>
  command(name, {
    input: { id: z.uuid() },
    may: (view) => ownInbox(view, {}),
    async does(work, { id }): Promise<NotificationSeen> {
      const [marked] = await mark(work, sql`n.id = ${id}`, change(work))
      if (!marked) throw notFound()
      return marked
    },
  })

export const markSeen = one('notifications.markSeen', seen)
export const markRead = one('notifications.markRead', read)
export const markUnread = one('notifications.markUnread', () => sql`read_at = null`)
export const archiveOne = one('notifications.archive', archive)
export const unarchiveOne = one('notifications.unarchive', () => sql`archived_at = null`)

/** A year: what is put off longer is as good as forgotten. Milliseconds. */
const longestSnooze = 366 * 24 * 60 * 60 * 1000
const Until = z.iso.datetime({ offset: true }).nullable().describe('when it comes back; null: now')

/** @throws DomainError invalid-input for a moment that is over, or too far off */
function untilOf(work: Work, text: string | null): Date | undefined {
  if (text === null) return undefined
  const until = new Date(text)
  const ahead = until.getTime() - work.now.getTime()
  const message = ahead <= 0 ? 'takes a moment to come' : ahead > longestSnooze ? 'takes a moment within a year' : undefined
  if (message) throw new DomainError('invalid-input', `until: ${message}`, { fields: [{ path: 'until', message }] })
  return until
}

export const snoozeOne = command('notifications.snooze', {
  input: { id: z.uuid(), until: Until },
  may: (view) => ownInbox(view, {}),
  async does(work, { id, until }): Promise<NotificationSeen> {
    const [marked] = await mark(work, sql`n.id = ${id}`, snooze(work, untilOf(work, until)))
    if (!marked) throw notFound()
    return marked
  },
})

const { type, category, priority, group } = filters
const some = { ...whose, type, category, priority, group }
type Some = { type?: string | undefined; category?: string | undefined; priority?: string | undefined; group?: string | undefined }

function those({ type, category, priority, group }: Some): RawBuilder<unknown> {
  const conditions = [sql`true`]
  if (type) conditions.push(sql`n.type = ${type}`)
  if (category) conditions.push(sql`n.category = ${category}`)
  if (priority) conditions.push(sql`n.priority = ${priority}`)
  if (group !== undefined) conditions.push(sql`n."group" = ${group}`)
  return sql.join(conditions, sql` and `)
}

/** All that is in the inbox, or a part of it. */
const all = (name: string, change: Change, but: RawBuilder<unknown>) =>
  command(name, {
    input: some,
    may: ownInbox,
    async does(work, asked): Promise<{ changed: number }> {
      return { changed: (await mark(work, sql`${present(work.now)} and ${but} and ${those(asked)}`, change(work))).length }
    },
  })

export const markAllSeen = all('notifications.markAllSeen', seen, sql`n.seen_at is null`)
export const markAllRead = all('notifications.markAllRead', read, sql`n.read_at is null`)
export const archiveAll = all('notifications.archiveAll', archive, sql`true`)

/** Puts off what is put together; all at once only by saying so. */
export const snoozeAll = command('notifications.snoozeAll', {
  input: { ...some, until: Until.unwrap() },
  may: ownInbox,
  async does(work, { until, ...asked }): Promise<{ changed: number }> {
    const change = snooze(work, untilOf(work, until))
    return { changed: (await mark(work, sql`${present(work.now)} and ${those(asked)}`, change)).length }
  },
})

/** Deletes one, for good. */
export const deleteNotification = command('notifications.delete', {
  input: { id: z.uuid() },
  may: (view) => ownInbox(view, {}),
  async does(work, { id }): Promise<void> {
    const userId = userOf(work)
    await holdInboxes(work, [userId])
    const { rows } = await sql`
      with recursive ${reachedBy([userId])}
      delete from notification n where n.id = ${id} and n.user_id = ${userId} and 'in_app' = any(n.channels) and ${readable}
      returning n.id`.execute(work.em.getKysely() as never)
    if (rows.length === 0) throw notFound()
    await tellCounts(work, [userId])
  },
})

/** Takes away what is over, and tells those to whom something came back, or whose inbox is shorter now. */
export const wakeSnoozed = command('notifications.wakeSnoozed', {
  input: {},
  may: systemOnly,
  async does(work): Promise<void> {
    const kysely = work.em.getKysely() as never
    const { rows } = await sql<{ userId: string }>`
      select distinct user_id as "userId" from notification where snoozed_until <= ${now(work)} or expires_at <= ${now(work)}`.execute(
      kysely,
    )
    const users = rows.map(({ userId }) => userId)
    if (users.length === 0) return
    await holdInboxes(work, users)
    await sql`update notification set snoozed_until = null where snoozed_until <= ${now(work)}`.execute(kysely)
    await sql`delete from notification where expires_at <= ${now(work)}`.execute(kysely)
    await tellCounts(work, users)
  },
})
