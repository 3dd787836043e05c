import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

/** A comment thread changed. `commentId` is the comment that was added, changed or deleted; null where the thread's state changed. */
export const CommentChanged = event('comment.changed', {
  documentName: z.string(),
  threadId: z.uuid(),
  change: z.enum(['added', 'edited', 'deleted', 'reacted', 'resolved', 'reopened', 'blocked', 'unblocked']),
  commentId: z.uuid().nullable(),
})
