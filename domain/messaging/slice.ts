import { AccessChanged, SubjectCreated } from '../access/events.ts'
import { schedule } from '../kernel/manifest/background-work.ts'
import { defineSlice } from '../kernel/manifest/define-slice.ts'
import { register } from '../kernel/manifest/hook.ts'
import { everyChannel, inApp } from '../kernel/manifest/notification.ts'
import { forgetUnsent, MessageFile } from './attachment.ts'
import { createDefaultChannel } from './channel.ts'
import { Conversation } from './conversation.ts'
import { ConversationChanged, MessageChanged, MessageSent, ConversationRead } from './events.ts'
import { Message } from './message.ts'
import { MessageReaction } from './reaction.ts'
import { buildMessageNotifications, markReadNotifications, deleteMessageNotifications } from './notifications.ts'
import { readTyping } from './typing.ts'

const group = { name: 'messages', words: 'messages in' }
const built = { on: MessageSent, build: buildMessageNotifications }

export const messaging = defineSlice({
  name: 'messaging',
  description: 'Conversations, messages and live messages.',
  entities: [Conversation, Message, MessageReaction, MessageFile],
  tables: ['conversation_seen'],
  notifications: {
    'message.direct': { ...built, category: 'message', priority: 'high', channels: everyChannel, group },
    'message.mentioned': {
      ...built,
      category: 'mention',
      priority: 'high',
      channels: everyChannel,
      group: { name: 'mentions', words: 'mentions of you in' },
    },
    'message.replied': { ...built, category: 'message', priority: 'low', channels: inApp, group },
  },
  notificationUpdates: [
    { on: MessageChanged, update: deleteMessageNotifications },
    { on: ConversationRead, update: markReadNotifications },
  ],
  hooks: [register(SubjectCreated, createDefaultChannel)],
  schedules: [schedule('47 * * * *', forgetUnsent)],
  staleQueries: [MessageSent, MessageChanged, ConversationChanged, ConversationRead, AccessChanged].map((on) => ({
    on,
    keys: [['conversations']],
  })),
  internal: [readTyping],
})
