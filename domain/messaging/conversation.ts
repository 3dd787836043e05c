/** Conversations: channels of a space or a venture, and direct ones between people; who may read, write and look after them. */
import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { holdersOf, roleOfRank, subjectsHeldBy } from '../access/grant.ts'
import { roleOfActor, read, signedIn, userOf } from '../access/permission.ts'
import { reaches, type Role } from '../access/role.ts'
import { mentionedIn } from '../documents/comment.ts'
import { defineEntity, identity, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { type Permission, query, type View, type Work } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { ConversationChanged } from './events.ts'

const ConversationSchema = defineEntity({
  name: 'Conversation',
  tableName: 'conversation',
  properties: {
    ...identity(),
    /** `space:<id>` or `venture:<id>`, whose roles hold in the channel; null for a direct conversation. */
    subject: p.string().nullable(),
    name: p.string().length(80).nullable(),
    general: p.boolean(),
    /** The people of a direct conversation, in order of their ids; null for a channel. */
    people: p.array().columnType('uuid[]').nullable(),
    /** The number of its newest message. */
    head: p.bigint('number'),
    saidAt: p.datetime().length(3),
    archivedAt: p.datetime().length(3).nullable(),
    version: p.integer().version(),
  },
})
/** A place where people write to each other. */
export class Conversation extends ConversationSchema.class {}
ConversationSchema.setClass(Conversation)

/** A conversation as somebody sees it. */
export interface ConversationSeen {
  conversation: Conversation
  role: Role
  /** What the space or venture of a channel is called. */
  place: string | null
  people: { id: string; name: string }[]
  /** The number of the message up to which they have read. */
  seen: number
  /** What others said since, and how much of it mentions them: at most `mostCounted`, which means so many or more. */
  unread: number
  mentions: number
}

/** Nobody reads the difference between 100 and 1,000 unread messages, and counting them costs. */
export const mostCounted = 100

/** What a channel may belong to. */
export const ChannelSubject = z
  .string()
  .regex(/^(?:space|venture):[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'takes space:<uuid> or venture:<uuid>')

const directRole: Role = 'editor'

/** The actor's role in a conversation; in a direct one all are equal. @throws DomainError not-found when it is not for them */
export async function roleIn(view: View, { subject, people }: Conversation): Promise<Role> {
  const userId = userOf(view)
  if (subject) return roleOfActor(view, subject)
  if (!people?.includes(userId)) throw notFound()
  return directRole
}

const atLeast =
  (needed: Role): Permission<{ conversationId: string }> =>
  async (view, { conversationId }) => {
    const userId = userOf(view)
    const conversation = await view.em.findOne(Conversation, conversationId)
    if (!userId || !conversation) throw notFound()
    const role = await roleIn(view, conversation)
    if (!reaches(role, needed)) throw new DomainError('forbidden', `This takes the role ${needed}; yours is ${role}.`)
  }

/** Who may read the subject, or is one of the people. */
export const mayRead = atLeast('viewer')
/** Commenters and up, or the people of a direct conversation. */
export const mayWrite = atLeast('commenter')
/** Editors and up. */
export const mayTend = atLeast('editor')

/** Who hears what happens in it: the readers of its subject, or each of its people. */
export const audienceOf = ({ subject, people }: Conversation): string[] =>
  subject ? [subject] : (people ?? []).map((userId) => `user:${userId}`)

/** What its events are about. */
export const subjectOf = ({ id, subject }: Conversation): string => subject ?? `conversation:${id}`

export function tellChanged(work: Work, conversation: Conversation): void {
  const told = { subject: subjectOf(conversation), audience: audienceOf(conversation) }
  work.emit(ConversationChanged, { ...told, data: { conversationId: conversation.id } })
}

/** Whom a text mentions, of those who may read the conversation; others are not told of it, and cannot be found out by it. */
export async function mentionsIn(view: View, { subject, people }: Conversation, text: string): Promise<string[]> {
  const named = mentionedIn(text)
  if (named.size === 0) return []
  const readers = subject ? (await holdersOf(view, subject)).map(({ userId }) => userId) : (people ?? [])
  return readers.filter((userId) => named.has(userId))
}

/** A statement's part, after `with recursive`: `reached(id, rank)`, the conversations that a person may read, and their role's rank. */
export const conversationsOf = (userId: string): RawBuilder<unknown> =>
  sql`${subjectsHeldBy(userId)}, mine(id, rank) as (
    select c.id, held.rank from held join conversation c on c.subject = held.name
    union all
    select id, ${sql.lit(3)} from conversation where people @> array[${userId}]::uuid[]
  )`

interface Row {
  id: string
  rank: number
  place: string | null
  saidAt: Date | string
  seen: string | number
  unread: number
  mentions: number
}

/** Conversations as the actor sees them, those last written in first. */
async function seenWhere(view: View, condition: RawBuilder<unknown>, limit: number): Promise<(ConversationSeen & { at: string })[]> {
  const userId = userOf(view)
  const others = sql`m.conversation = c.id and m.seq > coalesce(s.seq, 0) and m.user_id <> ${userId} and m.deleted_at is null`
  const { rows } = await sql<Row>`
    with recursive ${conversationsOf(userId)}
    select c.id, mine.rank, d.title as place, c.said_at as "saidAt", coalesce(s.seq, 0) as seen,
      (select count(*)::int from (select 1 from message m where ${others} limit ${sql.lit(mostCounted)}) counted) as unread,
      (select count(*)::int from (
        select 1 from message m where ${others} and m.mentions <> '{}' and ${userId} = any(m.mentions) limit ${sql.lit(mostCounted)}
      ) counted) as mentions
    from mine join conversation c on c.id = mine.id
    left join document d on d.id = split_part(c.subject, ':', 2)::uuid
    left join conversation_seen s on s.conversation = c.id and s.user_id = ${userId}
    where ${condition}
    order by c.said_at desc, c.id desc limit ${limit}`.execute(view.em.getKysely() as never)
  const ids = rows.map(({ id }) => id)
  const found = new Map((await view.em.find(Conversation, { id: { $in: ids } })).map((one) => [one.id, one]))
  const names = await namesOf(view, [...new Set([...found.values()].flatMap(({ people }) => people ?? []))])
  return rows.flatMap((row) => {
    const conversation = found.get(row.id)
    if (!conversation) return []
    return {
      conversation,
      role: roleOfRank(Number(row.rank)),
      place: row.place,
      people: (conversation.people ?? []).map((id) => ({ id, name: names.get(id) ?? '' })),
      seen: Number(row.seen),
      unread: row.unread,
      mentions: row.mentions,
      at: new Date(row.saidAt).toISOString(),
    }
  })
}

async function namesOf(view: View, ids: string[]): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: string; name: string }>`
    select id, name from "user" where id = any(${sql.val(ids)}::uuid[])`.execute(view.em.getKysely() as never)
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** One conversation as the actor sees it, with what the transaction has written. @throws DomainError not-found */
export async function seenOf(view: View, id: string): Promise<ConversationSeen> {
  const [seen] = await seenWhere(view, sql`c.id = ${id}`, 1)
  if (!seen) throw notFound()
  return seen
}

export const getConversation = query('messaging.getConversation', {
  input: { conversationId: z.uuid() },
  may: mayRead,
  does: (view, { conversationId }): Promise<ConversationSeen> => seenOf(view, conversationId),
})

const mayList = read(({ subject }: { subject: string }) => subject)

/** One's conversations, those last written in first; of one space or venture where `subject` says which. */
export const listConversations = query('messaging.listConversations', {
  input: {
    ...paging,
    subject: ChannelSubject.optional().describe('the channels of one space or venture'),
    kind: z.enum(['channel', 'direct']).optional(),
    archived: z.stringbool().default(false).describe('those that were archived, instead'),
  },
  may: (view, { subject }) => (subject ? mayList(view, { subject }) : signedIn(view, undefined)),
  async does(view, { subject, kind, archived, limit, cursor }): Promise<Page<ConversationSeen>> {
    const after = readCursor(cursor)
    const condition = sql`
      ${subject ? sql`c.subject = ${subject}` : sql`true`}
      and ${kind ? (kind === 'direct' ? sql`c.subject is null` : sql`c.subject is not null`) : sql`true`}
      and c.archived_at is ${archived ? sql`not null` : sql`null`}
      and ${after ? sql`(c.said_at, c.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql`true`}`
    const rows = await seenWhere(view, condition, limit + 1)
    return pageOf(
      rows,
      limit,
      ({ at, conversation }) => ({ at, id: conversation.id }),
      (seen): ConversationSeen => seen,
    )
  },
})
