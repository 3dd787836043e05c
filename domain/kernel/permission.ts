/** Permissions by the actor alone: signed in, oneself, administrators, allowAnyone, SmartStart itself. Those by a role are in `domain/access`. */
import type { PersonActor } from './actor.ts'
import { DomainError } from './errors.ts'
import type { Permission, QueryContext } from './operation.ts'

function personOf({ actor }: QueryContext): PersonActor {
  if (actor.kind === 'person') return actor
  if (actor.id === null) throw new DomainError('unauthenticated', 'Sign in first.')
  throw new DomainError('forbidden', 'This requires a person with an account.')
}

/**
 * The id of the person who runs the operation.
 * @throws DomainError unauthenticated for an anonymous actor, forbidden for agents and links
 */
export const requireUserId = (view: QueryContext): string => personOf(view).id

/** The session with which the person signed in. @throws as `requireUserId` */
export const requireSessionId = (view: QueryContext): string => personOf(view).credential.sessionId

export const requireSignedIn: Permission<unknown> = (view) => {
  if (view.actor.kind !== 'system') requireUserId(view)
}

export const allowAnyone: Permission<unknown> = () => {}

/** Only SmartStart itself. */
export const requireSystem: Permission<unknown> = (view) => {
  if (view.actor.kind !== 'system') throw new DomainError('forbidden', 'This operation is internal.')
}

/** Administrators, and the person themself. */
export const requireSelfOrAdmin =
  <I>(userIdOf: (input: I) => string): Permission<I> =>
  (view, input) => {
    if (view.actor.kind === 'system') return
    const userId = requireUserId(view)
    if (userId !== userIdOf(input) && !isAdmin(view))
      throw new DomainError('forbidden', 'Only administrators and the person themself can do this.')
  }

export const isAdmin = (view: QueryContext): boolean => view.actor.kind === 'person' && view.actor.admin

export const requireAdmin: Permission<unknown> = (view) => {
  if (view.actor.kind === 'system') return
  requireUserId(view)
  if (!isAdmin(view)) throw new DomainError('forbidden', 'Only administrators can do this.')
}
