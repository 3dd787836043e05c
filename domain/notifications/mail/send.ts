/** Sends a letter or a delivery's notifications by mail: to the mail server, or to the outbox where none is configured. */
import type { PreparationContext, QueryContext } from '../../kernel/operation.ts'
import { MailRejectedError } from '../../kernel/outbound.ts'
import { findActiveUser } from '../../users/account.ts'
import type { User } from '../../users/user.ts'
import type { Delivery, Outcome } from '../../delivery/delivery.ts'
import { type RenderedLetter, renderMail } from './template.ts'
import { retryDelayMs } from '../../delivery/backoff.ts'
import { getRegistered } from '../../kernel/manifest/registry.ts'
import { Letters } from './letter.ts'
import { absoluteLink, nothingToDeliver, type DeliverableNotification, loadForDelivery } from '../delivery-content.ts'
import { createUnsubscribeToken } from './unsubscribe.ts'

/** Sends a mail, once. Outside any transaction. */
export async function sendMail(view: PreparationContext, delivery: Delivery, now: Date): Promise<Outcome> {
  const written = delivery.letter
    ? await renderLetter(view, delivery.letter, delivery.letterId as string)
    : await renderNotifications(view, delivery, now)
  if ('reason' in written) return { state: 'failed', reason: written.reason }
  const { mail: letter, unsubscribePath } = written
  const { mail } = view.ports.outbound
  if (!mail) {
    await storeInOutbox(view, delivery, letter, now)
    return { state: 'sent', reason: 'Stored in the outbox: no mail server is configured (SMTP_URL).' }
  }
  try {
    const { code } = await mail({
      id: delivery.id,
      to: delivery.target,
      ...letter,
      unsubscribe: unsubscribePath && `${view.ports.outbound.publicUrl}/api${unsubscribePath}`,
    })
    return { state: 'sent', code }
  } catch (error) {
    if (!(error instanceof MailRejectedError)) throw error
    const pause = retryDelayMs('email', delivery.attempts, { now })
    const { code, message: reason } = error
    if (error.permanent || pause === undefined) return { state: 'failed', code, reason }
    return { state: 'queued', delayMs: pause, code, reason }
  }
}

/** A mail and the path to unsubscribe from such mail; or why it is not sent. */
type RenderedMail = { mail: RenderedLetter; unsubscribePath: string | null } | { reason: string }

async function renderLetter(view: QueryContext, kind: string, id: string): Promise<RenderedMail> {
  const letter = getRegistered(Letters).find((registered) => registered.kind === kind)
  if (!letter) return { reason: `No part of this version sends letters of the kind ${kind}.` }
  const rendered = await letter.render(view, id)
  return 'reason' in rendered ? rendered : { mail: rendered, unsubscribePath: null }
}

async function renderNotifications(view: QueryContext, delivery: Delivery, now: Date): Promise<RenderedMail> {
  const user = await findActiveUser(view, { id: delivery.userId as string })
  if (!user) return { reason: 'This account is no longer active.' }
  const told = await loadForDelivery(view, delivery, now)
  if (told.length === 0) return { reason: nothingToDeliver }
  const stop = createUnsubscribePath(view, user.id, told)
  return { mail: renderNotificationMail(view, user, told, stop), unsubscribePath: stop }
}

/** The path to unsubscribe: from a category where all notifications have the same one. Critical ones cannot be unsubscribed from. */
function createUnsubscribePath(view: QueryContext, userId: string, told: readonly DeliverableNotification[]): string | null {
  if (told.every(({ critical }) => critical)) return null
  return `/notifications/unsubscribe/${createUnsubscribeToken(view.ports.tokenSecret, { userId, category: commonCategory(told) })}`
}

const commonCategory = (told: readonly DeliverableNotification[]): string | null =>
  told.every(({ category }) => category === told[0]?.category) ? (told[0]?.category ?? null) : null

function renderNotificationMail(
  view: QueryContext,
  { name }: User,
  told: readonly DeliverableNotification[],
  stop: string | null,
): RenderedLetter {
  const { publicUrl } = view.ports.outbound
  const category = commonCategory(told)
  const about = category ? ` about “${category}”` : ''
  return renderMail({
    items: told.map((one) => ({ title: one.title, message: one.message, link: absoluteLink(one, publicUrl), at: one.createdAt })),
    publicUrl,
    why: stop
      ? `SmartStart sends this to ${name}, because of their notification preferences.`
      : `SmartStart sends this to ${name}; critical notifications are always sent.`,
    unsubscribe: stop === null ? null : { url: `${publicUrl}/api${stop}`, label: `Stop e-mail${about}` },
  })
}

async function storeInOutbox(
  { autocommit }: PreparationContext,
  { id, target }: Delivery,
  { subject, text, html }: RenderedLetter,
  now: Date,
) {
  const kept = { created_at: now, recipient: target, subject, text, html }
  await autocommit.db
    .insertInto('outbox_mail')
    .values({ id, ...kept })
    // one that is sent again takes the place of itself
    .onConflict((sent) => sent.column('id').doUpdateSet(kept))
    .execute()
}
