/** Who may open what: asked of the domain at the door, and again for every connection that a change of access concerns. */
import { type Connection, type Document, type Hocuspocus, OutgoingMessage } from '@hocuspocus/server'
import { confirmSession, identify } from '../domain/auth/session.ts'
import { openDocument } from '../domain/documents/document.ts'
import { pause } from '../domain/kernel/database.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import { type AccessChange, anonymous } from '../domain/kernel/operation.ts'
import { inTurns } from '../domain/kernel/turn.ts'
import { closing, closingOf } from './close.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import type { Admitted } from './live-document.ts'
import type { GuardedSocket } from './socket.ts'

type Held = Connection<Admitted>

/** A client is asked for a new token this long before its own ends, in milliseconds. */
const askAhead = 60_000

/** Milliseconds for which somebody waits at the door while the database is away; Hocuspocus closes a socket that opened nothing after 60 s. */
const mostPatience = 45_000
/** Milliseconds until a connection is judged again that could not be. */
const againAfter = 1000

/** Somebody who passed the door, and how many changes of access there had been when they did. */
export type Passed = Admitted & { changes: number }

/** @param connections how many live sockets one account may have on this node */
export function createAdmission({ domain, metrics, connections }: { domain: Domain; metrics: Metrics; connections: number }) {
  const socketsOf = new Map<string, Set<GuardedSocket>>()
  /** Counts changes of access, so that a connection knows whether one fell between its admission and its registration. */
  let changes = 0
  let engine: Hocuspocus | undefined

  /** A connection is judged one time after the other, or an older answer could stand over a newer. */
  const turns = new WeakMap<Held, () => Promise<void>>()
  function judge(connection: Held): Promise<void> {
    const known = turns.get(connection)
    const turn = known ?? inTurns(() => bringUpToDate(connection))
    if (!known) turns.set(connection, turn)
    return turn()
  }

  /** Brings one connection to what the domain says now. */
  async function bringUpToDate(connection: Held): Promise<void> {
    const { actor } = connection.context
    try {
      await domain.run(actor, confirmSession, {})
      const { access } = await domain.run(actor, openDocument, { documentName: connection.document.name })
      if (setReadOnly(connection, access === 'read') && access === 'read') metrics.evictions.inc({ to: 'read-only' })
    } catch (error) {
      const refused = closingOf(error)
      // when the domain cannot be asked, the safe side is that nothing is written, until it can
      if (refused.reason === 'internal' || refused.reason === 'unavailable') {
        setReadOnly(connection, true)
        askAgain(connection)
        throw error
      }
      metrics.evictions.inc({ to: 'closed' })
      connection.close(refused)
    }
  }

  function askAgain(connection: Held) {
    setTimeout(() => {
      if (connection.document.hasConnection(connection as Connection)) judge(connection).catch(() => {})
    }, againAfter).unref()
  }

  function countSocket(userId: string, socket: GuardedSocket) {
    const sockets = socketsOf.get(userId) ?? new Set()
    if (!sockets.has(socket) && sockets.size >= connections) throw closing('too-many-connections')
    socketsOf.set(userId, sockets.add(socket))
    if (!socket.accounts.includes(userId)) socket.accounts.push(userId)
  }

  return {
    serve(hocuspocus: Hocuspocus) {
      engine = hocuspocus
    },

    /** Answers who the token speaks for and whether they may write. @throws Closing */
    async admit(token: string, documentName: string, socket: GuardedSocket): Promise<{ context: Passed; readOnly: boolean }> {
      return onceThere(async () => {
        const asked = changes
        const actor = await domain.run(anonymous, identify, { token })
        countSocket(actor.userId, socket)
        const { access } = await domain.run(actor, openDocument, { documentName })
        return { context: { actor, ends: endOf(actor), changes: asked }, readOnly: access === 'read' }
      })
    },

    /** A socket is gone. */
    forget(socket: GuardedSocket): void {
      for (const userId of socket.accounts) {
        const sockets = socketsOf.get(userId)
        if (sockets?.delete(socket) && sockets.size === 0) socketsOf.delete(userId)
      }
    },

    /** Whether no access changed since somebody passed the door. */
    stands: (passed: Passed): boolean => passed.changes === changes,

    /** A connection stands. If access changed while it was being opened, it is judged again. */
    async admitted(connection: Held): Promise<void> {
      if (!this.stands(connection.context as Passed)) await judge(connection)
    },

    /** Judges every connection that a change concerns. Resolves when all are as they should be. */
    async enforce({ userId, subject, sessionId }: AccessChange): Promise<void> {
      changes++
      const concerned: Held[] = []
      for (const document of engine?.documents.values() ?? []) {
        if (subject !== undefined && subject !== document.name) continue
        for (const connection of (document as Document).getConnections() as Held[]) {
          const { actor } = connection.context
          if (userId !== undefined && userId !== actor.userId) continue
          if (sessionId !== undefined && sessionId !== actor.sessionId) continue
          concerned.push(connection)
        }
      }
      await Promise.all(concerned.map(judge))
    },

    /** A new token over the live socket. @throws Closing when it is no good, or another person's */
    async renew(connection: Held, token: string): Promise<void> {
      try {
        const actor = await domain.run(anonymous, identify, { token })
        if (actor.userId !== connection.context.actor.userId) throw closing('unauthenticated')
        // the same token again, by a clock that was set back, is good no longer than before
        const same = actor.expiresAt === connection.context.actor.expiresAt
        connection.context = { ...connection.context, actor, ends: same ? connection.context.ends : endOf(actor) }
      } catch (error) {
        throw closingOf(error)
      }
      await judge(connection)
    },

    /** Asks for tokens that are about to end, and closes connections whose token has. */
    lookAtTokens(now: number): void {
      for (const document of engine?.documents.values() ?? []) {
        for (const connection of (document as Document).getConnections() as Held[]) {
          const { actor, ends } = connection.context
          const left = Math.min(actor.expiresAt - now, ends - performance.now())
          if (left <= 0) connection.close(closing('unauthenticated'))
          else if (left < askAhead) connection.requestToken()
        }
      }
    },
  }
}

/** Asks again while the database is away: a provider that is refused never comes again. @throws Closing */
export async function onceThere<T>(ask: () => Promise<T>): Promise<T> {
  const until = Date.now() + mostPatience
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      const refused = closingOf(error)
      if (refused.reason !== 'unavailable' || Date.now() > until) throw refused
      await pause(attempt)
    }
  }
}

/** When a token ends, on the clock that only goes forward: the other may be set back. */
const endOf = ({ expiresAt }: Admitted['actor']) => performance.now() + expiresAt - Date.now()

/** Turns the pen away or back, in place, and tells the client. Answers whether anything changed. */
function setReadOnly(connection: Held, readOnly: boolean): boolean {
  if (connection.readOnly === readOnly) return false
  connection.readOnly = readOnly
  connection.send(new OutgoingMessage(connection.messageAddress).writeAuthenticated(readOnly).toUint8Array())
  // what was refused meanwhile is still in the client's copy: ask for it, or its next edits would hang in the air
  if (!readOnly) (connection.webSocket as GuardedSocket).resync(connection)
  return true
}
