/** Notifications of people who watch a venture, when it changes. */
import type { NotificationBuilder } from '../kernel/manifest/notification.ts'
import { VentureChanged } from './events.ts'

export const buildVentureNotifications: NotificationBuilder<'venture.updated'> = async (context, { data, actor, subject }) => {
  const { ventureId, name } = VentureChanged.data.parse(data)
  const title = `${await context.nameOf(actor)} changed ${name}`
  return (await context.readersExcept(subject, actor))
    .filter(({ level }) => level === 'watching')
    .map(({ userId }) => ({
      userId,
      type: 'venture.updated' as const,
      title,
      message: '',
      data: { ventureId, link: context.linkTo(subject) },
      subject,
      actorId: actor,
    }))
}
