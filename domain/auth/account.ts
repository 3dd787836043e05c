/** Making an account and signing in to it. */
import { sql } from 'kysely'
import { z } from 'zod'
import { anyone, signedIn, userOf } from '../access/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, query, type Work } from '../kernel/operation.ts'
import { countUsers, createUser, Email, PersonName, User } from '../users/user.ts'
import { countFailure, forgetFailures, refuseLocked } from './lockout.ts'
import { checkPassword, hashPassword, keepPassword, Password } from './password.ts'
import { device, openSession, type SignedIn } from './session.ts'

const account = { email: Email, password: Password, name: PersonName }

/** Any number: the first account is the administrator's, so two first ones wait for each other. */
const firstAccountLock = 7_220_003

async function createAccount(work: Work, { email, name }: { email: string; name: string }, hashed: string): Promise<User> {
  await sql`select pg_advisory_xact_lock(${firstAccountLock})`.execute(work.em.getKysely() as never)
  const role = (await countUsers(work)) === 0 ? 'admin' : 'member'
  const user = await createUser(work, { email, name, role })
  keepPassword(work, user.id, hashed)
  return user
}

/** Makes an account and signs in to it. The first account of an installation is its administrator's. */
export const register = command('auth.register', {
  input: { ...account, ...device },
  may: anyone,
  prepares: (_, { password }) => hashPassword(password),
  async does(work, input, hashed): Promise<SignedIn> {
    return openSession(work, await createAccount(work, input, hashed), input)
  },
})

/** Makes an account without signing in to it. */
export const createUserAccount = command('auth.createAccount', {
  input: account,
  may: anyone,
  prepares: (_, { password }) => hashPassword(password),
  does: createAccount,
})

/** Signs in. The answer and the time are the same for an unknown address and a wrong password. */
export const login = command('auth.login', {
  input: { email: Email, password: z.string().min(1).max(200), ...device },
  may: anyone,
  async prepares(view, { email, password }) {
    await refuseLocked(view, email)
    return checkPassword(view, email, password)
  },
  async does(work, input, userId): Promise<SignedIn | undefined> {
    if (!userId) {
      await countFailure(work, input.email)
      return undefined
    }
    await refuseLocked(work, input.email)
    await forgetFailures(work, input.email)
    return openSession(work, await work.em.findOneOrFail(User, userId), input)
  },
  async afterwards(signedIn) {
    // only now: thrown inside, it would take the counted failure back
    if (!signedIn) throw new DomainError('unauthenticated', 'The e-mail address or the password is wrong.')
    return signedIn
  },
})

/** The person who asks. */
export const me = query('auth.me', {
  input: {},
  may: signedIn,
  does: (view) => view.em.findOneOrFail(User, userOf(view)),
})
