/** Sending, editing and deleting messages. A message gets its sequence number from the row of its conversation, locked until the commit. */
import { LockMode } from '@mikro-orm/core'
import { sql } from 'kysely'
import { z } from 'zod'
import { requireUserId } from '../kernel/permission.ts'
import { isAtLeast } from '../access/role.ts'
import { newId } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import type { TableRow } from '../kernel/db/table-row.ts'
import { command, type CommandContext } from '../kernel/operation.ts'
import { attachFiles, forgetFilesOf, maxFiles } from './attachment.ts'
import { audienceOf, Conversation, requireConversationWriter, findMentions, getConversationRole, subjectOf } from './conversation.ts'
import { MessageChanged, MessageSent } from './events.ts'
import { Message, messageKinds, readMessage, type MessageDetails, messageInput } from './message.ts'
import { splitSearchWords } from './search-text.ts'

/** A message's text: plain text, at most 5,000 characters. `@[<userId>]` in it mentions a person. */
const Text = z.string().trim().max(5000)

const invalidField = (path: string, message: string) => new DomainError('invalid-input', message, { fields: [{ path, message }] })

/** Emits that a message changed. @returns the message as it is now */
export async function emitAndLoad(work: CommandContext, conversation: Conversation, { id, threadId }: Message): Promise<MessageDetails> {
  await work.em.flush()
  work.emit(MessageChanged, {
    subject: subjectOf(conversation),
    audience: audienceOf(conversation),
    data: { conversationId: conversation.id, messageId: id, threadId: threadId ?? null },
  })
  return readMessage(work, id)
}

/** A message with its row locked, and its conversation. @throws DomainError not-found */
async function lockMessage(work: CommandContext, conversationId: string, messageId: string) {
  const conversation = await work.em.findOneOrFail(Conversation, conversationId)
  const which = { id: messageId, conversation: conversationId }
  return { conversation, message: await work.em.findOneOrFail(Message, which, { lockMode: LockMode.PESSIMISTIC_WRITE }) }
}

/** As `lockMessage`. @throws DomainError conflict when the message was deleted */
export async function findMessage(work: CommandContext, conversationId: string, messageId: string) {
  const found = await lockMessage(work, conversationId, messageId)
  if (found.message.deletedAt) throw new DomainError('conflict', 'The message was deleted.')
  return found
}

/** Locks the row of a conversation, so that its messages are ordered. @throws DomainError conflict when it is archived */
async function lockForWriting(work: CommandContext, id: string): Promise<void> {
  // "no key": a full lock would conflict with changes of a message, whose row refers to this one
  const row = await work.db.selectFrom('conversation').select('archived_at').where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
  if (row?.archived_at !== null) throw new DomainError('conflict', 'The channel is archived.')
}

/**
 * @throws DomainError conflict in an archived channel; forbidden for an announcement by someone who is not an editor; invalid-input without
 *   text and files
 */
export const sendMessage = command('messaging.sendMessage', {
  input: {
    conversationId: z.uuid(),
    text: Text.default(''),
    kind: z.enum(messageKinds).default('GENERAL'),
    threadId: z.uuid().optional().describe('the message that it replies to'),
    fileIds: z.array(z.uuid()).max(maxFiles).default([]).describe('files that you uploaded before'),
  },
  authorize: requireConversationWriter,
  async execute(work, { conversationId, text, kind, threadId, fileIds }): Promise<MessageDetails> {
    const userId = requireUserId(work)
    const conversation = await work.em.findOneOrFail(Conversation, conversationId)
    if (text === '' && fileIds.length === 0) throw invalidField('text', 'must have text or files')
    if (kind === 'ANNOUNCEMENT' && !isAtLeast(await getConversationRole(work, conversation), 'editor'))
      throw new DomainError('forbidden', 'An announcement requires the role editor.')
    await lockForWriting(work, conversationId)
    const id = newId()
    const mentions = await findMentions(work, conversation, text)
    if (threadId) await countReply(work, conversationId, threadId)
    const { rows } = await sql<TableRow<'message', 'seq'>>`
      with moved as (update conversation set head = head + 1, said_at = ${work.now} where id = ${conversationId} returning head)
      insert into message (id, conversation, seq, user_id, kind, text, words, mentions, thread_id, replies, created_at)
      select ${id}, ${conversationId}, head, ${userId}, ${kind}, ${text}, to_tsvector('simple', ${splitSearchWords(text).join(' ')}),
        ${sql.val(mentions)}::uuid[], ${threadId ?? null}::uuid, 0, ${work.now}
      from moved returning seq`.execute(work.db)
    await attachFiles(work, { conversationId, messageId: id, userId }, fileIds)
    const seq = Number(rows[0]?.seq)
    work.emit(MessageSent, {
      subject: subjectOf(conversation),
      audience: audienceOf(conversation),
      data: { conversationId, messageId: id, seq, userId, kind, threadId: threadId ?? null, mentions },
    })
    return readMessage(work, id)
  },
})

async function countReply(work: CommandContext, conversation: string, threadId: string): Promise<void> {
  const counted = await work.db
    .updateTable('message')
    .set((is) => ({ replies: is('replies', '+', 1), replied_at: work.now }))
    .where('id', '=', threadId)
    .where('conversation', '=', conversation)
    .where('thread_id', 'is', null)
    .returning('id')
    .executeTakeFirst()
  if (!counted) throw invalidField('threadId', 'must be a message of this conversation that is not a reply')
}

/** Edits the actor's own message. */
export const editMessage = command('messaging.editMessage', {
  input: { ...messageInput, text: Text.min(1) },
  authorize: requireConversationWriter,
  async execute(work, { conversationId, messageId, text }): Promise<MessageDetails> {
    await lockForWriting(work, conversationId)
    const { conversation, message } = await findMessage(work, conversationId, messageId)
    if (message.userId !== requireUserId(work)) throw new DomainError('forbidden', 'Only its author can edit a message.')
    message.text = text
    message.mentions = await findMentions(work, conversation, text)
    message.editedAt = work.now
    const words = sql<string>`to_tsvector('simple', ${splitSearchWords(text).join(' ')})`
    await work.db.updateTable('message').set({ words }).where('id', '=', messageId).execute()
    return emitAndLoad(work, conversation, message)
  },
})

/**
 * Deletes a message: the actor's own; an owner of the space or venture can delete any. It keeps its place; its text, files and reactions
 * are deleted. Idempotent.
 */
export const deleteMessage = command('messaging.deleteMessage', {
  input: messageInput,
  authorize: requireConversationWriter,
  async execute(work, { conversationId, messageId }): Promise<MessageDetails> {
    const { conversation, message } = await lockMessage(work, conversationId, messageId)
    if (message.userId !== requireUserId(work) && (await getConversationRole(work, conversation)) !== 'owner')
      throw new DomainError('forbidden', 'Only its author or an owner can delete a message.')
    if (message.deletedAt) return readMessage(work, messageId)
    const { db } = work
    message.text = ''
    message.mentions = []
    message.deletedAt = work.now
    await db.updateTable('message').set({ words: null }).where('id', '=', messageId).execute()
    await db.deleteFrom('message_reaction').where('message_id', '=', messageId).execute()
    if (message.threadId)
      await db
        .updateTable('message')
        .set((is) => ({ replies: is('replies', '-', 1) }))
        .where('id', '=', message.threadId)
        .execute()
    await forgetFilesOf(work, messageId)
    return emitAndLoad(work, conversation, message)
  },
})
