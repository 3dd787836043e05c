/** Who may have a program told of what an audience hears: its owners, and each person for themself. */
import { ownAudience, platform } from '../access/audience.ts'
import { isAdmin, own, userOf } from '../access/permission.ts'
import { roleOn } from '../access/grant.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import type { View } from '../kernel/operation.ts'
import { User } from '../users/user.ts'

/**
 * Asks whether the actor may register webhooks for an audience, and change those that are.
 * @throws DomainError not-found where the audience is invisible to them, forbidden where they do not own it
 */
export async function mayOwnAudience(view: View, audience: string): Promise<void> {
  if (view.actor.kind === 'system') return
  if (audience === platform) {
    userOf(view)
    if (!isAdmin(view)) throw new DomainError('forbidden', 'Only administrators may.')
  } else if (audience.startsWith('user:')) {
    if (audience !== ownAudience(userOf(view))) throw notFound()
  } else await own(() => audience)(view, undefined)
}

/** As `mayOwnAudience`, for one thing that may be absent: to those who cannot see its audience it is. */
export async function mayOwnThingOf(view: View, audience: string | undefined): Promise<void> {
  userOf(view)
  if (audience === undefined || (audience === platform && !isAdmin(view))) throw notFound()
  await mayOwnAudience(view, audience)
}

/** Whether a person has an account still and may read what an audience hears. */
export async function mayStillHear(view: View, audience: string, userId: string): Promise<boolean> {
  const user = await view.em.findOne(User, { id: userId, status: 'active' })
  if (!user) return false
  if (audience === platform) return user.role === 'admin'
  if (audience.startsWith('user:')) return audience === ownAudience(userId)
  return (await roleOn(view, audience, userId)) !== undefined
}
