import type { Message } from '../../../lib/api-types.ts'

export type MessageKind = Message['kind']

/** Labels of the kinds of messages, in the order in which they are offered. */
export const messageKindLabels: Record<MessageKind, string> = {
  GENERAL: 'Message',
  QUESTION: 'Question',
  UPDATE: 'Update',
  CELEBRATION: 'Celebration',
  ANNOUNCEMENT: 'Announcement',
}
