/** A new password: changed with the current one, or chosen by a link in a mail. Both end sessions and notify the person. */
import { z } from 'zod'
import { allowAnyone, requireSessionId, requireSignedIn, requireSystem, requireUserId } from '../kernel/permission.ts'
import { DomainError } from '../kernel/errors.ts'
import { command, type CommandContext } from '../kernel/operation.ts'
import { findActiveUser, findUser } from '../users/account.ts'
import { Email } from '../users/user.ts'
import { countAttempt, forgetAttempt, forgetAttempts } from './sign-in-attempt.ts'
import { forgetDevices } from './device.ts'
import { PasswordChanged, PasswordResetRequested } from './events.ts'
import { checkPassword, Credential, hashPassword, lockCredential, Password, TypedPassword } from './password.ts'
import { findReset, consumeReset } from './reset-token.ts'
import { endSessions } from './session.ts'

const invalidField = (path: string, message: string) => new DomainError('invalid-input', message, { fields: [{ path, message }] })

/** Ends other sessions and devices after a new password. @param currentSession the session that stays */
async function endOtherAccess(work: CommandContext, userId: string, how: 'changed' | 'reset', currentSession?: string): Promise<void> {
  await endSessions(work, userId, `the password was ${how}`, currentSession)
  await forgetDevices(work, userId)
  work.emit(PasswordChanged, { subject: `user:${userId}`, audience: [`user:${userId}`], data: { userId, how } })
}

/**
 * Changes the actor's password and ends their other sessions.
 * @throws DomainError invalid-input for a wrong current password; rate-limited
 */
export const changePassword = command('auth.changePassword', {
  input: { currentPassword: TypedPassword, newPassword: Password },
  authorize: requireSignedIn,
  async prepare(view, { currentPassword, newPassword }) {
    const id = requireUserId(view)
    const { email } = await findUser(view, id)
    // an attacker with an open session guesses no faster than at sign-in, and delays nobody there
    const attempt = await countAttempt(view, email, { name: `account:${id}`, trusted: true })
    const checked = await checkPassword(view, { id }, currentPassword)
    return { attempt, checked, hashed: checked && (await hashPassword(newPassword)) }
  },
  async execute(work, _, { attempt, checked, hashed }) {
    const credential = checked && (await lockCredential(work, checked))
    if (!credential || !hashed) return undefined
    credential.hash = hashed
    await forgetAttempt(work, attempt)
    await endOtherAccess(work, checked.userId, 'changed', requireSessionId(work))
    return checked.userId
  },
  async afterCommit(userId, ports) {
    if (!userId) throw invalidField('currentPassword', 'This is not your current password.')
    await ports.enforce({ userId })
  },
})

/** Requests a link to choose a new password. The account is not looked up here, so the response is the same for every address. */
export const forgotPassword = command('auth.forgotPassword', {
  input: { email: Email },
  authorize: allowAnyone,
  async execute(work, { email }) {
    work.emit(PasswordResetRequested, { subject: 'auth', audience: [], data: { email } })
  },
})

/** Sets a new password by the link of a mail, and ends every session. @throws DomainError invalid-input for an invalid link */
export const resetPassword = command('auth.resetPassword', {
  input: { token: z.string().min(1).max(200).describe('the part after # in the link'), password: Password },
  authorize: allowAnyone,
  async prepare(view, { token, password }) {
    const reset = await findReset(view, token)
    if (!reset) throw invalidField('token', linkExpiredMessage)
    return { reset, hashed: await hashPassword(password) }
  },
  async execute(work, _, { reset, hashed }) {
    const { userId } = reset
    if (!(await consumeReset(work, reset))) throw invalidField('token', linkExpiredMessage)
    const user = await findActiveUser(work, { id: userId })
    if (!user) throw invalidField('token', linkExpiredMessage)
    await work.em.nativeUpdate(Credential, { userId }, { hash: hashed, updatedAt: work.now })
    await forgetAttempts(work, user.email)
    await endOtherAccess(work, userId, 'reset')
    return userId
  },
  afterCommit: async (userId, ports) => void (await ports.enforce({ userId })),
})

const linkExpiredMessage = 'This link is invalid, was used or has expired. Request a new one.'

/** Deletes the credentials of a deleted account. */
export const forgetSignIn = command('auth.forgetSignIn', {
  input: { userId: z.uuid() },
  authorize: requireSystem,
  async execute(work, { userId }): Promise<void> {
    await work.em.nativeDelete(Credential, { userId })
    await forgetDevices(work, userId)
    await endSessions(work, userId, 'the account was deleted')
  },
})
