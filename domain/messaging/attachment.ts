/** Files of messages: sent ahead, named by the message, kept as long as it is. Whoever may read the conversation may fetch them. */
import { sql } from 'kysely'
import { z } from 'zod'
import { systemOnly, userOf } from '../access/permission.ts'
import { forgetFile, forgottenBefore, keepFile, keepForGood, readKept } from '../files/kept-file.ts'
import { defineEntity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, query, type Work } from '../kernel/operation.ts'
import { mayRead, mayWrite } from './conversation.ts'

/** A message has at most so many; each at most as large as any file that is sent (LIMIT_IMPORT_BYTES). */
export const mostFiles = 10
/** Files that a person has sent, and that no message names yet. */
const mostWaiting = 50

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
/** A file of a message, or on its way to be one. Its bytes are kept under its id. */
export class MessageFile extends FileSchema.class {}
FileSchema.setClass(MessageFile)

/** A file's name, on every system and in every line of text: no folders, no signs that steer. */
const FileName = z
  .string()
  .max(200)
  .transform((name) =>
    name
      .normalize('NFC')
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s/\\:*?"<>|]+/gu, ' ')
      .replace(/^[.\s]+|[.\s]+$/g, ''),
  )
  .pipe(z.string().min(1, 'takes a name of a file'))

/** Keeps a file for a message that is to come; for a day, if none does. */
export const sendFile = command('messaging.sendFile', {
  input: { conversationId: z.uuid(), name: FileName, bytes: z.instanceof(Uint8Array) },
  may: mayWrite,
  async prepares(view, input): Promise<string> {
    // nothing is kept for who may not
    await mayWrite(view, input)
    if ((await view.em.count(MessageFile, { userId: userOf(view), messageId: null })) >= mostWaiting)
      throw new DomainError('conflict', `At most ${mostWaiting} files wait for their message.`)
    const id = newId()
    await keepFile(view, id, [input.bytes])
    return id
  },
  async does(work, { conversationId, name, bytes }, id): Promise<MessageFile> {
    const sent = { id, conversation: conversationId, messageId: null, userId: userOf(work), name, size: bytes.length }
    const file = work.em.create(MessageFile, { ...sent, createdAt: work.now })
    work.em.persist(file)
    return file
  },
})

/** Gives a new message its files. @throws DomainError invalid-input for one that is not one's own, was named already, or is forgotten */
export async function attachFiles(
  work: Work,
  { conversationId, messageId, userId }: { conversationId: string; messageId: string; userId: string },
  fileIds: readonly string[],
): Promise<void> {
  for (const [place, id] of fileIds.entries()) {
    const { rows } = await sql`
      update message_file set message_id = ${messageId}
      where id = ${id} and conversation = ${conversationId} and user_id = ${userId} and message_id is null returning id`.execute(
      work.em.getKysely() as never,
    )
    if (rows.length > 0 && (await keepForGood(work, id))) continue
    const path = `fileIds.${place}`
    throw new DomainError('invalid-input', `${path}: no file that you sent here and that waits for a message.`, {
      fields: [{ path, message: 'no file that waits for a message' }],
    })
  }
}

export async function forgetFilesOf(work: Work, messageId: string): Promise<void> {
  for (const file of await work.em.find(MessageFile, { messageId })) {
    await forgetFile(work, file.id)
    work.em.remove(file)
  }
}

/** A file of a message. What no message names yet is for nobody. */
export const readFile = query('messaging.readFile', {
  input: { conversationId: z.uuid(), fileId: z.uuid() },
  may: mayRead,
  async does(view, { conversationId, fileId }): Promise<{ file: MessageFile; bytes: Uint8Array }> {
    const file = await view.em.findOne(MessageFile, { id: fileId, conversation: conversationId, messageId: { $ne: null } })
    if (!file) throw notFound()
    return { file, bytes: Buffer.concat(await readKept(view, fileId)) }
  },
})

/** Forgets, after a day, what no message named. Its bytes go with all that is kept for a day. */
export const forgetUnsent = command('messaging.forgetUnsent', {
  input: {},
  may: systemOnly,
  async does(work) {
    await work.em.nativeDelete(MessageFile, { messageId: null, createdAt: { $lt: forgottenBefore(work) } })
  },
})
