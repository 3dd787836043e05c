import { z } from 'zod'
import { event } from '../kernel/events/event.ts'

/** A channel was created, renamed, archived or reopened, or a direct conversation was created. */
export const ConversationChanged = event('conversation.changed', { conversationId: z.uuid() })
/**
 * A message was sent. Its text is left out: events are stored and replayed, and the text of a deleted message must disappear.
 * `mentions` are the mentioned people, `threadId` is the message it replies to.
 */
export const MessageSent = event('message.sent', {
  conversationId: z.uuid(),
  messageId: z.uuid(),
  seq: z.number().int(),
  userId: z.uuid(),
  kind: z.string(),
  threadId: z.uuid().nullable(),
  mentions: z.array(z.uuid()),
})
/** A message was edited, deleted or reacted to. */
export const MessageChanged = event('message.changed', {
  conversationId: z.uuid(),
  messageId: z.uuid(),
  threadId: z.uuid().nullable(),
})
/** A person read a conversation up to a sequence number. Only that person receives it. */
export const ConversationRead = event('conversation.read', { conversationId: z.uuid(), seq: z.number().int() })

/** Messages that programs send with `POST /api/websocket/…`. */
export const WebsocketMessageSent = event('websocket-message.sent', { message: z.unknown() })
export const WebsocketMessageBroadcast = event('websocket-message.broadcast', { message: z.unknown() })
export const AnnouncementSent = event('announcement.sent', { announcement: z.unknown() })
export const VentureUpdateSent = event('venture-update.sent', { ventureId: z.uuid(), updateType: z.string(), data: z.unknown() })
export const TeamUpdateSent = event('team-update.sent', { teamId: z.uuid(), updateType: z.string(), data: z.unknown() })
export const CollaborationUpdateSent = event('collaboration-update.sent', {
  ventureId: z.uuid(),
  userId: z.uuid(),
  action: z.string(),
  data: z.unknown(),
})
export const LegalUpdateSent = event('legal-update.sent', { ventureId: z.uuid(), legalType: z.string(), data: z.unknown() })
export const TokenUpdateSent = event('token-update.sent', { userId: z.uuid(), tokenData: z.unknown() })
