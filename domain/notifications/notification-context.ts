/** What notification builders read, and how they change earlier notifications. */
import { sql } from 'kysely'
import type { NotificationContext } from '../kernel/manifest/notification.ts'
import { linkTo, readTitles } from '../kernel/manifest/registry.ts'
import type { CommandContext } from '../kernel/operation.ts'
import { readNames } from '../users/display-name.ts'
import { lockInboxes, emitInboxCounts } from './counts.ts'
import { readersOf } from './watch.ts'

export function createNotificationContext(work: CommandContext): NotificationContext {
  const about = (key: string, id: string) => sql<boolean>`data ? ${sql.lit(key)} and data ->> ${sql.lit(key)} = ${id}`
  return {
    work,
    linkTo,
    readersOf: (subject) => readersOf(work, subject),
    lockInboxes: (userIds) => lockInboxes(work, userIds),
    sendCounts: (userIds) => emitInboxCounts(work, userIds),
    async nameOf(userId) {
      if (userId === null) return 'SmartStart'
      return (await readNames(work, [userId]))(userId)
    },
    async titleOf(subject) {
      return (await readTitles(work, [subject])).get(subject) ?? 'something that no longer exists'
    },
    async readersExcept(subject, actorId) {
      return (await readersOf(work, subject)).filter(({ userId }) => userId !== actorId)
    },
    async replaceMentions({ text, mentions }) {
      const nameOf = await readNames(work, mentions)
      return text.replace(
        /@\[([0-9a-f-]{36})\]/gi,
        (_, id: string) => `@${mentions.includes(id.toLowerCase()) ? nameOf(id.toLowerCase()) : 'somebody'}`,
      )
    },
    async findNotified(key, id) {
      const rows = await work.db.selectFrom('notification').select('user_id').distinct().where(about(key, id)).execute()
      return new Set(rows.map(({ user_id }) => user_id))
    },
    async deleteNotifications(key, id) {
      const users = [...(await this.findNotified(key, id))]
      await lockInboxes(work, users)
      await work.db.deleteFrom('notification').where(about(key, id)).execute()
      await emitInboxCounts(work, users)
    },
    async markRead(userId, conversationId, upToSeq) {
      await lockInboxes(work, [userId])
      const changed = await work.db
        .updateTable('notification')
        .set({ read_at: work.now, seen_at: (is) => is.fn.coalesce('seen_at', sql<string>`${work.now.toISOString()}::timestamptz`) })
        .where('user_id', '=', userId)
        .where('read_at', 'is', null)
        .where('archived_at', 'is', null)
        .where(sql<boolean>`data ->> 'conversationId' = ${conversationId} and (data ->> 'seq')::int <= ${upToSeq}`)
        .returning('id')
        .execute()
      if (changed.length > 0) await emitInboxCounts(work, [userId])
    },
  }
}
