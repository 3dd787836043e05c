/** Delivery attempts: a due delivery is claimed by one node, tried outside any transaction, and its outcome is recorded. */
import { sql } from 'kysely'
import { z } from 'zod'
import { requireSystem } from '../kernel/permission.ts'
import { defineHook } from '../kernel/manifest/hook.ts'
import { getRegistered } from '../kernel/manifest/registry.ts'
import { command, type CommandContext, type PreparationContext, query } from '../kernel/operation.ts'
import { type Channel, Delivery, lockDelivery, type Outcome } from './delivery.ts'

/** A claim of a delivery, with its lane and the number of the attempt. */
export interface Claim {
  id: string
  lane: string
  attempt: number
}

/**
 * Milliseconds after which a claim is due again if its node does not record an outcome (killed, cut off). Longer than any attempt may take.
 */
const leaseMs = 120_000
/** Deliveries of one lane that a node tries at once. A failing webhook has one, so that it delays only itself. */
const laneWidths = { webhook: 4, failing: 1, email: 4, push: 8 } as const

const hasDueStatement = { name: 'deliveries due', text: `select 1 as one from delivery where state = 'queued' and due_at <= $1 limit 1` }

/** Whether anything is due. A short statement, since it runs every second. */
export const hasDueDeliveries = query('notifications.anythingDue', {
  input: { now: z.date().optional() },
  authorize: requireSystem,
  execute: async (view, { now = view.now }): Promise<boolean> => (await view.runPrepared(hasDueStatement, [now.toISOString()])).length > 0,
})

/**
 * Claims due deliveries for this node until the lease ends. Each webhook is a lane of its own; so are mail and push.
 * @returns at most `most` claims, whose attempts are counted
 */
export const claimDueDeliveries = command('notifications.claimDue', {
  input: {
    most: z.number().int().min(1),
    now: z.date().optional().describe('the clock; absent: the current time'),
    under: z.array(z.object({ id: z.string(), lane: z.string() })).describe('what this node has in progress'),
  },
  authorize: requireSystem,
  async execute(work, { most, under, now = work.now }): Promise<Claim[]> {
    const ids = sql.val(under.map(({ id }) => id))
    const lanes = sql.val(under.map(({ lane }) => lane))
    const isDue = sql`d.state = 'queued' and d.due_at <= ${now} and d.id <> all(${ids}::uuid[])`
    const busy = (lane: unknown) => sql`(select count(*) from unnest(${lanes}::text[]) lane where lane = ${lane})`
    const { rows } = await sql<Claim>`
      with lanes as (
        select w.id::text as lane, w.id as webhook, 'webhook' as channel,
          case when w.failing_since is null then ${laneWidths.webhook}::int else ${laneWidths.failing}::int end as width from webhook w
        union all select 'email', null, 'email', ${laneWidths.email}::int
        union all select 'push', null, 'push', ${laneWidths.push}::int
      ), first as (
        select l.lane, d.id, d.due_at from lanes l cross join lateral (
          select d.id, d.due_at from delivery d where d.webhook_id = l.webhook and ${isDue}
          order by d.due_at limit greatest(0, l.width - ${busy(sql.ref('l.lane'))})
        ) d where l.webhook is not null
        union all
        select l.lane, d.id, d.due_at from lanes l cross join lateral (
          select d.id, d.due_at from delivery d where d.channel = l.channel and d.webhook_id is null and ${isDue}
          order by d.due_at limit greatest(0, l.width - ${busy(sql.ref('l.lane'))})
        ) d where l.webhook is null
      ), chosen as (
        select d.id, first.lane from delivery d join first on first.id = d.id where d.state = 'queued' and d.due_at <= ${now}
        order by first.due_at limit ${most} for update of d skip locked
      )
      update delivery d set due_at = ${new Date(now.getTime() + leaseMs)}, attempts = d.attempts + 1, updated_at = ${work.now}
      from chosen where d.id = chosen.id
      returning d.id, chosen.lane, d.attempts as attempt`.execute(work.db)
    return rows
  },
})

/** How the deliveries of one channel are sent. */
export interface Sender {
  readonly channel: Channel
  /** Sends a delivery, outside any transaction. */
  send(view: PreparationContext, delivery: Delivery, now: Date): Promise<Outcome>
  /** Runs in the transaction that records the outcome. */
  onSettled?(work: CommandContext, delivery: Delivery, outcome: Outcome, now: Date): Promise<void>
}

/** The slices that own a channel register its sender here. */
export const DeliverySender = defineHook<Sender>('delivery.sender')

const findSender = (channel: Channel): Sender | undefined => getRegistered(DeliverySender).find((sender) => sender.channel === channel)

/** Tries a delivery that this node has claimed, and records the outcome. Does nothing for a claim that another node took over. */
export const tryDelivery = command('notifications.tryDelivery', {
  input: { id: z.uuid(), attempt: z.number().int(), now: z.date().optional() },
  authorize: requireSystem,
  async prepare(view, { id, attempt, now = view.now }): Promise<Outcome | undefined> {
    const delivery = await view.em.findOne(Delivery, id)
    if (!delivery || delivery.state !== 'queued' || delivery.attempts !== attempt) return undefined
    const sender = findSender(delivery.channel)
    return sender
      ? sender.send(view, delivery, now)
      : { state: 'failed', reason: `There is no sender for the channel ${delivery.channel}.` }
  },
  async execute(work, { id, attempt, now = work.now }, outcome) {
    if (!outcome) return
    await lockDelivery(work, id)
    const delivery = await work.em.findOne(Delivery, id)
    if (!delivery || !isConclusive(delivery, attempt, outcome)) return
    recordOutcome(delivery, outcome, now)
    await work.em.flush()
    await findSender(delivery.channel)?.onSettled?.(work, delivery, outcome, now)
  },
})

/** A success counts in any case. Any other outcome counts only from the last attempt, of a delivery that is still queued. */
const isConclusive = (delivery: Delivery, attempt: number, { state }: Outcome): boolean =>
  state === 'delivered' || state === 'sent' || (delivery.state === 'queued' && delivery.attempts === attempt)

function recordOutcome(delivery: Delivery, { state, delayMs = 0, code, reason }: Outcome, now: Date) {
  delivery.state = state
  delivery.dueAt = state === 'queued' ? new Date(now.getTime() + delayMs) : null
  delivery.code = code ?? null
  delivery.reason = reason ?? null
  delivery.finishedAt = state === 'queued' ? null : now
}

/** Queues a finished delivery once more, with all its attempts. */
export function requeueDelivery(work: CommandContext, delivery: Delivery): void {
  delivery.state = 'queued'
  delivery.dueAt = work.now
  delivery.attempts = 0
  delivery.code = null
  delivery.reason = null
  delivery.finishedAt = null
}
