/** Five failures lock an address out for thirty minutes, whether it has an account or not (facts 1.2). */
import { defineEntity, p } from '../kernel/entity.ts'
import { DomainError } from '../kernel/errors.ts'
import type { View, Work } from '../kernel/operation.ts'

const failuresUntilLocked = 5
const lockedFor = 30 * 60_000

const AttemptsSchema = defineEntity({
  name: 'SignInAttempts',
  tableName: 'sign_in_attempts',
  properties: {
    email: p.string().primary(),
    failures: p.integer(),
    lastAt: p.datetime().length(3).index(),
  },
})
/** Failed sign-ins of an address since the last success, within half an hour of each other. */
export class SignInAttempts extends AttemptsSchema.class {}
AttemptsSchema.setClass(SignInAttempts)

/** @throws DomainError rate-limited while the address is locked out */
export async function refuseLocked(view: View, email: string): Promise<void> {
  const attempts = await view.em.findOne(SignInAttempts, { email })
  const until = attempts ? attempts.lastAt.getTime() + lockedFor : 0
  if (!attempts || attempts.failures < failuresUntilLocked || until <= view.now.getTime()) return
  throw new DomainError('rate-limited', 'Too many failed attempts for this address; try again later.', {
    retryAfter: Math.ceil((until - view.now.getTime()) / 1000),
  })
}

export async function countFailure(work: Work, email: string): Promise<void> {
  const fresh = new Date(work.now.getTime() - lockedFor)
  // one statement, so that attempts made at once are all counted
  await work.em.getConnection().execute(
    `insert into sign_in_attempts (email, failures, last_at) values (?, 1, ?)
     on conflict (email) do update set last_at = excluded.last_at,
       failures = case when sign_in_attempts.last_at < ? then 1 else sign_in_attempts.failures + 1 end`,
    [email, work.now.toISOString(), fresh.toISOString()],
    'run',
    work.em.getTransactionContext(),
  )
}

export async function forgetFailures(work: Work, email: string): Promise<void> {
  await work.em.nativeDelete(SignInAttempts, { email })
}
