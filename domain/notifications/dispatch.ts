/** From events to notifications: the slices' builders say whom to notify when the job runs. Each person is notified once. */
import { sql } from 'kysely'
import { z } from 'zod'
import { requireSystem } from '../kernel/permission.ts'
import type { PublishedEvent } from '../kernel/events/event.ts'
import type { NotificationInput, NotificationUpdate } from '../kernel/manifest/notification.ts'
import { command, type CommandContext } from '../kernel/operation.ts'
import { UserChanged } from '../users/events.ts'
import { createNotificationContext } from './notification-context.ts'
import { createNotifications } from './notification.ts'
import { findBuilders, findUpdates } from './types.ts'

/** A deleted account has no inbox, and its name disappears from the inboxes of others. */
export const deletePersonalData: NotificationUpdate['update'] = async ({ work }, { data }) => {
  const { userId, status, name, formerName } = UserChanged.data.parse(data)
  if (status !== 'deleted') return
  if (formerName !== undefined) await renameActor(work, { userId, name, formerName })
  for (const table of ['notification', 'notification_preference', 'subject_watch'] as const)
    await work.db.deleteFrom(table).where('user_id', '=', userId).execute()
}

/** Titles and messages begin with the name of the person who acted. */
async function renameActor(work: CommandContext, { userId, name, formerName }: { userId: string; name: string; formerName: string }) {
  const renamed = (text: 'title' | 'message') =>
    sql<string>`case when starts_with(${sql.ref(text)}, ${`${formerName} `})
      then ${name}::text || substr(${sql.ref(text)}, length(${formerName}::text) + 1) else ${sql.ref(text)} end`
  await work.db
    .updateTable('notification')
    .set({ title: renamed('title'), message: renamed('message') })
    .where('actor_id', '=', userId)
    .execute()
}

/** Whether an event may notify someone, or change earlier notifications. */
export const hasNotifications = (event: PublishedEvent): boolean =>
  findUpdates(event.event).length > 0 || findBuilders(event.event).some(({ filter }) => filter?.(event) ?? true)

/** Notifies people of an event. Idempotent. */
export const notifyOfEvent = command('notifications.announce', {
  input: {
    position: z.number().int(),
    event: z.string(),
    subject: z.string(),
    audience: z.array(z.string()),
    actor: z.uuid().nullable(),
    at: z.string(),
    data: z.record(z.string(), z.unknown()),
  },
  authorize: requireSystem,
  async execute(work, event) {
    const context = createNotificationContext(work)
    for (const { update } of findUpdates(event.event)) await update(context, event)
    const notices: NotificationInput[] = []
    for (const { build } of findBuilders(event.event)) notices.push(...(await build(context, event)))
    await createNotifications(work, notices, { event })
  },
})
