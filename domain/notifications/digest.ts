/** Digests: what waits for the same moment goes out together. */
import { sql } from 'kysely'
import type { Work } from '../kernel/operation.ts'
import { queueDelivery } from './delivery.ts'
import type { Medium } from './kind.ts'

export interface Waiting {
  channel: Medium
  userId: string
  target: string
  notificationId: string
  dueAt: Date
}

/**
 * Adds a notification to what goes out to somebody by a way at the same moment, or begins that. A delivery that was tried already is none
 * to add to: it says what it said. Nobody else adds to it meanwhile, since the caller holds the person's inbox (`holdInboxes`).
 */
export async function gather(work: Work, { channel, userId, target, notificationId, dueAt }: Waiting): Promise<void> {
  // what this transaction has queued is to be found
  await work.em.flush()
  const { rows } = await sql`
    update delivery set notification_ids = notification_ids || ${notificationId}::uuid, updated_at = ${work.now.toISOString()}::timestamptz
    where channel = ${channel} and user_id = ${userId} and state = 'queued' and attempts = 0 and target = ${target}
      and due_at = ${dueAt.toISOString()}::timestamptz
    returning id`.execute(work.em.getKysely() as never)
  if (rows.length === 0) queueDelivery(work, { channel, userId, target, notificationIds: [notificationId], dueAt })
}
