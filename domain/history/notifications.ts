/** Notifications of people who watch a document, when a version is named. */
import type { NotificationBuilder } from '../kernel/manifest/notification.ts'
import { VersionNamed } from './events.ts'

export const buildVersionNotifications: NotificationBuilder<'version.named'> = async (context, { data, actor }) => {
  const { documentName, versionId } = VersionNamed.data.parse(data)
  const version = await context.work.db.selectFrom('document_version').select('name').where('id', '=', versionId).executeTakeFirst()
  if (!version) return []
  const title = `${await context.nameOf(actor)} named a version of ${await context.titleOf(documentName)}`
  const told = { documentName, versionId, link: context.linkTo(documentName) }
  return (await context.readersExcept(documentName, actor))
    .filter(({ level }) => level === 'watching')
    .map(({ userId }) => ({
      userId,
      type: 'version.named' as const,
      title,
      message: version.name,
      data: told,
      subject: documentName,
      actorId: actor,
    }))
}
