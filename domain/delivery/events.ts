import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

/** A webhook was disabled. Only the host of its address is sent, because an address may contain a secret. */
export const WebhookDisabled = event('webhook.disabled', { webhookId: z.uuid(), host: z.string(), reason: z.string() })
