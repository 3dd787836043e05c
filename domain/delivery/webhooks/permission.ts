/** Permissions of webhooks: the owners of an audience, and each person for their own. */
import { userAudience, platformAudience } from '../../access/audience.ts'
import { requireOwner } from '../../access/permission.ts'
import { isAdmin, requireUserId } from '../../kernel/permission.ts'
import { readRole } from '../../access/grant.ts'
import { readActiveOwners } from '../../access/ownership.ts'
import { DomainError, notFound } from '../../kernel/errors.ts'
import type { QueryContext } from '../../kernel/operation.ts'
import { readAdministratorIds, findActiveUser } from '../../users/account.ts'

/**
 * Requires that the actor may register and change webhooks of an audience.
 * @throws DomainError not-found where the audience is invisible to them, forbidden where they do not own it
 */
export async function requireAudienceOwner(view: QueryContext, audience: string): Promise<void> {
  if (view.actor.kind === 'system') return
  if (audience === platformAudience) {
    requireUserId(view)
    if (!isAdmin(view)) throw new DomainError('forbidden', 'Only administrators can do this.')
  } else if (audience.startsWith('user:')) {
    if (audience !== userAudience(requireUserId(view))) throw notFound()
  } else await requireOwner(() => audience)(view, undefined)
}

/** As `requireAudienceOwner`, for a webhook that may be absent: without access to its audience it looks absent. */
export async function requireWebhookAccess(view: QueryContext, audience: string | undefined): Promise<void> {
  requireUserId(view)
  if (audience === undefined || (audience === platformAudience && !isAdmin(view))) throw notFound()
  await requireAudienceOwner(view, audience)
}

/** Whether a person's account is active and can read an audience. */
export async function canReadAudience(view: QueryContext, audience: string, userId: string): Promise<boolean> {
  const user = await findActiveUser(view, { id: userId })
  if (!user) return false
  if (audience === platformAudience) return user.role === 'admin'
  if (audience.startsWith('user:')) return audience === userAudience(userId)
  return (await readRole(view, audience, userId)) !== undefined
}

/** The active people who may change the webhooks of an audience. */
export async function readAudienceOwners(view: QueryContext, audience: string): Promise<string[]> {
  if (audience.startsWith('user:')) return [audience.slice('user:'.length)]
  if (audience !== platformAudience) return readActiveOwners(view, audience)
  return readAdministratorIds(view)
}
