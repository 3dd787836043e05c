/** Replies, edits and deletions in a thread. */
import { z } from 'zod'
import { requireCommenter, getActorRole } from '../access/permission.ts'
import { requireUserId } from '../kernel/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type CommandContext } from '../kernel/operation.ts'
import { Comment, CommentText, findMentions } from './comment.ts'
import { DocumentName } from '../documents/document.ts'
import { emitAndLoad, findThread, addComment, documentSubject, type Thread, type ThreadDetails, emitThreadChanged } from './thread.ts'

/** Maximum comments of a thread: a page of threads contains all of them. */
export const maxComments = 200

const threadInput = { documentName: DocumentName, threadId: z.uuid() }
const commentInput = { ...threadInput, commentId: z.uuid() }

/** Adds a reply, also to a resolved thread. */
export const replyToThread = command('documents.replyToThread', {
  input: { ...threadInput, text: CommentText },
  authorize: requireCommenter(documentSubject),
  async execute(work, { documentName, threadId, text }): Promise<ThreadDetails> {
    return addReply(work, documentName, await findThread(work, documentName, threadId), text)
  },
})

/** Adds a comment to a thread and emits it. @throws DomainError conflict where the thread has too many */
export async function addReply(work: CommandContext, documentName: string, thread: Thread, text: string): Promise<ThreadDetails> {
  if ((await work.em.count(Comment, { threadId: thread.id })) >= maxComments)
    throw new DomainError('conflict', `A thread can have at most ${maxComments} comments.`)
  const commentId = await addComment(work, documentName, thread.id, text)
  return emitAndLoad(work, documentName, thread, { change: 'added', commentId })
}

/** Edits the actor's own comment. */
export const editComment = command('documents.editComment', {
  input: { ...commentInput, text: CommentText },
  authorize: requireCommenter(documentSubject),
  async execute(work, { documentName, threadId, commentId, text }): Promise<ThreadDetails> {
    const { thread, comment: said } = await findComment(work, documentName, threadId, commentId)
    if (said.userId !== requireUserId(work) || said.authorName !== null)
      throw new DomainError('forbidden', 'Only its author can edit a comment.')
    said.text = text
    said.mentions = await findMentions(work, documentName, text)
    said.editedAt = work.now
    return emitAndLoad(work, documentName, thread, { change: 'edited', commentId })
  },
})

/** Deletes a comment: the actor's own; an owner of the document can delete any. The thread is deleted with its last comment. */
export const deleteComment = command('documents.deleteComment', {
  input: commentInput,
  authorize: requireCommenter(documentSubject),
  async execute(work, { documentName, threadId, commentId }): Promise<void> {
    const { thread, comment: said } = await findComment(work, documentName, threadId, commentId)
    if (said.userId !== requireUserId(work) && (await getActorRole(work, documentName)) !== 'owner')
      throw new DomainError('forbidden', 'Only its author or an owner of the document can delete a comment.')
    work.em.remove(said)
    await work.em.flush()
    if ((await work.em.count(Comment, { threadId })) === 0) work.em.remove(thread)
    emitThreadChanged(work, documentName, threadId, { change: 'deleted', commentId })
  },
})

/** A comment and its thread. @throws DomainError not-found */
export async function findComment(
  work: CommandContext,
  documentName: string,
  threadId: string,
  commentId: string,
): Promise<{ thread: Thread; comment: Comment }> {
  const thread = await findThread(work, documentName, threadId)
  return { thread, comment: await work.em.findOneOrFail(Comment, { id: commentId, threadId }) }
}
