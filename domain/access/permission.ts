/** Permissions by a role on a subject, for operations to say: `read`, `comment`, `edit`, `own`. */
import { DomainError, notFound } from '../kernel/errors.ts'
import type { Permission, QueryContext } from '../kernel/operation.ts'
import { requireUserId } from '../kernel/permission.ts'
import { readRole } from './grant.ts'
import { type Role, isAtLeast } from './role.ts'

type SubjectOf<I> = (input: I) => string

/** The actor's role on a subject, also of an agent or a link. @throws DomainError not-found when they have none, so that it looks absent */
export async function getActorRole(view: QueryContext, subject: string): Promise<Role> {
  const role = await readRole(view, subject, view.actor.id ?? requireUserId(view))
  if (!role) throw notFound()
  return role
}

const requireRole =
  <I>(needed: Role, subjectOf: SubjectOf<I>): Permission<I> =>
  async (view, input) => {
    if (view.actor.kind === 'system') return
    const role = await getActorRole(view, subjectOf(input))
    if (!isAtLeast(role, needed)) throw new DomainError('forbidden', `This requires the role ${needed}; your role is ${role}.`)
  }

export const requireViewer = <I>(subjectOf: SubjectOf<I>) => requireRole('viewer', subjectOf)
export const requireCommenter = <I>(subjectOf: SubjectOf<I>) => requireRole('commenter', subjectOf)
export const requireEditor = <I>(subjectOf: SubjectOf<I>) => requireRole('editor', subjectOf)
export const requireOwner = <I>(subjectOf: SubjectOf<I>) => requireRole('owner', subjectOf)
