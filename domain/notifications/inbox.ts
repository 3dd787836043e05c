/** The inbox: a person's notifications, newest first, one by one or grouped, of subjects that they can read now. */
import { sql } from 'kysely'
import { z } from 'zod'
import { readableSubjectsCte } from '../access/ancestry.ts'
import { requireUserId } from '../kernel/permission.ts'
import { notFound } from '../kernel/errors.ts'
import { type Permission, query, type QueryContext } from '../kernel/operation.ts'
import { priorities, type Priority } from '../kernel/manifest/notification.ts'
import { readTitles } from '../kernel/manifest/registry.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { type InboxCounts, readInboxCounts, isNotExpired, isInInbox, isReadable } from './counts.ts'
import { CategoryName, groups, NotificationTypeName } from './types.ts'
import { notificationColumns, toNotification, type InboxNotification } from './notification.ts'

export const statuses = ['all', 'unread', 'read', 'archived', 'snoozed'] as const

/** Absent: the actor's own. Other inboxes look absent, also to administrators. */
export const userInput = { userId: z.uuid().optional() }
export const requireOwnInbox: Permission<{ userId?: string | undefined }> = (view, { userId }) => {
  if (requireUserId(view) !== (userId ?? requireUserId(view))) throw notFound()
}

/** A group of notifications, or a single one: its newest, and the counts. */
export interface InboxRow extends InboxNotification {
  count: number
  unread: number
  /** "5 comments in NDA Acme"; for a single one its title. */
  summary: string
}

const lowerCaseEnum = <const T extends readonly [string, ...string[]]>(values: T) => z.string().toLowerCase().pipe(z.enum(values))

/** Filters of an inbox: its state and kind. */
export const inboxFilters = {
  status: lowerCaseEnum(statuses).default('all').describe('all: neither archived nor snoozed; read and unread are parts of it'),
  type: NotificationTypeName.optional(),
  category: CategoryName.optional(),
  priority: lowerCaseEnum(priorities).optional(),
  group: z.string().max(300).optional(),
}

type Filters = { status: (typeof statuses)[number]; type?: string; category?: string; priority?: Priority; group?: string }

function createCondition(
  view: QueryContext,
  { status, type, category, priority, group }: { [K in keyof Filters]: Filters[K] | undefined },
) {
  const now = view.now.toISOString()
  const conditions = [sql`n.user_id = ${requireUserId(view)}`, isReadable]
  if (status === 'archived') conditions.push(sql`n.archived_at is not null and 'in_app' = any(n.channels) and ${isNotExpired(view.now)}`)
  else if (status === 'snoozed')
    conditions.push(
      sql`n.snoozed_until > ${now}::timestamptz and n.archived_at is null and 'in_app' = any(n.channels) and ${isNotExpired(view.now)}`,
    )
  else conditions.push(isInInbox(view.now))
  if (status === 'unread') conditions.push(sql`n.read_at is null`)
  if (status === 'read') conditions.push(sql`n.read_at is not null`)
  if (type) conditions.push(sql`n.type = ${type}`)
  if (category) conditions.push(sql`n.category = ${category}`)
  if (priority) conditions.push(sql`n.priority = ${priority}`)
  if (group !== undefined) conditions.push(sql`n."group" = ${group}`)
  return sql.join(conditions, sql` and `)
}

type Row = InboxNotification & { count: number; unread: number }

export const listNotifications = query('notifications.list', {
  input: {
    ...userInput,
    ...paging,
    ...inboxFilters,
    grouped: z.stringbool().default(false).describe('groups notifications about one subject'),
  },
  authorize: requireOwnInbox,
  async execute(view, { limit, cursor, grouped, ...asked }): Promise<Page<InboxRow>> {
    const after = parseCursor(cursor)
    const place = after ? sql`(n.arrived_at, n.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql`true`
    const found = sql`with recursive ${readableSubjectsCte([requireUserId(view)])}, found as (select n.* from notification n where ${createCondition(view, asked)})`
    const kysely = view.db
    const { rows } = grouped
      ? await sql<Row>`
          ${found}, ranked as (
            select *, row_number() over (partition by "group" order by arrived_at desc, id desc) as rank,
              count(*) over (partition by "group")::int as count,
              (count(*) filter (where read_at is null) over (partition by "group"))::int as unread
            from found)
          select ${notificationColumns}, n.count, n.unread from ranked n where n.rank = 1 and ${place}
          order by n.arrived_at desc, n.id desc limit ${limit + 1}`.execute(kysely)
      : await sql<Row>`
          ${found} select ${notificationColumns}, 1 as count, (n.read_at is null)::int as unread from found n where ${place}
          order by n.arrived_at desc, n.id desc limit ${limit + 1}`.execute(kysely)
    const titles = await readTitles(
      view,
      rows.flatMap(({ subject }) => subject ?? []),
    )
    return paginate(
      rows,
      limit,
      ({ arrivedAt, id }) => ({ at: new Date(arrivedAt).toISOString(), id }),
      (row) => ({ ...toNotification(row), count: row.count, unread: row.unread, summary: formatSummary(row, titles) }),
    )
  },
})

function formatSummary({ title, subject, group, count }: Row, titles: Map<string, string>): string {
  if (count === 1) return title
  const words = groups().get(group.slice(0, group.indexOf(':')))?.words
  const name = subject && titles.get(subject)
  return words && name ? `${count} ${words} ${name}` : `${title} (${count})`
}

export const countUnread = query('notifications.countUnread', {
  input: {},
  authorize: requireOwnInbox,
  execute: async (view): Promise<InboxCounts> =>
    (await readInboxCounts(view, [requireUserId(view)])).get(requireUserId(view)) as InboxCounts,
})

/** The counts of an inbox. */
export interface InboxStats {
  total: number
  unread: number
  byType: Record<string, number>
  byPriority: Partial<Record<Priority, number>>
  recent: InboxNotification[]
}

/** Totals, counts by type and priority, and the five newest, without archived and snoozed notifications. */
export const getStats = query('notifications.getStats', {
  input: userInput,
  authorize: requireOwnInbox,
  async execute(view): Promise<InboxStats> {
    const kysely = view.db
    const found = sql`with recursive ${readableSubjectsCte([requireUserId(view)])}, found as (
      select n.* from notification n where ${createCondition(view, { status: 'all', type: undefined, category: undefined, priority: undefined, group: undefined })})`
    const { rows } = await sql<{ type: string; priority: Priority; total: number; unread: number }>`
      ${found} select type, priority, count(*)::int as total, (count(*) filter (where read_at is null))::int as unread
      from found group by type, priority`.execute(kysely)
    const recent = await sql<InboxNotification>`
      ${found} select ${notificationColumns} from found n order by n.arrived_at desc, n.id desc limit 5`.execute(kysely)
    const stats: InboxStats = { total: 0, unread: 0, byType: {}, byPriority: {}, recent: recent.rows.map(toNotification) }
    for (const { type, priority, total, unread } of rows) {
      stats.total += total
      stats.unread += unread
      stats.byType[type] = (stats.byType[type] ?? 0) + total
      stats.byPriority[priority] = (stats.byPriority[priority] ?? 0) + total
    }
    return stats
  },
})
