/** The inbox. Fixed paths come before `/notifications/:userId`, which would match them too. */
import { z } from 'zod'
import type { InboxCounts } from '../../domain/notifications/counts.ts'
import { countUnread, getStats, type InboxRow, type InboxStats, listNotifications } from '../../domain/notifications/inbox.ts'
import { priorities } from '../../domain/kernel/manifest/notification.ts'
import { CategoryName, notificationChannels, NotificationTypeName } from '../../domain/notifications/types.ts'
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
} from '../../domain/notifications/inbox-actions.ts'
import type { InboxNotification } from '../../domain/notifications/notification.ts'
import { sendNotification, sendNotifications } from '../../domain/notifications/send-notification.ts'
import { jsonResponse, del, get, listResponse, post, put } from '../http/endpoint.ts'

const time = z.iso.datetime().nullable()
const body = {
  id: z.uuid(),
  userId: z.uuid(),
  type: NotificationTypeName,
  category: CategoryName,
  priority: z.enum(priorities),
  critical: z.boolean().describe('sent regardless of preferences'),
  subject: z.string().nullable().describe('what it is about; null for people who cannot read that'),
  group: z.string().describe('notifications with the same group are listed together'),
  actorId: z.uuid().nullable().describe('who caused it; null: SmartStart'),
  title: z.string(),
  message: z.string().describe('plain text'),
  data: z.record(z.string(), z.unknown()).describe('ids; `link` is the path in the workspace'),
  channels: z.array(z.enum(notificationChannels)),
  createdAt: z.iso.datetime(),
  arrivedAt: z.iso.datetime().describe('later than createdAt when it was snoozed'),
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

const toIso = (date: Date | null) => date?.toISOString() ?? null
const serializeTimes = (seen: InboxNotification) => ({
  createdAt: seen.createdAt.toISOString(),
  arrivedAt: seen.arrivedAt.toISOString(),
  seenAt: toIso(seen.seenAt),
  readAt: toIso(seen.readAt),
  archivedAt: toIso(seen.archivedAt),
  snoozedUntil: toIso(seen.snoozedUntil),
  expiresAt: toIso(seen.expiresAt),
})
const serializeNotification = (seen: InboxNotification) => ({ ...seen, ...serializeTimes(seen) }) as z.output<typeof NotificationBody>
const notification = jsonResponse(NotificationBody, serializeNotification)
const row = jsonResponse(InboxRowBody, (seen: InboxRow) => ({ ...seen, ...serializeTimes(seen) }) as z.output<typeof InboxRowBody>)

export const CountsBody = z.object({ unread: z.number().int(), unseen: z.number().int() }).meta({ id: 'InboxCounts' })
const counts = jsonResponse(CountsBody, (counted: InboxCounts) => counted)
const changed = jsonResponse(z.object({ changed: z.number().int() }), (done: { changed: number }) => done)
const sent = jsonResponse(z.object({ sent: z.number().int() }), (done: { sent: number }) => done)
const stats = jsonResponse(
  z.object({
    total: z.number().int(),
    unread: z.number().int(),
    byType: z.record(z.string(), z.number().int()),
    byPriority: z.record(z.string(), z.number().int()),
    recent: z.array(NotificationBody),
  }),
  ({ recent, ...numbers }: InboxStats) => ({ ...numbers, recent: recent.map(serializeNotification) }),
)

const path = '/notifications'
const alias = { alias: true }

export const inbox = [
  get(path, 'Lists your notifications, newest first, single or grouped.', listNotifications, listResponse(row)),
  post(path, 'Another spelling of `POST /notifications/send`.', sendNotification, notification, alias),
  post(`${path}/send`, 'Sends a notification to a user. For administrators.', sendNotification, notification),
  post(`${path}/create`, 'Another spelling of `POST /notifications/send`.', sendNotification, notification, alias),
  post(`${path}/bulk`, 'Sends a notification to several users. For administrators.', sendNotifications, sent),
  get(`${path}/unread-count`, 'Returns how many of your notifications are unread and unseen.', countUnread, counts),
  get(`${path}/stats/:userId`, 'Returns totals of notifications by type and by priority, and the five most recent.', getStats, stats),
  put(`${path}/read-all`, 'Marks all of your notifications, or those that match, as read.', markAllRead, changed),
  put(`${path}/user/:userId/read-all`, 'Another spelling of `PUT /notifications/read-all`.', markAllRead, changed, alias),
  put(`${path}/seen-all`, 'Marks all of your notifications, or those that match, as seen.', markAllSeen, changed),
  put(`${path}/archive-all`, 'Archives all of your notifications, or those that match.', archiveAll, changed),
  put(`${path}/snooze-all`, 'Hides all of your notifications, or those that match, until a time.', snoozeAll, changed),
  put(`${path}/:id/seen`, 'Marks a notification as seen.', markSeen, notification),
  put(`${path}/:id/read`, 'Marks a notification as read.', markRead, notification),
  put(`${path}/:id/unread`, 'Marks a notification as unread.', markUnread, notification),
  put(`${path}/:id/archive`, 'Archives a notification.', archiveOne, notification),
  put(`${path}/:id/unarchive`, 'Moves a notification from the archive back to the inbox.', unarchiveOne, notification),
  put(`${path}/:id/snooze`, 'Hides a notification until a time; `null` brings it back now.', snoozeOne, notification),
  del(`${path}/:id`, 'Deletes a notification.', deleteNotification),
]

/** The inbox of one user. Last, because it matches any word. */
export const inboxes = [
  get(`${path}/user/:userId`, 'Another spelling of `GET /notifications`.', listNotifications, listResponse(row), alias),
  get(`${path}/:userId`, 'Another spelling of `GET /notifications`.', listNotifications, listResponse(row), alias),
]
