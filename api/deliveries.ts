import { z } from 'zod'
import { channels, deliveryStates } from '../domain/notifications/delivery.ts'
import { listDeliveries, resendDelivery } from '../domain/notifications/delivery-log.ts'
import { getOutboxMail, listOutbox, type OutboxMail } from '../domain/notifications/outbox.ts'
import type { DeliverySeen } from '../domain/notifications/webhook-log.ts'
import { act, answer, get, pageOf } from './endpoint.ts'

export const DeliveryBody = z
  .object({
    id: z.uuid(),
    channel: z.enum(channels),
    userId: z.uuid().nullable(),
    webhookId: z.uuid().nullable(),
    target: z.string().describe('where to'),
    event: z.string().nullable().describe('what a webhook is told'),
    notificationIds: z.array(z.uuid()),
    state: z.enum(deliveryStates),
    attempts: z.number().int(),
    code: z.number().int().nullable().describe('what the other side answered last'),
    reason: z.string().nullable(),
    dueAt: z.iso.datetime().nullable().describe('when it is tried next'),
    createdAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Delivery' })

const delivery = answer(DeliveryBody, ({ delivery: one, event }: DeliverySeen) => ({
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
const headOf = ({ id, recipient, subject, createdAt }: OutboxMail) => ({ id, to: recipient, subject, createdAt: createdAt.toISOString() })
export const OutboxMailBody = z.object({ ...head, text: z.string(), html: z.string() }).meta({ id: 'OutboxMail' })

const mailHead = answer(z.object(head).meta({ id: 'OutboxMailHead' }), headOf)
const mail = answer(OutboxMailBody, (one: OutboxMail) => ({ ...headOf(one), text: one.text, html: one.html }))

export const deliveries = [
  get('/deliveries', listDeliveries, pageOf(delivery)),
  act('/deliveries/:id/resend', resendDelivery, delivery),
  get('/outbox', listOutbox, pageOf(mailHead)),
  get('/outbox/:id', getOutboxMail, mail),
]
