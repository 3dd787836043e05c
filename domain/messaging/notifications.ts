/** Notifications about messages: direct ones, mentions, and replies in threads of participants; none that the person has read already. */
import { sql } from 'kysely'
import type { NotificationBuilder, NotificationContext, NotificationInput, NotificationUpdate } from '../kernel/manifest/notification.ts'
import { anyUuid } from '../kernel/db/any-uuid.ts'
import type { CamelRow, TableRow } from '../kernel/db/table-row.ts'
import type { CommandContext } from '../kernel/operation.ts'
import { MessageChanged, MessageSent, ConversationRead } from './events.ts'

type MessageNotification = 'message.direct' | 'message.mentioned' | 'message.replied'
type Addressee = [userId: string, type: MessageNotification]

type MessageRow = CamelRow<'message', 'thread_id' | 'text' | 'mentions'> &
  TableRow<'conversation', 'subject' | 'name' | 'people'> & {
    /** Participants of its thread. */
    taking: string[]
  }

async function lockMessageRow(work: CommandContext, messageId: string): Promise<MessageRow | undefined> {
  const { rows } = await sql<MessageRow>`
    select m.text, m.thread_id as "threadId", m.mentions::text[] as mentions, c.subject, c.name, c.people::text[] as people,
      array(select o.user_id::text from message o where m.thread_id is not null and (o.id = m.thread_id or o.thread_id = m.thread_id)) as taking
    from message m join conversation c on c.id = m.conversation
    where m.id = ${messageId} and m.deleted_at is null
    for no key update of m`.execute(work.db)
  return rows[0]
}

/** The recipients of a message, with the type of notification. */
async function findAddressees(context: NotificationContext, { subject, people, mentions, taking }: MessageRow): Promise<Addressee[]> {
  if (subject === null) return (people ?? []).map((userId) => [userId, 'message.direct'])
  return (await context.readersOf(subject)).flatMap(({ userId, level }): Addressee[] => {
    if (mentions.includes(userId)) return [[userId, 'message.mentioned']]
    return taking.includes(userId) && level !== 'muted' ? [[userId, 'message.replied']] : []
  })
}

/**
 * Filters out people who have read the message. Their inboxes are locked first: someone who reads it at the same time waits, and then finds
 * the notification and marks it as read.
 */
async function filterUnread(context: NotificationContext, conversationId: string, seq: number, addressed: Addressee[]) {
  if (addressed.length === 0) return []
  const users = addressed.map(([userId]) => userId)
  await context.lockInboxes(users)
  const rows = await context.work.db
    .selectFrom('conversation_seen')
    .select('user_id')
    .where('conversation', '=', conversationId)
    .where('seq', '>=', String(seq))
    .where('user_id', '=', anyUuid(users))
    .execute()
  const readers = new Set(rows.map(({ user_id }) => user_id))
  return addressed.filter(([userId]) => !readers.has(userId))
}

export const buildMessageNotifications: NotificationBuilder<MessageNotification> = async (context, { data }) => {
  const { conversationId, messageId, userId: actorId, seq } = MessageSent.data.parse(data)
  const said = await lockMessageRow(context.work, messageId)
  if (!said) return []
  const { subject, name, threadId } = said
  const who = await context.nameOf(actorId)
  const where = subject && `${name ? `#${name} of ` : ''}${await context.titleOf(subject)}`
  const message = (await context.replaceMentions(said)) || 'A file'
  const titles = {
    'message.direct': `${who} wrote to you`,
    'message.mentioned': `${who} mentioned you in ${where}`,
    'message.replied': `${who} replied in ${where}`,
  }
  const common = {
    message,
    subject,
    actorId,
    groupKey: `conversation:${conversationId}`,
    quotesPerson: true,
  } satisfies Partial<NotificationInput>
  const link = `/conversations/${conversationId}?message=${messageId}${threadId ? `&thread=${threadId}` : ''}`
  const payload = { conversationId, messageId, seq, link }
  const others = (await findAddressees(context, said)).filter(([userId]) => userId !== actorId)
  return (await filterUnread(context, conversationId, seq, others)).map(([userId, type]) => ({
    ...common,
    userId,
    type,
    title: titles[type],
    data: payload,
  }))
}

/** Deletes the notifications of a deleted message. */
export const deleteMessageNotifications: NotificationUpdate['update'] = async (context, { data }) => {
  const { messageId } = MessageChanged.data.parse(data)
  const message = await context.work.db.selectFrom('message').select('deleted_at').where('id', '=', messageId).executeTakeFirst()
  if (message && message.deleted_at !== null) await context.deleteNotifications('messageId', messageId)
}

/** Marks the notifications of messages as read that a person has read in the conversation. */
export const markReadNotifications: NotificationUpdate['update'] = async (context, { data, audience }) => {
  const { conversationId, seq } = ConversationRead.data.parse(data)
  const userId = audience.find((name) => name.startsWith('user:'))?.slice('user:'.length)
  if (userId) await context.markRead(userId, conversationId, seq)
}
