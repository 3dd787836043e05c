/** Typing indicators: sent while someone types, and never stored. */
import { z } from 'zod'
import { requireUserId } from '../kernel/permission.ts'
import { query } from '../kernel/operation.ts'
import { findUser } from '../users/account.ts'
import { audienceOf, Conversation, requireConversationWriter } from './conversation.ts'

/** Someone is typing in a conversation. */
export interface Typing {
  conversation: string
  userId: string
  name: string
  audience: string[]
}

/** The audience of the actor's typing. @throws DomainError not-found, forbidden for someone who cannot write there */
export const readTyping = query('messaging.readTyping', {
  input: { conversationId: z.uuid() },
  authorize: requireConversationWriter,
  async execute(view, { conversationId }): Promise<Typing> {
    const userId = requireUserId(view)
    const conversation = await view.em.findOneOrFail(Conversation, conversationId)
    const { name } = await findUser(view, userId)
    return { conversation: conversationId, userId, name, audience: audienceOf(conversation) }
  },
})
