/** Sending: content administrators, and SmartStart itself, createNotifications others. */
import { z } from 'zod'
import { requireAdmin } from '../kernel/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, type CommandContext } from '../kernel/operation.ts'
import { type NotificationInput, priorities } from '../kernel/manifest/notification.ts'
import { legacyTypeNames, NotificationTypeName } from './types.ts'
import { type InboxNotification, createNotifications } from './notification.ts'
import { singleLine } from '../kernel/text/well-formed.ts'
import { filterActiveAccounts } from '../users/account.ts'
import { Timestamp } from '../kernel/time.ts'

const maxDataBytes = 4096

/** A type by its name, or by the name that older clients use. */
const Type = z
  .string()
  .transform((name) => legacyTypeNames[name] ?? name)
  .pipe(NotificationTypeName)
/** Older clients send NORMAL for medium. */
const Priority = z
  .string()
  .toLowerCase()
  .transform((name) => (name === 'normal' ? 'medium' : name))
  .pipe(z.enum(priorities))

const content = {
  type: Type,
  title: singleLine(200),
  message: z.string().trim().min(1).max(2000).describe('plain text'),
  data: z
    .record(z.string(), z.unknown())
    .refine((data) => Buffer.byteLength(JSON.stringify(data)) <= maxDataBytes, `must have at most ${maxDataBytes} bytes`)
    .refine(
      ({ link }) => link === undefined || (typeof link === 'string' && /^\/(?![/\\])/.test(link)),
      'link must be a path in the workspace',
    )
    .default({})
    .describe('for programs; `link` is a path in the workspace'),
  priority: Priority.optional().describe('absent: the default of the type'),
  expiresAt: Timestamp.optional(),
}

type Content = {
  type: string
  title: string
  message: string
  data: Record<string, unknown>
  priority?: NotificationInput['priority']
  expiresAt?: string | undefined
}

/** @throws DomainError invalid-input for an expiry in the past */
function toNotificationInput(work: CommandContext, userId: string, { expiresAt, ...told }: Content): NotificationInput {
  const over = expiresAt === undefined ? undefined : new Date(expiresAt)
  if (over && over <= work.now) {
    const message = 'must be a time in the future'
    throw new DomainError('invalid-input', `expiresAt: ${message}`, { fields: [{ path: 'expiresAt', message }] })
  }
  return { ...told, userId, subject: null, actorId: work.actor.id, expiresAt: over }
}

/** Sends a notification to one person. @throws DomainError not-found where the person does not exist */
export const sendNotification = command('notifications.send', {
  input: { recipientId: z.uuid(), ...content },
  authorize: requireAdmin,
  async execute(work, { recipientId, ...told }): Promise<InboxNotification> {
    const notice = toNotificationInput(work, recipientId, told)
    if (!(await filterActiveAccounts(work, [recipientId])).has(recipientId)) throw notFound()
    return (await createNotifications(work, [notice], { kept: true }))[0] as InboxNotification
  },
})

/**
 * Sends the same notification to many people: to all of them, or to nobody.
 * @throws DomainError invalid-input with the ids that do not exist
 */
export const sendNotifications = command('notifications.sendMany', {
  input: { user_ids: z.array(z.uuid()).min(1).max(1000), ...content },
  authorize: requireAdmin,
  async execute(work, { user_ids: named, ...told }): Promise<{ sent: number }> {
    const users = [...new Set(named)]
    const known = await filterActiveAccounts(work, users)
    const fields = named.flatMap((id, place) => (known.has(id) ? [] : [{ path: `user_ids.${place}`, message: 'is nobody' }]))
    if (fields.length > 0) throw new DomainError('invalid-input', 'Some of these users do not exist.', { fields })
    const sent = await createNotifications(
      work,
      users.map((userId) => toNotificationInput(work, userId, told)),
      { kept: true },
    )
    return { sent: sent.length }
  },
})
