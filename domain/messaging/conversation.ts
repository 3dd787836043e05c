/** Conversations: channels of a space or venture, and direct ones between people; with their permissions. */
import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { rankToRole, heldSubjectsCte } from '../access/ancestry.ts'
import { readMembers } from '../access/grant.ts'
import { getActorRole, requireViewer } from '../access/permission.ts'
import { requireSignedIn, requireUserId } from '../kernel/permission.ts'
import { isAtLeast, type Role } from '../access/role.ts'
import { hasMentions, mentionedReaders } from '../comments/mentions.ts'
import type { CamelRow, TableRow } from '../kernel/db/table-row.ts'
import { defineEntity, identity, p } from '../kernel/entity.ts'
import { filterSubjectKinds, SubjectName, readTitles } from '../kernel/manifest/registry.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { type Permission, query, type QueryContext, type CommandContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { readNames } from '../users/display-name.ts'
import { ConversationChanged } from './events.ts'

const ConversationSchema = defineEntity({
  name: 'Conversation',
  tableName: 'conversation',
  properties: {
    ...identity(),
    /** `space:<id>` or `venture:<id>`, whose roles apply to the channel; null for a direct conversation. */
    subject: p.string().nullable(),
    name: p.string().length(80).nullable(),
    general: p.boolean(),
    /** The people of a direct conversation, sorted by id; null for a channel. */
    people: p.array().columnType('uuid[]').nullable(),
    /** The sequence number of its newest message. */
    head: p.bigint('number'),
    saidAt: p.datetime().length(3),
    archivedAt: p.datetime().length(3).nullable(),
    version: p.integer().version(),
  },
})
/** A channel or a direct conversation. */
export class Conversation extends ConversationSchema.class {}
ConversationSchema.setClass(Conversation)

/** A conversation as one person sees it. */
export interface ConversationDetails {
  conversation: Conversation
  role: Role
  /** The title of a channel's space or venture. */
  place: string | null
  people: { id: string; name: string }[]
  /** The sequence number up to which the person has read. */
  seen: number
  /** Messages of others since, and those that mention the person: at most `maxCounted`, which means that many or more. */
  unread: number
  mentions: number
}

/** Counting stops here: nobody needs the difference between 100 and 1,000 unread messages, and counting takes time. */
export const maxCounted = 100

/** Subjects that channels can belong to. */
export const ChannelSubject = SubjectName(() => filterSubjectKinds(({ channels }) => channels))

const directRole: Role = 'editor'

/** The actor's role in a conversation; in a direct one all are equal. @throws DomainError not-found without access */
export async function getConversationRole(view: QueryContext, { subject, people }: Conversation): Promise<Role> {
  const userId = requireUserId(view)
  if (subject) return getActorRole(view, subject)
  if (!people?.includes(userId)) throw notFound()
  return directRole
}

const requireConversationRole =
  (needed: Role): Permission<{ conversationId: string }> =>
  async (view, { conversationId }) => {
    const userId = requireUserId(view)
    const conversation = await view.em.findOne(Conversation, conversationId)
    if (!userId || !conversation) throw notFound()
    const role = await getConversationRole(view, conversation)
    if (!isAtLeast(role, needed)) throw new DomainError('forbidden', `This requires the role ${needed}; your role is ${role}.`)
  }

/** Readers of the subject, or the people of a direct conversation. */
export const requireConversationReader = requireConversationRole('viewer')
/** Commenters and above, or the people of a direct conversation. */
export const requireConversationWriter = requireConversationRole('commenter')
/** Editors and above. */
export const requireConversationModerator = requireConversationRole('editor')

/** The audience of its events: its subject, or each of its people. */
export const audienceOf = ({ subject, people }: Conversation): string[] =>
  subject ? [subject] : (people ?? []).map((userId) => `user:${userId}`)

/** The subject of its events. */
export const subjectOf = ({ id, subject }: Conversation): string => subject ?? `conversation:${id}`

export function emitConversationChanged(work: CommandContext, conversation: Conversation): void {
  const told = { subject: subjectOf(conversation), audience: audienceOf(conversation) }
  work.emit(ConversationChanged, { ...told, data: { conversationId: conversation.id } })
}

/** The readers of a conversation whom a text mentions. */
export async function findMentions(view: QueryContext, { subject, people }: Conversation, text: string): Promise<string[]> {
  if (!hasMentions(text)) return []
  const readers = subject ? (await readMembers(view, subject)).map(({ userId }) => userId) : (people ?? [])
  return mentionedReaders(text, readers)
}

/** A CTE after `with recursive`: `mine(id, rank)`, the conversations that a person can read, and the rank of their role. */
export const readableConversationsCte = (userId: string): RawBuilder<unknown> =>
  sql`${heldSubjectsCte(userId)}, mine(id, rank) as (
    select c.id, held.rank from held join conversation c on c.subject = held.name
    union all
    select id, ${sql.lit(3)} from conversation where people @> array[${userId}]::uuid[]
  )`

interface Row extends CamelRow<'conversation', 'id' | 'subject' | 'said_at'> {
  rank: number
  seen: TableRow<'conversation_seen', 'seq'>['seq']
  unread: number
  mentions: number
}

/** Conversations as the actor sees them, most recently used first. */
async function findConversations(
  view: QueryContext,
  condition: RawBuilder<unknown>,
  limit: number,
): Promise<(ConversationDetails & { at: string })[]> {
  const userId = requireUserId(view)
  const others = sql`m.conversation = c.id and m.seq > coalesce(s.seq, 0) and m.user_id <> ${userId} and m.deleted_at is null`
  const { rows } = await sql<Row>`
    with recursive ${readableConversationsCte(userId)}
    select c.id, mine.rank, c.subject, c.said_at as "saidAt", coalesce(s.seq, 0) as seen,
      (select count(*)::int from (select 1 from message m where ${others} limit ${sql.lit(maxCounted)}) counted) as unread,
      (select count(*)::int from (
        select 1 from message m where ${others} and m.mentions <> '{}' and ${userId} = any(m.mentions) limit ${sql.lit(maxCounted)}
      ) counted) as mentions
    from mine join conversation c on c.id = mine.id
    left join conversation_seen s on s.conversation = c.id and s.user_id = ${userId}
    where ${condition}
    order by c.said_at desc, c.id desc limit ${limit}`.execute(view.db)
  const ids = rows.map(({ id }) => id)
  const titles = await readTitles(
    view,
    rows.flatMap(({ subject }) => subject ?? []),
  )
  const found = new Map((await view.em.find(Conversation, { id: { $in: ids } })).map((one) => [one.id, one]))
  const nameOf = await readNames(
    view,
    [...found.values()].flatMap(({ people }) => people ?? []),
  )
  return rows.flatMap((row) => {
    const conversation = found.get(row.id)
    if (!conversation) return []
    return {
      conversation,
      role: rankToRole(Number(row.rank)),
      place: (row.subject && titles.get(row.subject)) ?? null,
      people: (conversation.people ?? []).map((id) => ({ id, name: nameOf(id) })),
      seen: Number(row.seen),
      unread: row.unread,
      mentions: row.mentions,
      at: new Date(row.saidAt).toISOString(),
    }
  })
}

/** One conversation as the actor sees it, with what the transaction has written. @throws DomainError not-found */
export async function readConversation(view: QueryContext, id: string): Promise<ConversationDetails> {
  const [seen] = await findConversations(view, sql`c.id = ${id}`, 1)
  if (!seen) throw notFound()
  return seen
}

export const getConversation = query('messaging.getConversation', {
  input: { conversationId: z.uuid() },
  authorize: requireConversationReader,
  execute: (view, { conversationId }): Promise<ConversationDetails> => readConversation(view, conversationId),
})

const requireSubjectReader = requireViewer(({ subject }: { subject: string }) => subject)

/** The actor's conversations, most recently used first; of one space or venture where `subject` is given. */
export const listConversations = query('messaging.listConversations', {
  input: {
    ...paging,
    subject: ChannelSubject.optional().describe('the channels of one space or venture'),
    kind: z.enum(['channel', 'direct']).optional(),
    archived: z.stringbool().default(false).describe('archived ones instead'),
  },
  authorize: (view, { subject }) => (subject ? requireSubjectReader(view, { subject }) : requireSignedIn(view, undefined)),
  async execute(view, { subject, kind, archived, limit, cursor }): Promise<Page<ConversationDetails>> {
    const after = parseCursor(cursor)
    const condition = sql`
      ${subject ? sql`c.subject = ${subject}` : sql`true`}
      and ${kind ? (kind === 'direct' ? sql`c.subject is null` : sql`c.subject is not null`) : sql`true`}
      and c.archived_at is ${archived ? sql`not null` : sql`null`}
      and ${after ? sql`(c.said_at, c.id) < (${after.at}::timestamptz, ${after.id}::uuid)` : sql`true`}`
    const rows = await findConversations(view, condition, limit + 1)
    return paginate(
      rows,
      limit,
      ({ at, conversation }) => ({ at, id: conversation.id }),
      (seen): ConversationDetails => seen,
    )
  },
})
