/** What follows in a thread: replies, edits and deletions of one's own comments. */
import { z } from 'zod'
import { comment, roleOfActor, userOf } from '../access/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type Work } from '../kernel/operation.ts'
import { Comment, CommentText, mentionsOf } from './comment.ts'
import { DocumentName } from './document.ts'
import { changed, findThread, say, subjectOf, type Thread, type ThreadSeen, tellChanged } from './thread.ts'

/** A thread has at most so many comments: a page of threads has them all. */
const mostComments = 200

const inThread = { documentName: DocumentName, threadId: z.uuid() }
const ofComment = { ...inThread, commentId: z.uuid() }

/** Adds a reply, to a resolved thread too. */
export const replyToThread = command('documents.replyToThread', {
  input: { ...inThread, text: CommentText },
  may: comment(subjectOf),
  async does(work, { documentName, threadId, text }): Promise<ThreadSeen> {
    const thread = await findThread(work, documentName, threadId)
    if ((await work.em.count(Comment, { threadId })) >= mostComments)
      throw new DomainError('conflict', `A thread has at most ${mostComments} comments.`)
    const commentId = await say(work, documentName, threadId, text)
    return changed(work, documentName, thread, { change: 'said', commentId })
  },
})

/** Edits one's own comment. */
export const editComment = command('documents.editComment', {
  input: { ...ofComment, text: CommentText },
  may: comment(subjectOf),
  async does(work, { documentName, threadId, commentId, text }): Promise<ThreadSeen> {
    const { thread, said } = await findComment(work, documentName, threadId, commentId)
    if (said.userId !== userOf(work)) throw new DomainError('forbidden', 'Only who wrote a comment edits it.')
    said.text = text
    said.mentions = await mentionsOf(work, documentName, text)
    said.editedAt = work.now
    return changed(work, documentName, thread, { change: 'edited', commentId })
  },
})

/** Deletes a comment: one's own, as an owner of the document any. The thread goes with its last comment. */
export const deleteComment = command('documents.deleteComment', {
  input: ofComment,
  may: comment(subjectOf),
  async does(work, { documentName, threadId, commentId }): Promise<void> {
    const { thread, said } = await findComment(work, documentName, threadId, commentId)
    if (said.userId !== userOf(work) && (await roleOfActor(work, documentName)) !== 'owner')
      throw new DomainError('forbidden', 'Only who wrote a comment deletes it, or an owner of the document.')
    work.em.remove(said)
    await work.em.flush()
    if ((await work.em.count(Comment, { threadId })) === 0) work.em.remove(thread)
    tellChanged(work, documentName, threadId, { change: 'deleted', commentId })
  },
})

/** A comment and its thread. @throws DomainError not-found */
export async function findComment(
  work: Work,
  documentName: string,
  threadId: string,
  commentId: string,
): Promise<{ thread: Thread; said: Comment }> {
  const thread = await findThread(work, documentName, threadId)
  return { thread, said: await work.em.findOneOrFail(Comment, { id: commentId, threadId }) }
}
