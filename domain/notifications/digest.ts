/** Digests: notifications with the same due time are sent together. */
import type { CommandContext } from '../kernel/operation.ts'
import { addToWaiting, queueDelivery } from '../delivery/delivery.ts'
import type { NotificationChannel } from '../kernel/manifest/notification.ts'

export interface DigestItem {
  channel: NotificationChannel
  userId: string
  target: string
  notificationId: string
  dueAt: Date
}

/**
 * Adds a notification to the delivery of a person and channel that is due at the same time, or creates one. A delivery that was tried
 * already stays as it is. The caller has locked the person's inbox (`lockInboxes`), so nobody else adds to it.
 */
export async function addToDigest(work: CommandContext, { channel, userId, target, notificationId, dueAt }: DigestItem): Promise<void> {
  if (!(await addToWaiting(work, { channel, userId, target, notificationId, dueAt })))
    queueDelivery(work, { channel, userId, target, notificationIds: [notificationId], dueAt })
}
