import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

/**
 * A notification was created. The text of a notification about a subject is left out: an event can be replayed after its reader lost access
 * to that subject. The inbox checks access on each read.
 */
export const NotificationCreated = event('notification.created', {
  notification: z.object({
    id: z.uuid(),
    type: z.string(),
    category: z.string(),
    priority: z.string(),
    critical: z.boolean(),
    subject: z.string().nullable(),
    group: z.string(),
    actorId: z.uuid().nullable(),
    title: z.string(),
    message: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
    createdAt: z.string(),
  }),
})

/** The unread and unseen counts of a person's inbox changed. */
export const UnreadCountChanged = event('unread-count.changed', { unread: z.number().int(), unseen: z.number().int() })
