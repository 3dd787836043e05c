/** Comments: what people say in a thread. */
import { sql } from 'kysely'
import { z } from 'zod'
import { holdersOf } from '../access/grant.ts'
import { defineEntity, p } from '../kernel/entity.ts'
import type { View } from '../kernel/operation.ts'

/** What a comment says: plain text, 1 to 5,000 signs. `@[<userId>]` in it mentions a person. */
export const CommentText = z.string().trim().min(1).max(5000)

const CommentSchema = defineEntity({
  name: 'Comment',
  tableName: 'comment',
  properties: {
    id: p.uuid().primary(),
    threadId: p.uuid().index(),
    userId: p.uuid(),
    text: p.string().length(5000),
    mentions: p.array().columnType('uuid[]'),
    createdAt: p.datetime().length(3),
    editedAt: p.datetime().length(3).nullable(),
  },
})
/** One comment of a thread. The oldest one began it. */
export class Comment extends CommentSchema.class {}
CommentSchema.setClass(Comment)

/** A comment as it is shown. */
export interface CommentSeen {
  id: string
  userId: string
  name: string
  text: string
  mentions: string[]
  reactions: { emoji: string; userIds: string[] }[]
  createdAt: Date
  editedAt: Date | null
}

const mention = /@\[([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\]/gi

/** Whom a text names, whoever they are. */
export const mentionedIn = (text: string): Set<string> => new Set([...text.matchAll(mention)].map(([, id]) => (id as string).toLowerCase()))

/** Whom a text mentions, of those who may read the document; others are not told of it, and cannot be found out by it. */
export async function mentionsOf(view: View, documentName: string, text: string): Promise<string[]> {
  const named = mentionedIn(text)
  if (named.size === 0) return []
  const holders = await holdersOf(view, documentName)
  return holders.map(({ userId }) => userId).filter((userId) => named.has(userId))
}

type Row = Omit<CommentSeen, 'reactions'> & { threadId: string }

/** The comments of some threads, oldest first, by thread. */
export async function commentsOf(view: View, threadIds: string[]): Promise<Map<string, CommentSeen[]>> {
  const found = new Map<string, CommentSeen[]>(threadIds.map((id) => [id, []]))
  if (threadIds.length === 0) return found
  const kysely = view.em.getKysely() as never
  const { rows } = await sql<Row>`
    select c.id, c.thread_id as "threadId", c.user_id as "userId", u.name, c.text, c.mentions::text[] as mentions,
      c.created_at as "createdAt", c.edited_at as "editedAt"
    from comment c join "user" u on u.id = c.user_id
    where c.thread_id = any(${sql.val(threadIds)}::uuid[]) order by c.id`.execute(kysely)
  const reactions = await sql<{ commentId: string; emoji: string; userIds: string[] }>`
    select r.comment_id as "commentId", r.emoji, array_agg(r.user_id::text order by r.at, r.user_id) as "userIds"
    from comment_reaction r join comment c on c.id = r.comment_id
    where c.thread_id = any(${sql.val(threadIds)}::uuid[])
    group by r.comment_id, r.emoji order by min(r.at), r.emoji`.execute(kysely)
  for (const { threadId, ...row } of rows) {
    found.get(threadId)?.push({
      ...row,
      createdAt: new Date(row.createdAt),
      editedAt: row.editedAt && new Date(row.editedAt),
      reactions: reactions.rows.filter(({ commentId }) => commentId === row.id).map(({ emoji, userIds }) => ({ emoji, userIds })),
    })
  }
  return found
}
