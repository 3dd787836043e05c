/** Messages as they are read: by their number, which is the same for all. */
import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { defineEntity, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { query, type View } from '../kernel/operation.ts'
import { type Page, paging } from '../kernel/page.ts'
import { mayRead } from './conversation.ts'

/** Kinds of the first SmartStart (facts 5.1, MessageType). */
export const messageKinds = ['GENERAL', 'ANNOUNCEMENT', 'QUESTION', 'UPDATE', 'CELEBRATION'] as const
export type MessageKind = (typeof messageKinds)[number]

const MessageSchema = defineEntity({
  name: 'Message',
  tableName: 'message',
  properties: {
    id: p.uuid().primary(),
    conversation: p.uuid(),
    seq: p.bigint('number'),
    userId: p.uuid(),
    kind: p.string().length(16).$type<MessageKind>(),
    text: p.string().length(5000),
    /** What is searched; written by statements of its own. */
    words: p.string().columnType('tsvector').nullable().lazy(),
    mentions: p.array().columnType('uuid[]'),
    /** The message that it replies to. */
    threadId: p.uuid().nullable(),
    replies: p.integer(),
    repliedAt: p.datetime().length(3).nullable(),
    createdAt: p.datetime().length(3),
    editedAt: p.datetime().length(3).nullable(),
    deletedAt: p.datetime().length(3).nullable(),
  },
})
/** Something said. `seq` is its place in its conversation: 1, 2, 3, … without gaps; a deleted one keeps its place. */
export class Message extends MessageSchema.class {}
MessageSchema.setClass(Message)

/** A message as it is shown. */
export interface MessageSeen {
  id: string
  conversationId: string
  seq: number
  userId: string
  name: string
  kind: MessageKind
  text: string
  mentions: string[]
  threadId: string | null
  replies: number
  repliedAt: Date | null
  files: { id: string; name: string; size: number }[]
  reactions: { emoji: string; userIds: string[] }[]
  createdAt: Date
  editedAt: Date | null
  deletedAt: Date | null
}

type Row = Omit<MessageSeen, 'files' | 'reactions' | 'seq'> & { seq: string | number }

const moment = (at: Date | string | null) => (at === null ? null : new Date(at))

/**
 * Messages with what hangs on them.
 * @param condition on `m`, the message
 * @param order after `order by`, and what limits it
 */
export async function messagesWhere(view: View, condition: RawBuilder<unknown>, order: RawBuilder<unknown>): Promise<MessageSeen[]> {
  const kysely = view.em.getKysely() as never
  const { rows } = await sql<Row>`
    select m.id, m.conversation as "conversationId", m.seq, m.user_id as "userId", u.name, m.kind, m.text, m.mentions::text[] as mentions,
      m.thread_id as "threadId", m.replies, m.replied_at as "repliedAt",
      m.created_at as "createdAt", m.edited_at as "editedAt", m.deleted_at as "deletedAt"
    from message m join "user" u on u.id = m.user_id where ${condition} order by ${order}`.execute(kysely)
  if (rows.length === 0) return []
  const ids = sql`${sql.val(rows.map(({ id }) => id))}::uuid[]`
  const reactions = await sql<{ messageId: string; emoji: string; userIds: string[] }>`
    select message_id as "messageId", emoji, array_agg(user_id::text order by at, user_id) as "userIds"
    from message_reaction where message_id = any(${ids}) group by message_id, emoji order by min(at), emoji`.execute(kysely)
  const files = await sql<{ messageId: string; id: string; name: string; size: number }>`
    select message_id as "messageId", id, name, size from message_file where message_id = any(${ids}) order by id`.execute(kysely)
  return rows.map((row) => ({
    ...row,
    seq: Number(row.seq),
    repliedAt: moment(row.repliedAt),
    createdAt: new Date(row.createdAt),
    editedAt: moment(row.editedAt),
    deletedAt: moment(row.deletedAt),
    reactions: reactions.rows.filter(({ messageId }) => messageId === row.id).map(({ emoji, userIds }) => ({ emoji, userIds })),
    files: files.rows.filter(({ messageId }) => messageId === row.id).map(({ id, name, size }) => ({ id, name, size })),
  }))
}

/** One message as it is now. @throws DomainError not-found */
export async function messageSeen(view: View, id: string): Promise<MessageSeen> {
  const [seen] = await messagesWhere(view, sql`m.id = ${id}`, sql`m.id`)
  if (!seen) throw notFound()
  return seen
}

export const ofMessage = { conversationId: z.uuid(), messageId: z.uuid() }

export const getMessage = query('messaging.getMessage', {
  input: ofMessage,
  may: mayRead,
  async does(view, { conversationId, messageId }): Promise<MessageSeen> {
    const { id } = await view.em.findOneOrFail(Message, { id: messageId, conversation: conversationId })
    return messageSeen(view, id)
  },
})

const Seq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** A cursor of messages is the number of the last one. @throws DomainError invalid-input */
function readPlace(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  const fields = [{ path: 'cursor', message: 'not a cursor' }]
  throw new DomainError('invalid-input', 'The cursor is not one that a list answered.', { fields })
}

/**
 * The messages of a conversation, newest first; with `after`, those that came after a number, oldest first. Replies are in the list of
 * their thread, and with `replies` in this one too.
 */
export const listMessages = query('messaging.listMessages', {
  input: {
    ...paging,
    conversationId: z.uuid(),
    after: Seq.optional().describe('messages after this number, oldest first'),
    threadId: z.uuid().optional().describe('the replies to one message'),
    replies: z.stringbool().default(false).describe('replies too, each at its place'),
  },
  may: mayRead,
  async does(view, { conversationId, after, threadId, replies, cursor, limit }): Promise<Page<MessageSeen>> {
    const place = readPlace(cursor)
    const rising = after !== undefined
    const which = threadId ? sql`m.thread_id = ${threadId}` : replies ? sql`true` : sql`m.thread_id is null`
    const start = rising ? sql`m.seq > ${place ?? after}` : place === undefined ? sql`true` : sql`m.seq < ${place}`
    const rows = await messagesWhere(
      view,
      sql`m.conversation = ${conversationId} and ${which} and ${start}`,
      rising ? sql`m.seq limit ${limit + 1}` : sql`m.seq desc limit ${limit + 1}`,
    )
    const items = rows.slice(0, limit)
    return { items, nextCursor: rows.length > limit ? String(items.at(-1)?.seq) : null }
  },
})
