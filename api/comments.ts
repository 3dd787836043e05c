import { z } from 'zod'
import { deleteComment, editComment, replyToThread } from '../domain/documents/reply.ts'
import { react, unreact } from '../domain/documents/reaction.ts'
import { listThreads, setThreadState, startThread, type ThreadSeen, threadStates } from '../domain/documents/thread.ts'
import { answer, del, get, pageOf, patch, post, put } from './endpoint.ts'

const CommentBody = z.object({
  id: z.uuid(),
  userId: z.uuid(),
  name: z.string(),
  text: z.string().describe('plain text; `@[<userId>]` mentions'),
  mentions: z.array(z.uuid()).describe('of those mentioned, who may read the document'),
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
      .describe('relative positions of Yjs, base64; where the words are now'),
    quote: z.string().nullable().describe('the words when the thread began, as the server read them'),
    gone: z.boolean().describe('all of its words were deleted'),
    createdAt: z.iso.datetime(),
    resolvedAt: z.iso.datetime().nullable(),
    resolvedBy: z.uuid().nullable(),
    comments: z.array(CommentBody),
  })
  .meta({ id: 'Thread' })

const thread = answer(ThreadBody, ({ comments, ...seen }: ThreadSeen) => ({
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
  get(path, listThreads, pageOf(thread)),
  post(path, startThread, thread),
  put(`${path}/:threadId/state`, setThreadState, thread),
  post(`${path}/:threadId/replies`, replyToThread, thread),
  patch(reply, editComment, thread),
  del(reply, deleteComment),
  put(`${reply}/reactions/:emoji`, react, thread),
  del(`${reply}/reactions/:emoji`, unreact, thread),
]
