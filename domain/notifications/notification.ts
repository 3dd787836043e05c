/** Notifications: what somebody is told, kept for them, and sent by the ways that they want. */
import { sql } from 'kysely'
import { newId } from '../kernel/entity.ts'
import type { HeardEvent } from '../kernel/events.ts'
import type { View, Work } from '../kernel/operation.ts'
import { holdInboxes, tellCounts } from './count.ts'
import { queueDelivery } from './delivery.ts'
import { gather } from './digest.ts'
import { dueTime } from './due-time.ts'
import { NotificationCreated } from './events.ts'
import { kindOf, type KindName, type Medium, type Priority } from './kind.ts'
import { type Chosen, preferencesOf, waysOf } from './preference.ts'

/** What somebody is to be told. */
export interface Notice {
  userId: string
  type: KindName
  /** Plain text, at most 300 signs; longer ones are cut. */
  title: string
  /** Plain text, at most 2,000 signs; longer ones are cut. */
  message: string
  /** Ids for programs; `link` is the place in the workspace. */
  data: Record<string, unknown>
  /** What it is about, and whose readers alone see it; null: about nothing that has readers. */
  subject: string | null
  /** Who did it; null: SmartStart. */
  actorId: string | null
  priority?: Priority | undefined
  expiresAt?: Date | undefined
  /** With what it is put together; absent: with what is about its subject. */
  together?: string
  /** The message is somebody's words, which may be taken back; so it is in no event. That of one about a subject never is. */
  quotes?: true
}

/** A notification as its reader sees it. */
export interface NotificationSeen extends Required<Omit<Notice, 'expiresAt' | 'userId' | 'together' | 'quotes'>> {
  id: string
  userId: string
  category: string
  critical: boolean
  /** Equal for what is put together. */
  group: string
  channels: Medium[]
  createdAt: Date
  /** When it came into the inbox: again, when it was put off. */
  arrivedAt: Date
  seenAt: Date | null
  readAt: Date | null
  archivedAt: Date | null
  snoozedUntil: Date | null
  expiresAt: Date | null
}

/** The columns of the notification `n`. */
export const columns = sql`n.id, n.user_id as "userId", n.type, n.category, n.priority, n.critical, n.subject, n."group",
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

/** A row as raw statements answer it, whatever else they read with it. */
export function notificationOf(row: NotificationSeen): NotificationSeen {
  const kept = names.map((name) => [name, row[name]])
  return Object.fromEntries([...kept, ...dates.map((name) => [name, row[name] && new Date(row[name])])]) as NotificationSeen
}

const cut = (text: string, longest: number) => (text.length <= longest ? text : `${text.slice(0, longest - 1).trimEnd()}…`)

/** With what a notice is put together. */
const groupOf = ({ type, subject, together }: Notice) => `${kindOf(type).group ?? type}:${together ?? subject ?? ''}`

interface Address {
  id: string
  email: string
  chosen: Chosen | null
}

/** Addresses and choices of people who can sign in. */
async function addressesOf(view: View, users: readonly string[]): Promise<Map<string, Address>> {
  const { rows } = await sql<Address>`
    select u.id, u.email, p.chosen from "user" u left join notification_preference p on p.user_id = u.id
    where u.status = 'active' and u.id = any(${sql.val([...users])}::uuid[])`.execute(view.em.getKysely() as never)
  return new Map(rows.map((row) => [row.id, row]))
}

/**
 * Tells people something: keeps it, queues what is to reach them otherwise, and says so to whoever listens. Whoever cannot sign in is
 * told nothing, and by no way is told what nobody wants.
 * @param event from which it follows: it tells each person once, whatever runs twice, and has its place in the inbox by when it happened, since what
 *   follows of several events is done side by side
 * @param kept keeps also what goes out by no way, so that who sends it gets it back
 * @returns what was told now
 */
export async function tell(
  work: Work,
  notices: readonly Notice[],
  { event, kept = false }: { event?: Pick<HeardEvent, 'position' | 'at'>; kept?: boolean } = {},
): Promise<NotificationSeen[]> {
  if (notices.length === 0) return []
  const users = [...new Set(notices.map(({ userId }) => userId))]
  await holdInboxes(work, users)
  const addresses = await addressesOf(work, users)
  const at = event?.at ?? work.now.toISOString()
  const rows = notices.flatMap((notice) => {
    const address = addresses.get(notice.userId)
    const channels = address ? waysOf(address.chosen ?? {}, notice.type) : []
    if (!address || (channels.length === 0 && !kept)) return []
    const { category, priority, critical = false } = kindOf(notice.type)
    const { expiresAt = null, title, message, together: _together, quotes: _quotes, ...rest } = notice
    const texts = { title: cut(title, 300), message: cut(message, 2000) }
    return [{ priority, ...defined(rest), ...texts, id: newId(), category, critical, group: groupOf(notice), channels, expiresAt }]
  })
  const { rows: written } = await sql<NotificationSeen>`
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
    select ${columns} from written n order by n.id`.execute(work.em.getKysely() as never)
  const told = written.map(notificationOf)
  const quoting = new Set(notices.filter(({ quotes }) => quotes).map(({ userId }) => userId))
  for (const one of told) {
    await send(work, one, addresses.get(one.userId) as Address)
    if (one.channels.includes('in_app')) announce(work, one, one.subject === null && !quoting.has(one.userId))
  }
  const changed = told.filter(({ channels }) => channels.includes('in_app')).map(({ userId }) => userId)
  await tellCounts(work, changed)
  return told
}

const defined = <T extends object>(told: T) => Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined))

/** Queues what a notification is to be sent by. What waits, waits for more. */
async function send(work: Work, { id, userId, channels, critical }: NotificationSeen, { email, chosen }: Address): Promise<void> {
  const preferences = preferencesOf(chosen ?? {})
  for (const channel of channels) {
    const dueAt = dueTime(preferences, channel, work.now, { critical })
    const target = { in_app: 'inbox', email, push: 'push' }[channel]
    if (dueAt > work.now) await gather(work, { channel, userId, target, notificationId: id, dueAt })
    else queueDelivery(work, { channel, userId, target, notificationIds: [id] })
  }
}

function announce(work: Work, told: NotificationSeen, worded: boolean) {
  const { id, type, category, priority, critical, subject, group, actorId, title, data } = told
  const audience = `user:${told.userId}`
  const message = worded ? told.message : null
  const createdAt = told.createdAt.toISOString()
  const notification = { id, type, category, priority, critical, subject, group, actorId, title, message, data, createdAt }
  work.emit(NotificationCreated, { subject: audience, audience: [audience], data: { notification } })
}
