/** What is still worth sending when its time has come. */
import { sql } from 'kysely'
import { upFrom } from '../access/grant.ts'
import type { View } from '../kernel/operation.ts'
import { current } from './count.ts'
import type { KindName, Medium } from './kind.ts'
import { notificationOf, type NotificationSeen, columns } from './notification.ts'
import { type Chosen, waysOf } from './preference.ts'

/**
 * Of what a delivery tells, that which its reader still wants: not read, put away, deleted or over since; about nothing that they may not
 * read any more; to somebody who can sign in; and by a way that they have not switched off.
 * @param medium by which it is to be sent; absent: whichever
 * @param now the clock; absent: the time it is
 * @returns the notifications, oldest first
 */
export async function stillWanted(
  view: View,
  notificationIds: readonly string[],
  { medium, now = view.now }: { medium?: Medium | undefined; now?: Date } = {},
): Promise<NotificationSeen[]> {
  const { rows } = await sql<NotificationSeen & { chosen: Chosen | null }>`
    select ${columns}, p.chosen from notification n
    join "user" u on u.id = n.user_id and u.status = 'active'
    left join notification_preference p on p.user_id = n.user_id
    where n.id = any(${sql.val([...notificationIds])}::uuid[]) and n.read_at is null and n.archived_at is null and ${current(now)}
      and (n.subject is null or exists (
        with recursive ${upFrom(sql`n.subject`)}
        select 1 from up join access_grant g on g.subject = up.name and g.user_id = n.user_id))
    order by n.created_at, n.id`.execute(view.em.getKysely() as never)
  return rows.filter(({ chosen, type }) => !medium || waysOf(chosen ?? {}, type as KindName).includes(medium)).map(notificationOf)
}
