/** Access tokens: signed, short-lived, and valid only while their session is. */
import jwt from 'jsonwebtoken'
import { z } from 'zod'
import { DomainError } from '../kernel/errors.ts'

/** Lifetime of an access token, seconds. */
export const accessTokenLifeSeconds = 15 * 60
const issuer = 'smartstart'
const algorithm = 'HS256'

/** Required claims. `jwt.verify` accepts a token without an expiry. */
const Claims = z.object({ sub: z.uuid(), sid: z.uuid(), exp: z.number() })

export interface AccessToken {
  userId: string
  sessionId: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

export function signAccessToken(secret: string, { userId, sessionId }: { userId: string; sessionId: string }): string {
  return jwt.sign({ sid: sessionId }, secret, { algorithm, subject: userId, issuer, expiresIn: accessTokenLifeSeconds })
}

/** Tokens whose signature was verified, oldest first: a client sends the same token many times. */
const verifiedTokens = new Map<string, AccessToken & { secret: string }>()
const maxCachedTokens = 10_000

/** @throws DomainError unauthenticated when the token is forged, altered or expired */
export function verifyAccessToken(secret: string, token: string): AccessToken {
  const known = verifiedTokens.get(token)
  if (known?.secret === secret && known.expiresAt > Date.now()) {
    const { userId, sessionId, expiresAt } = known
    return { userId, sessionId, expiresAt }
  }
  const read = parseAccessToken(secret, token)
  verifiedTokens.set(token, { ...read, secret })
  for (const oldest of verifiedTokens.keys()) {
    if (verifiedTokens.size <= maxCachedTokens) break
    verifiedTokens.delete(oldest)
  }
  return read
}

function parseAccessToken(secret: string, token: string): AccessToken {
  try {
    const { sub, sid, exp } = Claims.parse(jwt.verify(token, secret, { algorithms: [algorithm], issuer }))
    return { userId: sub, sessionId: sid, expiresAt: exp * 1000 }
  } catch (cause) {
    throw new DomainError('unauthenticated', 'The access token is invalid or expired.', { cause })
  }
}
