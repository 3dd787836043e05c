/** Mail: a delivery's notifications as a letter, to the mail server, or into the outbox where there is none. */
import { sql } from 'kysely'
import type { View } from '../kernel/operation.ts'
import { MailRefused } from '../kernel/outside.ts'
import { User } from '../users/user.ts'
import type { Outcome } from './attempt.ts'
import type { Delivery } from './delivery.ts'
import { type Letter, letterOf } from './letter.ts'
import { pauseAfter } from './pause.ts'
import { linkOf, nothingLeft, type Told, toldBy } from './told.ts'
import { stopToken } from './unsubscribe.ts'

/** Sends a mail, once. Outside any transaction. */
export async function sendMail(view: View, delivery: Delivery, now: Date): Promise<Outcome> {
  const user = await view.em.findOne(User, { id: delivery.userId as string, status: 'active' })
  if (!user) return { state: 'failed', reason: 'Nobody can sign in to this account any more.' }
  const told = await toldBy(view, delivery, now)
  if (told.length === 0) return { state: 'failed', reason: nothingLeft }
  const stop = stopOf(view, user.id, told)
  const letter = letterTo(view, user, told, stop)
  const { mail } = view.ports.outside
  if (!mail) {
    await keep(view, delivery, letter, now)
    return { state: 'sent', reason: 'Kept in the outbox: no mail server is set (SMTP_URL).' }
  }
  try {
    const { code } = await mail({
      id: delivery.id,
      to: delivery.target,
      ...letter,
      unsubscribe: stop && `${view.ports.outside.publicUrl}/api${stop}`,
    })
    return { state: 'sent', code }
  } catch (error) {
    if (!(error instanceof MailRefused)) throw error
    const pause = pauseAfter('email', delivery.attempts, { now })
    const { code, message: reason } = error
    if (error.final || pause === undefined) return { state: 'failed', code, reason }
    return { state: 'queued', pause, code, reason }
  }
}

/** Where such mail is stopped: of its category where all of it has one. What is critical cannot be. */
function stopOf(view: View, userId: string, told: readonly Told[]): string | null {
  if (told.every(({ critical }) => critical)) return null
  return `/notifications/unsubscribe/${stopToken(view.ports.tokenSecret, { userId, category: categoryOf(told) })}`
}

const categoryOf = (told: readonly Told[]): string | null =>
  told.every(({ category }) => category === told[0]?.category) ? (told[0]?.category ?? null) : null

function letterTo(view: View, { name }: User, told: readonly Told[], stop: string | null): Letter {
  const { publicUrl } = view.ports.outside
  const category = categoryOf(told)
  const about = category ? ` about “${category}”` : ''
  return letterOf({
    items: told.map((one) => ({ title: one.title, message: one.message, link: linkOf(one, publicUrl), at: one.createdAt })),
    publicUrl,
    why: stop
      ? `SmartStart sends this to ${name}, by the choices in their preferences.`
      : `SmartStart sends this to ${name}; it is important enough to be sent to everybody.`,
    unsubscribe: stop === null ? null : { url: `${publicUrl}/api${stop}`, label: `Stop e-mail${about}` },
  })
}

async function keep(view: View, { id, target }: Delivery, { subject, text, html }: Letter, now: Date) {
  await sql`insert into outbox_mail (id, created_at, recipient, subject, text, html) values (${id}, ${now}, ${target}, ${subject}, ${text}, ${html})
    on conflict (id) do update set created_at = excluded.created_at, subject = excluded.subject, text = excluded.text, html = excluded.html`.execute(
    view.em.getKysely() as never,
  )
}
