/** Sessions: signed-in devices. Each has a chain of refresh tokens of which only the newest is valid. */
import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { allowAnyone, requireSessionId, requireSignedIn, requireSystem, requireUserId } from '../kernel/permission.ts'
import { defineEntity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { LockMode } from '@mikro-orm/core'
import type { PersonActor } from '../kernel/actor.ts'
import { command, query, type QueryContext, type CommandContext } from '../kernel/operation.ts'
import { type Page, paginate, paging, parseCursor } from '../kernel/pagination.ts'
import { activeAccountSql, findActiveUser } from '../users/account.ts'
import type { User } from '../users/user.ts'
import { forgetOldAttempts } from './sign-in-attempt.ts'
import { forgetOldDevices } from './device.ts'
import { SessionEnded, SessionOpened } from './events.ts'
import { forgetOldResets } from './reset-token.ts'
import { accessTokenLifeSeconds, verifyAccessToken, signAccessToken } from './access-token.ts'

const refreshTokenLifeMs = 30 * 24 * 3600_000

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'session',
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid().index(),
    createdAt: p.datetime().length(3),
    lastUsedAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3).index(),
    endedAt: p.datetime().length(3).nullable(),
    userAgent: p.string().length(300),
    address: p.string().length(64),
  },
})
/** A sign-in that lasts until it is ended, or not refreshed for thirty days. */
export class Session extends SessionSchema.class {}
SessionSchema.setClass(Session)

const RefreshTokenSchema = defineEntity({
  name: 'RefreshToken',
  tableName: 'refresh_token',
  properties: {
    hash: p.string().primary(),
    sessionId: p.uuid().index(),
    createdAt: p.datetime().length(3),
    usedAt: p.datetime().length(3).nullable(),
  },
})
/** A refresh token by its SHA-256. It stays after use, so that a second use is detected. */
export class RefreshToken extends RefreshTokenSchema.class {}
RefreshTokenSchema.setClass(RefreshToken)

/** What a device reports about itself, for the list of sessions. */
export const deviceInput = {
  userAgent: z
    .string()
    .transform((text) => text.slice(0, 300))
    .default(''),
  address: z
    .string()
    .transform((text) => text.slice(0, 64))
    .default(''),
}

/** The response to a sign-in. */
export interface SignedIn {
  user: User
  accessToken: string
  refreshToken: string
  /** Seconds for which the access token is valid. */
  expiresIn: number
}

export async function openSession(
  work: CommandContext,
  user: User,
  { userAgent, address }: { userAgent: string; address: string },
): Promise<SignedIn> {
  const expiresAt = new Date(work.now.getTime() + refreshTokenLifeMs)
  const session = work.em.create(Session, {
    id: newId(),
    userId: user.id,
    createdAt: work.now,
    lastUsedAt: work.now,
    expiresAt,
    endedAt: null,
    userAgent,
    address,
  })
  work.em.persist(session)
  work.emit(SessionOpened, { subject: `user:${user.id}`, audience: [`user:${user.id}`], data: { userId: user.id, sessionId: session.id } })
  return issueTokens(work, user, session)
}

function issueTokens(work: CommandContext, user: User, session: Session): SignedIn {
  const refreshToken = randomBytes(32).toString('base64url')
  work.em.persist(work.em.create(RefreshToken, { hash: sha256(refreshToken), sessionId: session.id, createdAt: work.now, usedAt: null }))
  const accessToken = signAccessToken(work.ports.tokenSecret, { userId: user.id, sessionId: session.id })
  return { user, accessToken, refreshToken, expiresIn: accessTokenLifeSeconds }
}

/**
 * Exchanges a refresh token for a new pair. A token that was used before means that someone else has a copy: the session ends, for both.
 */
export const refresh = command('auth.refresh', {
  input: { refreshToken: z.string().min(1).max(200) },
  authorize: allowAnyone,
  async execute(work, { refreshToken }): Promise<SignedIn | { stolen: Session }> {
    const token = await work.em.findOne(RefreshToken, { hash: sha256(refreshToken) }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (!token) throw invalidRefreshToken()
    const session = await work.em.findOneOrFail(Session, token.sessionId)
    if (session.endedAt || session.expiresAt <= work.now) throw invalidRefreshToken()
    if (token.usedAt) {
      endSession(work, session, 'a refresh token was used twice')
      return { stolen: session }
    }
    const user = await findActiveUser(work, { id: session.userId })
    if (!user) throw invalidRefreshToken()
    token.usedAt = work.now
    session.lastUsedAt = work.now
    session.expiresAt = new Date(work.now.getTime() + refreshTokenLifeMs)
    return issueTokens(work, user, session)
  },
  async afterCommit(done, ports) {
    if (!('stolen' in done)) return done
    await ports.enforce({ sessionId: done.stolen.id })
    throw invalidRefreshToken()
  },
})

const invalidRefreshToken = () => new DomainError('unauthenticated', 'The refresh token is invalid or expired.')
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Ends the session of the request. */
export const logout = command('auth.logout', {
  input: {},
  authorize: requireSignedIn,
  async execute(work) {
    const session = await ownSession(work, requireSessionId(work))
    endSession(work, session, 'signed out')
    return session
  },
  afterCommit: async (session, ports) => void (await ports.enforce({ sessionId: session.id })),
})

/** Ends every session of the person, including this one. */
export const logoutEverywhere = command('auth.logoutEverywhere', {
  input: {},
  authorize: requireSignedIn,
  async execute(work) {
    const userId = requireUserId(work)
    await endSessions(work, userId, 'signed out everywhere')
    return userId
  },
  afterCommit: async (userId, ports) => void (await ports.enforce({ userId })),
})

/** The person's sessions that are neither ended nor expired, newest first. */
export const listSessions = query('auth.listSessions', {
  input: paging,
  authorize: requireSignedIn,
  async execute(view: QueryContext, { limit, cursor }): Promise<Page<{ session: Session; current: boolean }>> {
    const userId = requireUserId(view)
    const after = parseCursor(cursor)
    const rows = await view.em.find(
      Session,
      { userId, endedAt: null, expiresAt: { $gt: view.now }, ...(after ? { id: { $lt: after.id } } : {}) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    const current = requireSessionId(view)
    return paginate(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (session) => ({ session, current: session.id === current }),
    )
  },
})

/** Ends one of the person's sessions. */
export const endOwnSession = command('auth.endSession', {
  input: { id: z.uuid() },
  authorize: requireSignedIn,
  async execute(work, { id }) {
    const session = await ownSession(work, id)
    endSession(work, session, 'ended from another session')
    return session
  },
  afterCommit: async (session, ports) => void (await ports.enforce({ sessionId: session.id })),
})

/** Ends the sessions of a person. @param exceptSessionId the one that stays */
export async function endSessions(work: CommandContext, userId: string, reason: string, exceptSessionId?: string): Promise<void> {
  const sessions = await work.em.find(Session, { userId, endedAt: null })
  for (const session of sessions) if (session.id !== exceptSessionId) endSession(work, session, reason)
}

async function ownSession(work: CommandContext, id: string): Promise<Session> {
  const session = await work.em.findOne(Session, { id, userId: requireUserId(work), endedAt: null })
  if (!session) throw notFound()
  return session
}

function endSession(work: CommandContext, session: Session, reason: string) {
  session.endedAt = work.now
  const { userId, id: sessionId } = session
  work.emit(SessionEnded, { subject: `user:${userId}`, audience: [`user:${userId}`], data: { userId, sessionId, reason } })
}

/** The person of an access token. Fails when its session has ended or the person is suspended. */
export const identify = query('auth.identify', {
  input: { token: z.string().max(4096) },
  authorize: allowAnyone,
  async execute(view: QueryContext, { token }): Promise<PersonActor & { name: string }> {
    const { userId, sessionId, expiresAt } = verifyAccessToken(view.ports.tokenSecret, token)
    const { role, name } = await readSessionPerson(view, userId, sessionId)
    return { kind: 'person', id: userId, credential: { kind: 'session', sessionId, expiresAt }, admin: role === 'admin', name }
  },
})

/** The person of an access token, by its signature alone: for queries that verify the session themselves. */
export const verifyTokenSignature = query('auth.readBearer', {
  input: { token: z.string().max(4096) },
  authorize: allowAnyone,
  async execute(view: QueryContext, { token }): Promise<PersonActor> {
    const { userId, sessionId, expiresAt } = verifyAccessToken(view.ports.tokenSecret, token)
    return { kind: 'person', id: userId, credential: { kind: 'session', sessionId, expiresAt, unconfirmed: true }, admin: false }
  },
})

/** Throws when the actor's session has ended, or the person can no longer sign in. */
export const assertSessionActive = query('auth.confirmSession', {
  input: {},
  authorize: requireSignedIn,
  execute: (view: QueryContext) => readSessionPerson(view, requireUserId(view), requireSessionId(view)),
})

export const sessionEndedError = () => new DomainError('unauthenticated', 'This session has ended.')

/**
 * A part of a statement, after `from`: a session `s` and its person `u`, while the session is valid.
 * @param sessionId,userId parameters, as `$1`
 */
export const activeSessionSql = (sessionId: string, userId: string): string => `session s join ${activeAccountSql('u', 's.user_id')}
  and s.id = ${sessionId} and s.user_id = ${userId} and s.ended_at is null and s.expires_at > now()`

const sessionPersonStatement = { name: 'session', text: `select u.role, u.name from ${activeSessionSql('$1', '$2')}` }

async function readSessionPerson(view: QueryContext, userId: string, sessionId: string): Promise<{ role: string; name: string }> {
  const [found] = await view.runPrepared<{ role: string; name: string }>(sessionPersonStatement, [sessionId, userId])
  if (!found) throw sessionEndedError()
  return found
}

/** Deletes sessions that ended or expired a month ago, with their refresh tokens. */
export const forgetOldSessions = command('auth.forgetOldSessions', {
  input: {},
  authorize: requireSystem,
  async execute(work) {
    const before = new Date(work.now.getTime() - refreshTokenLifeMs)
    const at = before.toISOString()
    await work.db
      .deleteFrom('refresh_token')
      .using('session')
      .whereRef('refresh_token.session_id', '=', 'session.id')
      .where((is) => is.or([is('session.ended_at', '<', at), is('session.expires_at', '<', at)]))
      .execute()
    await work.db
      .deleteFrom('session')
      .where((is) => is.or([is('ended_at', '<', at), is('expires_at', '<', at)]))
      .execute()
    await forgetOldAttempts(work)
    await forgetOldDevices(work)
    await forgetOldResets(work)
  },
})
