/** What is told of messages: direct ones, those that mention somebody, replies to who takes part. Nothing that its reader has read there already. */
import { sql } from 'kysely'
import { MessageChanged, MessageSent, SeenMoved } from '../messaging/events.ts'
import type { Work } from '../kernel/operation.ts'
import { holdInboxes, tellCounts } from './count.ts'
import type { KindName } from './kind.ts'
import type { Notice } from './notification.ts'
import { nameOf, type Telling, titleOf, withNames } from './telling.ts'
import { readersOf } from './watch.ts'

interface Said {
  threadId: string | null
  text: string
  mentions: string[]
  subject: string | null
  name: string | null
  people: string[] | null
  /** Who takes part in its thread. */
  taking: string[]
}

async function find(work: Work, messageId: string): Promise<Said | undefined> {
  const { rows } = await sql<Said>`
    select m.text, m.thread_id as "threadId", m.mentions::text[] as mentions, c.subject, c.name, c.people::text[] as people,
      array(select o.user_id::text from message o where m.thread_id is not null and (o.id = m.thread_id or o.thread_id = m.thread_id)) as taking
    from message m join conversation c on c.id = m.conversation
    where m.id = ${messageId} and m.deleted_at is null
    for no key update of m`.execute(work.em.getKysely() as never)
  return rows[0]
}

/** Whom a message concerns, and as what. */
async function addressees(work: Work, { subject, people, mentions, taking }: Said): Promise<[userId: string, type: KindName][]> {
  if (subject === null) return (people ?? []).map((userId) => [userId, 'message.direct'])
  return (await readersOf(work, subject)).flatMap(({ userId, level }): [string, KindName][] => {
    if (mentions.includes(userId)) return [[userId, 'message.mentioned']]
    return taking.includes(userId) && level !== 'muted' ? [[userId, 'message.replied']] : []
  })
}

/**
 * Those who have not read up to the message. Their inboxes are taken before that is asked: whoever reads it only then waits, and finds there
 * what is told now.
 */
async function unreadBy(work: Work, conversationId: string, seq: number, addressed: [userId: string, type: KindName][]) {
  if (addressed.length === 0) return []
  const users = addressed.map(([userId]) => userId)
  await holdInboxes(work, users)
  const { rows } = await sql<{ userId: string }>`
    select user_id as "userId" from conversation_seen
    where conversation = ${conversationId} and seq >= ${seq} and user_id = any(${sql.val(users)}::uuid[])`.execute(
    work.em.getKysely() as never,
  )
  const readers = new Set(rows.map(({ userId }) => userId))
  return addressed.filter(([userId]) => !readers.has(userId))
}

export const tellOfMessage: Telling = async (work, { data }) => {
  const { conversationId, messageId, userId: actorId, seq } = MessageSent.data.parse(data)
  const said = await find(work, messageId)
  if (!said) return []
  const { subject, name, threadId } = said
  const who = await nameOf(work, actorId)
  const where = subject && `${name ? `#${name} of ` : ''}${await titleOf(work, subject)}`
  const message = (await withNames(work, said)) || 'A file'
  const titles: Partial<Record<KindName, string>> = {
    'message.direct': `${who} wrote to you`,
    'message.mentioned': `${who} mentioned you in ${where}`,
    'message.replied': `${who} replied in ${where}`,
  }
  const about = { message, subject, actorId, together: `conversation:${conversationId}`, quotes: true as const }
  const link = `/conversations/${conversationId}?message=${messageId}${threadId ? `&thread=${threadId}` : ''}`
  const told = { conversationId, messageId, seq, link }
  const others = (await addressees(work, said)).filter(([userId]) => userId !== actorId)
  return (await unreadBy(work, conversationId, seq, others)).map(
    ([userId, type]): Notice => ({ ...about, userId, type, title: titles[type] as string, data: told }),
  )
}

/** What was deleted there stays in nobody's inbox. */
export const tellOfChange: Telling = async (work, { data }) => {
  const { messageId } = MessageChanged.data.parse(data)
  const kysely = work.em.getKysely() as never
  const deleted = await sql`select 1 from message where id = ${messageId} and deleted_at is not null`.execute(kysely)
  if (deleted.rows.length === 0) return []
  const about = sql`data ? 'messageId' and data ->> 'messageId' = ${messageId}`
  const { rows } = await sql<{ userId: string }>`select distinct user_id as "userId" from notification where ${about}`.execute(kysely)
  const users = rows.map(({ userId }) => userId)
  await holdInboxes(work, users)
  await sql`delete from notification where ${about}`.execute(kysely)
  await tellCounts(work, users)
  return []
}

/** What somebody reads there they need not read again in their inbox. */
export const followReading: Telling = async (work, { data, audience }) => {
  const { conversationId, seq } = SeenMoved.data.parse(data)
  const userId = audience.find((name) => name.startsWith('user:'))?.slice('user:'.length)
  if (!userId) return []
  await holdInboxes(work, [userId])
  const at = sql`${work.now.toISOString()}::timestamptz`
  const { rows } = await sql`
    update notification set read_at = ${at}, seen_at = coalesce(seen_at, ${at})
    where user_id = ${userId} and read_at is null and archived_at is null
      and data ->> 'conversationId' = ${conversationId} and (data ->> 'seq')::int <= ${seq}
    returning id`.execute(work.em.getKysely() as never)
  if (rows.length > 0) await tellCounts(work, [userId])
  return []
}
