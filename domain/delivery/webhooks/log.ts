/** The deliveries of a webhook, for the owners of its audience, who may resend them. */
import { z } from 'zod'
import { eventNamesAt } from '../../kernel/events/kept-event.ts'
import { DomainError, notFound } from '../../kernel/errors.ts'
import { command, query, type QueryContext } from '../../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../../kernel/pagination.ts'
import { requeueDelivery } from '../attempt.ts'
import { Delivery, deliveryStates, lockDelivery, queueDelivery } from '../delivery.ts'
import { findWebhook } from './webhook.ts'

/** A delivery, and the name of its event. */
export interface DeliveryLogEntry {
  delivery: Delivery
  /** Null: the event is no longer stored. */
  event: string | null
}

const requireWebhookOwner = async (view: QueryContext, { id }: { id: string }): Promise<void> => void (await findWebhook(view, id))

export const listWebhookDeliveries = query('notifications.listWebhookDeliveries', {
  input: { id: z.uuid(), state: z.enum(deliveryStates).optional(), ...paging },
  authorize: requireWebhookOwner,
  async execute(view, { id, state, limit, cursor }): Promise<Page<DeliveryLogEntry>> {
    const after = parseCursor(cursor)
    const rows = await view.em.find(
      Delivery,
      { webhookId: id, ...(state && { state }), ...(after && { id: { $lt: after.id } }) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    const eventOf = await readEventNames(view, rows)
    return paginate(
      rows,
      limit,
      ({ id: place, createdAt }) => ({ at: createdAt.toISOString(), id: place }),
      (delivery) => ({ delivery, event: eventOf(delivery) }),
    )
  },
})

/** Sends a webhook delivery again, under the same id, with all its attempts. */
export const resendWebhookDelivery = command('notifications.resendWebhookDelivery', {
  input: { id: z.uuid(), deliveryId: z.uuid() },
  authorize: requireWebhookOwner,
  async execute(work, { id, deliveryId }): Promise<DeliveryLogEntry> {
    const webhook = await findWebhook(work, id)
    await lockDelivery(work, deliveryId)
    const delivery = await work.em.findOne(Delivery, { id: deliveryId, webhookId: id })
    if (!delivery) throw notFound()
    if (webhook.state === 'disabled') throw new DomainError('conflict', 'The webhook is disabled; enable it first.')
    if (delivery.state === 'queued') throw new DomainError('conflict', 'This delivery is already queued.')
    delivery.target = webhook.url
    requeueDelivery(work, delivery)
    return { delivery, event: (await readEventNames(work, [delivery]))(delivery) }
  },
})

/** Sends the event `webhook.test` to a webhook. */
export const testWebhook = command('notifications.testWebhook', {
  input: { id: z.uuid() },
  authorize: requireWebhookOwner,
  async execute(work, { id }): Promise<DeliveryLogEntry> {
    const webhook = await findWebhook(work, id)
    if (webhook.state === 'disabled') throw new DomainError('conflict', 'The webhook is disabled; enable it first.')
    const delivery = queueDelivery(work, { channel: 'webhook', target: webhook.url, webhookId: id, userId: webhook.userId })
    await work.em.flush()
    return { delivery, event: testEvent }
  },
})

const testEvent = 'webhook.test'

/** The names of the events of deliveries. */
export async function readEventNames(view: QueryContext, deliveries: Delivery[]): Promise<(delivery: Delivery) => string | null> {
  const names = await eventNamesAt(
    view,
    deliveries.flatMap(({ position }) => position ?? []),
  )
  return ({ channel, position }) => {
    if (channel !== 'webhook') return null
    return position === null || position === undefined ? testEvent : (names.get(position) ?? null)
  }
}
