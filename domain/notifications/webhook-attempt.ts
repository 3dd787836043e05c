/** One attempt to tell a webhook, and what follows from its answer. */
import { EventRow } from '../kernel/events.ts'
import type { View, Work } from '../kernel/operation.ts'
import { Unreached } from '../kernel/outside.ts'
import type { Outcome } from './attempt.ts'
import type { Delivery } from './delivery.ts'
import { heardOf } from './following.ts'
import { mayStillHear } from './hearing.ts'
import { pauseAfter } from './pause.ts'
import { disable, locked, Webhook } from './webhook.ts'
import { bodyOf, headersOf, testBody } from './webhook-message.ts'

/** A receiver has this long for its answer; the specification recommends 15 to 30 s. Milliseconds. */
const within = 15_000
/** Nothing came through for this long, and a delivery used all its attempts up: nobody is there any more. Milliseconds. */
const givenUpAfter = 3 * 24 * 3600_000

/** Tells a webhook its event. Outside any transaction. */
export async function tellWebhook(view: View, delivery: Delivery, now: Date): Promise<Outcome> {
  const webhook = await view.em.findOne(Webhook, delivery.webhookId as string)
  if (!webhook) return { state: 'failed', reason: 'The webhook was deleted.' }
  if (webhook.state === 'disabled') return { state: 'failed', reason: webhook.reason ?? 'The webhook is disabled.' }
  if (!(await mayStillHear(view, webhook.audience, webhook.userId)))
    return { state: 'failed', reason: `Whoever registered it may not read ${webhook.audience} any more.`, disables: true }
  const body = await bodyFor(view, delivery)
  if (body === undefined) return { state: 'failed', reason: 'The event is not kept any more.' }
  const headers = headersOf(delivery.id, now, body, secretsOf(webhook, now))
  try {
    const { status, retryAfter } = await view.ports.outside.post({ url: webhook.url, headers, body, within })
    if (status >= 200 && status < 300) return { state: 'delivered', code: status }
    if (status === 410) return { state: 'failed', code: status, reason: 'The receiver said that it is gone (410).', disables: true }
    const reason = status >= 300 && status < 400 ? `It answered ${status}; redirects are not followed.` : `It answered ${status}.`
    return again(delivery, now, { code: status, reason, retryAfter: status === 429 || status === 503 ? retryAfter : undefined })
  } catch (error) {
    if (!(error instanceof Unreached)) throw error
    return again(delivery, now, { reason: error.message })
  }
}

function again(delivery: Delivery, now: Date, told: { code?: number; reason: string; retryAfter?: string | undefined }): Outcome {
  const { retryAfter, ...rest } = told
  const pause = pauseAfter('webhook', delivery.attempts, { retryAfter, now })
  return pause === undefined ? { state: 'failed', ...rest } : { state: 'queued', pause, ...rest }
}

/** Keeps what an attempt says of the webhook itself. */
export async function judgeWebhook(work: Work, delivery: Delivery, outcome: Outcome, now: Date): Promise<void> {
  const known = await work.em.findOne(Webhook, delivery.webhookId as string)
  if (!known) return
  const reached = outcome.state === 'delivered'
  // most attempts change nothing, and wait for nobody
  if (reached && !known.failingSince) return
  const webhook = await locked(work, known.id)
  if (reached) webhook.failingSince = null
  else webhook.failingSince ??= now
  const since = webhook.failingSince?.getTime() ?? now.getTime()
  if (outcome.disables) await disable(work, webhook, outcome.reason ?? '')
  else if (outcome.state === 'failed' && now.getTime() - since >= givenUpAfter)
    await disable(work, webhook, `Nothing reached it since ${new Date(since).toISOString()}. Last: ${outcome.reason}`)
}

async function bodyFor(view: View, { position, webhookId, createdAt }: Delivery): Promise<string | undefined> {
  if (position === null || position === undefined) return testBody(webhookId as string, createdAt)
  const event = await view.em.findOne(EventRow, { position })
  return event ? bodyOf(heardOf(event)) : undefined
}

const secretsOf = ({ secret, previousSecret, previousUntil }: Webhook, now: Date): string[] =>
  previousSecret && previousUntil && previousUntil > now ? [secret, previousSecret] : [secret]
