/** Creating an account and signing in to it. */
import { sql } from 'kysely'
import { z } from 'zod'
import { allowAnyone, requireSignedIn, requireUserId } from '../kernel/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, query, type CommandContext } from '../kernel/operation.ts'
import { findActiveUser, findUser } from '../users/account.ts'
import { countUsers, createUser, Email, PersonName, type User } from '../users/user.ts'
import { countAttempt, forgetAttempt } from './sign-in-attempt.ts'
import { findDevice, rememberDevice } from './device.ts'
import { checkPassword, hashPassword, storePassword, lockCredential, Password, TypedPassword } from './password.ts'
import { deviceInput, openSession, type SignedIn } from './session.ts'

/** A signed-in person, and the token by which this device is known from then on. */
export interface SignedInDevice extends SignedIn {
  deviceToken: string
}

const account = { email: Email, password: Password, name: PersonName }

/** An arbitrary number: the first account is the administrator's, so two first accounts wait for each other. */
const firstAccountLock = 7_220_003

async function createAccount(work: CommandContext, { email, name }: { email: string; name: string }, hashed: string): Promise<User> {
  await sql`select pg_advisory_xact_lock(${firstAccountLock})`.execute(work.db)
  const role = (await countUsers(work)) === 0 ? 'admin' : 'member'
  const user = await createUser(work, { email, name, role })
  storePassword(work, user.id, hashed)
  return user
}

/** Creates an account and signs in to it. The first account of an installation is its administrator's. */
export const register = command('auth.register', {
  input: { ...account, ...deviceInput },
  authorize: allowAnyone,
  prepare: (_, { password }) => hashPassword(password),
  async execute(work, input, hashed): Promise<SignedInDevice> {
    const user = await createAccount(work, input, hashed)
    await work.em.flush()
    return { ...(await openSession(work, user, input)), deviceToken: await rememberDevice(work, user.id) }
  },
})

/** Creates an account without signing in. */
export const createUserAccount = command('auth.createAccount', {
  input: account,
  authorize: allowAnyone,
  prepare: (_, { password }) => hashPassword(password),
  execute: createAccount,
})

/**
 * Signs in. Response and time are the same for an unknown address and a wrong password.
 * @throws DomainError unauthenticated; rate-limited after too many failures (`sign-in-attempt.ts`)
 */
export const login = command('auth.login', {
  input: {
    email: Email,
    password: TypedPassword,
    deviceToken: z.string().max(200).optional().describe('the token that this device received when it last signed in to this account'),
    ...deviceInput,
  },
  authorize: allowAnyone,
  async prepare(view, { email, password, deviceToken, address }) {
    const knownDevice = await findDevice(view, email, deviceToken)
    const source = knownDevice ? { name: `device:${knownDevice}`, trusted: true } : { name: `address:${address}`, trusted: false }
    const attempt = await countAttempt(view, email, source)
    return { attempt, known: knownDevice, checked: await checkPassword(view, { email }, password) }
  },
  async execute(work, { deviceToken, ...input }, { attempt, known, checked }): Promise<SignedInDevice | undefined> {
    const credential = checked && (await lockCredential(work, checked))
    const user = credential && (await findActiveUser(work, { id: credential.userId }))
    if (!user) return undefined
    if (checked.rehashed) credential.hash = checked.rehashed
    await forgetAttempt(work, attempt)
    return { ...(await openSession(work, user, input)), deviceToken: await rememberDevice(work, user.id, known && deviceToken) }
  },
  async afterCommit(signedIn) {
    if (!signedIn) throw new DomainError('unauthenticated', 'The e-mail address or the password is wrong.')
    return signedIn
  },
})

/** The signed-in person. */
export const me = query('auth.me', {
  input: {},
  authorize: requireSignedIn,
  execute: (view) => findUser(view, requireUserId(view)),
})
