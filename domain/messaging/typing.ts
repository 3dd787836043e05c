/** Who may be told that somebody types: told while it is so, and never kept. */
import { z } from 'zod'
import { userOf } from '../access/permission.ts'
import { query } from '../kernel/operation.ts'
import { User } from '../users/user.ts'
import { audienceOf, Conversation, mayWrite } from './conversation.ts'

/** Somebody types in a conversation. */
export interface Typing {
  conversation: string
  userId: string
  name: string
  audience: string[]
}

/** Whom one's typing concerns. @throws DomainError not-found, forbidden for who may not write there */
export const readTyping = query('messaging.readTyping', {
  input: { conversationId: z.uuid() },
  may: mayWrite,
  async does(view, { conversationId }): Promise<Typing> {
    const userId = userOf(view)
    const conversation = await view.em.findOneOrFail(Conversation, conversationId)
    const { name } = await view.em.findOneOrFail(User, userId)
    return { conversation: conversationId, userId, name, audience: audienceOf(conversation) }
  },
})
