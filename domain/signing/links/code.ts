/** Codes by mail: six digits that show that the person who opened a link reads the mail of its party. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import { linkTokenLifeSeconds, signLinkToken } from '../../auth/link-token.ts'
import { queueDelivery } from '../../delivery/delivery.ts'
import { newId } from '../../kernel/entity.ts'
import { DomainError, notFound } from '../../kernel/errors.ts'
import { command, type PreparationContext, type QueryContext } from '../../kernel/operation.ts'
import { allowAnyone } from '../../kernel/permission.ts'
import { findLink, type SigningLink } from './link.ts'
import { Party } from '../party.ts'

const codeLifeMs = 10 * 60_000
/** Wrong codes after which a code is used up. */
const maxTries = 5
/** Codes that are sent for one link in an hour: at most 25 guesses of a million numbers. */
const maxCodesPerHour = 5

const Token = z.string().min(1).max(200)

/** The six digits of a code. */
export const createCode = (secret: string, id: string): string =>
  String(createHmac('sha256', secret).update(`signing-code:${id}`).digest().readUIntBE(0, 6) % 1_000_000).padStart(6, '0')

async function requireLink(view: QueryContext, token: string): Promise<SigningLink> {
  const link = await findLink(view, token)
  if (!link) throw notFound()
  return link
}

/** Where a code was sent. */
export interface SentCode {
  /** The party's address without most of its letters. */
  email: string
  /** Seconds for which the code is valid. */
  expiresIn: number
}

/** Sends a code to the mail address of a link's party. Earlier codes end. @throws DomainError not-found, rate-limited */
export const sendCode = command('signing.sendCode', {
  input: { token: Token },
  authorize: allowAnyone,
  async execute(work, { token }): Promise<SentCode> {
    const link = await requireLink(work, token)
    // locked, so that codes that are asked for at once are counted
    await work.db.selectFrom('signing_link').select('id').where('id', '=', link.id).forUpdate().execute()
    const since = new Date(work.now.getTime() - 3600_000)
    const sent = await work.db
      .selectFrom('signing_code')
      .select('id')
      .where('link', '=', link.id)
      .where('created_at', '>', since.toISOString())
      .execute()
    if (sent.length >= maxCodesPerHour)
      throw new DomainError('rate-limited', 'Too many codes were sent for this link. Try again in an hour.', { retryAfter: 3600 })
    const id = newId()
    await work.db.updateTable('signing_code').set({ expires_at: work.now }).where('link', '=', link.id).execute()
    await work.db
      .insertInto('signing_code')
      .values({ id, link: link.id, created_at: work.now, expires_at: new Date(work.now.getTime() + codeLifeMs), tries: 0, used_at: null })
      .execute()
    const { email } = await work.em.findOneOrFail(Party, link.party)
    queueDelivery(work, { channel: 'email', target: email, letter: 'signing-code', letterId: id })
    return { email: maskAddress(email), expiresIn: codeLifeMs / 1000 }
  },
})

/** `ann@example.org` as `a•••@example.org`. */
function maskAddress(email: string): string {
  const at = email.lastIndexOf('@')
  return `${String.fromCodePoint(email.codePointAt(0) ?? 0x2022)}•••${email.slice(at)}`
}

/** The access that a link and its code give. */
export interface LinkAccess {
  accessToken: string
  /** Seconds. */
  expiresIn: number
  partyId: string
  envelopeId: string
}

/**
 * Exchanges a link and its code for an access token. Each wrong code is counted, whatever happens later; a code works once.
 * @throws DomainError not-found for a link that is unknown or ended, unauthenticated for a wrong or expired code
 */
export const openLink = command('signing.openLink', {
  input: { token: Token, code: z.string().regex(/^\d{6}$/, 'takes six digits') },
  authorize: allowAnyone,
  writesBeforeCommit: true,
  async prepare(view, { token, code }): Promise<SigningLink> {
    const link = await requireLink(view, token)
    await useCode(view, link, code)
    return link
  },
  async execute(work, _input, link): Promise<LinkAccess> {
    const party = await work.em.findOneOrFail(Party, link.party)
    return {
      accessToken: signLinkToken(work.ports.tokenSecret, { holderId: party.id, linkId: link.id }),
      expiresIn: linkTokenLifeSeconds,
      partyId: party.id,
      envelopeId: party.envelope,
    }
  },
})

async function useCode({ autocommit, now, ports }: PreparationContext, link: SigningLink, given: string): Promise<void> {
  const { db } = autocommit
  const valid = db
    .updateTable('signing_code')
    .where('link', '=', link.id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now.toISOString())
  // counted before it is compared, so that guesses at once are counted
  const tried = await valid
    .set((row) => ({ tries: row('tries', '+', 1) }))
    .where('tries', '<', maxTries)
    .returning(['id', 'tries'])
    .executeTakeFirst()
  if (!tried) throw new DomainError('unauthenticated', 'This code has expired. Ask for a new one.')
  if (!timingSafeEqual(Buffer.from(createCode(ports.tokenSecret, tried.id)), Buffer.from(given))) {
    const left = maxTries - tried.tries
    throw new DomainError(
      'unauthenticated',
      left > 0 ? `This code is wrong. Tries left: ${left}.` : 'This code is wrong. Ask for a new one.',
    )
  }
  const used = await valid.set({ used_at: now }).where('id', '=', tried.id).returning('id').executeTakeFirst()
  if (!used) throw new DomainError('unauthenticated', 'This code was used. Ask for a new one.')
}
