/** Webhooks follow the one order of events: each event becomes one delivery for each webhook that wants it, exactly once. */
import { sql } from 'kysely'
import { newId } from '../kernel/entity.ts'
import { EventRow, type HeardEvent } from '../kernel/events.ts'
import { command, query, type Work } from '../kernel/operation.ts'
import { systemOnly } from '../access/permission.ts'
import { Webhook } from './webhook.ts'
import { wanted } from './webhook-message.ts'

const cursor = 'webhooks'
const batch = 500

const waiting = {
  name: 'webhooks behind',
  text: `select 1 as one from webhook w where w.state = 'active' and exists (
    select 1 from event e where e.position > greatest(w.after, (select coalesce(max(position), 0) from event_cursor where name = '${cursor}'))) limit 1`,
}

/** Whether there is an event that webhooks were not asked about. One short statement: it is asked after every event. */
export const webhooksBehind = query('notifications.webhooksBehind', {
  input: {},
  may: systemOnly,
  does: async (view): Promise<boolean> => (await view.read(waiting, [])).length > 0,
})

/**
 * Writes down what webhooks are to be told, from where this was left up to 500 events further. Answers whether there may be more. One node at a time:
 * where another does it, nothing is done. The deliveries and the cursor are one transaction, so no event is left out or told twice.
 */
export const followEvents = command('notifications.followEvents', {
  input: {},
  may: systemOnly,
  async does(work): Promise<boolean> {
    const db = work.em.getKysely() as never
    const reached = await take(work)
    if (reached === undefined) return false
    // held, so that one that is deleted or disabled meanwhile finds what was queued for it
    await sql`select 1 from webhook where state = 'active' for share`.execute(db)
    const webhooks = await work.em.find(Webhook, { state: 'active' })
    if (webhooks.length === 0) return false
    const from = Math.max(reached, Math.min(...webhooks.map(({ after }) => after)))
    const events = await work.em.find(EventRow, { position: { $gt: from } }, { orderBy: { position: 'asc' }, limit: batch })
    const told = events.flatMap((event) => webhooks.filter((webhook) => concerns(webhook, event)).map((webhook) => ({ webhook, event })))
    for (let start = 0; start < told.length; start += batch) {
      const rows = told.slice(start, start + batch).map(
        ({ webhook, event }) => sql`(${newId()}, ${work.now}, ${work.now}, 'webhook', ${webhook.userId}, ${webhook.id}, '{}'::uuid[],
          ${event.position}, ${webhook.url}, 'queued', ${work.now}, 0)`,
      )
      await sql`insert into delivery (id, created_at, updated_at, channel, user_id, webhook_id, notification_ids, position, target, state, due_at,
        attempts) values ${sql.join(rows)} on conflict do nothing`.execute(db)
    }
    const last = events.at(-1)?.position ?? from
    await sql`update event_cursor set position = ${last} where name = ${cursor} and position < ${last}`.execute(db)
    return events.length === batch
  },
})

/** The position that was reached, for this transaction alone; undefined while another has it. */
async function take(work: Work): Promise<number | undefined> {
  const db = work.em.getKysely() as never
  await sql`insert into event_cursor (name, position) values (${cursor}, 0) on conflict do nothing`.execute(db)
  const { rows } = await sql<{ position: string }>`
    select position from event_cursor where name = ${cursor} for update skip locked`.execute(db)
  return rows[0] && Number(rows[0].position)
}

const concerns = ({ audience, events, after }: Webhook, event: EventRow): boolean =>
  (event.position as number) > after && event.audience.includes(audience) && wanted(events, event.name)

/** An event's row as it is heard. */
export const heardOf = ({ position, name, subject, audience, actor, at, data }: EventRow): HeardEvent => ({
  position: position as number,
  event: name,
  subject,
  audience,
  actor: actor ?? null,
  at: at.toISOString(),
  data,
})
