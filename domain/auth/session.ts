/** Sessions: signed in on a device. Each holds a chain of refresh tokens of which only the newest is good. */
import { createHash, randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { z } from 'zod'
import { anyone, signedIn, systemOnly, userOf } from '../access/permission.ts'
import { defineEntity, newId, p } from '../kernel/entity.ts'
import { DomainError, notFound } from '../kernel/errors.ts'
import { LockMode } from '@mikro-orm/core'
import { type Actor, command, query, type View, type Work } from '../kernel/operation.ts'
import { type Page, pageOf, paging, readCursor } from '../kernel/page.ts'
import { User } from '../users/user.ts'
import { SessionEnded, SessionOpened } from './events.ts'
import { accessTokenLife, readAccessToken, signAccessToken } from './token.ts'

const refreshTokenLife = 30 * 24 * 3600_000

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
/** A sign-in that lasts until it is ended or not refreshed for thirty days. */
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
/** A refresh token by its SHA-256. It stays after use, so that a second use is seen. */
export class RefreshToken extends RefreshTokenSchema.class {}
RefreshTokenSchema.setClass(RefreshToken)

/** What a device says of itself, for the list of sessions. */
export const device = {
  userAgent: z
    .string()
    .transform((text) => text.slice(0, 300))
    .default(''),
  address: z
    .string()
    .transform((text) => text.slice(0, 64))
    .default(''),
}

/** What somebody who signed in gets. */
export interface SignedIn {
  user: User
  accessToken: string
  refreshToken: string
  /** Seconds that the access token is good for. */
  expiresIn: number
}

export async function openSession(
  work: Work,
  user: User,
  { userAgent, address }: { userAgent: string; address: string },
): Promise<SignedIn> {
  const expiresAt = new Date(work.now.getTime() + refreshTokenLife)
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
  return issue(work, user, session)
}

function issue(work: Work, user: User, session: Session): SignedIn {
  const refreshToken = randomBytes(32).toString('base64url')
  work.em.persist(work.em.create(RefreshToken, { hash: sha256(refreshToken), sessionId: session.id, createdAt: work.now, usedAt: null }))
  const accessToken = signAccessToken(work.ports.tokenSecret, { userId: user.id, sessionId: session.id })
  return { user, accessToken, refreshToken, expiresIn: accessTokenLife }
}

/**
 * Exchanges a refresh token for a new pair. A token that was used before means that somebody else has a copy: the
 * session ends, for both.
 */
export const refresh = command('auth.refresh', {
  input: { refreshToken: z.string().min(1).max(200) },
  may: anyone,
  async does(work, { refreshToken }): Promise<SignedIn | { stolen: Session }> {
    const token = await work.em.findOne(RefreshToken, { hash: sha256(refreshToken) }, { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (!token) throw invalid()
    const session = await work.em.findOneOrFail(Session, token.sessionId)
    if (session.endedAt || session.expiresAt <= work.now) throw invalid()
    if (token.usedAt) {
      endSession(work, session, 'a refresh token was used twice')
      return { stolen: session }
    }
    const user = await work.em.findOne(User, { id: session.userId, status: 'active' })
    if (!user) throw invalid()
    token.usedAt = work.now
    session.lastUsedAt = work.now
    session.expiresAt = new Date(work.now.getTime() + refreshTokenLife)
    return issue(work, user, session)
  },
  async afterwards(done, ports) {
    if (!('stolen' in done)) return done
    await ports.enforce({ sessionId: done.stolen.id })
    throw invalid()
  },
})

const invalid = () => new DomainError('unauthenticated', 'The refresh token is not valid, or no longer.')
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

/** Ends the session with which one asks. */
export const logout = command('auth.logout', {
  input: {},
  may: signedIn,
  async does(work) {
    const session = await ownSession(work, (work.actor as { sessionId: string }).sessionId)
    endSession(work, session, 'signed out')
    return session
  },
  afterwards: async (session, ports) => void (await ports.enforce({ sessionId: session.id })),
})

/** Ends every session of the person who asks, this one too. */
export const logoutEverywhere = command('auth.logoutEverywhere', {
  input: {},
  may: signedIn,
  async does(work) {
    const userId = userOf(work)
    const sessions = await work.em.find(Session, { userId, endedAt: null })
    for (const session of sessions) endSession(work, session, 'signed out everywhere')
    return userId
  },
  afterwards: async (userId, ports) => void (await ports.enforce({ userId })),
})

/** One's sessions that are neither ended nor expired, newest first. */
export const listSessions = query('auth.listSessions', {
  input: paging,
  may: signedIn,
  async does(view: View, { limit, cursor }): Promise<Page<{ session: Session; current: boolean }>> {
    const userId = userOf(view)
    const after = readCursor(cursor)
    const rows = await view.em.find(
      Session,
      { userId, endedAt: null, expiresAt: { $gt: view.now }, ...(after ? { id: { $lt: after.id } } : {}) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
    const current = (view.actor as { sessionId: string }).sessionId
    return pageOf(
      rows,
      limit,
      ({ id, createdAt }) => ({ at: createdAt.toISOString(), id }),
      (session) => ({ session, current: session.id === current }),
    )
  },
})

/** Ends one of one's sessions. */
export const endOwnSession = command('auth.endSession', {
  input: { id: z.uuid() },
  may: signedIn,
  async does(work, { id }) {
    const session = await ownSession(work, id)
    endSession(work, session, 'ended from another session')
    return session
  },
  afterwards: async (session, ports) => void (await ports.enforce({ sessionId: session.id })),
})

async function ownSession(work: Work, id: string): Promise<Session> {
  const session = await work.em.findOne(Session, { id, userId: userOf(work), endedAt: null })
  if (!session) throw notFound()
  return session
}

function endSession(work: Work, session: Session, reason: string) {
  session.endedAt = work.now
  const { userId, id: sessionId } = session
  work.emit(SessionEnded, { subject: `user:${userId}`, audience: [`user:${userId}`], data: { userId, sessionId, reason } })
}

/** Who an access token speaks for, as of now: its session may have ended, its person may be suspended. */
export const identify = query('auth.identify', {
  input: { token: z.string().max(4096) },
  may: anyone,
  async does(view: View, { token }): Promise<Actor & { kind: 'user' }> {
    const { userId, sessionId, expiresAt } = readAccessToken(view.ports.tokenSecret, token)
    return { kind: 'user', userId, sessionId, admin: (await roleInSession(view, userId, sessionId)) === 'admin', expiresAt }
  },
})

/** Who an access token speaks for, by its signature alone: good for queries that look at the session themselves. */
export const readBearer = query('auth.readBearer', {
  input: { token: z.string().max(4096) },
  may: anyone,
  async does(view: View, { token }): Promise<Actor & { kind: 'user' }> {
    return { kind: 'user', ...readAccessToken(view.ports.tokenSecret, token), admin: false, unconfirmed: true }
  },
})

/** Throws when the session with which the actor asks has ended, or the person may no longer sign in. */
export const confirmSession = query('auth.confirmSession', {
  input: {},
  may: signedIn,
  does: (view: View) => roleInSession(view, userOf(view), (view.actor as { sessionId: string }).sessionId),
})

export const sessionEnded = () => new DomainError('unauthenticated', 'This session has ended.')

/**
 * A statement's part, after `from`: a session `s` and its person `u`, if one may still ask with it.
 * @param sessionId,userId parameters, as `$1`
 */
export const liveSession = (sessionId: string, userId: string): string => `session s join "user" u
  on u.id = s.user_id and u.status = 'active' and s.id = ${sessionId} and s.user_id = ${userId} and s.ended_at is null and s.expires_at > now()`

const roleOfSession = { name: 'session', text: `select u.role from ${liveSession('$1', '$2')}` }

async function roleInSession(view: View, userId: string, sessionId: string): Promise<string> {
  const [found] = await view.read<{ role: string }>(roleOfSession, [sessionId, userId])
  if (!found) throw sessionEnded()
  return found.role
}

/** Forgets sessions that ended or expired a month ago, with their refresh tokens. */
export const forgetOldSessions = command('auth.forgetOldSessions', {
  input: {},
  may: systemOnly,
  async does(work) {
    const before = new Date(work.now.getTime() - refreshTokenLife)
    const db = work.em.getKysely() as never
    await sql`delete from refresh_token r using session s
      where r.session_id = s.id and (s.ended_at < ${before} or s.expires_at < ${before})`.execute(db)
    await sql`delete from session where ended_at < ${before} or expires_at < ${before}`.execute(db)
    await sql`delete from sign_in_attempts where last_at < ${before}`.execute(db)
  },
})
