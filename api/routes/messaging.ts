import { z } from 'zod'
import { Role } from '../../domain/access/role.ts'
import { type MessageFile, readFile, sendFile } from '../../domain/messaging/attachment.ts'
import { createChannel, updateChannel } from '../../domain/messaging/channel.ts'
import { type ConversationDetails, getConversation, listConversations } from '../../domain/messaging/conversation.ts'
import { startDirect } from '../../domain/messaging/direct-conversation.ts'
import { getMessage, listMessages, messageKinds, type MessageDetails } from '../../domain/messaging/message.ts'
import { reactToMessage, unreactToMessage } from '../../domain/messaging/reaction.ts'
import { searchMessages } from '../../domain/messaging/search.ts'
import { recordRead } from '../../domain/messaging/read-marker.ts'
import { deleteMessage, editMessage, sendMessage } from '../../domain/messaging/send-message.ts'
import { action, jsonResponse, del, fileResponse, get, listResponse, patch, post, put } from '../http/endpoint.ts'

export const ConversationBody = z
  .object({
    id: z.uuid().describe('of a general channel: the id of its space or venture'),
    kind: z.enum(['channel', 'direct']),
    subject: z.string().nullable().describe('of a channel: `space:<id>` or `venture:<id>`'),
    place: z.string().nullable().describe('of a channel: name of its space or venture'),
    name: z.string().nullable(),
    general: z.boolean(),
    people: z.array(z.object({ id: z.uuid(), name: z.string() })).describe('of a direct conversation'),
    role: Role.describe('yours'),
    head: z.number().int().describe('the number of the newest message'),
    seen: z.number().int().describe('the number up to which you have read'),
    unread: z.number().int().describe('messages of others after that; 100 means 100 or more'),
    mentions: z.number().int().describe('how many of them mention you'),
    saidAt: z.iso.datetime(),
    archivedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Conversation' })

export const MessageBody = z
  .object({
    id: z.uuid(),
    conversationId: z.uuid(),
    seq: z.number().int().describe('its number in the conversation: 1, 2, 3, … without gaps'),
    userId: z.uuid(),
    name: z.string(),
    kind: z.enum(messageKinds),
    text: z.string().describe('plain text; `@[<userId>]` mentions; empty when it was deleted'),
    mentions: z.array(z.uuid()).describe('mentioned people who can read the conversation'),
    threadId: z.uuid().nullable().describe('the message that it replies to'),
    replies: z.number().int(),
    repliedAt: z.iso.datetime().nullable(),
    files: z.array(z.object({ id: z.uuid(), name: z.string(), size: z.number().int() })),
    reactions: z.array(z.object({ emoji: z.string(), userIds: z.array(z.uuid()) })),
    createdAt: z.iso.datetime(),
    editedAt: z.iso.datetime().nullable(),
    deletedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Message' })

const FileBody = z.object({ id: z.uuid(), name: z.string(), size: z.number().int() })

const conversation = jsonResponse(
  ConversationBody,
  ({
    conversation: { id, subject, name, general, head, saidAt, archivedAt, createdAt },
    place,
    people,
    role,
    seen,
    unread,
    mentions,
  }: ConversationDetails) => ({
    id,
    kind: subject ? ('channel' as const) : ('direct' as const),
    subject: subject ?? null,
    name: name ?? null,
    general,
    head,
    saidAt: saidAt.toISOString(),
    archivedAt: archivedAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
    place,
    people,
    role,
    seen,
    unread,
    mentions,
  }),
  ({ conversation }) => conversation.version,
)

const message = jsonResponse(MessageBody, (seen: MessageDetails) => ({
  ...seen,
  repliedAt: seen.repliedAt?.toISOString() ?? null,
  createdAt: seen.createdAt.toISOString(),
  editedAt: seen.editedAt?.toISOString() ?? null,
  deletedAt: seen.deletedAt?.toISOString() ?? null,
}))

const file = jsonResponse(FileBody, ({ id, name, size }: MessageFile) => ({ id, name, size }))

const path = '/conversations/:conversationId'
const one = `${path}/messages/:messageId`

export const messaging = [
  get('/conversations', 'Lists your conversations, the last active first.', listConversations, listResponse(conversation)),
  post('/conversations', 'Creates a channel in a team space or in a venture.', createChannel, conversation),
  action(
    '/conversations/direct',
    'Returns the direct conversation with the given people, and creates it where there is none.',
    startDirect,
    conversation,
  ),
  get(path, 'Returns one conversation.', getConversation, conversation),
  patch(path, 'Renames, archives or unarchives a channel.', updateChannel, conversation),
  put(`${path}/seen`, 'Marks the messages of a conversation as read, up to a number.', recordRead, conversation),
  get(
    `${path}/messages`,
    'Lists the messages of a conversation, newest first; with `after`, the later ones, oldest first.',
    listMessages,
    listResponse(message),
  ),
  post(`${path}/messages`, 'Sends a message to a conversation.', sendMessage, message),
  get(one, 'Returns one message.', getMessage, message),
  patch(one, 'Changes the text of your own message.', editMessage, message),
  del(one, 'Deletes a message: your own, or any as an owner of the space or venture.', deleteMessage, message),
  put(`${one}/reactions/:emoji`, 'Adds your reaction to a message.', reactToMessage, message),
  del(`${one}/reactions/:emoji`, 'Removes your reaction from a message.', unreactToMessage, message),
  post(`${path}/files`, 'Uploads a file for a message that you send afterwards.', sendFile, file, { upload: true }),
  get(
    `${path}/files/:fileId`,
    'Downloads a file of a message.',
    readFile,
    // so that no browser shows or runs it
    fileResponse(({ file: { name }, bytes }: { file: MessageFile; bytes: Uint8Array }) => ({
      bytes,
      name,
      type: 'application/octet-stream',
    })),
  ),
  get('/messages', 'Searches the messages of your conversations, newest first.', searchMessages, listResponse(message)),
]
