/**
 * Links of parties without an account: 256 bits, for one party of one envelope, and expiring. The token is derived from the id and the
 * installation's secret when the mail is sent, and only its hash is stored: nobody can read it here, the sender of the envelope included.
 */
import { createHash, createHmac } from 'node:crypto'
import { newId } from '../../kernel/entity.ts'
import type { CommandContext, QueryContext } from '../../kernel/operation.ts'

/** Lifetime of a link where the envelope has no deadline, and of one that gives access to a finished envelope: days. */
const linkLifeDays = 90
const dayMs = 24 * 3600_000

const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')
/** @returns 32 bytes, as base64url */
export const createLinkToken = (secret: string, id: string): string =>
  createHmac('sha256', secret).update(`signing-link:${id}`).digest('base64url')

/** A valid link. */
export interface SigningLink {
  id: string
  party: string
}

/** Creates a link for a party, beside those that they have. @returns its id */
export async function createLink(work: CommandContext, party: string): Promise<string> {
  const id = newId()
  await work.db
    .insertInto('signing_link')
    .values({
      id,
      party,
      hash: hashToken(createLinkToken(work.ports.tokenSecret, id)),
      created_at: work.now,
      expires_at: new Date(work.now.getTime() + linkLifeDays * dayMs),
      ended_at: null,
    })
    .execute()
  return id
}

const selectValid = (view: QueryContext) =>
  view.db.selectFrom('signing_link').select(['id', 'party']).where('ended_at', 'is', null).where('expires_at', '>', view.now.toISOString())

/** The link of a token, if it is valid. */
export const findLink = (view: QueryContext, token: string): Promise<SigningLink | undefined> =>
  selectValid(view).where('hash', '=', hashToken(token)).executeTakeFirst()

/** A link by its id, if it is valid. */
export const findLinkById = (view: QueryContext, id: string): Promise<SigningLink | undefined> =>
  selectValid(view).where('id', '=', id).executeTakeFirst()

/** Ends all links of a party. */
export async function endLinks(work: CommandContext, party: string): Promise<void> {
  await work.db.updateTable('signing_link').set({ ended_at: work.now }).where('party', '=', party).where('ended_at', 'is', null).execute()
}

/** Deletes links, with their codes, a month after they expired. */
export async function forgetOldLinks(work: CommandContext): Promise<void> {
  const before = new Date(work.now.getTime() - 30 * dayMs)
  await work.db.deleteFrom('signing_link').where('expires_at', '<', before.toISOString()).execute()
}
