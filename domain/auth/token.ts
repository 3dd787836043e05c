/** Access tokens: signed, short, and only as good as their session. */
import jwt from 'jsonwebtoken'
import { DomainError } from '../kernel/errors.ts'

/** Seconds that an access token is good for. */
export const accessTokenLife = 15 * 60
const issuer = 'smartstart'
const algorithm = 'HS256'

export interface AccessToken {
  userId: string
  sessionId: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

export function signAccessToken(secret: string, { userId, sessionId }: { userId: string; sessionId: string }): string {
  return jwt.sign({ sid: sessionId }, secret, { algorithm, subject: userId, issuer, expiresIn: accessTokenLife })
}

/** @throws DomainError unauthenticated when the token is not ours, altered or expired */
export function readAccessToken(secret: string, token: string): AccessToken {
  try {
    const claims = jwt.verify(token, secret, { algorithms: [algorithm], issuer }) as jwt.JwtPayload
    return { userId: claims.sub as string, sessionId: claims.sid as string, expiresAt: (claims.exp as number) * 1000 }
  } catch (cause) {
    throw new DomainError('unauthenticated', 'The access token is not valid, or no longer.', { cause })
  }
}
