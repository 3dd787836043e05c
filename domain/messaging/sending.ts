/** What is said: sent, edited, deleted. A message has its number from the row of its conversation, locked until it is committed. */
import { LockMode } from '@mikro-orm/core'
import { sql } from 'kysely'
import { z } from 'zod'
import { userOf } from '../access/permission.ts'
import { reaches } from '../access/role.ts'
import { newId } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type Work } from '../kernel/operation.ts'
import { attachFiles, forgetFilesOf, mostFiles } from './attachment.ts'
import { audienceOf, Conversation, mayWrite, mentionsIn, roleIn, subjectOf } from './conversation.ts'
import { MessageChanged, MessageSent } from './events.ts'
import { Message, messageKinds, messageSeen, type MessageSeen, ofMessage } from './message.ts'
import { wordsOf } from './words.ts'

/** What a message says: plain text, at most 5,000 signs. `@[<userId>]` in it mentions a person. */
const Text = z.string().trim().max(5000)

const refuse = (path: string, message: string) => new DomainError('invalid-input', message, { fields: [{ path, message }] })

/** Tells of a message that it changed, and answers it as it is now. */
export async function changed(work: Work, conversation: Conversation, { id, threadId }: Message): Promise<MessageSeen> {
  await work.em.flush()
  work.emit(MessageChanged, {
    subject: subjectOf(conversation),
    audience: audienceOf(conversation),
    data: { conversationId: conversation.id, messageId: id, threadId: threadId ?? null },
  })
  return messageSeen(work, id)
}

/** A message of a conversation, its row locked, and the conversation. @throws DomainError not-found */
async function lockMessage(work: Work, conversationId: string, messageId: string) {
  const conversation = await work.em.findOneOrFail(Conversation, conversationId)
  const which = { id: messageId, conversation: conversationId }
  return { conversation, message: await work.em.findOneOrFail(Message, which, { lockMode: LockMode.PESSIMISTIC_WRITE }) }
}

/** As `lockMessage`. @throws DomainError conflict when the message was deleted */
export async function findMessage(work: Work, conversationId: string, messageId: string) {
  const found = await lockMessage(work, conversationId, messageId)
  if (found.message.deletedAt) throw new DomainError('conflict', 'The message was deleted.')
  return found
}

/** A conversation that is written in: the row is locked, so that its messages come one after the other. @throws DomainError conflict */
async function lockOpen(work: Work, id: string): Promise<void> {
  // "no key": a whole lock would cross with those who change a message, whose row refers to this one
  const { rows } = await sql<{ open: boolean }>`
    select archived_at is null as open from conversation where id = ${id} for no key update`.execute(work.em.getKysely() as never)
  if (!rows[0]?.open) throw new DomainError('conflict', 'The channel is archived.')
}

/** @throws DomainError conflict in an archived channel; forbidden for an announcement of who is no editor; invalid-input without words and files */
export const sendMessage = command('messaging.sendMessage', {
  input: {
    conversationId: z.uuid(),
    text: Text.default(''),
    kind: z.enum(messageKinds).default('GENERAL'),
    threadId: z.uuid().optional().describe('the message that it replies to'),
    fileIds: z.array(z.uuid()).max(mostFiles).default([]).describe('files that one sent ahead'),
  },
  may: mayWrite,
  async does(work, { conversationId, text, kind, threadId, fileIds }): Promise<MessageSeen> {
    const userId = userOf(work)
    const conversation = await work.em.findOneOrFail(Conversation, conversationId)
    if (text === '' && fileIds.length === 0) throw refuse('text', 'takes words, or files')
    if (kind === 'ANNOUNCEMENT' && !reaches(await roleIn(work, conversation), 'editor'))
      throw new DomainError('forbidden', 'An announcement takes the role editor.')
    await lockOpen(work, conversationId)
    const kysely = work.em.getKysely() as never
    const id = newId()
    const mentions = await mentionsIn(work, conversation, text)
    if (threadId) await countReply(work, conversationId, threadId)
    const { rows } = await sql<{ seq: string | number }>`
      with moved as (update conversation set head = head + 1, said_at = ${work.now} where id = ${conversationId} returning head)
      insert into message (id, conversation, seq, user_id, kind, text, words, mentions, thread_id, replies, created_at)
      select ${id}, ${conversationId}, head, ${userId}, ${kind}, ${text}, to_tsvector('simple', ${wordsOf(text).join(' ')}),
        ${sql.val(mentions)}::uuid[], ${threadId ?? null}::uuid, 0, ${work.now}
      from moved returning seq`.execute(kysely)
    await attachFiles(work, { conversationId, messageId: id, userId }, fileIds)
    const seq = Number(rows[0]?.seq)
    work.emit(MessageSent, {
      subject: subjectOf(conversation),
      audience: audienceOf(conversation),
      data: { conversationId, messageId: id, seq, userId, kind, threadId: threadId ?? null, mentions },
    })
    return messageSeen(work, id)
  },
})

async function countReply(work: Work, conversation: string, threadId: string): Promise<void> {
  const { rows } = await sql`
    update message set replies = replies + 1, replied_at = ${work.now}
    where id = ${threadId} and conversation = ${conversation} and thread_id is null returning id`.execute(work.em.getKysely() as never)
  if (rows.length === 0) throw refuse('threadId', 'takes a message of this conversation that is no reply itself')
}

/** Edits one's own message. */
export const editMessage = command('messaging.editMessage', {
  input: { ...ofMessage, text: Text.min(1) },
  may: mayWrite,
  async does(work, { conversationId, messageId, text }): Promise<MessageSeen> {
    await lockOpen(work, conversationId)
    const { conversation, message } = await findMessage(work, conversationId, messageId)
    if (message.userId !== userOf(work)) throw new DomainError('forbidden', 'Only who wrote a message edits it.')
    message.text = text
    message.mentions = await mentionsIn(work, conversation, text)
    message.editedAt = work.now
    await sql`update message set words = to_tsvector('simple', ${wordsOf(text).join(' ')}) where id = ${messageId}`.execute(
      work.em.getKysely() as never,
    )
    return changed(work, conversation, message)
  },
})

/** Deletes a message: one's own, as an owner of the space or venture any. Its place stays; its words, files and reactions are gone. Said twice it stays as it is. */
export const deleteMessage = command('messaging.deleteMessage', {
  input: ofMessage,
  may: mayWrite,
  async does(work, { conversationId, messageId }): Promise<MessageSeen> {
    const { conversation, message } = await lockMessage(work, conversationId, messageId)
    if (message.userId !== userOf(work) && (await roleIn(work, conversation)) !== 'owner')
      throw new DomainError('forbidden', 'Only who wrote a message deletes it, or an owner.')
    if (message.deletedAt) return messageSeen(work, messageId)
    const kysely = work.em.getKysely() as never
    message.text = ''
    message.mentions = []
    message.deletedAt = work.now
    await sql`update message set words = null where id = ${messageId}`.execute(kysely)
    await sql`delete from message_reaction where message_id = ${messageId}`.execute(kysely)
    if (message.threadId) await sql`update message set replies = replies - 1 where id = ${message.threadId}`.execute(kysely)
    await forgetFilesOf(work, messageId)
    return changed(work, conversation, message)
  },
})
