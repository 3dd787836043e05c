/** Reactions to comments. */
import { z } from 'zod'
import { requireCommenter } from '../access/permission.ts'
import { requireUserId } from '../kernel/permission.ts'
import { defineEntity, p } from '../kernel/entity.ts'
import { command } from '../kernel/operation.ts'
import { DocumentName } from '../documents/document.ts'
import { Emoji, isNewReaction } from './emoji.ts'
import { findComment } from './reply.ts'
import { emitAndLoad, documentSubject, type ThreadDetails } from './thread.ts'

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
/** One person's reaction to one comment. */
export class CommentReaction extends ReactionSchema.class {}
ReactionSchema.setClass(CommentReaction)

const input = { documentName: DocumentName, threadId: z.uuid(), commentId: z.uuid(), emoji: Emoji }

/** Reacts to a comment. Idempotent. */
export const react = command('documents.react', {
  input,
  authorize: requireCommenter(documentSubject),
  async execute(work, { documentName, threadId, commentId, emoji }): Promise<ThreadDetails> {
    const { thread } = await findComment(work, documentName, threadId, commentId)
    const given = await work.em.find(CommentReaction, { commentId })
    const userId = requireUserId(work)
    if (isNewReaction(given, { emoji, userId }, 'comment'))
      work.em.persist(work.em.create(CommentReaction, { commentId, emoji, userId, at: work.now }))
    return emitAndLoad(work, documentName, thread, { change: 'reacted', commentId })
  },
})

/** Removes the actor's reaction. Idempotent. */
export const unreact = command('documents.unreact', {
  input,
  authorize: requireCommenter(documentSubject),
  async execute(work, { documentName, threadId, commentId, emoji }): Promise<ThreadDetails> {
    const { thread } = await findComment(work, documentName, threadId, commentId)
    const given = await work.em.findOne(CommentReaction, { commentId, emoji, userId: requireUserId(work) })
    if (given) work.em.remove(given)
    return emitAndLoad(work, documentName, thread, { change: 'reacted', commentId })
  },
})
