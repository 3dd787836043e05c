/** Which notifications are still worth sending when their delivery is due. */
import { sql } from 'kysely'
import { isReadable } from '../access/ancestry.ts'
import { activeAccountSql } from '../users/account.ts'
import type { QueryContext } from '../kernel/operation.ts'
import { isNotExpired } from './counts.ts'
import type { NotificationChannel } from '../kernel/manifest/notification.ts'
import { toNotification, type InboxNotification, notificationColumns } from './notification.ts'
import { type StoredPreferences, channelsFor } from './preferences.ts'

/**
 * Filters the notifications of a delivery: not those that were read, archived, deleted or expired since; whose subject the person can no
 * longer read; of people who cannot sign in; or of a channel that they switched off.
 * @param channel of the delivery; absent: any
 * @param now the clock; absent: the current time
 * @returns the notifications, oldest first
 */
export async function filterDeliverable(
  view: QueryContext,
  notificationIds: readonly string[],
  { channel, now = view.now }: { channel?: NotificationChannel | undefined; now?: Date } = {},
): Promise<InboxNotification[]> {
  const { rows } = await sql<InboxNotification & { chosen: StoredPreferences | null }>`
    select ${notificationColumns}, p.chosen from notification n
    join ${sql.raw(activeAccountSql('u', 'n.user_id'))}
    left join notification_preference p on p.user_id = n.user_id
    where n.id = any(${sql.val([...notificationIds])}::uuid[]) and n.read_at is null and n.archived_at is null and ${isNotExpired(now)}
      and (n.subject is null or ${sql.raw(isReadable('n.subject', 'n.user_id'))})
    order by n.created_at, n.id`.execute(view.db)
  return rows.filter(({ chosen, type }) => !channel || channelsFor(chosen ?? {}, type).includes(channel)).map(toNotification)
}
