import type { Context } from 'koa'
import { z } from 'zod'
import { createUserAccount, login, me, register } from '../domain/auth/account.ts'
import { endOwnSession, listSessions, logout, logoutEverywhere, refresh, type Session, type SignedIn } from '../domain/auth/session.ts'
import { act, answer, del, get, pageOf, post } from './endpoint.ts'
import { ownUser, presentOwnUser, UserBody } from './users.ts'

export const SignedInBody = z
  .object({
    user: UserBody,
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresIn: z.number().int().describe('seconds that the access token is good for'),
  })
  .meta({ id: 'SignedIn' })

const signedIn = answer(SignedInBody, ({ user, ...tokens }: SignedIn) => ({ user: presentOwnUser(user), ...tokens }))

export const SessionBody = z
  .object({
    id: z.uuid(),
    createdAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    userAgent: z.string(),
    address: z.string(),
    current: z.boolean().describe('whether it is the one with which this was asked'),
  })
  .meta({ id: 'Session' })

const session = answer(SessionBody, ({ session, current }: { session: Session; current: boolean }) => ({
  id: session.id,
  createdAt: session.createdAt.toISOString(),
  lastUsedAt: session.lastUsedAt.toISOString(),
  expiresAt: session.expiresAt.toISOString(),
  userAgent: session.userAgent,
  address: session.address,
  current,
}))

const fromDevice = {
  signIn: true,
  secret: true,
  fromRequest: (context: Context) => ({ userAgent: context.get('User-Agent'), address: context.ip }),
}

export const auth = [
  post('/auth/register', register, signedIn, fromDevice),
  act('/auth/login', login, signedIn, fromDevice),
  act('/auth/refresh', refresh, signedIn, { secret: true }),
  act('/auth/logout', logout),
  act('/auth/logout-all', logoutEverywhere),
  get('/auth/me', me, ownUser),
  get('/auth/sessions', listSessions, pageOf(session)),
  del('/auth/sessions/:id', endOwnSession),
  post('/users', createUserAccount, ownUser, { signIn: true }),
  post('/users/create', createUserAccount, ownUser, { signIn: true, alias: true }),
]
