import { z } from 'zod'
import { event } from '../kernel/events.ts'

/** A webhook is told nothing any more, and why. Its host alone is told: an address may hold a secret. */
export const WebhookDisabled = event('notifications.webhook-disabled', { webhookId: z.uuid(), host: z.string(), reason: z.string() })
/**
 * Somebody was told something. The whole notification, but for the words of one that is about a subject: an event is heard again after its
 * reader lost that subject, and the inbox asks each time.
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

/** How many wait in somebody's inbox, after that changed. */
export const NotificationCounts = event('notification.counts', { unread: z.number().int(), unseen: z.number().int() })
