/** One attempt to tell a webhook, and what follows from its respond. */
import { eventAt } from '../../kernel/events/kept-event.ts'
import type { QueryContext, CommandContext } from '../../kernel/operation.ts'
import { UnreachableError } from '../../kernel/outbound.ts'
import type { Delivery, Outcome } from '../delivery.ts'
import { canReadAudience } from './permission.ts'
import { retryDelayMs } from '../backoff.ts'
import { accessEndedReason, disableWebhook, lockWebhook, Webhook } from './webhook.ts'
import { createBody, createHeaders, createTestBody } from './message.ts'

/** Milliseconds within which a receiver must respond; the specification recommends 15 to 30 s. */
const timeoutMs = 15_000
/** A webhook that was not reached for this long is disabled when a delivery has used all its attempts. Milliseconds. */
const disableAfterMs = 3 * 24 * 3600_000

/** Sends its event to a webhook. Outside any transaction. */
export async function sendWebhook(view: QueryContext, delivery: Delivery, now: Date): Promise<Outcome> {
  const webhook = await view.em.findOne(Webhook, delivery.webhookId as string)
  if (!webhook) return { state: 'failed', reason: 'The webhook was deleted.' }
  if (webhook.state === 'disabled') return { state: 'failed', reason: webhook.reason ?? 'The webhook is disabled.' }
  if (!(await canReadAudience(view, webhook.audience, webhook.userId)))
    return { state: 'failed', reason: accessEndedReason(webhook), disablesWebhook: true }
  const body = await readBody(view, delivery)
  if (body === undefined) return { state: 'failed', reason: 'The event is no longer stored.' }
  const headers = createHeaders(delivery.id, now, body, activeSecrets(webhook, now))
  try {
    const { status, retryAfter } = await view.ports.outbound.post({ url: webhook.url, headers, body, timeoutMs })
    if (status >= 200 && status < 300) return { state: 'delivered', code: status }
    if (status === 410)
      return { state: 'failed', code: status, reason: 'The receiver responded that it is gone (410).', disablesWebhook: true }
    const reason =
      status >= 300 && status < 400 ? `The receiver responded ${status}; redirects are not followed.` : `The receiver responded ${status}.`
    return retryOrFail(delivery, now, { code: status, reason, retryAfter: status === 429 || status === 503 ? retryAfter : undefined })
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    return retryOrFail(delivery, now, { reason: error.message })
  }
}

function retryOrFail(delivery: Delivery, now: Date, failure: { code?: number; reason: string; retryAfter?: string | undefined }): Outcome {
  const { retryAfter, ...rest } = failure
  const pause = retryDelayMs('webhook', delivery.attempts, { retryAfter, now })
  return pause === undefined ? { state: 'failed', ...rest } : { state: 'queued', delayMs: pause, ...rest }
}

/** Records what an attempt says about the webhook itself. */
export async function recordWebhookOutcome(work: CommandContext, delivery: Delivery, outcome: Outcome, now: Date): Promise<void> {
  const known = await work.em.findOne(Webhook, delivery.webhookId as string)
  if (!known) return
  const reached = outcome.state === 'delivered'
  // most attempts change nothing, so they need no lock
  if (reached && !known.failingSince) return
  const webhook = await lockWebhook(work, known.id)
  if (reached) webhook.failingSince = null
  else webhook.failingSince ??= now
  const since = webhook.failingSince?.getTime() ?? now.getTime()
  if (outcome.disablesWebhook) await disableWebhook(work, webhook, outcome.reason ?? '')
  else if (outcome.state === 'failed' && now.getTime() - since >= disableAfterMs)
    await disableWebhook(work, webhook, `No delivery has succeeded since ${new Date(since).toISOString()}. Last error: ${outcome.reason}`)
}

async function readBody(view: QueryContext, { position, webhookId, createdAt }: Delivery): Promise<string | undefined> {
  if (position === null || position === undefined) return createTestBody(webhookId as string, createdAt)
  const event = await eventAt(view.runPrepared, position)
  return event && createBody(event)
}

const activeSecrets = ({ secret, previousSecret, previousUntil }: Webhook, now: Date): string[] =>
  previousSecret && previousUntil && previousUntil > now ? [secret, previousSecret] : [secret]
