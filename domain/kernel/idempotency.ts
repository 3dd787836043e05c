/** Idempotency keys: the same request sent twice does its work once and answers the same twice. */
import { createHmac } from 'node:crypto'
import { sql } from 'kysely'
import { defineEntity, p } from './entity.ts'
import { DomainError, type ProblemCode } from './errors.ts'
import { command, type Ports, type View, type Work } from './operation.ts'

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
/** What a key was used for, and what was answered: nothing while it is only claimed. Kept for a day. */
export class IdempotencyRow extends IdempotencySchema.class {}
IdempotencySchema.setClass(IdempotencyRow)

/** A request that is to be done once. */
export interface Once<O> {
  /** The client's key, 1 to 255 characters; its own for each user. */
  key: string
  /** What tells this request from another under the same key. Kept as a code that only this installation can make: it may hold a password. */
  request: string
  /** What is kept of the outcome and answered again: JSON. */
  answer: (outcome: O) => unknown
}

const fingerprintOf = ({ tokenSecret }: Ports, request: string) => createHmac('sha256', tokenSecret).update(request).digest('hex')

/** @throws DomainError conflict when the key was used for another request */
async function foundUnder(view: View, userId: string, key: string, fingerprint: string): Promise<{ claimed: boolean; answer: unknown }> {
  const found = await sql<{ fingerprint: string; claimed: boolean; answer: unknown }>`
    select fingerprint, answer is null as claimed, answer from idempotency where user_id = ${userId} and key = ${key}`.execute(
    view.em.getKysely() as never,
  )
  // what was released at this very moment counts as under way
  const row = found.rows[0] ?? { fingerprint, claimed: true, answer: null }
  if (row.fingerprint !== fingerprint) throw new DomainError('conflict', 'This Idempotency-Key was used for another request.')
  return row
}

/**
 * Does the work unless the actor's key was used before; then answers what was answered then. Key, work and answer are one transaction.
 * @throws DomainError conflict when the key was used for another request
 */
export async function once<O>(work: Work, { key, request, answer }: Once<O>, does: () => Promise<O>): Promise<unknown> {
  if (work.actor.kind !== 'user') return answer(await does())
  const { userId } = work.actor
  const db = work.em.getKysely() as never
  const fingerprint = fingerprintOf(work.ports, request)
  // waits for a twin that is under way, then sees what it left
  const taken = await sql`
    insert into idempotency (user_id, key, fingerprint, at) values (${userId}, ${key}, ${fingerprint}, ${work.now})
    on conflict do nothing returning key`.execute(db)
  if (taken.rows.length === 0) return (await foundUnder(work, userId, key, fingerprint)).answer
  const answered = answer(await does())
  await work.em.flush()
  await sql`update idempotency set answer = ${JSON.stringify(answered ?? null)}::jsonb
    where user_id = ${userId} and key = ${key}`.execute(db)
  return answered
}

/** What a command did so far that outlives its failure. */
export interface Effects {
  some: boolean
}

/** The world as a command sees it whose edits are noted as effects. SmartStart's own are not: what needs them can be done twice. */
export const noted = (ports: Ports, effects: Effects): Ports => ({
  ...ports,
  async write(documentName, actor, change) {
    const written = await ports.write(documentName, actor, change)
    if (actor !== null) effects.some = true
    return written
  },
})

/** So long a request may take; a claim that is older was left by a node that died. Milliseconds. */
const claimedFor = 5 * 60_000
/** Refusals that say nothing of how far the work came. */
const unsure: readonly ProblemCode[] = ['internal', 'unavailable']

/**
 * As `once`, for work that is more than one transaction: the key is claimed before, and the answer kept after all of it. What is refused
 * before anything was done gives the key back; what fails later, or with its node, leaves the claim, which ends by itself.
 * @throws DomainError conflict also while the same request is under way, or is not known to have ended
 */
export async function claimed<O>(view: View, { key, request, answer }: Once<O>, does: (effects: Effects) => Promise<O>): Promise<unknown> {
  const effects: Effects = { some: false }
  if (view.actor.kind !== 'user') return answer(await does(effects))
  const { userId } = view.actor
  const db = view.em.getKysely() as never
  const fingerprint = fingerprintOf(view.ports, request)
  const expired = new Date(view.now.getTime() - claimedFor)
  const taken = await sql`
    insert into idempotency (user_id, key, fingerprint, at) values (${userId}, ${key}, ${fingerprint}, ${view.now})
    on conflict (user_id, key) do update set at = excluded.at
      where idempotency.answer is null and idempotency.at < ${expired} and idempotency.fingerprint = excluded.fingerprint
    returning key`.execute(db)
  if (taken.rows.length === 0) {
    const found = await foundUnder(view, userId, key, fingerprint)
    if (!found.claimed) return found.answer
    throw new DomainError('conflict', 'The request with this Idempotency-Key is still under way, or was cut off.', { retryAfter: 2 })
  }
  // where the claim ended meanwhile and somebody else has it, it is theirs
  const mine = sql`user_id = ${userId} and key = ${key} and answer is null and at = ${view.now}`
  try {
    const answered = answer(await does(effects))
    await sql`update idempotency set answer = ${JSON.stringify(answered ?? null)}::jsonb where ${mine}`.execute(db)
    return answered
  } catch (error) {
    if (!effects.some && error instanceof DomainError && !unsure.includes(error.code))
      await sql`delete from idempotency where ${mine}`.execute(db)
    throw error
  }
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
