/** Mails published tree heads to administrators, so that copies exist outside the installation. */
import type { NotificationBuilder } from '../kernel/manifest/notification.ts'
import { readAdministratorIds } from '../users/account.ts'
import { TreeHeadPublished } from './events.ts'

export const buildTreeHeadMail: NotificationBuilder<'audit.tree-head'> = async ({ work }, { data }) => {
  const { size, root, hash, at, signature } = TreeHeadPublished.data.parse(data)
  const message = [
    'Keep this message. With it you can show later whether rows of the audit log were replaced or removed:',
    `GET /api/audit/check?size=${size}&root=${root}`,
    JSON.stringify({ size, root, hash, at, signature }),
  ].join('\n')
  return (await readAdministratorIds(work)).map((userId) => ({
    userId,
    type: 'audit.tree-head',
    title: `Audit log: ${size} ${size === 1 ? 'row' : 'rows'} on ${at.slice(0, 10)}`,
    message,
    data: { size, root },
    subject: null,
    actorId: null,
  }))
}
