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

/** Tokens whose signature was checked, oldest first: somebody who works asks with one token many times. */
const checked = new Map<string, AccessToken & { secret: string }>()
const mostChecked = 10_000

/** @throws DomainError unauthenticated when the token is not ours, altered or expired */
export function readAccessToken(secret: string, token: string): AccessToken {
  const known = checked.get(token)
  if (known?.secret === secret && known.expiresAt > Date.now()) {
    const { userId, sessionId, expiresAt } = known
    return { userId, sessionId, expiresAt }
  }
  const read = verify(secret, token)
  checked.set(token, { ...read, secret })
  for (const oldest of checked.keys()) {
    if (checked.size <= mostChecked) break
    checked.delete(oldest)
  }
  return read
}

function verify(secret: string, token: string): AccessToken {
  try {
    const claims = jwt.verify(token, secret, { algorithms: [algorithm], issuer }) as jwt.JwtPayload
    return { userId: claims.sub as string, sessionId: claims.sid as string, expiresAt: (claims.exp as number) * 1000 }
  } catch (cause) {
    throw new DomainError('unauthenticated', 'The access token is not valid, or no longer.', { cause })
  }
}
