/** Webhooks follow the order of events: each event becomes one delivery for each matching webhook, exactly once. */
import { newId } from '../../kernel/entity.ts'
import type { PublishedEvent } from '../../kernel/events/event.ts'
import { readEventsAfter, hasEventsBehind, moveCursor, takeCursor } from '../../kernel/events/kept-event.ts'
import { command, query } from '../../kernel/operation.ts'
import { requireSystem } from '../../kernel/permission.ts'
import { Webhook } from './webhook.ts'
import { matchesPatterns } from './message.ts'

const cursor = 'webhooks'
const batchSize = 500

const pendingStatement = {
  name: 'webhooks behind',
  text: `select 1 as one from webhook w where w.state = 'active' and ${hasEventsBehind('w.after', cursor)} limit 1`,
}

/** Whether there are events for which no deliveries were created. A short statement, since it runs after every event. */
export const hasPendingWebhookEvents = query('notifications.webhooksBehind', {
  input: {},
  authorize: requireSystem,
  execute: async (view): Promise<boolean> => (await view.runPrepared(pendingStatement, [])).length > 0,
})

/**
 * Queues the webhook deliveries of the next 500 events. One node at a time: while another does it, nothing is done. The deliveries and the
 * cursor are one transaction, so no event is skipped or sent twice.
 * @returns whether there may be more
 */
export const enqueueWebhookDeliveries = command('notifications.followEvents', {
  input: {},
  authorize: requireSystem,
  async execute(work): Promise<boolean> {
    const { db } = work
    const reached = await takeCursor(work, cursor)
    if (reached === undefined) return false
    // locked, so that deleting or disabling a webhook finds its queued deliveries
    await db.selectFrom('webhook').select('id').where('state', '=', 'active').forShare().execute()
    const webhooks = await work.em.find(Webhook, { state: 'active' })
    if (webhooks.length === 0) return false
    const from = Math.max(reached, Math.min(...webhooks.map(({ after }) => after)))
    const events = await readEventsAfter(work.runPrepared, from, batchSize)
    const told = events.flatMap((event) =>
      webhooks.filter((webhook) => isSubscribed(webhook, event)).map((webhook) => ({ webhook, event })),
    )
    for (let start = 0; start < told.length; start += batchSize) {
      const rows = told.slice(start, start + batchSize).map(({ webhook, event }) => ({
        id: newId(),
        created_at: work.now,
        updated_at: work.now,
        channel: 'webhook',
        user_id: webhook.userId,
        webhook_id: webhook.id,
        notification_ids: [],
        position: event.position,
        target: webhook.url,
        state: 'queued',
        due_at: work.now,
        attempts: 0,
      }))
      await db
        .insertInto('delivery')
        .values(rows)
        .onConflict((there) => there.doNothing())
        .execute()
    }
    await moveCursor(work, cursor, events.at(-1)?.position ?? from)
    return events.length === batchSize
  },
})

const isSubscribed = ({ audience, events, after }: Webhook, event: PublishedEvent): boolean =>
  event.position > after && event.audience.includes(audience) && matchesPatterns(events, event.event)
