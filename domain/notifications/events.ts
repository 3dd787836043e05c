import { z } from 'zod'
import { event } from '../kernel/events.ts'

/** A webhook is told nothing any more, and why. Its host alone is told: an address may hold a secret. */
export const WebhookDisabled = event('notifications.webhook-disabled', { webhookId: z.uuid(), host: z.string(), reason: z.string() })
