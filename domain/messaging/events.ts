import { z } from 'zod'
import { event } from '../kernel/events.ts'

/** A channel was made, renamed, archived or opened again, or a direct conversation began. */
export const ConversationChanged = event('messaging.conversation-changed', { conversationId: z.uuid() })
/**
 * Somebody said something. The words are not in it: events are kept and told again, and words that are deleted are to be gone.
 * `mentions` are those it is meant for, `threadId` the message it replies to.
 */
export const MessageSent = event('messaging.message-sent', {
  conversationId: z.uuid(),
  messageId: z.uuid(),
  seq: z.number().int(),
  userId: z.uuid(),
  kind: z.string(),
  threadId: z.uuid().nullable(),
  mentions: z.array(z.uuid()),
})
/** A message was edited, deleted or reacted to. */
export const MessageChanged = event('messaging.message-changed', {
  conversationId: z.uuid(),
  messageId: z.uuid(),
  threadId: z.uuid().nullable(),
})
/** How far somebody has read a conversation; told to nobody but them. */
export const SeenMoved = event('messaging.seen-moved', { conversationId: z.uuid(), seq: z.number().int() })

/** What `POST /api/websocket/…` was asked to tell. */
export const WebsocketSent = event('websocket.sent', { message: z.unknown() })
export const WebsocketBroadcast = event('websocket.broadcast', { message: z.unknown() })
export const WebsocketAnnounced = event('websocket.announced', { announcement: z.unknown() })
export const VentureUpdate = event('venture.update', { ventureId: z.uuid(), updateType: z.string(), data: z.unknown() })
export const TeamUpdate = event('team.update', { teamId: z.uuid(), updateType: z.string(), data: z.unknown() })
export const CollaborationUpdate = event('collaboration.update', {
  ventureId: z.uuid(),
  userId: z.uuid(),
  action: z.string(),
  data: z.unknown(),
})
export const LegalUpdate = event('legal.update', { ventureId: z.uuid(), legalType: z.string(), data: z.unknown() })
export const TokenUpdate = event('token.update', { userId: z.uuid(), tokenData: z.unknown() })
