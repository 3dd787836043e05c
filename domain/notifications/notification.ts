/** Notifications: stored for a person, and sent by the channels that they chose. */
import { sql } from 'kysely'
import { newId } from '../kernel/entity.ts'
import type { PublishedEvent } from '../kernel/events/event.ts'
import type { NotificationInput } from '../kernel/manifest/notification.ts'
import type { QueryContext, CommandContext } from '../kernel/operation.ts'
import { activeAccountSql } from '../users/account.ts'
import { lockInboxes, emitInboxCounts } from './counts.ts'
import { queueDelivery } from '../delivery/delivery.ts'
import { addToDigest } from './digest.ts'
import { dueTime } from './due-time.ts'
import { NotificationCreated } from './events.ts'
import type { NotificationChannel } from '../kernel/manifest/notification.ts'
import { notificationType } from './types.ts'
import { type StoredPreferences, applyDefaults, channelsFor } from './preferences.ts'

/** A notification in an inbox. */
export interface InboxNotification extends Required<Omit<NotificationInput, 'expiresAt' | 'userId' | 'groupKey' | 'quotesPerson'>> {
  id: string
  userId: string
  category: string
  critical: boolean
  /** Equal for notifications of the same group. */
  group: string
  channels: NotificationChannel[]
  createdAt: Date
  /** When it arrived in the inbox; a snoozed one arrives again. */
  arrivedAt: Date
  seenAt: Date | null
  readAt: Date | null
  archivedAt: Date | null
  snoozedUntil: Date | null
  expiresAt: Date | null
}

/** The columns of the notification `n`. */
export const notificationColumns = sql`n.id, n.user_id as "userId", n.type, n.category, n.priority, n.critical, n.subject, n."group",
  n.actor_id as "actorId", n.title, n.message, n.data, n.channels, n.created_at as "createdAt", n.arrived_at as "arrivedAt",
  n.seen_at as "seenAt", n.read_at as "readAt", n.archived_at as "archivedAt", n.snoozed_until as "snoozedUntil", n.expires_at as "expiresAt"`

const dates = ['createdAt', 'arrivedAt', 'seenAt', 'readAt', 'archivedAt', 'snoozedUntil', 'expiresAt'] as const

const names = [
  'id',
  'userId',
  'type',
  'category',
  'priority',
  'critical',
  'subject',
  'group',
  'actorId',
  'title',
  'message',
  'data',
  'channels',
] as const

/** Converts a row of a raw statement, and drops other columns. */
export function toNotification(row: InboxNotification): InboxNotification {
  const fields = names.map((name) => [name, row[name]])
  return Object.fromEntries([...fields, ...dates.map((name) => [name, row[name] && new Date(row[name])])]) as InboxNotification
}

const truncate = (text: string, maxCharacters: number) =>
  text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters - 1).trimEnd()}…`

/** The key of a notification's group. */
const groupKeyOf = ({ type, subject, groupKey }: NotificationInput) =>
  `${notificationType(type).group?.name ?? type}:${groupKey ?? subject ?? ''}`

interface Recipient {
  id: string
  email: string
  chosen: StoredPreferences | null
}

/** Addresses and preferences of people who can sign in. */
async function readRecipients(view: QueryContext, users: readonly string[]): Promise<Map<string, Recipient>> {
  const { rows } = await sql<Recipient>`
    select u.id, u.email, p.chosen from unnest(${sql.val([...users])}::uuid[]) as told(id)
    join ${sql.raw(activeAccountSql('u', 'told.id'))} left join notification_preference p on p.user_id = u.id`.execute(view.db)
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Creates notifications: stores them, queues their deliveries, and emits events. People who cannot sign in get none, and neither do people
 * without a channel for it.
 * @param event its cause: each person is notified once of an event, even if the job runs twice. Its time orders the inbox, since jobs run
 *   in parallel.
 * @param keepUndelivered stores notifications without a channel, too, so that the sender gets them back
 * @returns the notifications that were created now
 */
export async function createNotifications(
  work: CommandContext,
  notices: readonly NotificationInput[],
  { event, kept: keepUndelivered = false }: { event?: Pick<PublishedEvent, 'position' | 'at'>; kept?: boolean } = {},
): Promise<InboxNotification[]> {
  if (notices.length === 0) return []
  const users = [...new Set(notices.map(({ userId }) => userId))]
  await lockInboxes(work, users)
  const recipients = await readRecipients(work, users)
  const at = event?.at ?? work.now.toISOString()
  const rows = notices.flatMap((notice) => {
    const recipient = recipients.get(notice.userId)
    const channels = recipient ? channelsFor(recipient.chosen ?? {}, notice.type) : []
    if (!recipient || (channels.length === 0 && !keepUndelivered)) return []
    const { category, priority, critical = false } = notificationType(notice.type)
    const { expiresAt = null, title, message, groupKey: _together, quotesPerson: _quotes, ...rest } = notice
    const texts = { title: truncate(title, 300), message: truncate(message, 2000) }
    return [
      { priority, ...withoutUndefined(rest), ...texts, id: newId(), category, critical, group: groupKeyOf(notice), channels, expiresAt },
    ]
  })
  const { rows: written } = await sql<InboxNotification>`
    with written as (
      insert into notification (id, user_id, position, type, category, priority, critical, subject, "group", actor_id, title, message, data,
        channels, created_at, arrived_at, expires_at)
      select id, "userId", ${event?.position ?? null}::bigint, type, category, priority, critical, subject, "group", "actorId", title, message, data,
        channels, ${at}::timestamptz, ${at}::timestamptz, "expiresAt"
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as told(id uuid, "userId" uuid, type text, category text, priority text,
        critical boolean, subject text, "group" text, "actorId" uuid, title text, message text, data jsonb, channels text[],
        "expiresAt" timestamptz)
      on conflict (position, user_id) where position is not null do nothing
      returning *)
    select ${notificationColumns} from written n order by n.id`.execute(work.db)
  const created = written.map(toNotification)
  const quoting = new Set(notices.filter(({ quotesPerson }) => quotesPerson).map(({ userId }) => userId))
  for (const one of created) {
    await queueDeliveries(work, one, recipients.get(one.userId) as Recipient)
    if (one.channels.includes('in_app')) emitCreated(work, one, one.subject === null && !quoting.has(one.userId))
  }
  const changed = created.filter(({ channels }) => channels.includes('in_app')).map(({ userId }) => userId)
  await emitInboxCounts(work, changed)
  return created
}

const withoutUndefined = <T extends object>(told: T) => Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined))

/** Queues the deliveries of a notification, or adds it to a digest. */
async function queueDeliveries(
  work: CommandContext,
  { id, userId, channels, critical }: InboxNotification,
  { email, chosen }: Recipient,
): Promise<void> {
  const preferences = applyDefaults(chosen ?? {})
  for (const channel of channels) {
    const dueAt = dueTime(preferences, channel, work.now, { critical })
    const target = { in_app: 'inbox', email, push: 'push' }[channel]
    if (dueAt > work.now) await addToDigest(work, { channel, userId, target, notificationId: id, dueAt })
    else queueDelivery(work, { channel, userId, target, notificationIds: [id] })
  }
}

function emitCreated(work: CommandContext, created: InboxNotification, includeMessage: boolean) {
  const { id, type, category, priority, critical, subject, group, actorId, title, data } = created
  const audience = `user:${created.userId}`
  const message = includeMessage ? created.message : null
  const createdAt = created.createdAt.toISOString()
  const notification = { id, type, category, priority, critical, subject, group, actorId, title, message, data, createdAt }
  work.emit(NotificationCreated, { subject: audience, audience: [audience], data: { notification } })
}
