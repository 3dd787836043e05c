/** Bearer token to actor. */
import type { Context } from 'koa'
import { identify, readBearer } from '../domain/auth/session.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import { DomainError } from '../domain/kernel/errors.ts'
import { anonymous, type Operation } from '../domain/kernel/operation.ts'

/** Sets `state.actor`. Without a token one is anonymous; a token that is no good is refused even where none is needed. What looks at the session itself is asked without a look before. */
export function authenticate(domain: Domain, operation: Operation) {
  const asked = 'confirms' in operation ? readBearer : identify
  return async (context: Context): Promise<void> => {
    const header = context.req.headers.authorization
    if (!header) context.state.actor = anonymous
    else {
      const token = /^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1]
      if (!token) throw new DomainError('unauthenticated', 'Authorization takes "Bearer <access token>".')
      context.state.actor = await domain.run(anonymous, asked, { token })
    }
  }
}
