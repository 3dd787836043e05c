/** Webhooks: addresses that receive the events of an audience. Its owners register them. They end when the owner loses access. */
import { sql } from 'kysely'
import { z } from 'zod'
import { requireUserId } from '../../kernel/permission.ts'
import { defineEntity, identity, newId, p } from '../../kernel/entity.ts'
import { DomainError } from '../../kernel/errors.ts'
import { newestPosition } from '../../kernel/events/kept-event.ts'
import { command, query, type QueryContext, type CommandContext } from '../../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../../kernel/pagination.ts'
import { readHost, describeUrlProblem } from '../outbound/ssrf-guard.ts'
import { WebhookDisabled } from '../events.ts'
import { requireAudienceOwner, requireWebhookAccess, readAudienceOwners } from './permission.ts'
import { eventPattern, generateSecret } from './message.ts'
import { singleLine } from '../../kernel/text/well-formed.ts'

export const webhookStates = ['active', 'disabled'] as const

const WebhookSchema = defineEntity({
  name: 'Webhook',
  tableName: 'webhook',
  properties: {
    ...identity(),
    audience: p.string(),
    /** The person who last changed its address, events or secret. It receives what this person may read. */
    userId: p.uuid(),
    url: p.text(),
    events: p.array().columnType('text[]'),
    description: p.string().length(200),
    secret: p.string(),
    /** The secret before the last rotation, signed with as well until `previousUntil`. */
    previousSecret: p.string().nullable(),
    previousUntil: p.datetime().length(3).nullable(),
    /** It receives events after this position. */
    after: p.bigint('number'),
    state: p.string().$type<(typeof webhookStates)[number]>(),
    /** Why it is disabled. */
    reason: p.text().nullable(),
    /** The first failure since the last success; null where the last attempt succeeded. */
    failingSince: p.datetime().length(3).nullable(),
  },
})
/** A registered webhook. */
export class Webhook extends WebhookSchema.class {}
WebhookSchema.setClass(Webhook)

/** A webhook and its new secret, which is shown only once. */
export interface WebhookWithSecret {
  webhook: Webhook
  secret: string
}

/** Per audience, and per person over all audiences. */
const maxWebhooks = 20
/** How long requests are signed with the previous secret too. */
const rotationOverlapMs = 24 * 3600_000

const Url = z.string().max(2000)
const Events = z.array(z.string().max(100).regex(eventPattern, 'must be the name of an event, a prefix with .*, or *')).min(1).max(50)
const Description = singleLine(200, 0)
const webhookId = { id: z.uuid() }

/** Finds a webhook for an owner of its audience. @throws DomainError not-found, forbidden */
export async function findWebhook(view: QueryContext, id: string): Promise<Webhook> {
  const found = await view.em.findOne(Webhook, id)
  await requireWebhookAccess(view, found?.audience)
  return found as Webhook
}

const requireWebhookOwner = async (view: QueryContext, { id }: { id: string }): Promise<void> => void (await findWebhook(view, id))

/** Registers a webhook for events from now on. */
export const createWebhook = command('notifications.createWebhook', {
  input: {
    url: Url,
    audience: z.string().min(1).max(200).describe('`venture:<id>`, `space:<id>`, `legal:<id>`, `plan:<id>`, `user:<your id>`, `platform`'),
    events: Events.default(['*']).describe('names of events, prefixes such as `legal-document.*`, or `*` for all'),
    description: Description.default(''),
  },
  authorize: (view, { audience }) => requireAudienceOwner(view, audience),
  async execute(work, { url, ...asked }): Promise<WebhookWithSecret> {
    const userId = requireUserId(work)
    assertUrlAllowed(work, url)
    // two at once see each other
    await sql`select pg_advisory_xact_lock(hashtext(${`webhooks of ${userId}`}))`.execute(work.db)
    if (
      (await work.em.count(Webhook, { audience: asked.audience })) >= maxWebhooks ||
      (await work.em.count(Webhook, { userId })) >= maxWebhooks
    )
      throw new DomainError('conflict', `There are ${maxWebhooks} webhooks already; delete one first.`)
    const secret = generateSecret()
    const webhook = work.em.create(Webhook, {
      id: newId(),
      ...asked,
      url,
      userId,
      secret,
      previousSecret: null,
      previousUntil: null,
      after: await newestPosition(work),
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
  authorize: (view, { audience }) => (audience === undefined ? void requireUserId(view) : requireAudienceOwner(view, audience)),
  async execute(view, { audience, limit, cursor }): Promise<Page<Webhook>> {
    const after = parseCursor(cursor)
    const rows = await view.em.find(
      Webhook,
      { ...(audience === undefined ? { userId: requireUserId(view) } : { audience }), ...(after && { id: { $lt: after.id } }) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    return paginate(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (webhook) => webhook,
    )
  },
})

export const getWebhook = query('notifications.getWebhook', {
  input: webhookId,
  authorize: requireWebhookOwner,
  execute: (view, { id }): Promise<Webhook> => view.em.findOneOrFail(Webhook, id),
})

/** Changes a webhook. It then uses the access of the person who changed its address or events, or enabled it. */
export const updateWebhook = command('notifications.updateWebhook', {
  input: {
    ...webhookId,
    url: Url.optional(),
    events: Events.optional(),
    description: Description.optional(),
    state: z.enum(webhookStates).optional(),
  },
  authorize: requireWebhookOwner,
  async execute(work, { id, url, state, ...changes }): Promise<Webhook> {
    const webhook = await lockWebhook(work, id)
    if (url !== undefined) {
      assertUrlAllowed(work, url)
      webhook.url = url
    }
    if (changes.events !== undefined) webhook.events = changes.events
    if (url !== undefined || changes.events !== undefined) webhook.userId = requireUserId(work)
    if (changes.description !== undefined) webhook.description = changes.description
    if (state === 'disabled' && webhook.state === 'active') await deactivate(work, webhook, 'It was switched off.')
    if (state === 'active' && webhook.state === 'disabled') {
      // events from the time when it was disabled are not sent
      webhook.after = await newestPosition(work)
      webhook.state = 'active'
      webhook.reason = null
      webhook.failingSince = null
      webhook.userId = requireUserId(work)
    }
    return webhook
  },
})

export const deleteWebhook = command('notifications.deleteWebhook', {
  input: webhookId,
  authorize: requireWebhookOwner,
  async execute(work, { id }) {
    const webhook = await lockWebhook(work, id)
    await failQueuedDeliveries(work, id, 'The webhook was deleted.')
    work.em.remove(webhook)
  },
})

/** A new secret. The one before is signed with as well for a day, so that the receiver can change over without losing anything. */
export const rotateSecret = command('notifications.rotateSecret', {
  input: webhookId,
  authorize: requireWebhookOwner,
  async execute(work, { id }): Promise<WebhookWithSecret> {
    const webhook = await lockWebhook(work, id)
    const secret = generateSecret()
    webhook.previousSecret = webhook.secret
    webhook.previousUntil = new Date(work.now.getTime() + rotationOverlapMs)
    webhook.secret = secret
    webhook.userId = requireUserId(work)
    return { webhook, secret }
  },
})

/** Why a webhook is disabled whose person lost access. */
export const accessEndedReason = ({ audience }: Webhook): string => `The person who last changed it can no longer read ${audience}.`

/** Tells a webhook nothing any more, and everybody who may enable it again why. */
export async function disableWebhook(work: CommandContext, webhook: Webhook, reason: string): Promise<void> {
  if (webhook.state === 'disabled') return
  await deactivate(work, webhook, reason)
  const audience = (await readAudienceOwners(work, webhook.audience)).map((userId) => `user:${userId}`)
  work.emit(WebhookDisabled, {
    subject: `webhook:${webhook.id}`,
    audience,
    data: { webhookId: webhook.id, host: readHost(new URL(webhook.url)), reason },
  })
}

/** The webhook's row, held to the end of the transaction: nothing is queued for it in between. */
export async function lockWebhook(work: CommandContext, id: string): Promise<Webhook> {
  await work.db.selectFrom('webhook').select('id').where('id', '=', id).forUpdate().execute()
  return work.em.findOneOrFail(Webhook, id, { refresh: true })
}

async function deactivate(work: CommandContext, webhook: Webhook, reason: string) {
  webhook.state = 'disabled'
  webhook.reason = reason
  await failQueuedDeliveries(work, webhook.id, reason)
}

async function failQueuedDeliveries(work: CommandContext, webhookId: string, reason: string) {
  await work.db
    .updateTable('delivery')
    .set({ state: 'failed', reason, due_at: null, finished_at: work.now, updated_at: work.now })
    .where('webhook_id', '=', webhookId)
    .where('state', '=', 'queued')
    .execute()
}

function assertUrlAllowed(work: CommandContext, url: string) {
  const wrong = describeUrlProblem(url, work.ports.outbound.allowPrivate)
  if (wrong) throw new DomainError('invalid-input', `url: ${wrong}`, { fields: [{ path: 'url', message: wrong }] })
}
