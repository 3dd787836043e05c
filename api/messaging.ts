import { z } from 'zod'
import { Role } from '../domain/access/role.ts'
import { type MessageFile, readFile, sendFile } from '../domain/messaging/attachment.ts'
import { createChannel, updateChannel } from '../domain/messaging/channel.ts'
import { type ConversationSeen, getConversation, listConversations } from '../domain/messaging/conversation.ts'
import { startDirect } from '../domain/messaging/direct.ts'
import { getMessage, listMessages, messageKinds, type MessageSeen } from '../domain/messaging/message.ts'
import { reactToMessage, unreactToMessage } from '../domain/messaging/reaction.ts'
import { searchMessages } from '../domain/messaging/search.ts'
import { putSeen } from '../domain/messaging/seen.ts'
import { deleteMessage, editMessage, sendMessage } from '../domain/messaging/sending.ts'
import { act, answer, del, fileAnswer, get, pageOf, patch, post, put } from './endpoint.ts'

export const ConversationBody = z
  .object({
    id: z.uuid().describe('of a general channel: the id of its space or venture'),
    kind: z.enum(['channel', 'direct']),
    subject: z.string().nullable().describe('of a channel: `space:<id>` or `venture:<id>`'),
    place: z.string().nullable().describe('of a channel: what its space or venture is called'),
    name: z.string().nullable(),
    general: z.boolean(),
    people: z.array(z.object({ id: z.uuid(), name: z.string() })).describe('of a direct conversation'),
    role: Role.describe('yours'),
    head: z.number().int().describe('the number of the newest message'),
    seen: z.number().int().describe('the number up to which you have read'),
    unread: z.number().int().describe('what others said since; 100 means so many or more'),
    mentions: z.number().int().describe('how much of it mentions you'),
    saidAt: z.iso.datetime(),
    archivedAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Conversation' })

export const MessageBody = z
  .object({
    id: z.uuid(),
    conversationId: z.uuid(),
    seq: z.number().int().describe('its place in the conversation, the same for all: 1, 2, 3, … without gaps'),
    userId: z.uuid(),
    name: z.string(),
    kind: z.enum(messageKinds),
    text: z.string().describe('plain text; `@[<userId>]` mentions; empty when it was deleted'),
    mentions: z.array(z.uuid()).describe('of those mentioned, who may read the conversation'),
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

const conversation = answer(
  ConversationBody,
  ({
    conversation: { id, subject, name, general, head, saidAt, archivedAt, createdAt },
    place,
    people,
    role,
    seen,
    unread,
    mentions,
  }: ConversationSeen) => ({
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

const message = answer(MessageBody, (seen: MessageSeen) => ({
  ...seen,
  repliedAt: seen.repliedAt?.toISOString() ?? null,
  createdAt: seen.createdAt.toISOString(),
  editedAt: seen.editedAt?.toISOString() ?? null,
  deletedAt: seen.deletedAt?.toISOString() ?? null,
}))

const file = answer(FileBody, ({ id, name, size }: MessageFile) => ({ id, name, size }))

const path = '/conversations/:conversationId'
const one = `${path}/messages/:messageId`

export const messaging = [
  get('/conversations', listConversations, pageOf(conversation)),
  post('/conversations', createChannel, conversation),
  act('/conversations/direct', startDirect, conversation),
  get(path, getConversation, conversation),
  patch(path, updateChannel, conversation),
  put(`${path}/seen`, putSeen, conversation),
  get(`${path}/messages`, listMessages, pageOf(message)),
  post(`${path}/messages`, sendMessage, message),
  get(one, getMessage, message),
  patch(one, editMessage, message),
  del(one, deleteMessage, message),
  put(`${one}/reactions/:emoji`, reactToMessage, message),
  del(`${one}/reactions/:emoji`, unreactToMessage, message),
  post(`${path}/files`, sendFile, file, { upload: true }),
  get(
    `${path}/files/:fileId`,
    readFile,
    // whatever its name says, no browser takes it for something to show or run
    fileAnswer(({ file: { name }, bytes }: { file: MessageFile; bytes: Uint8Array }) => ({
      bytes,
      name,
      type: 'application/octet-stream',
    })),
  ),
  get('/messages', searchMessages, pageOf(message)),
]
