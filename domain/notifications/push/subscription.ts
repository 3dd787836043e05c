/** Push subscriptions: browsers in which a person gets notifications while SmartStart is not open. */
import { createECDH } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import { requireSignedIn, requireUserId } from '../../kernel/permission.ts'
import { defineEntity, identity, newId, p } from '../../kernel/entity.ts'
import { DomainError, notFound } from '../../kernel/errors.ts'
import { command, type QueryContext } from '../../kernel/operation.ts'
import { describeUrlProblem } from '../../delivery/outbound/ssrf-guard.ts'

const PushSchema = defineEntity({
  name: 'PushSubscription',
  tableName: 'push_subscription',
  properties: {
    ...identity(),
    userId: p.uuid(),
    endpoint: p.text().unique(),
    p256dh: p.string(),
    auth: p.string(),
    userAgent: p.string().length(400).nullable(),
  },
})
/** A person's browser with push. */
export class PushSubscription extends PushSchema.class {}
PushSchema.setClass(PushSubscription)

/** Maximum browsers of a person; a further one replaces the one that was refreshed longest ago. */
const maxBrowsers = 20

const bytes = (length: number, what: string) =>
  z
    .string()
    .max(200)
    .refine((text) => /^[\w-]+={0,2}$/.test(text) && Buffer.from(text, 'base64url').length === length, `must be ${what}, as base64url`)

/** Checks that a point is on the curve; otherwise every push would fail. */
const isPoint = (text: string): boolean => {
  try {
    const pair = createECDH('prime256v1')
    pair.generateKeys()
    pair.computeSecret(Buffer.from(text, 'base64url'))
    return true
  } catch {
    return false
  }
}

/** Subscribes a browser, with the output of `PushSubscription.toJSON()`. A repeated call refreshes it. */
export const subscribePush = command('notifications.subscribePush', {
  input: {
    endpoint: z.string().max(1000),
    keys: z.strictObject({
      p256dh: bytes(65, 'a point of P-256').refine(isPoint, 'must be a point of P-256'),
      auth: bytes(16, '16 bytes'),
    }),
    expirationTime: z.number().nullable().optional(),
    userAgent: z.string().max(400).nullable().optional(),
  },
  authorize: requireSignedIn,
  async execute(work, { endpoint, keys, userAgent = null }): Promise<PushSubscription> {
    const userId = requireUserId(work)
    const wrong = describeUrlProblem(endpoint, work.ports.outbound.allowPrivate)
    if (wrong) throw new DomainError('invalid-input', `endpoint: ${wrong}`, { fields: [{ path: 'endpoint', message: wrong }] })
    await sql`select pg_advisory_xact_lock(hashtext(${`push of ${userId}`}))`.execute(work.db)
    const known = await work.em.findOne(PushSubscription, { endpoint })
    if (known) {
      // a browser in which someone else signed in: it knows its keys, which the endpoint alone does not reveal
      if (known.userId !== userId && known.auth !== keys.auth) throw new DomainError('conflict', 'This browser is already subscribed.')
      Object.assign(known, { ...keys, userId, userAgent, updatedAt: work.now })
      return known
    }
    const { db } = work
    const newest = db
      .selectFrom('push_subscription')
      .select('id')
      .where('user_id', '=', userId)
      .orderBy('updated_at', 'desc')
      .limit(maxBrowsers - 1)
    await db.deleteFrom('push_subscription').where('user_id', '=', userId).where('id', 'not in', newest).execute()
    const made = work.em.create(PushSubscription, { id: newId(), userId, endpoint, ...keys, userAgent })
    work.em.persist(made)
    return made
  },
})

/** Ends the subscription of the actor's own browser. */
export const unsubscribePush = command('notifications.unsubscribePush', {
  input: { endpoint: z.string().max(1000) },
  authorize: requireSignedIn,
  async execute(work, { endpoint }) {
    if (!(await work.em.nativeDelete(PushSubscription, { endpoint, userId: requireUserId(work) }))) throw notFound()
  },
})

export const readSubscriptions = (view: QueryContext, userId: string): Promise<PushSubscription[]> =>
  view.em.find(PushSubscription, { userId }, { orderBy: { id: 'asc' } })
