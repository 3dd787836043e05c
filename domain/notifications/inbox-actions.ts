/** Inbox actions: seen, read, archive, snooze, delete. All are idempotent. */
import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { readableSubjectsCte } from '../access/ancestry.ts'
import { requireSystem, requireUserId } from '../kernel/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, type CommandContext } from '../kernel/operation.ts'
import { lockInboxes, isInInbox, isReadable, emitInboxCounts } from './counts.ts'
import { inboxFilters, requireOwnInbox, userInput } from './inbox.ts'
import { notificationColumns, toNotification, type InboxNotification } from './notification.ts'
import { Timestamp } from '../kernel/time.ts'

type Change = (work: CommandContext, until?: Date) => RawBuilder<unknown>

const sqlNow = ({ now }: CommandContext) => sql`${now.toISOString()}::timestamptz`
const setSeen: Change = (work) => sql`seen_at = coalesce(n.seen_at, ${sqlNow(work)})`
const setRead: Change = (work) => sql`read_at = coalesce(n.read_at, ${sqlNow(work)}), ${setSeen(work)}`
const setArchived: Change = (work) => sql`archived_at = coalesce(n.archived_at, ${sqlNow(work)}), snoozed_until = null, ${setSeen(work)}`
/** A snoozed notification comes back as if it had just arrived. */
const setSnoozed: Change = (_, until) =>
  until
    ? sql`snoozed_until = ${until.toISOString()}::timestamptz, arrived_at = ${until.toISOString()}::timestamptz, read_at = null, seen_at = null, archived_at = null`
    : sql`snoozed_until = null, arrived_at = case when n.snoozed_until is null then n.arrived_at else n.created_at end`

/** Changes some of the actor's own notifications, and sends them their new counts. */
async function updateOwn(work: CommandContext, which: RawBuilder<unknown>, change: RawBuilder<unknown>): Promise<InboxNotification[]> {
  const userId = requireUserId(work)
  await lockInboxes(work, [userId])
  const { rows } = await sql<InboxNotification>`
    with recursive ${readableSubjectsCte([userId])}
    update notification n set ${change} where n.user_id = ${userId} and 'in_app' = any(n.channels) and ${isReadable} and ${which}
    returning ${notificationColumns}`.execute(work.db)
  if (rows.length > 0) await emitInboxCounts(work, [userId])
  return rows.map(toNotification)
}

const defineSingleAction = (name: string, change: Change) =>
  command(name, {
    input: { id: z.uuid() },
    authorize: (view) => requireOwnInbox(view, {}),
    async execute(work, { id }): Promise<InboxNotification> {
      const [marked] = await updateOwn(work, sql`n.id = ${id}`, change(work))
      if (!marked) throw notFound()
      return marked
    },
  })

export const markSeen = defineSingleAction('notifications.markSeen', setSeen)
export const markRead = defineSingleAction('notifications.markRead', setRead)
export const markUnread = defineSingleAction('notifications.markUnread', () => sql`read_at = null`)
export const archiveOne = defineSingleAction('notifications.archive', setArchived)
export const unarchiveOne = defineSingleAction('notifications.unarchive', () => sql`archived_at = null`)

/** The longest snooze: a year. Milliseconds. */
const maxSnoozeMs = 366 * 24 * 60 * 60 * 1000
const Until = Timestamp.nullable().describe('when the notification comes back; null: now')

/** @throws DomainError invalid-input for a time in the past, or too far ahead */
function parseUntil(work: CommandContext, text: string | null): Date | undefined {
  if (text === null) return undefined
  const until = new Date(text)
  const ahead = until.getTime() - work.now.getTime()
  const message = ahead <= 0 ? 'must be a time in the future' : ahead > maxSnoozeMs ? 'must be a time within a year' : undefined
  if (message) throw new DomainError('invalid-input', `until: ${message}`, { fields: [{ path: 'until', message }] })
  return until
}

export const snoozeOne = command('notifications.snooze', {
  input: { id: z.uuid(), until: Until },
  authorize: (view) => requireOwnInbox(view, {}),
  async execute(work, { id, until }): Promise<InboxNotification> {
    const [marked] = await updateOwn(work, sql`n.id = ${id}`, setSnoozed(work, parseUntil(work, until)))
    if (!marked) throw notFound()
    return marked
  },
})

const { type, category, priority, group } = inboxFilters
const bulkInput = { ...userInput, type, category, priority, group }
type BulkFilter = { type?: string | undefined; category?: string | undefined; priority?: string | undefined; group?: string | undefined }

function matchesFilter({ type, category, priority, group }: BulkFilter): RawBuilder<unknown> {
  const conditions = [sql`true`]
  if (type) conditions.push(sql`n.type = ${type}`)
  if (category) conditions.push(sql`n.category = ${category}`)
  if (priority) conditions.push(sql`n.priority = ${priority}`)
  if (group !== undefined) conditions.push(sql`n."group" = ${group}`)
  return sql.join(conditions, sql` and `)
}

/** An action on everything in the inbox, or a part of it. */
const defineBulkAction = (name: string, change: Change, but: RawBuilder<unknown>) =>
  command(name, {
    input: bulkInput,
    authorize: requireOwnInbox,
    async execute(work, asked): Promise<{ changed: number }> {
      return { changed: (await updateOwn(work, sql`${isInInbox(work.now)} and ${but} and ${matchesFilter(asked)}`, change(work))).length }
    },
  })

export const markAllSeen = defineBulkAction('notifications.markAllSeen', setSeen, sql`n.seen_at is null`)
export const markAllRead = defineBulkAction('notifications.markAllRead', setRead, sql`n.read_at is null`)
export const archiveAll = defineBulkAction('notifications.archiveAll', setArchived, sql`true`)

/** Snoozes some notifications together; all of them only with an explicit request. */
export const snoozeAll = command('notifications.snoozeAll', {
  input: { ...bulkInput, until: Until.unwrap() },
  authorize: requireOwnInbox,
  async execute(work, { until, ...asked }): Promise<{ changed: number }> {
    const change = setSnoozed(work, parseUntil(work, until))
    return { changed: (await updateOwn(work, sql`${isInInbox(work.now)} and ${matchesFilter(asked)}`, change)).length }
  },
})

/** Deletes a notification permanently. */
export const deleteNotification = command('notifications.delete', {
  input: { id: z.uuid() },
  authorize: (view) => requireOwnInbox(view, {}),
  async execute(work, { id }): Promise<void> {
    const userId = requireUserId(work)
    await lockInboxes(work, [userId])
    const { rows } = await sql`
      with recursive ${readableSubjectsCte([userId])}
      delete from notification n where n.id = ${id} and n.user_id = ${userId} and 'in_app' = any(n.channels) and ${isReadable}
      returning n.id`.execute(work.db)
    if (rows.length === 0) throw notFound()
    await emitInboxCounts(work, [userId])
  },
})

/** Ends snoozes and deletes expired notifications, and sends the new counts to those concerned. */
export const wakeSnoozed = command('notifications.wakeSnoozed', {
  input: {},
  authorize: requireSystem,
  async execute(work): Promise<void> {
    const at = work.now.toISOString()
    const changed = await work.db
      .selectFrom('notification')
      .select('user_id')
      .distinct()
      .where((is) => is.or([is('snoozed_until', '<=', at), is('expires_at', '<=', at)]))
      .execute()
    const users = changed.map(({ user_id }) => user_id)
    if (users.length === 0) return
    await lockInboxes(work, users)
    await work.db.updateTable('notification').set({ snoozed_until: null }).where('snoozed_until', '<=', at).execute()
    await work.db.deleteFrom('notification').where('expires_at', '<=', at).execute()
    await emitInboxCounts(work, users)
  },
})
