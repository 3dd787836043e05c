/** Deliveries: what is to reach somebody by a channel, and what became of it. One row each, whatever the channel. */
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import type { Work } from '../kernel/operation.ts'

/** Ways to reach somebody (smartstart-facts 1.10; webhooks reach programs). */
export const channels = ['in_app', 'email', 'push', 'webhook'] as const
export type Channel = (typeof channels)[number]

/** `sent`: handed over, nothing known of its arrival; `delivered`: taken by its receiver; `failed`: given up, `reason` says why. */
export const deliveryStates = ['queued', 'sent', 'delivered', 'failed'] as const
export type DeliveryState = (typeof deliveryStates)[number]

const DeliverySchema = defineEntity({
  name: 'Delivery',
  tableName: 'delivery',
  properties: {
    ...identity(),
    channel: p.string().$type<Channel>(),
    userId: p.uuid().nullable(),
    webhookId: p.uuid().nullable(),
    /** What it tells of: one, or all that a digest gathers; none for a webhook, which tells of an event. */
    notificationIds: p.array().columnType('uuid[]'),
    /** The event that a webhook is told. */
    position: p.bigint('number').nullable(),
    /** Where to, as an administrator may read it: an address, a URL. */
    target: p.text(),
    state: p.string().$type<DeliveryState>(),
    /** When it is tried next; null once nothing is to be done. */
    dueAt: p.datetime().length(3).nullable(),
    attempts: p.integer(),
    /** Why the last attempt failed. */
    reason: p.text().nullable(),
    /** What the other side answered: a status of HTTP, a reply code of SMTP. */
    code: p.integer().nullable(),
    finishedAt: p.datetime().length(3).nullable(),
  },
})
/** One thing on its way to one receiver. */
export class Delivery extends DeliverySchema.class {}
DeliverySchema.setClass(Delivery)

/** What is to be delivered. */
export interface Dispatch {
  channel: Channel
  target: string
  userId?: string
  webhookId?: string
  notificationIds?: readonly string[]
  position?: number
  /** Not before; absent: now. */
  dueAt?: Date
}

/** Writes down, with what it tells of, that something is to be delivered. In-app needs no carrier, so it is delivered by that. */
export function queueDelivery(work: Work, { notificationIds = [], dueAt = work.now, ...dispatch }: Dispatch): Delivery {
  const here = dispatch.channel === 'in_app'
  const delivery = work.em.create(Delivery, {
    id: newId(),
    userId: null,
    webhookId: null,
    position: null,
    ...dispatch,
    notificationIds: [...notificationIds],
    state: here ? 'delivered' : 'queued',
    dueAt: here ? null : dueAt,
    attempts: here ? 1 : 0,
    reason: null,
    code: null,
    finishedAt: here ? work.now : null,
  })
  work.em.persist(delivery)
  return delivery
}
