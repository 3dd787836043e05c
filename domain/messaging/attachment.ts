/**
 * Files of messages: uploaded first, attached by the message, and stored as long as it is. Readers of the conversation can download them.
 */
import { z } from 'zod'
import { requireSystem, requireUserId } from '../kernel/permission.ts'
import { deleteStoredFile, expiryTime, storeFile, retainFile, readStoredFile } from '../files/file-store.ts'
import { defineEntity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type CommandContext } from '../kernel/operation.ts'
import { requireConversationReader, requireConversationWriter } from './conversation.ts'

/** Maximum files of a message; each may have LIMIT_IMPORT_BYTES. */
export const maxFiles = 10
/** Maximum files of a person that are not attached to a message yet. */
const maxUnattachedFiles = 50

const FileSchema = defineEntity({
  name: 'MessageFile',
  tableName: 'message_file',
  properties: {
    id: p.uuid().primary(),
    conversation: p.uuid(),
    messageId: p.uuid().nullable(),
    userId: p.uuid(),
    name: p.string().length(200),
    size: p.integer(),
    createdAt: p.datetime().length(3),
  },
})
/** A file that is, or will be, attached to a message. Its bytes are stored under its id. */
export class MessageFile extends FileSchema.class {}
FileSchema.setClass(MessageFile)

/** A file name that is valid on every system and in any text: no folders, no control characters. */
const FileName = z
  .string()
  .max(200)
  .transform((name) =>
    name
      .normalize('NFC')
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s/\\:*?"<>|]+/gu, ' ')
      .replace(/^[.\s]+|[.\s]+$/g, ''),
  )
  .pipe(z.string().min(1, 'must be a file name'))

/** Stores a file for a later message; for a day, if none attaches it. */
export const sendFile = command('messaging.sendFile', {
  input: { conversationId: z.uuid(), name: FileName, bytes: z.instanceof(Uint8Array) },
  authorize: requireConversationWriter,
  async prepare(view, { bytes }): Promise<string> {
    if ((await view.em.count(MessageFile, { userId: requireUserId(view), messageId: null })) >= maxUnattachedFiles)
      throw new DomainError('conflict', `You already have ${maxUnattachedFiles} uploaded files that no message uses.`)
    const id = newId()
    await storeFile(view, id, [bytes])
    return id
  },
  async execute(work, { conversationId, name, bytes }, id): Promise<MessageFile> {
    const sent = { id, conversation: conversationId, messageId: null, userId: requireUserId(work), name, size: bytes.length }
    const file = work.em.create(MessageFile, { ...sent, createdAt: work.now })
    work.em.persist(file)
    return file
  },
})

/**
 * Attaches files to a new message.
 * @throws DomainError invalid-input for a file that is not the actor's own, already attached, or expired
 */
export async function attachFiles(
  work: CommandContext,
  { conversationId, messageId, userId }: { conversationId: string; messageId: string; userId: string },
  fileIds: readonly string[],
): Promise<void> {
  for (const [place, id] of fileIds.entries()) {
    const attached = await work.db
      .updateTable('message_file')
      .set({ message_id: messageId })
      .where('id', '=', id)
      .where('conversation', '=', conversationId)
      .where('user_id', '=', userId)
      .where('message_id', 'is', null)
      .returning('id')
      .executeTakeFirst()
    if (attached && (await retainFile(work, id))) continue
    const path = `fileIds.${place}`
    throw new DomainError('invalid-input', `${path}: not an unused file that you uploaded to this conversation.`, {
      fields: [{ path, message: 'not an unused file' }],
    })
  }
}

export async function forgetFilesOf(work: CommandContext, messageId: string): Promise<void> {
  for (const file of await work.em.find(MessageFile, { messageId })) {
    await deleteStoredFile(work, file.id)
    work.em.remove(file)
  }
}

/** A file of a message. Files that are not attached yet look absent. */
export const readFile = query('messaging.readFile', {
  input: { conversationId: z.uuid(), fileId: z.uuid() },
  authorize: requireConversationReader,
  async execute(view, { conversationId, fileId }): Promise<{ file: MessageFile; bytes: Uint8Array }> {
    const file = await view.em.findOne(MessageFile, { id: fileId, conversation: conversationId, messageId: { $ne: null } })
    if (!file) throw notFound()
    return { file, bytes: Buffer.concat(await readStoredFile(view, fileId)) }
  },
})

/** Deletes files that no message attached within a day. The file store deletes their bytes. */
export const forgetUnsent = command('messaging.forgetUnsent', {
  input: {},
  authorize: requireSystem,
  async execute(work) {
    await work.em.nativeDelete(MessageFile, { messageId: null, createdAt: { $lt: expiryTime(work) } })
  },
})
