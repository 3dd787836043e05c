import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { everyChannel, inApp, inAppAndEmail } from '../kernel/manifest/notification.ts'
import { buildCommentNotifications } from './notifications.ts'
import { Comment } from './comment.ts'
import { CommentChanged } from './events.ts'
import { CommentReaction } from './reaction.ts'
import { Thread } from './thread.ts'

const mentions = { name: 'mentions', words: 'mentions of you in' }
const group = { name: 'comments', words: 'comments in' }
const built = { on: CommentChanged, build: buildCommentNotifications }

export const comments = defineSlice({
  name: 'comments',
  description: 'Comments on documents, in threads.',
  entities: [Thread, Comment, CommentReaction],
  notifications: {
    'comment.mentioned': { ...built, category: 'mention', priority: 'high', channels: everyChannel, group: mentions },
    'comment.created': { ...built, category: 'comment', priority: 'medium', channels: inAppAndEmail, group },
    'comment.replied': { ...built, category: 'comment', priority: 'medium', channels: inAppAndEmail, group },
    'comment.resolved': { ...built, category: 'comment', priority: 'low', channels: inApp, group },
  },
  staleQueries: [{ on: CommentChanged, keys: [['comments', '$subject']] }],
})
