import { z } from 'zod'
import { deliveryStates } from '../domain/notifications/delivery.ts'
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  rotateSecret,
  updateWebhook,
  type Webhook,
  webhookStates,
  type WithSecret,
} from '../domain/notifications/webhook.ts'
import { type DeliverySeen, listWebhookDeliveries, resendWebhookDelivery, testWebhook } from '../domain/notifications/webhook-log.ts'
import { act, answer, del, get, pageOf, patch, post } from './endpoint.ts'

export const WebhookBody = z
  .object({
    id: z.uuid(),
    url: z.string(),
    audience: z.string(),
    events: z.array(z.string()),
    description: z.string(),
    userId: z.uuid().describe('who registered or last enabled it, and must be able to read what it is told'),
    state: z.enum(webhookStates),
    reason: z.string().nullable().describe('why it is disabled'),
    failingSince: z.iso.datetime().nullable().describe('nothing reached it since'),
    rotatingUntil: z.iso.datetime().nullable().describe('until then each request bears a signature by the secret before as well'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Webhook' })

const presentWebhook = (webhook: Webhook): z.infer<typeof WebhookBody> => {
  const { id, url, audience, events, description, userId, state, reason, failingSince, previousUntil, createdAt, updatedAt } = webhook
  return {
    id,
    url,
    audience,
    events,
    description,
    userId,
    state,
    reason: reason ?? null,
    failingSince: failingSince?.toISOString() ?? null,
    rotatingUntil: previousUntil && previousUntil > new Date() ? previousUntil.toISOString() : null,
    createdAt: createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}
const webhook = answer(WebhookBody, presentWebhook)
const withSecret = answer(
  WebhookBody.extend({ secret: z.string().describe('`whsec_…`; shown this once') }).meta({ id: 'WebhookWithSecret' }),
  ({ webhook: one, secret }: WithSecret) => ({ ...presentWebhook(one), secret }),
)

export const WebhookDeliveryBody = z
  .object({
    id: z.uuid().describe('`webhook-id` in the request'),
    event: z.string().nullable(),
    position: z.number().int().nullable().describe('of the event; null for a test'),
    url: z.string(),
    state: z.enum(deliveryStates),
    attempts: z.number().int(),
    code: z.number().int().nullable().describe('the status that came back last'),
    reason: z.string().nullable().describe('why the last attempt failed'),
    dueAt: z.iso.datetime().nullable().describe('when it is tried next'),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'WebhookDelivery' })

const delivery = answer(WebhookDeliveryBody, ({ delivery: one, event }: DeliverySeen) => ({
  id: one.id,
  event,
  position: one.position ?? null,
  url: one.target,
  state: one.state,
  attempts: one.attempts,
  code: one.code ?? null,
  reason: one.reason ?? null,
  dueAt: one.dueAt?.toISOString() ?? null,
  createdAt: one.createdAt.toISOString(),
  finishedAt: one.finishedAt?.toISOString() ?? null,
}))

export const webhooks = [
  post('/webhooks', createWebhook, withSecret),
  get('/webhooks', listWebhooks, pageOf(webhook)),
  get('/webhooks/:id', getWebhook, webhook),
  patch('/webhooks/:id', updateWebhook, webhook),
  del('/webhooks/:id', deleteWebhook),
  act('/webhooks/:id/rotate', rotateSecret, withSecret),
  act('/webhooks/:id/test', testWebhook, delivery),
  get('/webhooks/:id/deliveries', listWebhookDeliveries, pageOf(delivery)),
  act('/webhooks/:id/deliveries/:deliveryId/resend', resendWebhookDelivery, delivery),
]
