/** Who may, for operations to say: `read`, `comment`, `edit`, `own` a subject; signed in, oneself, administrators, anyone. */
import { DomainError, notFound } from '../kernel/errors.ts'
import type { Permission, View } from '../kernel/operation.ts'
import { roleOn } from './grant.ts'
import { type Role, reaches } from './role.ts'

type SubjectOf<I> = (input: I) => string

/** @throws DomainError unauthenticated when nobody is signed in */
export function userOf(view: View): string {
  if (view.actor.kind !== 'user') throw new DomainError('unauthenticated', 'Sign in first.')
  return view.actor.userId
}

/** The actor's role on a subject. @throws DomainError not-found when they hold none, so that it looks absent */
export async function roleOfActor(view: View, subject: string): Promise<Role> {
  const role = await roleOn(view, subject, userOf(view))
  if (!role) throw notFound()
  return role
}

const atLeast =
  <I>(needed: Role, subjectOf: SubjectOf<I>): Permission<I> =>
  async (view, input) => {
    if (view.actor.kind === 'system') return
    const role = await roleOfActor(view, subjectOf(input))
    if (!reaches(role, needed)) throw new DomainError('forbidden', `This takes the role ${needed}; yours is ${role}.`)
  }

export const read = <I>(subjectOf: SubjectOf<I>) => atLeast('viewer', subjectOf)
export const comment = <I>(subjectOf: SubjectOf<I>) => atLeast('commenter', subjectOf)
export const edit = <I>(subjectOf: SubjectOf<I>) => atLeast('editor', subjectOf)
export const own = <I>(subjectOf: SubjectOf<I>) => atLeast('owner', subjectOf)

export const signedIn: Permission<unknown> = (view) => {
  if (view.actor.kind !== 'system') userOf(view)
}

export const anyone: Permission<unknown> = () => {}

/** Only SmartStart itself. */
export const systemOnly: Permission<unknown> = (view) => {
  if (view.actor.kind !== 'system') throw new DomainError('forbidden', 'This is not asked from outside.')
}

/** Administrators, and the person themself. To others the person looks absent. */
export const selfOrAdmin =
  <I>(userIdOf: (input: I) => string): Permission<I> =>
  (view, input) => {
    if (view.actor.kind === 'system') return
    const userId = userOf(view)
    if (userId !== userIdOf(input) && !isAdmin(view)) throw new DomainError('forbidden', 'Only they themselves and administrators may.')
  }

export const isAdmin = (view: View): boolean => view.actor.kind === 'user' && view.actor.admin

export const adminOnly: Permission<unknown> = (view) => {
  if (view.actor.kind === 'system') return
  userOf(view)
  if (!isAdmin(view)) throw new DomainError('forbidden', 'Only administrators may.')
}
