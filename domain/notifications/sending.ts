/** Sending: what administrators, and SmartStart itself, tell others. */
import { sql } from 'kysely'
import { z } from 'zod'
import { adminOnly } from '../access/permission.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, type Work } from '../kernel/operation.ts'
import { formerNames, kindNames, type KindName, priorities } from './kind.ts'
import { type Notice, type NotificationSeen, tell } from './notification.ts'

const largestData = 4096

/** A kind by its name, or by the one that older frontends know. */
const Type = z
  .string()
  .transform((name) => formerNames[name] ?? name)
  .pipe(z.enum(kindNames))
/** The ladders of smartstart-facts 1.10: NORMAL is what the other one calls medium. */
const Priority = z
  .string()
  .toLowerCase()
  .transform((name) => (name === 'normal' ? 'medium' : name))
  .pipe(z.enum(priorities))

const what = {
  type: Type,
  title: z.string().trim().min(1).max(200),
  message: z.string().trim().min(1).max(2000).describe('plain text'),
  data: z
    .record(z.string(), z.unknown())
    .refine((data) => Buffer.byteLength(JSON.stringify(data)) <= largestData, `takes at most ${largestData} bytes`)
    .refine(
      ({ link }) => link === undefined || (typeof link === 'string' && /^\/(?![/\\])/.test(link)),
      'link takes a path in the workspace',
    )
    .default({})
    .describe('for programs; `link` is a path in the workspace'),
  priority: Priority.optional().describe('absent: the kind’s'),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
}

type What = {
  type: KindName
  title: string
  message: string
  data: Record<string, unknown>
  priority?: Notice['priority']
  expiresAt?: string | undefined
}

/** @throws DomainError invalid-input for something that is over already */
function noticeOf(work: Work, userId: string, { expiresAt, ...told }: What): Notice {
  const over = expiresAt === undefined ? undefined : new Date(expiresAt)
  if (over && over <= work.now) {
    const message = 'takes a moment to come'
    throw new DomainError('invalid-input', `expiresAt: ${message}`, { fields: [{ path: 'expiresAt', message }] })
  }
  const actorId = work.actor.kind === 'user' ? work.actor.userId : null
  return { ...told, userId, subject: null, actorId, expiresAt: over }
}

/** Which of some people can sign in. */
async function reachable(work: Work, users: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select id from "user" where status = 'active' and id = any(${sql.val([...users])}::uuid[])`.execute(work.em.getKysely() as never)
  return new Set(rows.map(({ id }) => id))
}

/** Tells one person something. @throws DomainError not-found where there is no such person */
export const sendNotification = command('notifications.send', {
  input: { recipientId: z.uuid(), ...what },
  may: adminOnly,
  async does(work, { recipientId, ...told }): Promise<NotificationSeen> {
    const notice = noticeOf(work, recipientId, told)
    if (!(await reachable(work, [recipientId])).has(recipientId)) throw notFound()
    return (await tell(work, [notice], { kept: true }))[0] as NotificationSeen
  },
})

/** Tells many the same: all of them, or nobody. @throws DomainError invalid-input that names those who are not there */
export const sendNotifications = command('notifications.sendMany', {
  input: { user_ids: z.array(z.uuid()).min(1).max(1000), ...what },
  may: adminOnly,
  async does(work, { user_ids: named, ...told }): Promise<{ sent: number }> {
    const users = [...new Set(named)]
    const known = await reachable(work, users)
    const fields = named.flatMap((id, place) => (known.has(id) ? [] : [{ path: `user_ids.${place}`, message: 'is nobody' }]))
    if (fields.length > 0) throw new DomainError('invalid-input', 'Some of these people are not there.', { fields })
    const sent = await tell(
      work,
      users.map((userId) => noticeOf(work, userId, told)),
      { kept: true },
    )
    return { sent: sent.length }
  },
})
