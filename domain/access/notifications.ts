/** Notifications about a person's access. */
import type { NotificationBuilder } from '../kernel/manifest/notification.ts'
import { AccessChanged } from './events.ts'

const roleMessages: Record<string, string> = {
  viewer: 'You can read it.',
  commenter: 'You can comment on it.',
  editor: 'You can edit it.',
  owner: 'You own it.',
}

export const buildAccessNotifications: NotificationBuilder<'team.invitation' | 'team.role-changed' | 'team.access-ended'> = async (
  context,
  { data, actor },
) => {
  const { subject, userId, role, was } = AccessChanged.data.parse(data)
  if (was === role || userId === actor) {
    if (role === null) await context.sendCounts([userId])
    return []
  }
  const canRead = (await context.readersOf(subject)).some((reader) => reader.userId === userId)
  const [name, title] = [await context.nameOf(actor), await context.titleOf(subject)]
  const common = { userId, actorId: actor, data: { subject, role, link: context.linkTo(subject) } }
  if (!canRead) {
    if (role !== null) return []
    // they can read nothing about the subject any more, so only its title is named
    const notice = { ...common, data: { subject, role }, type: 'team.access-ended' as const, subject: null }
    return [{ ...notice, title: `Your access to ${title} has ended`, message: `${name} removed you.` }]
  }
  const message = role === null ? 'You still have access through its parent.' : (roleMessages[role] ?? '')
  if (was === null) return [{ ...common, type: 'team.invitation', subject, title: `${name} shared ${title} with you`, message }]
  return [{ ...common, type: 'team.role-changed', subject, title: `${name} changed your role in ${title}`, message }]
}
