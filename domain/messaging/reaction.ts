/** Reactions to messages. */
import { requireUserId } from '../kernel/permission.ts'
import { Emoji, isNewReaction } from '../comments/emoji.ts'
import { defineEntity, p } from '../kernel/entity.ts'
import { command } from '../kernel/operation.ts'
import { requireConversationWriter } from './conversation.ts'
import { messageInput, type MessageDetails } from './message.ts'
import { emitAndLoad, findMessage } from './send-message.ts'

const ReactionSchema = defineEntity({
  name: 'MessageReaction',
  tableName: 'message_reaction',
  properties: {
    messageId: p.uuid().primary(),
    emoji: p.string().length(32).primary(),
    userId: p.uuid().primary(),
    at: p.datetime().length(3),
  },
})
/** One person's reaction to one message. */
export class MessageReaction extends ReactionSchema.class {}
ReactionSchema.setClass(MessageReaction)

/** Reacts to a message. Idempotent. */
export const reactToMessage = command('messaging.reactToMessage', {
  input: { ...messageInput, emoji: Emoji },
  authorize: requireConversationWriter,
  async execute(work, { conversationId, messageId, emoji }): Promise<MessageDetails> {
    const { conversation, message } = await findMessage(work, conversationId, messageId)
    const given = await work.em.find(MessageReaction, { messageId })
    const userId = requireUserId(work)
    if (isNewReaction(given, { emoji, userId }, 'message'))
      work.em.persist(work.em.create(MessageReaction, { messageId, emoji, userId, at: work.now }))
    return emitAndLoad(work, conversation, message)
  },
})

/** Removes the actor's reaction. Idempotent. */
export const unreactToMessage = command('messaging.unreactToMessage', {
  input: { ...messageInput, emoji: Emoji },
  authorize: requireConversationWriter,
  async execute(work, { conversationId, messageId, emoji }): Promise<MessageDetails> {
    const { conversation, message } = await findMessage(work, conversationId, messageId)
    const given = await work.em.findOne(MessageReaction, { messageId, emoji, userId: requireUserId(work) })
    if (given) work.em.remove(given)
    return emitAndLoad(work, conversation, message)
  },
})
