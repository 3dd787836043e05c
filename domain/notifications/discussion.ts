/** What is told of comments: to those mentioned, those who take part in a thread, those who watch the document. */
import { sql } from 'kysely'
import type { z } from 'zod'
import { CommentChanged } from '../documents/events.ts'
import type { HeardEvent } from '../kernel/events.ts'
import type { Work } from '../kernel/operation.ts'
import { holdInboxes, tellCounts } from './count.ts'
import type { KindName } from './kind.ts'
import type { Notice } from './notification.ts'
import { linkTo, nameOf, others, titleOf, withNames } from './telling.ts'

type Told = z.output<typeof CommentChanged.data>

interface Said {
  userId: string
  text: string
  mentions: string[]
  first: boolean
}

export async function tellOfComment(work: Work, { data, actor }: HeardEvent): Promise<Notice[]> {
  const told = CommentChanged.data.parse(data)
  if (told.change === 'said' || told.change === 'edited') return tellSaid(work, told)
  if (told.change === 'resolved') return tellResolved(work, told, actor)
  if (told.change === 'deleted') await forgetComment(work, told)
  return []
}

async function tellSaid(work: Work, { documentName, threadId, commentId, change }: Told): Promise<Notice[]> {
  const kysely = work.em.getKysely() as never
  // its edit, or its deletion, waits for what is told of it, and finds that
  const { rows } = await sql<Said>`
    select c.user_id as "userId", c.text, c.mentions::text[] as mentions,
      not exists (select 1 from comment o where o.thread_id = c.thread_id and o.id < c.id) as first
    from comment c join comment_thread t on t.id = c.thread_id
    where c.id = ${commentId} and t.id = ${threadId} and t.document = split_part(${documentName}, ':', 2)::uuid
    for no key update of c`.execute(kysely)
  const said = rows[0]
  if (!said || !commentId) return []
  const { rows: heard } = await sql<{ userId: string }>`
    select user_id as "userId" from notification where data ? 'commentId' and data ->> 'commentId' = ${commentId}`.execute(kysely)
  const knowing = new Set(heard.map(({ userId }) => userId))
  const taking = await participants(work, threadId)
  const [name, title] = [await nameOf(work, said.userId), await titleOf(work, documentName)]
  const message = await withNames(work, said)
  const data = { documentName, threadId, commentId, link: linkTo(documentName, `thread=${threadId}`) }
  const notice = (userId: string, type: KindName, what: string): Notice => ({
    userId,
    type,
    title: `${name} ${what} ${title}`,
    message,
    data,
    subject: documentName,
    actorId: said.userId,
  })
  return (await others(work, documentName, said.userId)).flatMap(({ userId, level }) => {
    if (knowing.has(userId)) return []
    if (said.mentions.includes(userId)) return [notice(userId, 'comment.mentioned', 'mentioned you in')]
    if (level === 'muted' || change === 'edited') return []
    if (taking.has(userId) && !said.first) return [notice(userId, 'comment.replied', 'replied in')]
    return level === 'watching' ? [notice(userId, 'comment.created', 'commented on')] : []
  })
}

async function tellResolved(work: Work, { documentName, threadId }: Told, actor: string | null): Promise<Notice[]> {
  const { rows } = await sql<{ quote: string | null; text: string; mentions: string[] }>`
    select t.quote, c.text, c.mentions::text[] as mentions from comment_thread t join comment c on c.thread_id = t.id
    where t.id = ${threadId} and t.document = split_part(${documentName}, ':', 2)::uuid and t.state = 'resolved'
    order by c.id limit 1`.execute(work.em.getKysely() as never)
  const [thread] = rows
  if (!thread) return []
  const taking = await participants(work, threadId)
  const title = `${await nameOf(work, actor)} resolved a thread in ${await titleOf(work, documentName)}`
  const message = await withNames(work, thread)
  return (await others(work, documentName, actor))
    .filter(({ userId, level }) => level === 'watching' || (level === 'participating' && taking.has(userId)))
    .map(({ userId }) => ({
      userId,
      type: 'comment.resolved',
      title,
      message,
      data: { documentName, threadId, link: linkTo(documentName, `thread=${threadId}`) },
      subject: documentName,
      actorId: actor,
    }))
}

/** Words that were deleted stay in nobody's inbox. */
async function forgetComment(work: Work, { commentId }: Told): Promise<void> {
  const kysely = work.em.getKysely() as never
  const about = sql`data ? 'commentId' and data ->> 'commentId' = ${commentId}`
  const { rows } = await sql<{ userId: string }>`select distinct user_id as "userId" from notification where ${about}`.execute(kysely)
  const users = rows.map(({ userId }) => userId)
  await holdInboxes(work, users)
  await sql`delete from notification where ${about}`.execute(kysely)
  await tellCounts(work, users)
}

/** Who said something in a thread, or was mentioned there. */
async function participants(work: Work, threadId: string): Promise<Set<string>> {
  const { rows } = await sql<{ userId: string }>`
    select user_id::text as "userId" from comment where thread_id = ${threadId}
    union select unnest(mentions)::text from comment where thread_id = ${threadId}`.execute(work.em.getKysely() as never)
  return new Set(rows.map(({ userId }) => userId))
}
