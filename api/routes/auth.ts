import { createHash } from 'node:crypto'
import type { Context } from 'koa'
import { z } from 'zod'
import { createUserAccount, login, me, register, type SignedInDevice } from '../../domain/auth/account.ts'
import { deviceLifeDays } from '../../domain/auth/device.ts'
import { changePassword, forgotPassword, resetPassword } from '../../domain/auth/password-change.ts'
import { endOwnSession, listSessions, logout, logoutEverywhere, refresh, type Session, type SignedIn } from '../../domain/auth/session.ts'
import { Email } from '../../domain/users/user.ts'
import { type EndpointOptions, action, jsonResponse, del, get, listResponse, post, put } from '../http/endpoint.ts'
import { ownUser, serializeOwnUser, UserBody } from './users.ts'

export const SignedInBody = z
  .object({
    user: UserBody,
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresIn: z.number().int().describe('lifetime of the access token in seconds'),
  })
  .meta({ id: 'SignedIn' })

const signedIn = jsonResponse(SignedInBody, ({ user, ...tokens }: SignedIn) => ({ user: serializeOwnUser(user), ...tokens }))

export const SignedInDeviceBody = SignedInBody.extend({
  deviceToken: z.string().describe('send it when this device signs in again; browsers keep it as a cookie'),
}).meta({ id: 'SignedInDevice' })

const signedInDevice = jsonResponse(SignedInDeviceBody, ({ user, ...tokens }: SignedInDevice) => ({
  user: serializeOwnUser(user),
  ...tokens,
}))

export const SessionBody = z
  .object({
    id: z.uuid(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    userAgent: z.string(),
    address: z.string(),
    current: z.boolean().describe('whether it is the session of this request'),
  })
  .meta({ id: 'Session' })

const session = jsonResponse(SessionBody, ({ session, current }: { session: Session; current: boolean }) => ({
  id: session.id,
  createdAt: session.createdAt.toISOString(),
  lastUsedAt: session.lastUsedAt.toISOString(),
  expiresAt: session.expiresAt.toISOString(),
  userAgent: session.userAgent,
  address: session.address,
  current,
}))

/** A cookie for each account, because people may share a browser. It identifies a device and signs nobody in. */
const deviceCookie = (email: string) => `device-${createHash('sha256').update(email).digest('hex').slice(0, 16)}`

function setDeviceCookie(context: Context, { user, deviceToken }: SignedInDevice) {
  context.cookies.set(deviceCookie(user.email), deviceToken, {
    path: '/api/auth',
    httpOnly: true,
    sameSite: 'strict',
    secure: context.secure,
    maxAge: deviceLifeDays * 24 * 3600_000,
  })
}

const signInOptions = {
  signIn: true,
  secret: true,
  fromRequest: (context: Context) => ({ userAgent: context.get('User-Agent'), address: context.ip }),
  setHeaders: setDeviceCookie,
} satisfies EndpointOptions

/** Reads the device token from the body, or from the cookie of the given e-mail address. */
function readDeviceToken(context: Context): { deviceToken?: string } {
  const { email, deviceToken } = ((context.request as { body?: unknown }).body ?? {}) as { email?: unknown; deviceToken?: unknown }
  const parsed = deviceToken === undefined ? Email.safeParse(email) : undefined
  const kept = parsed?.success ? context.cookies.get(deviceCookie(parsed.data)) : undefined
  return kept && kept.length <= 200 ? { deviceToken: kept } : {}
}

export const auth = [
  post(
    '/auth/register',
    'Creates an account and signs in to it. The first account of an installation is its administrator.',
    register,
    signedInDevice,
    signInOptions,
  ),
  action('/auth/login', 'Signs in with an e-mail address and a password.', login, signedInDevice, {
    ...signInOptions,
    fromRequest: (context) => ({ ...signInOptions.fromRequest(context), ...readDeviceToken(context) }),
  }),
  put('/auth/password', 'Changes your password. Your other sessions end.', changePassword),
  action(
    '/auth/password/forgot',
    'Sends a link to reset the password to an e-mail address, if there is an account for it.',
    forgotPassword,
    undefined,
    { signIn: true, secret: true },
  ),
  action('/auth/password/reset', 'Sets a new password with the token of a reset link. All sessions end.', resetPassword, undefined, {
    signIn: true,
    secret: true,
  }),
  action(
    '/auth/refresh',
    'Exchanges a refresh token for a new access token and a new refresh token. A refresh token is valid once; using it twice ends the session.',
    refresh,
    signedIn,
    { secret: true },
  ),
  action('/auth/logout', 'Ends the session of the access token.', logout),
  action('/auth/logout-all', 'Ends all of your sessions, including this one.', logoutEverywhere),
  get('/auth/me', 'Returns your own account.', me, ownUser),
  get('/auth/sessions', 'Lists your active sessions, newest first.', listSessions, listResponse(session)),
  del('/auth/sessions/:id', 'Ends one of your sessions.', endOwnSession),
  post('/users', 'Creates an account without signing in to it.', createUserAccount, ownUser, { signIn: true }),
  post('/users/create', 'Another spelling of `POST /users`.', createUserAccount, ownUser, { signIn: true, alias: true }),
]
