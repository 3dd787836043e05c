/** Authenticates requests by bearer token. */
import type { Context } from 'koa'
import { identifyLink, isLinkToken } from '../../domain/auth/link-token.ts'
import { identify, verifyTokenSignature } from '../../domain/auth/session.ts'
import type { Executor } from '../../domain/kernel/executor.ts'
import { DomainError } from '../../domain/kernel/errors.ts'
import { anonymous } from '../../domain/kernel/actor.ts'
import type { Operation } from '../../domain/kernel/operation.ts'

/** Sets `state.actor`: anonymous without a token. An invalid token is refused even where none is needed. Operations that check the session themselves get only the signature checked. */
export function authenticate(domain: Executor, operation: Operation) {
  const verifyToken = 'verifiesSession' in operation ? verifyTokenSignature : identify
  return async (context: Context): Promise<void> => {
    const header = context.req.headers.authorization
    if (!header) context.state.actor = anonymous
    else {
      const token = /^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1]
      if (!token) throw new DomainError('unauthenticated', 'The Authorization header must be "Bearer <access token>".')
      context.state.actor = isLinkToken(token)
        ? await domain.run(anonymous, identifyLink, { token })
        : await domain.run(anonymous, verifyToken, { token })
    }
  }
}
