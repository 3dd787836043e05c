/** Bearer token to actor. */
import type { Context, Next } from 'koa'
import { identify } from '../domain/auth/session.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import { DomainError } from '../domain/kernel/errors.ts'
import { anonymous } from '../domain/kernel/operation.ts'

/** Sets `state.actor`. Without a token one is anonymous; a token that is no good is refused even where none is needed. */
export function authenticate(domain: Domain) {
  return async (context: Context, next: Next): Promise<void> => {
    const header = context.get('Authorization')
    if (!header) context.state.actor = anonymous
    else {
      const token = /^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1]
      if (!token) throw new DomainError('unauthenticated', 'Authorization takes "Bearer <access token>".')
      context.state.actor = await domain.run(anonymous, identify, { token })
    }
    await next()
  }
}
