/** Access tokens of people without an account who opened a link: signed and short-lived. */
import jwt from 'jsonwebtoken'
import { z } from 'zod'
import type { TokenActor } from '../kernel/actor.ts'
import { DomainError } from '../kernel/errors.ts'
import { query, type QueryContext } from '../kernel/operation.ts'
import { allowAnyone } from '../kernel/permission.ts'

/** Lifetime of such a token, seconds: long enough to read and sign a long document. */
export const linkTokenLifeSeconds = 60 * 60
const prefix = 'link.'
const issuer = 'smartstart-link'
const algorithm = 'HS256'
const Claims = z.object({ sub: z.uuid(), lid: z.uuid(), exp: z.number() })

export const isLinkToken = (token: string): boolean => token.startsWith(prefix)

/** @param holderId what the holder of the link acts as, such as a party of an envelope */
export const signLinkToken = (secret: string, { holderId, linkId }: { holderId: string; linkId: string }): string =>
  prefix + jwt.sign({ lid: linkId }, secret, { algorithm, subject: holderId, issuer, expiresIn: linkTokenLifeSeconds })

/** The holder of a link token, by its signature alone: operations that links may run check that the link is still valid. */
export const identifyLink = query('auth.identifyLink', {
  input: { token: z.string().max(4096) },
  authorize: allowAnyone,
  async execute({ ports }: QueryContext, { token }): Promise<TokenActor> {
    try {
      const verified = jwt.verify(token.slice(prefix.length), ports.tokenSecret, { algorithms: [algorithm], issuer })
      const { sub, lid, exp } = Claims.parse(verified)
      return { kind: 'link', id: sub, credential: { kind: 'token', tokenId: lid, expiresAt: exp * 1000 } }
    } catch (cause) {
      throw new DomainError('unauthenticated', 'The access of this link has expired. Open the link again.', { cause })
    }
  },
})
