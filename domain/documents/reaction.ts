/** Reactions to comments. */
import { z } from 'zod'
import { comment, userOf } from '../access/permission.ts'
import { defineEntity, p } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command } from '../kernel/operation.ts'
import { DocumentName } from './document.ts'
import { findComment } from './reply.ts'
import { changed, subjectOf, type ThreadSeen } from './thread.ts'

const ReactionSchema = defineEntity({
  name: 'CommentReaction',
  tableName: 'comment_reaction',
  properties: {
    commentId: p.uuid().primary(),
    emoji: p.string().length(32).primary(),
    userId: p.uuid().primary(),
    at: p.datetime().length(3),
  },
})
/** One person's one reaction to one comment. */
export class CommentReaction extends ReactionSchema.class {}
ReactionSchema.setClass(CommentReaction)

/** One emoji, with all that it is made of (skin, joiners): at most 32 units of UTF-16. */
export const Emoji = z
  .string()
  .max(32)
  .regex(/^(?:\p{RGI_Emoji})$/v, 'takes one emoji')

/** A comment has at most so many different ones. */
const mostEmoji = 20

const input = { documentName: DocumentName, threadId: z.uuid(), commentId: z.uuid(), emoji: Emoji }

/** Reacts to a comment. Said twice it stays as it is. */
export const react = command('documents.react', {
  input,
  may: comment(subjectOf),
  async does(work, { documentName, threadId, commentId, emoji }): Promise<ThreadSeen> {
    const { thread } = await findComment(work, documentName, threadId, commentId)
    const given = await work.em.find(CommentReaction, { commentId })
    if (!given.some((one) => one.emoji === emoji) && new Set(given.map((one) => one.emoji)).size >= mostEmoji)
      throw new DomainError('conflict', `A comment has at most ${mostEmoji} different reactions.`)
    const userId = userOf(work)
    if (!given.some((one) => one.emoji === emoji && one.userId === userId))
      work.em.persist(work.em.create(CommentReaction, { commentId, emoji, userId, at: work.now }))
    return changed(work, documentName, thread, { change: 'reacted', commentId })
  },
})

/** Takes one's reaction back. Said twice it stays as it is. */
export const unreact = command('documents.unreact', {
  input,
  may: comment(subjectOf),
  async does(work, { documentName, threadId, commentId, emoji }): Promise<ThreadSeen> {
    const { thread } = await findComment(work, documentName, threadId, commentId)
    const given = await work.em.findOne(CommentReaction, { commentId, emoji, userId: userOf(work) })
    if (given) work.em.remove(given)
    return changed(work, documentName, thread, { change: 'reacted', commentId })
  },
})
