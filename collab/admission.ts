/** Who may open what: asked of the domain at the door, and again for every connection that a change of access concerns. */
import { type Connection, type Document, type Hocuspocus, OutgoingMessage } from '@hocuspocus/server'
import { confirmSession, identify } from '../domain/auth/session.ts'
import { openDocument } from '../domain/documents/document.ts'
import type { Domain } from '../domain/kernel/domain.ts'
import { type AccessChange, anonymous } from '../domain/kernel/operation.ts'
import { closing, closingOf } from './close.ts'
import type { Admitted } from './live.ts'
import type { GuardedSocket } from './socket.ts'

type Held = Connection<Admitted>

/** A client is asked for a new token this long before its own ends, in milliseconds. */
const askAhead = 60_000

export type Admission = ReturnType<typeof createAdmission>

export function createAdmission(domain: Domain) {
  /** Counts changes of access, so that a connection knows whether one fell between its admission and its registration. */
  let changes = 0
  let engine: Hocuspocus | undefined

  /** Brings one connection to what the domain says now. */
  async function judge(connection: Held): Promise<void> {
    const { actor } = connection.context
    try {
      await domain.run(actor, confirmSession, {})
      const { access } = await domain.run(actor, openDocument, { documentName: connection.document.name })
      setReadOnly(connection, access === 'read')
    } catch (error) {
      const refused = closingOf(error)
      // when the domain cannot be asked, the safe side is that nothing is written
      if (refused.reason === 'internal' || refused.reason === 'unavailable') {
        setReadOnly(connection, true)
        throw error
      }
      connection.close(refused)
    }
  }

  return {
    serve(hocuspocus: Hocuspocus) {
      engine = hocuspocus
    },

    /** Answers who the token speaks for and whether they may write. @throws Closing */
    async admit(token: string, documentName: string): Promise<{ context: Admitted & { changes: number }; readOnly: boolean }> {
      const asked = changes
      try {
        const actor = await domain.run(anonymous, identify, { token })
        const { access } = await domain.run(actor, openDocument, { documentName })
        return { context: { actor, changes: asked }, readOnly: access === 'read' }
      } catch (error) {
        throw closingOf(error)
      }
    },

    /** A connection stands. If access changed while it was being opened, it is judged again. */
    async admitted(connection: Held): Promise<void> {
      if ((connection.context as Admitted & { changes?: number }).changes !== changes) await judge(connection)
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
        connection.context = { ...connection.context, actor }
      } catch (error) {
        throw (error as { reason?: unknown }).reason === 'unauthenticated' ? error : closingOf(error)
      }
      await judge(connection)
    },

    /** Asks for tokens that are about to end, and closes connections whose token has. */
    lookAtTokens(now: number): void {
      for (const document of engine?.documents.values() ?? []) {
        for (const connection of (document as Document).getConnections() as Held[]) {
          const left = connection.context.actor.expiresAt - now
          if (left <= 0) connection.close(closing('unauthenticated'))
          else if (left < askAhead) connection.requestToken()
        }
      }
    },
  }
}

/** Turns the pen away or back, in place, and tells the client. */
function setReadOnly(connection: Held, readOnly: boolean): void {
  if (connection.readOnly === readOnly) return
  connection.readOnly = readOnly
  connection.send(new OutgoingMessage(connection.messageAddress).writeAuthenticated(readOnly).toUint8Array())
  // what was refused meanwhile is still in the client's copy: ask for it, or its next edits would hang in the air
  if (!readOnly) (connection.webSocket as unknown as GuardedSocket).resync(connection)
}
