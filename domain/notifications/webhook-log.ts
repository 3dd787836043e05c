/** What became of each thing that a webhook was told: for the owners of its audience, who may have it told again. */
import { sql } from 'kysely'
import { z } from 'zod'
import { EventRow } from '../kernel/events.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type View } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { putBack } from './attempt.ts'
import { Delivery, deliveryStates, queueDelivery } from './delivery.ts'
import { findWebhook } from './webhook.ts'

/** A delivery, and the name of what it tells. */
export interface DeliverySeen {
  delivery: Delivery
  /** Null: the event is not kept any more. */
  event: string | null
}

const ofItsOwners = async (view: View, { id }: { id: string }): Promise<void> => void (await findWebhook(view, id))

export const listWebhookDeliveries = query('notifications.listWebhookDeliveries', {
  input: { id: z.uuid(), state: z.enum(deliveryStates).optional(), ...paging },
  may: ofItsOwners,
  async does(view, { id, state, limit, cursor }): Promise<Page<DeliverySeen>> {
    const after = readCursor(cursor)
    const rows = await view.em.find(
      Delivery,
      { webhookId: id, ...(state && { state }), ...(after && { id: { $lt: after.id } }) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    const eventOf = await eventsOf(view, rows)
    return pageOf(
      rows,
      limit,
      ({ id: place, createdAt }) => ({ at: createdAt.toISOString(), id: place }),
      (delivery) => ({ delivery, event: eventOf(delivery) }),
    )
  },
})

/** Has a webhook told something again, under the same id, with all its attempts before it. */
export const resendWebhookDelivery = command('notifications.resendWebhookDelivery', {
  input: { id: z.uuid(), deliveryId: z.uuid() },
  may: ofItsOwners,
  async does(work, { id, deliveryId }): Promise<DeliverySeen> {
    const webhook = await findWebhook(work, id)
    await sql`select 1 from delivery where id = ${deliveryId} for update`.execute(work.em.getKysely() as never)
    const delivery = await work.em.findOne(Delivery, { id: deliveryId, webhookId: id })
    if (!delivery) throw notFound()
    if (webhook.state === 'disabled') throw new DomainError('conflict', 'The webhook is disabled; enable it first.')
    if (delivery.state === 'queued') throw new DomainError('conflict', 'It is on its way already.')
    delivery.target = webhook.url
    putBack(work, delivery)
    return { delivery, event: (await eventsOf(work, [delivery]))(delivery) }
  },
})

/** Tells a webhook `webhook.test`. */
export const testWebhook = command('notifications.testWebhook', {
  input: { id: z.uuid() },
  may: ofItsOwners,
  async does(work, { id }): Promise<DeliverySeen> {
    const webhook = await findWebhook(work, id)
    if (webhook.state === 'disabled') throw new DomainError('conflict', 'The webhook is disabled; enable it first.')
    const delivery = queueDelivery(work, { channel: 'webhook', target: webhook.url, webhookId: id, userId: webhook.userId })
    await work.em.flush()
    return { delivery, event: testEvent }
  },
})

const testEvent = 'webhook.test'

/** The names of the events that deliveries tell. */
export async function eventsOf(view: View, deliveries: Delivery[]): Promise<(delivery: Delivery) => string | null> {
  const positions = deliveries.flatMap(({ position }) => position ?? [])
  const events = await view.em.find(EventRow, { position: { $in: positions } })
  const names = new Map(events.map(({ position, name }) => [position, name]))
  return ({ channel, position }) => {
    if (channel !== 'webhook') return null
    return position === null || position === undefined ? testEvent : (names.get(position) ?? null)
  }
}
