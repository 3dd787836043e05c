/** Messages as they are read, ordered by sequence number. */
import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { anyUuid } from '../kernel/db/any-uuid.ts'
import type { CamelRow, TableRow } from '../kernel/db/table-row.ts'
import { defineEntity, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { query, type QueryContext } from '../kernel/operation.ts'
import { type Page, paging } from '../kernel/pagination.ts'
import { readNames } from '../users/display-name.ts'
import { requireConversationReader } from './conversation.ts'

/** Kinds of messages, as clients name them. */
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
    /** The search index of the text; written by statements of its own. */
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
/** A message. `seq` is its place in its conversation: 1, 2, 3, … without gaps; a deleted one keeps its place. */
export class Message extends MessageSchema.class {}
MessageSchema.setClass(Message)

/** A message with its author, files and reactions. */
export interface MessageDetails {
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

type Row = CamelRow<
  'message',
  | 'id'
  | 'seq'
  | 'user_id'
  | 'kind'
  | 'text'
  | 'mentions'
  | 'thread_id'
  | 'replies'
  | 'replied_at'
  | 'created_at'
  | 'edited_at'
  | 'deleted_at'
> & { conversationId: TableRow<'message', 'conversation'>['conversation'] }

const toDate = (at: string | null) => (at === null ? null : new Date(at))

/**
 * Reads messages with their files and reactions.
 * @param condition on `m`, the message
 * @param order the part after `order by`, with the limit
 */
export async function findMessages(
  view: QueryContext,
  condition: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
): Promise<MessageDetails[]> {
  const { db } = view
  const { rows } = await sql<Row>`
    select m.id, m.conversation as "conversationId", m.seq, m.user_id as "userId", m.kind, m.text, m.mentions::text[] as mentions,
      m.thread_id as "threadId", m.replies, m.replied_at as "repliedAt",
      m.created_at as "createdAt", m.edited_at as "editedAt", m.deleted_at as "deletedAt"
    from message m where ${condition} order by ${order}`.execute(db)
  if (rows.length === 0) return []
  const nameOf = await readNames(
    view,
    rows.map(({ userId }) => userId),
  )
  const ids = anyUuid(rows.map(({ id }) => id))
  const reactions = await db
    .selectFrom('message_reaction')
    .select(['message_id', 'emoji', sql<string[]>`array_agg(user_id::text order by at, user_id)`.as('userIds')])
    .where('message_id', '=', ids)
    .groupBy(['message_id', 'emoji'])
    .orderBy((is) => is.fn.min('at'))
    .orderBy('emoji')
    .execute()
  const files = await db
    .selectFrom('message_file')
    .select(['message_id', 'id', 'name', 'size'])
    .where('message_id', '=', ids)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    ...row,
    seq: Number(row.seq),
    name: nameOf(row.userId),
    kind: row.kind as MessageKind,
    repliedAt: toDate(row.repliedAt),
    createdAt: new Date(row.createdAt),
    editedAt: toDate(row.editedAt),
    deletedAt: toDate(row.deletedAt),
    reactions: reactions.filter(({ message_id }) => message_id === row.id).map(({ emoji, userIds }) => ({ emoji, userIds })),
    files: files.filter(({ message_id }) => message_id === row.id).map(({ id, name, size }) => ({ id, name, size })),
  }))
}

/** One message as it is now. @throws DomainError not-found */
export async function readMessage(view: QueryContext, id: string): Promise<MessageDetails> {
  const [seen] = await findMessages(view, sql`m.id = ${id}`, sql`m.id`)
  if (!seen) throw notFound()
  return seen
}

export const messageInput = { conversationId: z.uuid(), messageId: z.uuid() }

export const getMessage = query('messaging.getMessage', {
  input: messageInput,
  authorize: requireConversationReader,
  async execute(view, { conversationId, messageId }): Promise<MessageDetails> {
    const { id } = await view.em.findOneOrFail(Message, { id: messageId, conversation: conversationId })
    return readMessage(view, id)
  },
})

const Seq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER)

/** The cursor of a list of messages is the last sequence number. @throws DomainError invalid-input */
function parseSequenceCursor(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  if (/^\d{1,15}$/.test(cursor)) return Number(cursor)
  const fields = [{ path: 'cursor', message: 'not a cursor' }]
  throw new DomainError('invalid-input', 'The cursor is invalid. Use a nextCursor that a list returned.', { fields })
}

/**
 * The messages of a conversation, newest first; with `after`, those after a number, oldest first. Replies are in the list of their thread,
 * and with `replies` in this one, too.
 */
export const listMessages = query('messaging.listMessages', {
  input: {
    ...paging,
    conversationId: z.uuid(),
    after: Seq.optional().describe('messages after this number, oldest first'),
    threadId: z.uuid().optional().describe('the replies to one message'),
    replies: z.stringbool().default(false).describe('replies, too, each at its place'),
  },
  authorize: requireConversationReader,
  async execute(view, { conversationId, after, threadId, replies, cursor, limit }): Promise<Page<MessageDetails>> {
    const place = parseSequenceCursor(cursor)
    const rising = after !== undefined
    const which = threadId ? sql`m.thread_id = ${threadId}` : replies ? sql`true` : sql`m.thread_id is null`
    const start = rising ? sql`m.seq > ${place ?? after}` : place === undefined ? sql`true` : sql`m.seq < ${place}`
    const rows = await findMessages(
      view,
      sql`m.conversation = ${conversationId} and ${which} and ${start}`,
      rising ? sql`m.seq limit ${limit + 1}` : sql`m.seq desc limit ${limit + 1}`,
    )
    const items = rows.slice(0, limit)
    return { items, nextCursor: rows.length > limit ? String(items.at(-1)?.seq) : null }
  },
})
