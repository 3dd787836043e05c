/** The inbox: what somebody was told, newest first, one by one or put together; of what they may read now. */
import { sql } from 'kysely'
import { z } from 'zod'
import { userOf } from '../access/permission.ts'
import { notFound } from '../kernel/errors.ts'
import { type Permission, query, type View } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { type Counts, countsOf, current, present, readable, reachedBy } from './count.ts'
import { categories, type Category, groups, kindNames, type KindName, priorities, type Priority } from './kind.ts'
import { columns, notificationOf, type NotificationSeen } from './notification.ts'
import { titlesOf } from './telling.ts'

export const statuses = ['all', 'unread', 'read', 'archived', 'snoozed'] as const

/** Absent: one's own. To others an inbox is not there, to administrators neither. */
export const whose = { userId: z.uuid().optional() }
export const ownInbox: Permission<{ userId?: string | undefined }> = (view, { userId }) => {
  if (userOf(view) !== (userId ?? userOf(view))) throw notFound()
}

/** What is put together, or one alone: the newest of it, and how many there are. */
export interface InboxRow extends NotificationSeen {
  count: number
  unread: number
  /** "5 comments in NDA Acme"; of one alone its title. */
  summary: string
}

const lower = <const T extends readonly [string, ...string[]]>(values: T) => z.string().toLowerCase().pipe(z.enum(values))

/** What is asked of an inbox: which of its states, and what kind. */
export const filters = {
  status: lower(statuses).default('all').describe('all: neither archived nor snoozed; read and unread are of these'),
  type: z.enum(kindNames).optional(),
  category: z.enum(categories).optional(),
  priority: lower(priorities).optional(),
  group: z.string().max(300).optional(),
}

type Filters = { status: (typeof statuses)[number]; type?: KindName; category?: Category; priority?: Priority; group?: string }

function matching(view: View, { status, type, category, priority, group }: { [K in keyof Filters]: Filters[K] | undefined }) {
  const now = view.now.toISOString()
  const conditions = [sql`n.user_id = ${userOf(view)}`, readable]
  if (status === 'archived') conditions.push(sql`n.archived_at is not null and 'in_app' = any(n.channels) and ${current(view.now)}`)
  else if (status === 'snoozed')
    conditions.push(
      sql`n.snoozed_until > ${now}::timestamptz and n.archived_at is null and 'in_app' = any(n.channels) and ${current(view.now)}`,
    )
  else conditions.push(present(view.now))
  if (status === 'unread') conditions.push(sql`n.read_at is null`)
  if (status === 'read') conditions.push(sql`n.read_at is not null`)
  if (type) conditions.push(sql`n.type = ${type}`)
  if (category) conditions.push(sql`n.category = ${category}`)
  if (priority) conditions.push(sql`n.priority = ${priority}`)
  if (group !== undefined) conditions.push(sql`n."group" = ${group}`)
  return sql.join(conditions, sql` and `)
}

type Row = NotificationSeen & { count: number; unread: number }

export const listNotifications = query('notifications.list', {
  input: { ...whose, ...paging, ...filters, grouped: z.stringbool().default(false).describe('puts together what is about one subject') },
  may: ownInbox,
  async does(view, { limit, cursor, grouped, ...asked }): Promise<Page<InboxRow>> {
    const after = readCursor(cursor)
    const place = after ? sql`(n.arrived_at, n.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql`true`
    const found = sql`with recursive ${reachedBy([userOf(view)])}, found as (select n.* from notification n where ${matching(view, asked)})`
    const kysely = view.em.getKysely() as never
    const { rows } = grouped
      ? await sql<Row>`
          ${found}, ranked as (
            select *, row_number() over (partition by "group" order by arrived_at desc, id desc) as rank,
              count(*) over (partition by "group")::int as count,
              (count(*) filter (where read_at is null) over (partition by "group"))::int as unread
            from found)
          select ${columns}, n.count, n.unread from ranked n where n.rank = 1 and ${place}
          order by n.arrived_at desc, n.id desc limit ${limit + 1}`.execute(kysely)
      : await sql<Row>`
          ${found} select ${columns}, 1 as count, (n.read_at is null)::int as unread from found n where ${place}
          order by n.arrived_at desc, n.id desc limit ${limit + 1}`.execute(kysely)
    const titles = await titlesOf(
      view,
      rows.flatMap(({ subject }) => subject ?? []),
    )
    return pageOf(
      rows,
      limit,
      ({ arrivedAt, id }) => ({ at: new Date(arrivedAt).toISOString(), id }),
      (row) => ({ ...notificationOf(row), count: row.count, unread: row.unread, summary: summaryOf(row, titles) }),
    )
  },
})

function summaryOf({ title, subject, group, count }: Row, titles: Map<string, string>): string {
  if (count === 1) return title
  const words = groups[group.split(':')[0] as keyof typeof groups]
  const name = subject && titles.get(subject)
  return words && name ? `${count} ${words} ${name}` : `${title} (${count})`
}

export const countUnread = query('notifications.countUnread', {
  input: {},
  may: ownInbox,
  does: async (view): Promise<Counts> => (await countsOf(view, [userOf(view)])).get(userOf(view)) as Counts,
})

/** What an inbox holds, in numbers. */
export interface InboxStats {
  total: number
  unread: number
  byType: Partial<Record<KindName, number>>
  byPriority: Partial<Record<Priority, number>>
  recent: NotificationSeen[]
}

/** smartstart-facts 1.10: totals, by type and priority, the five most recent; of what is neither archived nor snoozed. */
export const getStats = query('notifications.getStats', {
  input: whose,
  may: ownInbox,
  async does(view): Promise<InboxStats> {
    const kysely = view.em.getKysely() as never
    const found = sql`with recursive ${reachedBy([userOf(view)])}, found as (
      select n.* from notification n where ${matching(view, { status: 'all', type: undefined, category: undefined, priority: undefined, group: undefined })})`
    const { rows } = await sql<{ type: KindName; priority: Priority; total: number; unread: number }>`
      ${found} select type, priority, count(*)::int as total, (count(*) filter (where read_at is null))::int as unread
      from found group by type, priority`.execute(kysely)
    const recent = await sql<NotificationSeen>`
      ${found} select ${columns} from found n order by n.arrived_at desc, n.id desc limit 5`.execute(kysely)
    const stats: InboxStats = { total: 0, unread: 0, byType: {}, byPriority: {}, recent: recent.rows.map(notificationOf) }
    for (const { type, priority, total, unread } of rows) {
      stats.total += total
      stats.unread += unread
      stats.byType[type] = (stats.byType[type] ?? 0) + total
      stats.byPriority[priority] = (stats.byPriority[priority] ?? 0) + total
    }
    return stats
  },
})
