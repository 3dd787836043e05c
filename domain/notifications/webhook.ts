/** Webhooks: addresses of programs that are told what an audience hears. Registered by its owners; told for as long as they may hear it. */
import { sql } from 'kysely'
import { z } from 'zod'
import { userOf } from '../access/permission.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, query, type View, type Work } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { hostOf, wrongWith } from './address.ts'
import { WebhookDisabled } from './events.ts'
import { mayOwnAudience, mayOwnThingOf } from './hearing.ts'
import { eventPattern, newSecret } from './webhook-message.ts'

export const webhookStates = ['active', 'disabled'] as const

const WebhookSchema = defineEntity({
  name: 'Webhook',
  tableName: 'webhook',
  properties: {
    ...identity(),
    audience: p.string(),
    /** Who registered it, and must be able to read what it is told. */
    userId: p.uuid(),
    url: p.text(),
    events: p.array().columnType('text[]'),
    description: p.string().length(200),
    secret: p.string(),
    /** The secret before the last rotation, signed with as well until `previousUntil`. */
    previousSecret: p.string().nullable(),
    previousUntil: p.datetime().length(3).nullable(),
    /** It is told what comes after this position. */
    after: p.bigint('number'),
    state: p.string().$type<(typeof webhookStates)[number]>(),
    /** Why it is disabled. */
    reason: p.text().nullable(),
    /** When it first failed without having been reached since; null: the last attempt reached it. */
    failingSince: p.datetime().length(3).nullable(),
  },
})
/** A program that wants to be told. */
export class Webhook extends WebhookSchema.class {}
WebhookSchema.setClass(Webhook)

/** A webhook, and its secret where it is new: it is shown this once. */
export interface WithSecret {
  webhook: Webhook
  secret: string
}

/** For one audience, and for one person over all. */
const most = 20
/** For how long the secret before is signed with as well. */
const rotationTakes = 24 * 3600_000

const Url = z.string().max(2000)
const Events = z
  .array(z.string().max(100).regex(eventPattern, 'takes the name of an event, the beginning of one and .*, or *'))
  .min(1)
  .max(50)
const Description = z.string().trim().max(200)
const webhookId = { id: z.uuid() }

/** The webhook, for the owners of its audience. @throws DomainError not-found, forbidden */
export async function findWebhook(view: View, id: string): Promise<Webhook> {
  const found = await view.em.findOne(Webhook, id)
  await mayOwnThingOf(view, found?.audience)
  return found as Webhook
}

const ofItsOwners = async (view: View, { id }: { id: string }): Promise<void> => void (await findWebhook(view, id))

/** Has a program told of what happens from now on. */
export const createWebhook = command('notifications.createWebhook', {
  input: {
    url: Url,
    audience: z.string().min(1).max(200).describe('`venture:<id>`, `space:<id>`, `legal:<id>`, `plan:<id>`, `user:<your id>`, `platform`'),
    events: Events.default(['*']).describe('names of events; `legal.*` for all that begin so, `*` for all'),
    description: Description.default(''),
  },
  may: (view, { audience }) => mayOwnAudience(view, audience),
  async does(work, { url, ...asked }): Promise<WithSecret> {
    const userId = userOf(work)
    checkUrl(work, url)
    // two at once see each other
    await sql`select pg_advisory_xact_lock(hashtext(${`webhooks of ${userId}`}))`.execute(work.em.getKysely() as never)
    if ((await work.em.count(Webhook, { audience: asked.audience })) >= most || (await work.em.count(Webhook, { userId })) >= most)
      throw new DomainError('conflict', `There are ${most} webhooks already; delete one first.`)
    const head = await sql<{ position: string }>`select position from event_head`.execute(work.em.getKysely() as never)
    const secret = newSecret()
    const webhook = work.em.create(Webhook, {
      id: newId(),
      ...asked,
      url,
      userId,
      secret,
      previousSecret: null,
      previousUntil: null,
      after: Number(head.rows[0]?.position ?? 0),
      state: 'active',
      reason: null,
      failingSince: null,
    })
    work.em.persist(webhook)
    return { webhook, secret }
  },
})

/** Those of an audience, for its owners; without one, those that one registered. Newest first. */
export const listWebhooks = query('notifications.listWebhooks', {
  input: { ...paging, audience: z.string().min(1).max(200).optional() },
  may: (view, { audience }) => (audience === undefined ? void userOf(view) : mayOwnAudience(view, audience)),
  async does(view, { audience, limit, cursor }): Promise<Page<Webhook>> {
    const after = readCursor(cursor)
    const rows = await view.em.find(
      Webhook,
      { ...(audience === undefined ? { userId: userOf(view) } : { audience }), ...(after && { id: { $lt: after.id } }) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    return pageOf(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (webhook) => webhook,
    )
  },
})

export const getWebhook = query('notifications.getWebhook', {
  input: webhookId,
  may: ofItsOwners,
  does: (view, { id }): Promise<Webhook> => view.em.findOneOrFail(Webhook, id),
})

/** Changes what a webhook is told and where. Whoever enables one again answers for it: their right to hear counts from then on. */
export const updateWebhook = command('notifications.updateWebhook', {
  input: {
    ...webhookId,
    url: Url.optional(),
    events: Events.optional(),
    description: Description.optional(),
    state: z.enum(webhookStates).optional(),
  },
  may: ofItsOwners,
  async does(work, { id, url, state, ...changes }): Promise<Webhook> {
    const webhook = await locked(work, id)
    if (url !== undefined) {
      checkUrl(work, url)
      webhook.url = url
    }
    if (changes.events !== undefined) webhook.events = changes.events
    if (changes.description !== undefined) webhook.description = changes.description
    if (state === 'disabled' && webhook.state === 'active') await stop(work, webhook, 'It was switched off.')
    if (state === 'active' && webhook.state === 'disabled') {
      const head = await sql<{ position: string }>`select position from event_head`.execute(work.em.getKysely() as never)
      // what happened while it was off is not told
      webhook.after = Number(head.rows[0]?.position ?? 0)
      webhook.state = 'active'
      webhook.reason = null
      webhook.failingSince = null
      webhook.userId = userOf(work)
    }
    return webhook
  },
})

export const deleteWebhook = command('notifications.deleteWebhook', {
  input: webhookId,
  may: ofItsOwners,
  async does(work, { id }) {
    const webhook = await locked(work, id)
    await failQueued(work, id, 'The webhook was deleted.')
    work.em.remove(webhook)
  },
})

/** A new secret. The one before is signed with as well for a day, so that the receiver can change over without losing anything. */
export const rotateSecret = command('notifications.rotateSecret', {
  input: webhookId,
  may: ofItsOwners,
  async does(work, { id }): Promise<WithSecret> {
    const webhook = await locked(work, id)
    const secret = newSecret()
    webhook.previousSecret = webhook.secret
    webhook.previousUntil = new Date(work.now.getTime() + rotationTakes)
    webhook.secret = secret
    return { webhook, secret }
  },
})

/** Tells a webhook nothing any more, and its owner why. */
export async function disable(work: Work, webhook: Webhook, reason: string): Promise<void> {
  if (webhook.state === 'disabled') return
  await stop(work, webhook, reason)
  const audience = [`user:${webhook.userId}`]
  work.emit(WebhookDisabled, {
    subject: `webhook:${webhook.id}`,
    audience,
    data: { webhookId: webhook.id, host: hostOf(new URL(webhook.url)), reason },
  })
}

/** The webhook's row, held to the end of the transaction: nothing is queued for it in between. */
export async function locked(work: Work, id: string): Promise<Webhook> {
  await sql`select 1 from webhook where id = ${id} for update`.execute(work.em.getKysely() as never)
  return work.em.findOneOrFail(Webhook, id, { refresh: true })
}

async function stop(work: Work, webhook: Webhook, reason: string) {
  webhook.state = 'disabled'
  webhook.reason = reason
  await failQueued(work, webhook.id, reason)
}

async function failQueued(work: Work, webhookId: string, reason: string) {
  await sql`update delivery set state = 'failed', reason = ${reason}, due_at = null, finished_at = ${work.now}, updated_at = ${work.now}
    where webhook_id = ${webhookId} and state = 'queued'`.execute(work.em.getKysely() as never)
}

function checkUrl(work: Work, url: string) {
  const wrong = wrongWith(url, work.ports.outside.allowPrivate)
  if (wrong) throw new DomainError('invalid-input', `url: ${wrong}`, { fields: [{ path: 'url', message: wrong }] })
}
