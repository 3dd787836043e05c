/** Web push: what somebody is told, encrypted for each of their browsers (RFC 8030, 8188, 8291, 8292). */
import type { View } from '../kernel/operation.ts'
import { Unreached } from '../kernel/outside.ts'
import type { Outcome } from './attempt.ts'
import type { Delivery } from './delivery.ts'
import { pauseAfter } from './pause.ts'
import { pushKeys, type PushKeys } from './push-key.ts'
import { PushSubscription, subscriptionsOf } from './push-subscription.ts'
import { linkOf, nothingLeft, type Told, toldBy } from './told.ts'

const within = 15_000
/** For how long a push service keeps it for a browser that is not there. Seconds. */
const keptFor = 24 * 3600
/** Signs of what is shown: a push holds 4,096 bytes, and no screen more. */
const longest = { title: 120, body: 300 }

/** What the service worker (`web/public/sw.js`) shows. */
export interface PushMessage {
  id: string
  title: string
  body: string
  /** Where a click leads, within the workspace. */
  link: string
  /** One that follows takes the place of one of the same tag. */
  tag: string
}

/** What came of one browser. */
type Answer = { taken: true } | { taken: false; gone: boolean; code?: number; reason: string; retryAfter?: string | undefined }

/** Sends it to all of somebody's browsers. It is sent when one of them has it; those that are gone are forgotten. Outside any transaction. */
export async function sendPush(view: View, delivery: Delivery, now: Date): Promise<Outcome> {
  const userId = delivery.userId as string
  const told = await toldBy(view, delivery, now)
  if (told.length === 0) return { state: 'failed', reason: nothingLeft }
  const browsers = await subscriptionsOf(view, userId)
  if (browsers.length === 0) return { state: 'failed', reason: 'They have no browser that takes push.' }
  const keys = await pushKeys(view)
  const message = messageOf(view, delivery, told)
  const urgent = told.some(({ priority }) => priority === 'high' || priority === 'urgent')
  const answers = await Promise.all(browsers.map((browser) => sendTo(view, browser, { keys, message, urgent })))
  const gone = browsers.filter((_, place) => isGone(answers[place] as Answer))
  if (gone.length > 0) await view.em.nativeDelete(PushSubscription, { id: { $in: gone.map(({ id }) => id) } })
  const refusals = answers.filter((answer) => !answer.taken)
  const reason = refusals.map(({ reason: one }) => one).join(' ')
  if (refusals.length < answers.length) return { state: 'sent', code: 201, ...(reason && { reason }) }
  const [first] = refusals
  const code = first?.code
  // where all are gone, nothing is there to be tried again
  const pause = gone.length === browsers.length ? undefined : pauseAfter('push', delivery.attempts, { retryAfter: first?.retryAfter, now })
  return pause === undefined ? { state: 'failed', code, reason } : { state: 'queued', pause, code, reason }
}

const isGone = (answer: Answer): boolean => !answer.taken && answer.gone

async function sendTo(
  view: View,
  { endpoint, p256dh, auth }: PushSubscription,
  { keys, message, urgent }: { keys: PushKeys; message: PushMessage; urgent: boolean },
): Promise<Answer> {
  const { outside } = view.ports
  // loaded with the first push
  const { default: webPush } = await import('web-push')
  const { headers, body } = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, JSON.stringify(message), {
    vapidDetails: { subject: contactOf(outside), ...keys },
    TTL: keptFor,
    urgency: urgent ? 'high' : 'normal',
    // sent twice, it is shown once where the first still waits
    topic: message.id.replaceAll('-', ''),
  })
  try {
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]))
    const { status: code, retryAfter } = await outside.post({ url: endpoint, headers: texts, body: body as Buffer, within })
    if (code >= 200 && code < 300) return { taken: true }
    const gone = code === 404 || code === 410
    return { taken: false, gone, code, retryAfter, reason: gone ? `A browser is gone (${code}).` : `The push service answered ${code}.` }
  } catch (error) {
    if (!(error instanceof Unreached)) throw error
    return { taken: false, gone: false, reason: error.message }
  }
}

/** Whom a push service asks when something is wrong (RFC 8292 2.1). */
const contactOf = ({ publicUrl, mailFrom }: View['ports']['outside']): string =>
  publicUrl.startsWith('https:') ? publicUrl : `mailto:${/<([^>]+)>$/.exec(mailFrom)?.[1] ?? mailFrom}`

function messageOf(view: View, { id }: Delivery, told: readonly Told[]): PushMessage {
  const { publicUrl } = view.ports.outside
  const last = told.at(-1) as Told
  const several = told.length > 1
  const link = several ? null : linkOf(last, publicUrl)
  return {
    id,
    title: cut(several ? `${told.length} notifications` : last.title, longest.title),
    body: cut(several ? told.map(({ title }) => title).join('\n') : last.message, longest.body),
    link: link ? link.slice(publicUrl.length) : '/',
    tag: several ? 'several' : last.group,
  }
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`)
