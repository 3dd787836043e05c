/** The delivery log: everything that left or was to leave, by every channel, for administrators. */
import { sql } from 'kysely'
import { z } from 'zod'
import { adminOnly, isAdmin, userOf } from '../access/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, type Permission, query } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { putBack } from './attempt.ts'
import { channels, Delivery, deliveryStates } from './delivery.ts'
import { Webhook } from './webhook.ts'
import { type DeliverySeen, eventsOf } from './webhook-log.ts'

/** Deliveries of all channels, newest first. */
export const listDeliveries = query('notifications.listDeliveries', {
  input: {
    ...paging,
    channel: z.enum(channels).optional(),
    state: z.enum(deliveryStates).optional(),
    userId: z.uuid().optional().describe('whom it reaches; of a webhook, who registered it'),
  },
  may: adminOnly,
  async does(view, { limit, cursor, channel, state, userId }): Promise<Page<DeliverySeen>> {
    const after = readCursor(cursor)
    const rows = await view.em.find(
      Delivery,
      { ...(channel && { channel }), ...(state && { state }), ...(userId && { userId }), ...(after && { id: { $lt: after.id } }) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    const eventOf = await eventsOf(view, rows)
    return pageOf(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (delivery) => ({ delivery, event: eventOf(delivery) }),
    )
  },
})

/** To others than administrators there are no deliveries. */
const adminsAlone: Permission<unknown> = (view) => {
  userOf(view)
  if (!isAdmin(view)) throw notFound()
}

/** Sends something again, under the same id. @throws DomainError conflict while it is on its way, or where nobody would take it */
export const resendDelivery = command('notifications.resendDelivery', {
  input: { id: z.uuid() },
  may: adminsAlone,
  async does(work, { id }): Promise<DeliverySeen> {
    await sql`select 1 from delivery where id = ${id} for update`.execute(work.em.getKysely() as never)
    const delivery = await work.em.findOne(Delivery, id)
    if (!delivery) throw notFound()
    if (delivery.channel === 'in_app') throw new DomainError('conflict', 'What is in the inbox needs no sending.')
    if (delivery.state === 'queued') throw new DomainError('conflict', 'It is on its way already.')
    if (delivery.webhookId && !(await work.em.count(Webhook, { id: delivery.webhookId, state: 'active' })))
      throw new DomainError('conflict', 'The webhook is disabled, or was deleted.')
    putBack(work, delivery)
    return { delivery, event: (await eventsOf(work, [delivery]))(delivery) }
  },
})
