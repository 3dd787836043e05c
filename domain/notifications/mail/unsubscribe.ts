/** Unsubscribing from a mail while signed out: by one click in a mail program (RFC 8058), or on a page. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { allowAnyone } from '../../kernel/permission.ts'
import { notFound } from '../../kernel/errors.ts'
import { command, query, type QueryContext, type CommandContext } from '../../kernel/operation.ts'
import { readEmail } from '../../users/account.ts'
import { lockStoredPreferences, storePreferences } from '../preferences.ts'

/** Whose mail to unsubscribe, and of which category; null: all that can be unsubscribed. */
export interface UnsubscribeScope {
  userId: string
  category: string | null
}

/** Not the key of access tokens: signatures made here give no access. */
const deriveKey = (secret: string): Buffer => createHmac('sha256', secret).update('smartstart unsubscribe').digest()
const sign = (secret: string, stop: string): string => createHmac('sha256', deriveKey(secret)).update(stop).digest('base64url')

/** The token in a mail. It does not expire: mail is opened late. */
export function createUnsubscribeToken(secret: string, { userId, category }: UnsubscribeScope): string {
  const stop = `${userId}.${category ?? ''}`
  return `${stop}.${sign(secret, stop)}`
}

/** @throws DomainError not-found when the token is forged or altered */
export function verifyUnsubscribeToken(secret: string, token: string): UnsubscribeScope {
  const [userId = '', category = '', signed = ''] = token.split('.')
  // compared as text: the last base64url character has two unused bits, so as bytes four characters would match
  const [expected, given] = [sign(secret, `${userId}.${category}`), signed].map((text) => Buffer.from(text)) as [Buffer, Buffer]
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw notFound()
  return { userId, category: category || null }
}

const token = z.string().regex(/^[0-9a-f-]{36}\.[a-z_-]{0,32}\.[\w-]{43}$/, 'must be the token of a mail')

/** What a mail offers to unsubscribe from, for the page that asks. */
export interface UnsubscribeOffer extends UnsubscribeScope {
  token: string
  /** The token that unsubscribes from all mail. */
  everything: string
  /** The recipient, as far as it may be shown to anyone who has the mail. */
  email: string
  done: boolean
}

async function readOffer(view: QueryContext, token: string, done: boolean): Promise<UnsubscribeOffer> {
  const stop = verifyUnsubscribeToken(view.ports.tokenSecret, token)
  const email = await readEmail(view, stop.userId)
  if (email === undefined) throw notFound()
  return { ...stop, token, everything: createUnsubscribeToken(view.ports.tokenSecret, { ...stop, category: null }), email, done }
}

/** Returns what a token would unsubscribe from, and changes nothing: mail programs open links by themselves. */
export const getUnsubscribe = query('notifications.getUnsubscribe', {
  input: { token },
  authorize: allowAnyone,
  execute: (view, asked): Promise<UnsubscribeOffer> => readOffer(view, asked.token, false),
})

/** Unsubscribes from a category, or from all mail. Idempotent. */
export const unsubscribe = command('notifications.unsubscribe', {
  input: { token },
  authorize: allowAnyone,
  async execute(work, asked): Promise<UnsubscribeOffer> {
    const offer = await readOffer(work, asked.token, true)
    await disableMail(work, offer)
    return offer
  },
})

/** Switches e-mail off in a person's preferences: for a category, or completely. */
export async function disableMail(work: CommandContext, { userId, category }: UnsubscribeScope): Promise<void> {
  const chosen = await lockStoredPreferences(work, userId)
  const off = { email: false }
  const next =
    category === null
      ? { ...chosen, channels: { ...chosen.channels, ...off } }
      : { ...chosen, categories: { ...chosen.categories, [category]: { ...chosen.categories?.[category], ...off } } }
  await storePreferences(work, userId, next)
}
