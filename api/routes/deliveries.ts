import { z } from 'zod'
import { channels, deliveryStates } from '../../domain/delivery/delivery.ts'
import { listDeliveries, resendDelivery } from '../../domain/delivery/log.ts'
import { getOutboxMail, listOutbox, type OutboxMail } from '../../domain/notifications/mail/outbox.ts'
import type { DeliveryLogEntry } from '../../domain/delivery/webhooks/log.ts'
import { action, jsonResponse, get, listResponse } from '../http/endpoint.ts'

export const DeliveryBody = z
  .object({
    id: z.uuid(),
    channel: z.enum(channels),
    userId: z.uuid().nullable(),
    webhookId: z.uuid().nullable(),
    target: z.string().describe('address of the recipient'),
    event: z.string().nullable().describe('the event of a webhook delivery'),
    notificationIds: z.array(z.uuid()),
    state: z.enum(deliveryStates),
    attempts: z.number().int(),
    code: z.number().int().nullable().describe('the last status that the recipient returned'),
    reason: z.string().nullable(),
    dueAt: z.iso.datetime().nullable().describe('next attempt'),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Delivery' })

const delivery = jsonResponse(DeliveryBody, ({ delivery: one, event }: DeliveryLogEntry) => ({
  id: one.id,
  channel: one.channel,
  userId: one.userId ?? null,
  webhookId: one.webhookId ?? null,
  target: one.target,
  event,
  notificationIds: one.notificationIds,
  state: one.state,
  attempts: one.attempts,
  code: one.code ?? null,
  reason: one.reason ?? null,
  dueAt: one.dueAt?.toISOString() ?? null,
  createdAt: one.createdAt.toISOString(),
  finishedAt: one.finishedAt?.toISOString() ?? null,
}))

const head = { id: z.uuid(), to: z.string(), subject: z.string(), createdAt: z.iso.datetime() }
const serializeHead = ({ id, recipient, subject, createdAt }: OutboxMail) => ({
  id,
  to: recipient,
  subject,
  createdAt: createdAt.toISOString(),
})
export const OutboxMailBody = z.object({ ...head, text: z.string(), html: z.string() }).meta({ id: 'OutboxMail' })

const mailHead = jsonResponse(z.object(head).meta({ id: 'OutboxMailHead' }), serializeHead)
const mail = jsonResponse(OutboxMailBody, (one: OutboxMail) => ({ ...serializeHead(one), text: one.text, html: one.html }))

export const deliveries = [
  get('/deliveries', 'Lists the deliveries of all channels, newest first. For administrators.', listDeliveries, listResponse(delivery)),
  action('/deliveries/:id/resend', 'Sends a delivery again under the same id. For administrators.', resendDelivery, delivery),
  get(
    '/outbox',
    'Lists the e-mails that wait in the outbox because no mail server is set, newest first. For administrators.',
    listOutbox,
    listResponse(mailHead),
  ),
  get('/outbox/:id', 'Returns one e-mail of the outbox. For administrators.', getOutboxMail, mail),
]
