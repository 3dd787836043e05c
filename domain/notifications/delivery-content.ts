/** The content of a delivery when it is sent: notifications that the person may still see and has not read. */
import type { QueryContext } from '../kernel/operation.ts'
import type { Delivery } from '../delivery/delivery.ts'
import { notificationChannels } from './types.ts'
import { filterDeliverable } from './deliverable.ts'

/** A notification that is being sent. */
export interface DeliverableNotification {
  id: string
  type: string
  category: string
  priority: string
  critical: boolean
  subject: string | null
  group: string
  title: string
  message: string
  data: Record<string, unknown>
  createdAt: Date
}

/**
 * The remaining notifications of a delivery, oldest first: without those that were deleted, read, archived or expired, whose subject the
 * person can no longer read, or whose channel they switched off.
 */
export async function loadForDelivery(
  view: QueryContext,
  { notificationIds, userId, channel }: Delivery,
  now: Date,
): Promise<DeliverableNotification[]> {
  const wanted = await filterDeliverable(view, notificationIds, { channel: notificationChannels.find((medium) => medium === channel), now })
  return wanted.filter((told) => told.userId === userId)
}

/** Why nothing was sent. */
export const nothingToDeliver =
  'Nothing left to send: the notifications were read, archived or deleted, have expired, or the person can no longer read them.'

/** The absolute URL of a notification's link within the workspace; null for other links. */
export function absoluteLink({ data }: DeliverableNotification, publicUrl: string): string | null {
  const { link } = data
  return typeof link === 'string' && /^\/(?![/\\])[^\s\\]*$/.test(link) ? publicUrl + link : null
}
