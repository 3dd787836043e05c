/** Read markers: how far each person has read a conversation. */
import { z } from 'zod'
import { requireUserId } from '../kernel/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { command } from '../kernel/operation.ts'
import { Conversation, type ConversationDetails, requireConversationReader, readConversation, subjectOf } from './conversation.ts'
import { ConversationRead } from './events.ts'

/**
 * Records that the actor has read up to a message. It never moves back: a tab that is behind does not undo the marker of another.
 * @throws DomainError invalid-input for a message that does not exist yet
 */
export const recordRead = command('messaging.putSeen', {
  input: { conversationId: z.uuid(), seq: z.number().int().min(0) },
  authorize: requireConversationReader,
  async execute(work, { conversationId, seq }): Promise<ConversationDetails> {
    const userId = requireUserId(work)
    const conversation = await work.em.findOneOrFail(Conversation, conversationId)
    if (seq > conversation.head) {
      const fields = [{ path: 'seq', message: `must be at most ${conversation.head}, the newest message` }]
      throw new DomainError('invalid-input', 'This message does not exist yet.', { fields })
    }
    const moved = await work.db
      .insertInto('conversation_seen')
      .values({ user_id: userId, conversation: conversationId, seq })
      .onConflict((known) =>
        known.columns(['user_id', 'conversation']).doUpdateSet({ seq }).where('conversation_seen.seq', '<', String(seq)),
      )
      .returning('seq')
      .executeTakeFirst()
    if (moved)
      work.emit(ConversationRead, { subject: subjectOf(conversation), audience: [`user:${userId}`], data: { conversationId, seq } })
    return readConversation(work, conversationId)
  },
})
