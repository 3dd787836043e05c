/** Attempts: a delivery that is due is claimed by one node, tried outside any transaction, and what came of it is written down. */
import { sql } from 'kysely'
import { z } from 'zod'
import { systemOnly } from '../access/permission.ts'
import { command, query, type View, type Work } from '../kernel/operation.ts'
import { type Channel, Delivery, type DeliveryState } from './delivery.ts'
import { sendMail } from './mail.ts'
import { sendPush } from './push.ts'
import { judgeWebhook, tellWebhook } from './webhook-attempt.ts'

/** What came of an attempt. `queued`: it is tried again after `pause` milliseconds. */
export interface Outcome {
  state: DeliveryState
  pause?: number
  /** What the other side answered. */
  code?: number | undefined
  reason?: string
  /** The webhook itself is done with. */
  disables?: true
}

/** Told with a claim: what takes its turn with it, and which attempt it is. */
export interface Claim {
  id: string
  lane: string
  attempt: number
}

/** A claim that its node does not settle (killed, cut off) is due again after this. Longer than any attempt may take. Milliseconds. */
const lease = 120_000
/** Deliveries of one lane that a node tries at once. A webhook that fails has one: it holds up itself. */
const wide = { webhook: 4, failing: 1, email: 4, push: 8 } as const

const due = { name: 'deliveries due', text: `select 1 as one from delivery where state = 'queued' and due_at <= $1 limit 1` }

/** Whether anything is due. One short statement: it is asked every second. */
export const anythingDue = query('notifications.anythingDue', {
  input: { now: z.date().optional() },
  may: systemOnly,
  does: async (view, { now = view.now }): Promise<boolean> => (await view.read(due, [now.toISOString()])).length > 0,
})

/**
 * Takes what is due, for this node, until the lease ends. Webhooks are lanes of their own; so are mail and push.
 * @returns at most `most` claims, whose attempts are counted
 */
export const claimDue = command('notifications.claimDue', {
  input: {
    most: z.number().int().min(1),
    now: z.date().optional().describe('the clock; absent: the time it is'),
    under: z.array(z.object({ id: z.string(), lane: z.string() })).describe('what this node is trying already'),
  },
  may: systemOnly,
  async does(work, { most, under, now = work.now }): Promise<Claim[]> {
    const ids = sql.val(under.map(({ id }) => id))
    const lanes = sql.val(under.map(({ lane }) => lane))
    const isDue = sql`d.state = 'queued' and d.due_at <= ${now} and d.id <> all(${ids}::uuid[])`
    const busy = (lane: unknown) => sql`(select count(*) from unnest(${lanes}::text[]) lane where lane = ${lane})`
    const { rows } = await sql<Claim>`
      with lanes as (
        select w.id::text as lane, w.id as webhook, 'webhook' as channel,
          case when w.failing_since is null then ${wide.webhook}::int else ${wide.failing}::int end as width from webhook w
        union all select 'email', null, 'email', ${wide.email}::int
        union all select 'push', null, 'push', ${wide.push}::int
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
      update delivery d set due_at = ${new Date(now.getTime() + lease)}, attempts = d.attempts + 1, updated_at = ${work.now}
      from chosen where d.id = chosen.id
      returning d.id, chosen.lane, d.attempts as attempt`.execute(work.em.getKysely() as never)
    return rows
  },
})

const channels: Partial<Record<Channel, (view: View, delivery: Delivery, now: Date) => Promise<Outcome>>> = {
  webhook: tellWebhook,
  email: sendMail,
  push: sendPush,
}

/** Tries a delivery that this node has claimed, and writes down what came of it. Nothing is done for a claim that another took over. */
export const tryDelivery = command('notifications.tryDelivery', {
  input: { id: z.uuid(), attempt: z.number().int(), now: z.date().optional() },
  may: systemOnly,
  async prepares(view, { id, attempt, now = view.now }): Promise<Outcome | undefined> {
    const delivery = await view.em.findOne(Delivery, id)
    if (!delivery || delivery.state !== 'queued' || delivery.attempts !== attempt) return undefined
    const carry = channels[delivery.channel]
    return carry ? carry(view, delivery, now) : { state: 'failed', reason: `Nothing carries ${delivery.channel}.` }
  },
  async does(work, { id, attempt, now = work.now }, outcome) {
    if (!outcome) return
    await sql`select 1 from delivery where id = ${id} for update`.execute(work.em.getKysely() as never)
    const delivery = await work.em.findOne(Delivery, id)
    if (!delivery || !settles(delivery, attempt, outcome)) return
    write(delivery, outcome, now)
    await work.em.flush()
    if (delivery.channel === 'webhook') await judgeWebhook(work, delivery, outcome, now)
  },
})

/** What arrived, arrived, whoever thinks otherwise by now; anything else is said by the last attempt alone, of what is still wanted. */
const settles = (delivery: Delivery, attempt: number, { state }: Outcome): boolean =>
  state === 'delivered' || state === 'sent' || (delivery.state === 'queued' && delivery.attempts === attempt)

function write(delivery: Delivery, { state, pause = 0, code, reason }: Outcome, now: Date) {
  delivery.state = state
  delivery.dueAt = state === 'queued' ? new Date(now.getTime() + pause) : null
  delivery.code = code ?? null
  delivery.reason = reason ?? null
  delivery.finishedAt = state === 'queued' ? null : now
}

/** Puts a delivery that was given up, or sent, in front of its channel once more, with all its attempts. */
export function putBack(work: Work, delivery: Delivery): void {
  delivery.state = 'queued'
  delivery.dueAt = work.now
  delivery.attempts = 0
  delivery.code = null
  delivery.reason = null
  delivery.finishedAt = null
}
