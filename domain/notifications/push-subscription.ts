/** Push subscriptions: browsers in which somebody wants to be told while SmartStart is not open. */
import { createECDH } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import { signedIn, userOf } from '../access/permission.ts'
import { defineEntity, identity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { command, type View } from '../kernel/operation.ts'
import { wrongWith } from './address.ts'

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
/** One browser of somebody's. */
export class PushSubscription extends PushSchema.class {}
PushSchema.setClass(PushSubscription)

/** A person's browsers; a further one takes the place of the one that was heard of longest ago. */
const most = 20

const bytes = (length: number, what: string) =>
  z
    .string()
    .max(200)
    .refine((text) => /^[\w-]+={0,2}$/.test(text) && Buffer.from(text, 'base64url').length === length, `takes ${what}, as base64url`)

/** A point that does not lie on the curve would fail each time something is sent. */
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

/** Subscribes a browser, as `PushSubscription.toJSON()` says it. Doing it again refreshes it. */
export const subscribePush = command('notifications.subscribePush', {
  input: {
    endpoint: z.string().max(1000),
    keys: z.strictObject({
      p256dh: bytes(65, 'a point of P-256').refine(isPoint, 'takes a point of P-256'),
      auth: bytes(16, '16 bytes'),
    }),
    expirationTime: z.number().nullable().optional(),
    userAgent: z.string().max(400).nullable().optional(),
  },
  may: signedIn,
  async does(work, { endpoint, keys, userAgent = null }): Promise<PushSubscription> {
    const userId = userOf(work)
    const wrong = wrongWith(endpoint, work.ports.outside.allowPrivate)
    if (wrong) throw new DomainError('invalid-input', `endpoint: ${wrong}`, { fields: [{ path: 'endpoint', message: wrong }] })
    await sql`select pg_advisory_xact_lock(hashtext(${`push of ${userId}`}))`.execute(work.em.getKysely() as never)
    const known = await work.em.findOne(PushSubscription, { endpoint })
    if (known) {
      // a browser on which somebody else signed in: it knows its keys, and nobody who only heard of the address does
      if (known.userId !== userId && known.auth !== keys.auth) throw new DomainError('conflict', 'This browser is subscribed already.')
      Object.assign(known, { ...keys, userId, userAgent, updatedAt: work.now })
      return known
    }
    await sql`delete from push_subscription where user_id = ${userId} and id not in (
      select id from push_subscription where user_id = ${userId} order by updated_at desc limit ${most - 1})`.execute(
      work.em.getKysely() as never,
    )
    const made = work.em.create(PushSubscription, { id: newId(), userId, endpoint, ...keys, userAgent })
    work.em.persist(made)
    return made
  },
})

/** Ends one's own browser's subscription. */
export const unsubscribePush = command('notifications.unsubscribePush', {
  input: { endpoint: z.string().max(1000) },
  may: signedIn,
  async does(work, { endpoint }) {
    if (!(await work.em.nativeDelete(PushSubscription, { endpoint, userId: userOf(work) }))) throw notFound()
  },
})

export const subscriptionsOf = (view: View, userId: string): Promise<PushSubscription[]> =>
  view.em.find(PushSubscription, { userId }, { orderBy: { id: 'asc' } })
