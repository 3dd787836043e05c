import { z } from 'zod'
import { deliveryStates } from '../../domain/delivery/delivery.ts'
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  rotateSecret,
  updateWebhook,
  type Webhook,
  webhookStates,
  type WebhookWithSecret,
} from '../../domain/delivery/webhooks/webhook.ts'
import { type DeliveryLogEntry, listWebhookDeliveries, resendWebhookDelivery, testWebhook } from '../../domain/delivery/webhooks/log.ts'
import { action, jsonResponse, del, get, listResponse, patch, post, secretResponse } from '../http/endpoint.ts'

export const WebhookBody = z
  .object({
    id: z.uuid(),
    url: z.string(),
    audience: z.string(),
    events: z.array(z.string()),
    description: z.string(),
    userId: z.uuid().describe('who last changed its address, events or secret, or enabled it; it receives what this person can read'),
    state: z.enum(webhookStates),
    reason: z.string().nullable().describe('why it is disabled'),
    failingSince: z.iso.datetime().nullable().describe('no delivery has succeeded since'),
    rotatingUntil: z.iso.datetime().nullable().describe('until then requests are also signed with the previous secret'),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Webhook' })

const serializeWebhook = (webhook: Webhook): z.infer<typeof WebhookBody> => {
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
const webhook = jsonResponse(WebhookBody, serializeWebhook)
const WebhookWithSecretBody = WebhookBody.extend({
  secret: z.string().nullable().describe('`whsec_…`, shown once; null when a request is repeated with its Idempotency-Key'),
}).meta({ id: 'WebhookWithSecret' })
const withSecret = secretResponse(
  jsonResponse(WebhookWithSecretBody, ({ webhook: one, secret }: WebhookWithSecret) => ({
    ...serializeWebhook(one),
    secret: secret as string | null,
  })),
  (body) => ({ ...body, secret: null }),
)

export const WebhookDeliveryBody = z
  .object({
    id: z.uuid().describe('`webhook-id` in the request'),
    event: z.string().nullable(),
    position: z.number().int().nullable().describe('of the event; null for a test'),
    url: z.string(),
    state: z.enum(deliveryStates),
    attempts: z.number().int(),
    code: z.number().int().nullable().describe('the last HTTP status'),
    reason: z.string().nullable().describe('why the last attempt failed'),
    dueAt: z.iso.datetime().nullable().describe('next attempt'),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'WebhookDelivery' })

const delivery = jsonResponse(WebhookDeliveryBody, ({ delivery: one, event }: DeliveryLogEntry) => ({
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
  post('/webhooks', 'Registers a webhook for the events of an audience. The secret is in this answer only.', createWebhook, withSecret),
  get('/webhooks', 'Lists your webhooks, or those of an audience that you own, newest first.', listWebhooks, listResponse(webhook)),
  get('/webhooks/:id', 'Returns one webhook.', getWebhook, webhook),
  patch('/webhooks/:id', 'Changes the address, the events, the description or the state of a webhook.', updateWebhook, webhook),
  del('/webhooks/:id', 'Deletes a webhook. Deliveries that wait for it are dropped.', deleteWebhook),
  action(
    '/webhooks/:id/rotate',
    'Gives a webhook a new secret, in this answer only. The old secret signs as well for a day.',
    rotateSecret,
    withSecret,
  ),
  action('/webhooks/:id/test', 'Sends a test event to a webhook.', testWebhook, delivery),
  get('/webhooks/:id/deliveries', 'Lists the deliveries to a webhook, newest first.', listWebhookDeliveries, listResponse(delivery)),
  action(
    '/webhooks/:id/deliveries/:deliveryId/resend',
    'Sends a delivery of a webhook again under the same id.',
    resendWebhookDelivery,
    delivery,
  ),
]
