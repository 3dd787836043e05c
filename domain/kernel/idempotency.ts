/** Idempotency keys: the same request sent twice does its work once and answers the same twice. */
import { sql } from 'kysely'
import { defineEntity, p } from './entity.ts'
import { DomainError } from './errors.ts'
import { command, type Work } from './operation.ts'

const IdempotencySchema = defineEntity({
  name: 'IdempotencyRow',
  tableName: 'idempotency',
  properties: {
    userId: p.uuid().primary(),
    key: p.string().primary(),
    fingerprint: p.string(),
    answer: p.json<unknown>().nullable(),
    at: p.datetime().length(3).index(),
  },
})
/** What a key was used for, and what was answered. Kept for a day. */
export class IdempotencyRow extends IdempotencySchema.class {}
IdempotencySchema.setClass(IdempotencyRow)

/** A request that is to be done once. */
export interface Once<O> {
  /** The client's key, 1 to 255 characters; its own for each user. */
  key: string
  /** What tells this request from another under the same key. */
  fingerprint: string
  /** What is kept of the outcome and answered again: JSON. */
  answer: (outcome: O) => unknown
}

/**
 * Does the work unless the actor's key was used before; then answers what was answered then.
 * @throws DomainError conflict when the key was used for another request
 */
export async function once<O>(work: Work, { key, fingerprint, answer }: Once<O>, does: () => Promise<O>): Promise<unknown> {
  if (work.actor.kind !== 'user') return answer(await does())
  const { userId } = work.actor
  const db = work.em.getKysely() as never
  // waits for a twin that is under way, then sees what it left
  const taken = await sql`
    insert into idempotency (user_id, key, fingerprint, at) values (${userId}, ${key}, ${fingerprint}, ${work.now})
    on conflict do nothing returning key`.execute(db)
  if (taken.rows.length === 0) {
    const found = await sql<{ fingerprint: string; answer: unknown }>`
      select fingerprint, answer from idempotency where user_id = ${userId} and key = ${key}`.execute(db)
    if (found.rows[0]?.fingerprint !== fingerprint) {
      throw new DomainError('conflict', 'This Idempotency-Key was used for another request.')
    }
    return found.rows[0].answer
  }
  const answered = answer(await does())
  await work.em.flush()
  await sql`update idempotency set answer = ${JSON.stringify(answered ?? null)}::jsonb
    where user_id = ${userId} and key = ${key}`.execute(db)
  return answered
}

const keptFor = 24 * 3600_000

/** Forgets keys after a day. */
export const forgetOldKeys = command('kernel.forgetOldKeys', {
  input: {},
  may: (view) => {
    if (view.actor.kind !== 'system') throw new DomainError('forbidden', 'This is not asked from outside.')
  },
  async does(work) {
    await work.em.nativeDelete(IdempotencyRow, { at: { $lt: new Date(work.now.getTime() - keptFor) } })
  },
})
