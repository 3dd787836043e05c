/** How far each person has read a conversation. */
import { sql } from 'kysely'
import { z } from 'zod'
import { userOf } from '../access/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { command } from '../kernel/operation.ts'
import { Conversation, type ConversationSeen, mayRead, seenOf, subjectOf } from './conversation.ts'
import { SeenMoved } from './events.ts'

/**
 * Notes that one has read up to a message. It never goes back: a tab that is behind does not take back what another has seen.
 * @throws DomainError invalid-input for a number that no message has yet
 */
export const putSeen = command('messaging.putSeen', {
  input: { conversationId: z.uuid(), seq: z.number().int().min(0) },
  may: mayRead,
  async does(work, { conversationId, seq }): Promise<ConversationSeen> {
    const userId = userOf(work)
    const conversation = await work.em.findOneOrFail(Conversation, conversationId)
    if (seq > conversation.head) {
      const fields = [{ path: 'seq', message: `takes at most ${conversation.head}, the newest message` }]
      throw new DomainError('invalid-input', 'There is no such message yet.', { fields })
    }
    const { rows } = await sql`
      insert into conversation_seen (user_id, conversation, seq) values (${userId}, ${conversationId}, ${seq})
      on conflict (user_id, conversation) do update set seq = excluded.seq where conversation_seen.seq < excluded.seq
      returning seq`.execute(work.em.getKysely() as never)
    if (rows.length > 0)
      work.emit(SeenMoved, { subject: subjectOf(conversation), audience: [`user:${userId}`], data: { conversationId, seq } })
    return seenOf(work, conversationId)
  },
})
