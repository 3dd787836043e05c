/** Notifications about comments: for mentioned people, participants of the thread, and watchers of the document. */
import { sql } from 'kysely'
import type { z } from 'zod'
import type { NotificationInput, NotificationBuilder, NotificationContext } from '../kernel/manifest/notification.ts'
import type { CamelRow, TableRow } from '../kernel/db/table-row.ts'
import type { CommandContext } from '../kernel/operation.ts'
import { CommentChanged } from './events.ts'

type CommentNotice = NotificationInput<'comment.mentioned' | 'comment.created' | 'comment.replied' | 'comment.resolved'>

type CommentEvent = z.output<typeof CommentChanged.data>

type CommentRow = CamelRow<'comment', 'user_id' | 'text' | 'mentions'> & { first: boolean }

export const buildCommentNotifications: NotificationBuilder<CommentNotice['type']> = async (context, { data, actor }) => {
  const told = CommentChanged.data.parse(data)
  if (told.change === 'added' || told.change === 'edited') return buildCommentAdded(context, told)
  if (told.change === 'resolved') return buildResolved(context, told, actor)
  // deleted text stays in no inbox
  if (told.change === 'deleted' && told.commentId) await context.deleteNotifications('commentId', told.commentId)
  return []
}

async function buildCommentAdded(
  context: NotificationContext,
  { documentName, threadId, commentId, change }: CommentEvent,
): Promise<CommentNotice[]> {
  const { work } = context
  // locked, so that an edit or deletion waits for these notifications and finds them
  const { rows } = await sql<CommentRow>`
    select c.user_id as "userId", c.text, c.mentions::text[] as mentions,
      t.suggestion is null and not exists (select 1 from comment o where o.thread_id = c.thread_id and o.id < c.id) as first
    from comment c join comment_thread t on t.id = c.thread_id
    where c.id = ${commentId} and t.id = ${threadId} and t.document = split_part(${documentName}, ':', 2)::uuid
    for no key update of c`.execute(work.db)
  const said = rows[0]
  if (!said || !commentId) return []
  const notified = await context.findNotified('commentId', commentId)
  const participantIds = await participants(work, threadId)
  const [name, title] = [await context.nameOf(said.userId), await context.titleOf(documentName)]
  const message = await context.replaceMentions(said)
  const data = { documentName, threadId, commentId, link: context.linkTo(documentName, `thread=${threadId}`) }
  const notice = (userId: string, type: CommentNotice['type'], what: string): CommentNotice => ({
    userId,
    type,
    title: `${name} ${what} ${title}`,
    message,
    data,
    subject: documentName,
    actorId: said.userId,
  })
  return (await context.readersExcept(documentName, said.userId)).flatMap(({ userId, level }) => {
    if (notified.has(userId)) return []
    if (said.mentions.includes(userId)) return [notice(userId, 'comment.mentioned', 'mentioned you in')]
    if (level === 'muted' || change === 'edited') return []
    if (participantIds.has(userId) && !said.first) return [notice(userId, 'comment.replied', 'replied in')]
    return level === 'watching' ? [notice(userId, 'comment.created', 'commented on')] : []
  })
}

async function buildResolved(
  context: NotificationContext,
  { documentName, threadId }: CommentEvent,
  actor: string | null,
): Promise<CommentNotice[]> {
  const { work } = context
  const { rows } = await sql<TableRow<'comment_thread', 'quote'> & TableRow<'comment', 'text' | 'mentions'>>`
    select t.quote, c.text, c.mentions::text[] as mentions from comment_thread t join comment c on c.thread_id = t.id
    where t.id = ${threadId} and t.document = split_part(${documentName}, ':', 2)::uuid and t.state = 'resolved'
      -- a decision on a suggestion resolves its thread and notifies by itself
      and t.suggestion is null
    order by c.id limit 1`.execute(work.db)
  const [thread] = rows
  if (!thread) return []
  const participantIds = await participants(work, threadId)
  const title = `${await context.nameOf(actor)} resolved a thread in ${await context.titleOf(documentName)}`
  const message = await context.replaceMentions(thread)
  return (await context.readersExcept(documentName, actor))
    .filter(({ userId, level }) => level === 'watching' || (level === 'participating' && participantIds.has(userId)))
    .map(({ userId }) => ({
      userId,
      type: 'comment.resolved' as const,
      title,
      message,
      data: { documentName, threadId, link: context.linkTo(documentName, `thread=${threadId}`) },
      subject: documentName,
      actorId: actor,
    }))
}

/** People who commented in a thread or were mentioned there, and the author of the suggestion that it discusses. */
async function participants(work: CommandContext, threadId: string): Promise<Set<string>> {
  const { rows } = await sql<{ userId: string }>`
    select user_id::text as "userId" from comment where thread_id = ${threadId}
    union select unnest(mentions)::text from comment where thread_id = ${threadId}
    union select suggestion_author::text from comment_thread where id = ${threadId} and suggestion_author is not null`.execute(work.db)
  return new Set(rows.map(({ userId }) => userId))
}
