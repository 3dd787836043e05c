/** Web push: notifications, encrypted for each of a person's browsers (RFC 8030, 8188, 8291, 8292). */
import type { PreparationContext, QueryContext } from '../../kernel/operation.ts'
import { UnreachableError } from '../../kernel/outbound.ts'
import type { Delivery, Outcome } from '../../delivery/delivery.ts'
import { retryDelayMs } from '../../delivery/backoff.ts'
import { ensurePushKeys, type PushKeys } from './vapid-key.ts'
import { PushSubscription, readSubscriptions } from './subscription.ts'
import { absoluteLink, nothingToDeliver, type DeliverableNotification, loadForDelivery } from '../delivery-content.ts'

const timeoutMs = 15_000
/** How long a push service stores a message for a browser that is offline. Seconds. */
const ttlSeconds = 24 * 3600
/** Maximum characters shown: a push holds 4,096 bytes, and a screen shows no more. */
const maxCharacters = { title: 120, body: 300 }

/** The message that the service worker (`web/public/sw.js`) shows. */
export interface PushMessage {
  id: string
  title: string
  body: string
  /** The path that a click opens. */
  link: string
  /** A later message replaces one with the same tag. */
  tag: string
}

/** The result for one browser. */
type PushResult = { taken: true } | { taken: false; gone: boolean; code?: number; reason: string; retryAfter?: string | undefined }

/**
 * Sends a delivery to all of a person's browsers. It counts as sent when one of them accepted it; expired subscriptions are deleted.
 * Outside any transaction.
 */
export async function sendPush(view: PreparationContext, delivery: Delivery, now: Date): Promise<Outcome> {
  const userId = delivery.userId as string
  const notifications = await loadForDelivery(view, delivery, now)
  if (notifications.length === 0) return { state: 'failed', reason: nothingToDeliver }
  const browsers = await readSubscriptions(view, userId)
  if (browsers.length === 0) return { state: 'failed', reason: 'This person has no browser with push notifications.' }
  const keys = await ensurePushKeys(view.autocommit.db)
  const message = createMessage(view, delivery, notifications)
  const urgent = notifications.some(({ priority }) => priority === 'high' || priority === 'urgent')
  const answers = await Promise.all(browsers.map((browser) => sendTo(view, browser, { keys, message, urgent })))
  const gone = browsers.filter((_, place) => isGone(answers[place] as PushResult))
  if (gone.length > 0) await view.autocommit.em.nativeDelete(PushSubscription, { id: { $in: gone.map(({ id }) => id) } })
  const refusals = answers.filter((answer) => !answer.taken)
  const reason = refusals.map(({ reason: one }) => one).join(' ')
  if (refusals.length < answers.length) return { state: 'sent', code: 201, ...(reason && { reason }) }
  const [first] = refusals
  const code = first?.code
  // where all subscriptions are gone, a retry is useless
  const pause =
    gone.length === browsers.length ? undefined : retryDelayMs('push', delivery.attempts, { retryAfter: first?.retryAfter, now })
  return pause === undefined ? { state: 'failed', code, reason } : { state: 'queued', delayMs: pause, code, reason }
}

const isGone = (answer: PushResult): boolean => !answer.taken && answer.gone

async function sendTo(
  view: QueryContext,
  { endpoint, p256dh, auth }: PushSubscription,
  { keys, message, urgent }: { keys: PushKeys; message: PushMessage; urgent: boolean },
): Promise<PushResult> {
  const { outbound } = view.ports
  // loaded with the first push
  const { default: webPush } = await import('web-push')
  const { headers, body } = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, JSON.stringify(message), {
    vapidDetails: { subject: vapidSubject(outbound), ...keys },
    TTL: ttlSeconds,
    urgency: urgent ? 'high' : 'normal',
    // if it is sent twice while the first is still queued, it is shown once
    topic: message.id.replaceAll('-', ''),
  })
  try {
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
    const { status: code, retryAfter } = await outbound.post({ url: endpoint, headers: texts, body: body as Buffer, timeoutMs })
    if (code >= 200 && code < 300) return { taken: true }
    const gone = code === 404 || code === 410
    return {
      taken: false,
      gone,
      code,
      retryAfter,
      reason: gone ? `A browser subscription has expired (${code}).` : `The push service answered ${code}.`,
    }
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error
    return { taken: false, gone: false, reason: error.message }
  }
}

/** Whom a push service contacts about problems (RFC 8292 2.1). */
const vapidSubject = ({ publicUrl, mailFrom }: QueryContext['ports']['outbound']): string =>
  publicUrl.startsWith('https:') ? publicUrl : `mailto:${/<([^>]+)>$/.exec(mailFrom)?.[1] ?? mailFrom}`

function createMessage(view: QueryContext, { id }: Delivery, told: readonly DeliverableNotification[]): PushMessage {
  const { publicUrl } = view.ports.outbound
  const last = told.at(-1) as DeliverableNotification
  const several = told.length > 1
  const link = several ? null : absoluteLink(last, publicUrl)
  return {
    id,
    title: truncate(several ? `${told.length} notifications` : last.title, maxCharacters.title),
    body: truncate(several ? told.map(({ title }) => title).join('\n') : last.message, maxCharacters.body),
    link: link ? link.slice(publicUrl.length) : '/',
    tag: several ? 'several' : last.group,
  }
}

const truncate = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1).trimEnd()}…`)
