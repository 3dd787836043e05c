/** Deliveries: one message to one receiver by one channel, and its outcome. One row each. */
import { sql } from 'kysely'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { anyUuid } from '../kernel/db/any-uuid.ts'
import type { CommandContext, QueryContext } from '../kernel/operation.ts'

/** Channels to people, and webhooks to programs. */
export const channels = ['in_app', 'email', 'push', 'webhook'] as const
export type Channel = (typeof channels)[number]

/** `sent`: handed over, arrival unknown; `delivered`: accepted by the receiver; `failed`: given up, see `reason`. */
export const deliveryStates = ['queued', 'sent', 'delivered', 'failed'] as const
export type DeliveryState = (typeof deliveryStates)[number]

/** The outcome of an attempt. `queued`: it is tried again after `delayMs` milliseconds. */
export interface Outcome {
  state: DeliveryState
  delayMs?: number
  /** The status or reply code of the other side. */
  code?: number | undefined
  reason?: string
  /** The webhook must be disabled. */
  disablesWebhook?: true
}

const DeliverySchema = defineEntity({
  name: 'Delivery',
  tableName: 'delivery',
  properties: {
    ...identity(),
    channel: p.string().$type<Channel>(),
    userId: p.uuid().nullable(),
    webhookId: p.uuid().nullable(),
    /** Its notifications: one, or all of a digest; none for a webhook, which sends an event. */
    notificationIds: p.array().columnType('uuid[]'),
    /** The event that a webhook sends. */
    position: p.bigint('number').nullable(),
    /** The kind of letter that a mail is, and what it is about; null for notifications. */
    letter: p.string().length(64).nullable(),
    letterId: p.uuid().nullable(),
    /** The receiver as administrators see it: an address or a URL. */
    target: p.text(),
    state: p.string().$type<DeliveryState>(),
    /** When it is tried next; null when it is finished. */
    dueAt: p.datetime().length(3).nullable(),
    attempts: p.integer(),
    /** Why the last attempt failed. */
    reason: p.text().nullable(),
    /** The code of the other side: an HTTP status, an SMTP reply code. */
    code: p.integer().nullable(),
    finishedAt: p.datetime().length(3).nullable(),
  },
})
/** One message to one receiver. */
export class Delivery extends DeliverySchema.class {}
DeliverySchema.setClass(Delivery)

/** A delivery to create. */
export interface DeliveryInput {
  channel: Channel
  target: string
  userId?: string
  webhookId?: string
  notificationIds?: readonly string[]
  position?: number
  letter?: string
  letterId?: string
  /** Not before this time; absent: now. */
  dueAt?: Date
}

/** Queues a delivery in the transaction of its cause. In-app notifications need no sending, so they are delivered at once. */
export function queueDelivery(work: CommandContext, { notificationIds = [], dueAt = work.now, ...dispatch }: DeliveryInput): Delivery {
  const isInApp = dispatch.channel === 'in_app'
  const delivery = work.em.create(Delivery, {
    id: newId(),
    userId: null,
    webhookId: null,
    position: null,
    letter: null,
    letterId: null,
    ...dispatch,
    notificationIds: [...notificationIds],
    state: isInApp ? 'delivered' : 'queued',
    dueAt: isInApp ? null : dueAt,
    attempts: isInApp ? 1 : 0,
    reason: null,
    code: null,
    finishedAt: isInApp ? work.now : null,
  })
  work.em.persist(delivery)
  return delivery
}

/** Holds a delivery's row until the transaction ends. */
export async function lockDelivery(work: CommandContext, id: string): Promise<void> {
  await work.db.selectFrom('delivery').select('id').where('id', '=', id).forUpdate().execute()
}

/**
 * Adds a notification to a delivery that waits for a moment, and was not tried yet: one that was says what it said.
 * @returns whether there was one
 */
export async function addToWaiting(
  work: CommandContext,
  {
    channel,
    userId,
    target,
    notificationId,
    dueAt,
  }: Pick<Required<DeliveryInput>, 'channel' | 'userId' | 'target' | 'dueAt'> & { notificationId: string },
): Promise<boolean> {
  // deliveries queued in this transaction must be found
  await work.em.flush()
  const added = await work.db
    .updateTable('delivery')
    .set({ notification_ids: sql`notification_ids || ${notificationId}::uuid`, updated_at: work.now })
    .where('channel', '=', channel)
    .where('user_id', '=', userId)
    .where('state', '=', 'queued')
    .where('attempts', '=', 0)
    .where('target', '=', target)
    .where('due_at', '=', dueAt.toISOString())
    .returning('id')
    .execute()
  return added.length > 0
}

/** Reads the states of deliveries by their ids, with the reasons of failed attempts. Forgotten ones have no entry. */
export async function readDeliveryStates(
  view: QueryContext,
  ids: readonly string[],
): Promise<Map<string, { state: DeliveryState; reason: string | null }>> {
  const rows = await view.db.selectFrom('delivery').select(['id', 'state', 'reason']).where('id', '=', anyUuid(ids)).execute()
  return new Map(rows.map(({ id, state, reason }) => [id, { state: state as DeliveryState, reason }]))
}

/** Forgets what was delivered, or given up, and queued before a moment. */
export async function forgetFinished(work: CommandContext, before: Date): Promise<void> {
  await work.db.deleteFrom('delivery').where('state', '<>', 'queued').where('created_at', '<', before.toISOString()).execute()
}
