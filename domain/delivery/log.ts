/** The delivery log: deliveries of every channel, for administrators. */
import { z } from 'zod'
import { requireAdmin, isAdmin, requireUserId } from '../kernel/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, type Permission, query } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { requeueDelivery } from './attempt.ts'
import { channels, Delivery, deliveryStates, lockDelivery } from './delivery.ts'
import { Webhook } from './webhooks/webhook.ts'
import { type DeliveryLogEntry, readEventNames } from './webhooks/log.ts'

/** Deliveries of all channels, newest first. */
export const listDeliveries = query('notifications.listDeliveries', {
  input: {
    ...paging,
    channel: z.enum(channels).optional(),
    state: z.enum(deliveryStates).optional(),
    userId: z.uuid().optional().describe('the recipient; for a webhook, the person who registered it'),
  },
  authorize: requireAdmin,
  async execute(view, { limit, cursor, channel, state, userId }): Promise<Page<DeliveryLogEntry>> {
    const after = parseCursor(cursor)
    const rows = await view.em.find(
      Delivery,
      { ...(channel && { channel }), ...(state && { state }), ...(userId && { userId }), ...(after && { id: { $lt: after.id } }) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    const eventOf = await readEventNames(view, rows)
    return paginate(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (delivery) => ({ delivery, event: eventOf(delivery) }),
    )
  },
})

/** To everyone but administrators, deliveries look absent. */
const requireAdminOrNotFound: Permission<unknown> = (view) => {
  requireUserId(view)
  if (!isAdmin(view)) throw notFound()
}

/** Sends a delivery again, under the same id. @throws DomainError conflict while it is queued, or where the webhook is not active */
export const resendDelivery = command('notifications.resendDelivery', {
  input: { id: z.uuid() },
  authorize: requireAdminOrNotFound,
  async execute(work, { id }): Promise<DeliveryLogEntry> {
    await lockDelivery(work, id)
    const delivery = await work.em.findOne(Delivery, id)
    if (!delivery) throw notFound()
    if (delivery.channel === 'in_app') throw new DomainError('conflict', 'In-app notifications cannot be resent.')
    if (delivery.state === 'queued') throw new DomainError('conflict', 'This delivery is already queued.')
    if (delivery.webhookId && !(await work.em.count(Webhook, { id: delivery.webhookId, state: 'active' })))
      throw new DomainError('conflict', 'The webhook is disabled or was deleted.')
    requeueDelivery(work, delivery)
    return { delivery, event: (await readEventNames(work, [delivery]))(delivery) }
  },
})
