/** Comments of a thread. */
import { sql } from 'kysely'
import { z } from 'zod'
import { readMembers } from '../access/grant.ts'
import { anyUuid } from '../kernel/db/any-uuid.ts'
import { defineEntity, p } from '../kernel/entity.ts'
import type { QueryContext } from '../kernel/operation.ts'
import { readNames } from '../users/display-name.ts'
import { hasMentions, mentionedReaders } from './mentions.ts'

/** A comment's text: plain text, 1 to 5,000 characters. `@[<userId>]` in it mentions a person. */
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
    /** Of a comment that a file brought: its author there. `userId` imported it. */
    authorName: p.string().length(200).nullable(),
  },
})
/** A comment of a thread. The oldest one started it. */
export class Comment extends CommentSchema.class {}
CommentSchema.setClass(Comment)

/** A comment with its author and reactions. */
export interface CommentDetails {
  id: string
  userId: string
  name: string
  /** Whether a file brought it. Its author may have no account; `userId` imported it. */
  imported: boolean
  text: string
  mentions: string[]
  reactions: { emoji: string; userIds: string[] }[]
  createdAt: Date
  editedAt: Date | null
}

/** The readers of a document whom a text mentions. */
export async function findMentions(view: QueryContext, documentName: string, text: string): Promise<string[]> {
  if (!hasMentions(text)) return []
  const holders = await readMembers(view, documentName)
  return mentionedReaders(
    text,
    holders.map(({ userId }) => userId),
  )
}

/** The comments of threads, oldest first, by thread. */
export async function readComments(view: QueryContext, threadIds: string[]): Promise<Map<string, CommentDetails[]>> {
  const found = new Map<string, CommentDetails[]>(threadIds.map((id) => [id, []]))
  if (threadIds.length === 0) return found
  const { db } = view
  const rows = await db
    .selectFrom('comment')
    .select([
      'id',
      'thread_id',
      'user_id',
      'text',
      sql<string[]>`mentions::text[]`.as('mentions'),
      'created_at',
      'edited_at',
      'author_name',
    ])
    .where('thread_id', '=', anyUuid(threadIds))
    .orderBy('id')
    .execute()
  const reactions = await db
    .selectFrom('comment_reaction as r')
    .innerJoin('comment as c', 'c.id', 'r.comment_id')
    .select(['r.comment_id', 'r.emoji', sql<string[]>`array_agg(r.user_id::text order by r.at, r.user_id)`.as('userIds')])
    .where('c.thread_id', '=', anyUuid(threadIds))
    .groupBy(['r.comment_id', 'r.emoji'])
    .orderBy((is) => is.fn.min('r.at'))
    .orderBy('r.emoji')
    .execute()
  const nameOf = await readNames(
    view,
    rows.map(({ user_id }) => user_id),
  )
  for (const { thread_id, id, user_id: userId, text, mentions, created_at, edited_at, author_name } of rows) {
    found.get(thread_id)?.push({
      id,
      userId,
      name: author_name ?? nameOf(userId),
      imported: author_name !== null,
      text,
      mentions,
      createdAt: new Date(created_at),
      editedAt: edited_at === null ? null : new Date(edited_at),
      reactions: reactions.filter(({ comment_id }) => comment_id === id).map(({ emoji, userIds }) => ({ emoji, userIds })),
    })
  }
  return found
}
