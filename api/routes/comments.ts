import { z } from 'zod'
import { setThreadBlocking } from '../../domain/comments/blocking.ts'
import { deleteComment, editComment, replyToThread } from '../../domain/comments/reply.ts'
import { react, unreact } from '../../domain/comments/reaction.ts'
import { listThreads, setThreadState, startThread, type ThreadDetails, threadStates } from '../../domain/comments/thread.ts'
import { jsonResponse, del, get, listResponse, patch, post, put } from '../http/endpoint.ts'

const CommentBody = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  name: z.string(),
  imported: z.boolean().describe('a file brought it: `name` is its author there, and `userId` the person who imported it'),
  text: z.string().describe('plain text; `@[<userId>]` mentions'),
  mentions: z.array(z.uuid()).describe('mentioned people who can read the document'),
  reactions: z.array(z.object({ emoji: z.string(), userIds: z.array(z.uuid()) })),
  createdAt: z.iso.datetime(),
  editedAt: z.iso.datetime().nullable(),
})

export const ThreadBody = z
  .object({
    id: z.uuid(),
    state: z.enum(threadStates),
    anchor: z
      .object({ start: z.string(), end: z.string() })
      .nullable()
      .describe('relative positions of Yjs in base64: where the words are now'),
    quote: z.string().nullable().describe('the words when the thread was started, as the server read them'),
    gone: z.boolean().describe('all of its words were deleted'),
    createdAt: z.iso.datetime(),
    resolvedAt: z.iso.datetime().nullable(),
    resolvedBy: z.uuid().nullable(),
    suggestionId: z.uuid().nullable().describe('the suggestion that it discusses'),
    blocking: z.boolean().describe('while it is open, the document cannot be sent to be signed'),
    comments: z.array(CommentBody),
  })
  .meta({ id: 'Thread' })

/** A thread as its endpoints answer it. */
export const thread = jsonResponse(ThreadBody, ({ comments, ...seen }: ThreadDetails) => ({
  ...seen,
  createdAt: seen.createdAt.toISOString(),
  resolvedAt: seen.resolvedAt?.toISOString() ?? null,
  comments: comments.map((said) => ({
    ...said,
    createdAt: said.createdAt.toISOString(),
    editedAt: said.editedAt?.toISOString() ?? null,
  })),
}))

const path = '/documents/:documentName/comments'
const reply = `${path}/:threadId/replies/:commentId`

export const comments = [
  get(path, 'Lists the comment threads of a document, newest first, each with all of its comments.', listThreads, listResponse(thread)),
  post(path, 'Starts a comment thread on a range of the text, or on the whole document.', startThread, thread),
  put(`${path}/:threadId/state`, 'Resolves a comment thread or opens it again.', setThreadState, thread),
  put(`${path}/:threadId/blocking`, 'Makes a comment thread block sending, or ends that.', setThreadBlocking, thread),
  post(`${path}/:threadId/replies`, 'Adds a comment to a thread.', replyToThread, thread),
  patch(reply, 'Changes the text of your own comment.', editComment, thread),
  del(reply, 'Deletes a comment: your own, or any as an owner of the document. The last comment takes its thread with it.', deleteComment),
  put(`${reply}/reactions/:emoji`, 'Adds your reaction to a comment.', react, thread),
  del(`${reply}/reactions/:emoji`, 'Removes your reaction from a comment.', unreact, thread),
]
