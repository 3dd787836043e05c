/** Stopping mail from the mail itself, signed out: by one click of a mail program (RFC 8058), or on a page. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import { anyone } from '../access/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type View, type Work } from '../kernel/operation.ts'

/** Whose mail is to stop, and of which category; null: all that may be stopped. */
export interface Stop {
  userId: string
  category: string | null
}

/** Not the key of access tokens: what is signed here opens nothing. */
const keyOf = (secret: string): Buffer => createHmac('sha256', secret).update('smartstart unsubscribe').digest()
const signature = (secret: string, stop: string): string => createHmac('sha256', keyOf(secret)).update(stop).digest('base64url')

/** What a mail bears to be stopped by. It does not expire: mail is opened late. */
export function stopToken(secret: string, { userId, category }: Stop): string {
  const stop = `${userId}.${category ?? ''}`
  return `${stop}.${signature(secret, stop)}`
}

/** @throws DomainError not-found when the token is not ours, or altered */
export function readStop(secret: string, token: string): Stop {
  const [userId = '', category = '', signed = ''] = token.split('.')
  // as texts: of the bytes that they stand for, the last sign has two bits too many, and four signs would do
  const [expected, given] = [signature(secret, `${userId}.${category}`), signed].map((text) => Buffer.from(text)) as [Buffer, Buffer]
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw notFound()
  return { userId, category: category || null }
}

const token = z.string().regex(/^[0-9a-f-]{36}\.[a-z_-]{0,32}\.[\w-]{43}$/, 'takes the token of a mail')

/** What a mail offers to stop, and what else could be stopped: for the page that asks. */
export interface StopOffer extends Stop {
  token: string
  /** Stops everything. */
  everything: string
  /** Whose mail it is, as far as it may be shown to whoever has the mail. */
  email: string
  done: boolean
}

async function offerOf(view: View, token: string, done: boolean): Promise<StopOffer> {
  const stop = readStop(view.ports.tokenSecret, token)
  const { rows } = await sql<{ email: string }>`select email from "user" where id = ${stop.userId} and status <> 'deleted'`.execute(
    view.em.getKysely() as never,
  )
  if (!rows[0]) throw notFound()
  return { ...stop, token, everything: stopToken(view.ports.tokenSecret, { ...stop, category: null }), email: rows[0].email, done }
}

/** Says what a token would stop, and stops nothing: mail programs open links by themselves. */
export const getUnsubscribe = query('notifications.getUnsubscribe', {
  input: { token },
  may: anyone,
  does: (view, asked): Promise<StopOffer> => offerOf(view, asked.token, false),
})

/** Stops mail of a category, or all. Doing it twice is doing it once. */
export const unsubscribe = command('notifications.unsubscribe', {
  input: { token },
  may: anyone,
  async does(work, asked): Promise<StopOffer> {
    const offer = await offerOf(work, asked.token, true)
    await unsubscribed(work, offer)
    return offer
  },
})

/** Switches e-mail off in somebody's preferences: of a category, or wholly. */
export async function unsubscribed(work: Work, { userId, category }: Stop): Promise<void> {
  const db = work.em.getKysely() as never
  await sql`insert into notification_preference (user_id, chosen, updated_at) values (${userId}, '{}', ${work.now}) on conflict do nothing`.execute(
    db,
  )
  const { rows } = await sql<{ chosen: Record<string, any> }>`
    select chosen from notification_preference where user_id = ${userId} for update`.execute(db)
  const chosen = rows[0]?.chosen
  if (!chosen) throw new DomainError('conflict', 'The account has ended.')
  const off = { email: false }
  const next =
    category === null
      ? { ...chosen, channels: { ...chosen.channels, ...off } }
      : { ...chosen, categories: { ...chosen.categories, [category]: { ...chosen.categories?.[category], ...off } } }
  await sql`update notification_preference set chosen = ${JSON.stringify(next)}::jsonb, updated_at = ${work.now} where user_id = ${userId}`.execute(
    db,
  )
}
