/** The inbox over REST. Paths of fixed words stand before `/notifications/:userId`, which would take them for a person. */
import { z } from 'zod'
import type { Counts } from '../domain/notifications/count.ts'
import { countUnread, getStats, type InboxRow, type InboxStats, listNotifications } from '../domain/notifications/inbox.ts'
import { categories, kindNames, media, priorities } from '../domain/notifications/kind.ts'
import {
  archiveAll,
  archiveOne,
  deleteNotification,
  markAllRead,
  markAllSeen,
  markRead,
  markSeen,
  markUnread,
  snoozeAll,
  snoozeOne,
  unarchiveOne,
} from '../domain/notifications/mark.ts'
import type { NotificationSeen } from '../domain/notifications/notification.ts'
import { sendNotification, sendNotifications } from '../domain/notifications/sending.ts'
import { answer, del, get, pageOf, post, put } from './endpoint.ts'

const time = z.iso.datetime().nullable()
const body = {
  id: z.uuid(),
  userId: z.uuid(),
  type: z.enum(kindNames),
  category: z.enum(categories),
  priority: z.enum(priorities),
  critical: z.boolean().describe('goes out whatever is chosen'),
  subject: z.string().nullable().describe('what it is about; whoever may not read that does not see it'),
  group: z.string().describe('equal for what is put together'),
  actorId: z.uuid().nullable().describe('who did it; null: SmartStart'),
  title: z.string(),
  message: z.string().describe('plain text'),
  data: z.record(z.string(), z.unknown()).describe('ids; `link` is the place in the workspace'),
  channels: z.array(z.enum(media)),
  createdAt: z.iso.datetime(),
  arrivedAt: z.iso.datetime().describe('later than createdAt where it was put off'),
  seenAt: time,
  readAt: time,
  archivedAt: time,
  snoozedUntil: time,
  expiresAt: time,
}

export const NotificationBody = z.object(body).meta({ id: 'Notification' })
export const InboxRowBody = z
  .object({ ...body, count: z.number().int(), unread: z.number().int(), summary: z.string().describe('“5 comments in NDA Acme”') })
  .meta({ id: 'InboxRow' })

const iso = (date: Date | null) => date?.toISOString() ?? null
const times = (seen: NotificationSeen) => ({
  createdAt: seen.createdAt.toISOString(),
  arrivedAt: seen.arrivedAt.toISOString(),
  seenAt: iso(seen.seenAt),
  readAt: iso(seen.readAt),
  archivedAt: iso(seen.archivedAt),
  snoozedUntil: iso(seen.snoozedUntil),
  expiresAt: iso(seen.expiresAt),
})
const present = (seen: NotificationSeen) => ({ ...seen, ...times(seen) }) as z.output<typeof NotificationBody>
const notification = answer(NotificationBody, present)
const row = answer(InboxRowBody, (seen: InboxRow) => ({ ...seen, ...times(seen) }) as z.output<typeof InboxRowBody>)

export const CountsBody = z.object({ unread: z.number().int(), unseen: z.number().int() }).meta({ id: 'InboxCounts' })
const counts = answer(CountsBody, (counted: Counts) => counted)
const changed = answer(z.object({ changed: z.number().int() }), (done: { changed: number }) => done)
const sent = answer(z.object({ sent: z.number().int() }), (done: { sent: number }) => done)
const stats = answer(
  z.object({
    total: z.number().int(),
    unread: z.number().int(),
    byType: z.record(z.string(), z.number().int()),
    byPriority: z.record(z.string(), z.number().int()),
    recent: z.array(NotificationBody),
  }),
  ({ recent, ...numbers }: InboxStats) => ({ ...numbers, recent: recent.map(present) }),
)

const path = '/notifications'
const alias = { alias: true }

export const inbox = [
  get(path, listNotifications, pageOf(row)),
  post(path, sendNotification, notification, alias),
  post(`${path}/send`, sendNotification, notification),
  post(`${path}/create`, sendNotification, notification, alias),
  post(`${path}/bulk`, sendNotifications, sent),
  get(`${path}/unread-count`, countUnread, counts),
  get(`${path}/stats/:userId`, getStats, stats),
  put(`${path}/read-all`, markAllRead, changed),
  put(`${path}/user/:userId/read-all`, markAllRead, changed, alias),
  put(`${path}/seen-all`, markAllSeen, changed),
  put(`${path}/archive-all`, archiveAll, changed),
  put(`${path}/snooze-all`, snoozeAll, changed),
  put(`${path}/:id/seen`, markSeen, notification),
  put(`${path}/:id/read`, markRead, notification),
  put(`${path}/:id/unread`, markUnread, notification),
  put(`${path}/:id/archive`, archiveOne, notification),
  put(`${path}/:id/unarchive`, unarchiveOne, notification),
  put(`${path}/:id/snooze`, snoozeOne, notification),
  del(`${path}/:id`, deleteNotification),
]

/** One person's; it stands last, since any other word would be taken for a person. */
export const inboxes = [
  get(`${path}/user/:userId`, listNotifications, pageOf(row), alias),
  get(`${path}/:userId`, listNotifications, pageOf(row), alias),
]
