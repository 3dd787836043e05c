/** The notifications that a delivery tells, as they stand when it leaves: what its reader may still know, and has not read by then. */
import { sql } from 'kysely'
import { roleOn } from '../access/grant.ts'
import type { View } from '../kernel/operation.ts'
import type { Delivery } from './delivery.ts'

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
 * What is left of a delivery's notifications, oldest first: not those that were deleted, read or put away meanwhile, that have expired, or whose
 * subject their reader may not read any more.
 */
export async function toldBy(view: View, { notificationIds, userId }: Delivery, now: Date): Promise<Told[]> {
  const { rows } = await sql<Told>`
    select id, type, category, priority, critical, subject, "group", title, message, data, created_at as "createdAt" from notification
    where id = any(${sql.val([...notificationIds])}::uuid[]) and user_id = ${userId ?? null} and read_at is null and archived_at is null
      and (expires_at is null or expires_at > ${now}) order by created_at, id`.execute(view.em.getKysely() as never)
  const readable = new Map<string | null, boolean>([[null, true]])
  for (const { subject } of rows)
    if (!readable.has(subject)) readable.set(subject, (await roleOn(view, subject as string, userId as string)) !== undefined)
  return rows.filter(({ subject }) => readable.get(subject)).map((row) => ({ ...row, createdAt: new Date(row.createdAt) }))
}

/** Why nothing left. */
export const nothingLeft = 'Nothing was left to tell: it was read, put away or deleted, has expired, or may not be read by them any more.'

/** Where a notification leads: its link within the workspace, as a whole address. Links to elsewhere are none. */
export function linkOf({ data }: Told, publicUrl: string): string | null {
  const { link } = data
  return typeof link === 'string' && /^\/(?![/\\])[^\s\\]*$/.test(link) ? publicUrl + link : null
}
