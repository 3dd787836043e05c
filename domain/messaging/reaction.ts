/** Reactions to messages. */
import { userOf } from '../access/permission.ts'
import { Emoji } from '../documents/reaction.ts'
import { defineEntity, p } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command } from '../kernel/operation.ts'
import { mayWrite } from './conversation.ts'
import { ofMessage, type MessageSeen } from './message.ts'
import { changed, findMessage } from './sending.ts'

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
/** One person's one reaction to one message. */
export class MessageReaction extends ReactionSchema.class {}
ReactionSchema.setClass(MessageReaction)

/** A message has at most so many different ones. */
const mostEmoji = 20

/** Reacts to a message. Said twice it stays as it is. */
export const reactToMessage = command('messaging.reactToMessage', {
  input: { ...ofMessage, emoji: Emoji },
  may: mayWrite,
  async does(work, { conversationId, messageId, emoji }): Promise<MessageSeen> {
    const { conversation, message } = await findMessage(work, conversationId, messageId)
    const given = await work.em.find(MessageReaction, { messageId })
    if (!given.some((one) => one.emoji === emoji) && new Set(given.map((one) => one.emoji)).size >= mostEmoji)
      throw new DomainError('conflict', `A message has at most ${mostEmoji} different reactions.`)
    const userId = userOf(work)
    if (!given.some((one) => one.emoji === emoji && one.userId === userId))
      work.em.persist(work.em.create(MessageReaction, { messageId, emoji, userId, at: work.now }))
    return changed(work, conversation, message)
  },
})

/** Takes one's reaction back. Said twice it stays as it is. */
export const unreactToMessage = command('messaging.unreactToMessage', {
  input: { ...ofMessage, emoji: Emoji },
  may: mayWrite,
  async does(work, { conversationId, messageId, emoji }): Promise<MessageSeen> {
    const { conversation, message } = await findMessage(work, conversationId, messageId)
    const given = await work.em.findOne(MessageReaction, { messageId, emoji, userId: userOf(work) })
    if (given) work.em.remove(given)
    return changed(work, conversation, message)
  },
})
