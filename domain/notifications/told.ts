/** The notifications that a delivery tells, as they stand when it leaves: what its reader may still know, and has not read by then. */
import type { View } from '../kernel/operation.ts'
import type { Delivery } from './delivery.ts'
import { media } from './kind.ts'
import { stillWanted } from './wanted.ts'

/** A notification on its way out. */
export interface Told {
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
 * What is left of a delivery's notifications, oldest first: not those that were deleted, read or put away meanwhile, that have expired, whose
 * subject their reader may not read any more, or whose way they have switched off.
 */
export async function toldBy(view: View, { notificationIds, userId, channel }: Delivery, now: Date): Promise<Told[]> {
  const wanted = await stillWanted(view, notificationIds, { medium: media.find((medium) => medium === channel), now })
  return wanted.filter((told) => told.userId === userId)
}

/** Why nothing left. */
export const nothingLeft = 'Nothing was left to tell: it was read, put away or deleted, has expired, or may not be read by them any more.'

/** Where a notification leads: its link within the workspace, as a whole address. Links to elsewhere are none. */
export function linkOf({ data }: Told, publicUrl: string): string | null {
  const { link } = data
  return typeof link === 'string' && /^\/(?![/\\])[^\s\\]*$/.test(link) ? publicUrl + link : null
}
