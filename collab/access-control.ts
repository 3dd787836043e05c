/** Access to documents: asks the domain when a connection opens, and again for every connection that a change of access concerns. */
import { type Connection, type Document, type Hocuspocus, OutgoingMessage } from '@hocuspocus/server'
import { assertSessionActive, identify } from '../domain/auth/session.ts'
import { openDocument } from '../domain/documents/document.ts'
import { anonymous } from '../domain/kernel/actor.ts'
import type { Executor } from '../domain/kernel/executor.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import type { AccessChange } from '../domain/kernel/operation.ts'
import { coalesce } from '../domain/kernel/scheduling.ts'
import { isConcerned } from '../realtime/access-change.ts'
import { TokenExpiry } from '../realtime/token-expiry.ts'
import { retryWhileUnavailable } from './retry-while-unavailable.ts'
import { AccountSockets } from './socket/account-sockets.ts'
import { closeEvent, toCloseEvent } from './socket/close-codes.ts'
import type { ConnectionContext } from './socket/connection-context.ts'
import type { GuardedSocket } from './socket/guarded-socket.ts'

type AuthorizedConnection = Connection<ConnectionContext>

/** Context of a connection that is being opened, with the number of changes of access when it was authorized. */
export type OpeningContext = ConnectionContext & { accessChanges: number }

export interface AccessControlOptions {
  /** Its open documents are those under control. */
  hocuspocus: Hocuspocus
  domain: Executor
  metrics: Metrics
  /** Document sockets of one account on this node. */
  connectionsPerAccount: number
}

/** A client is asked for a new token this long before its token expires. */
const requestTokenBeforeMs = 60_000
/** A failed reauthorization is repeated after this time. */
const retryAfterMs = 1000

export class AccessControl {
  readonly #hocuspocus: Hocuspocus
  readonly #domain: Executor
  readonly #metrics: Metrics
  readonly #sockets: AccountSockets
  /** Counts changes of access, to detect one between the authorization of a connection and its registration. */
  #accessChanges = 0
  /** One at a time for each connection: otherwise an older answer could replace a newer one. */
  readonly #reauthorizations = new WeakMap<AuthorizedConnection, () => Promise<void>>()

  constructor({ hocuspocus, domain, metrics, connectionsPerAccount }: AccessControlOptions) {
    this.#hocuspocus = hocuspocus
    this.#domain = domain
    this.#metrics = metrics
    this.#sockets = new AccountSockets(connectionsPerAccount)
  }

  /** Authorizes the owner of a token for a document. @throws CloseEvent */
  async authorize(token: string, documentName: string, socket: GuardedSocket): Promise<{ context: OpeningContext; isReadOnly: boolean }> {
    return retryWhileUnavailable(async () => {
      const accessChanges = this.#accessChanges
      const { name, ...actor } = await this.#domain.run(anonymous, identify, { token })
      this.#sockets.add(actor.id, socket)
      const { access } = await this.#domain.run(actor, openDocument, { documentName })
      return {
        context: { actor, name, expiry: new TokenExpiry(actor.credential.expiresAt), canSuggest: access === 'suggest', accessChanges },
        isReadOnly: access !== 'write',
      }
    })
  }

  /** Whether no access has changed since a connection was authorized. */
  isCurrent({ accessChanges }: OpeningContext): boolean {
    return accessChanges === this.#accessChanges
  }

  /** A connection is registered. It is authorized again if access changed while it was being opened. */
  async connected(connection: AuthorizedConnection): Promise<void> {
    if (!this.isCurrent(connection.context as OpeningContext)) await this.#reauthorize(connection)
  }

  /** A socket is closed. */
  socketClosed(socket: GuardedSocket): void {
    this.#sockets.remove(socket)
  }

  /** Reauthorizes every connection that a change concerns. Resolves when the change is in force. */
  async enforce(change: AccessChange): Promise<void> {
    this.#accessChanges++
    const concerned: AuthorizedConnection[] = []
    for (const document of this.#hocuspocus.documents.values()) {
      if (change.subject !== undefined && change.subject !== document.name) continue
      const subjects = new Set([document.name])
      concerned.push(...connectionsOf(document).filter(({ context }) => isConcerned(change, context.actor, subjects)))
    }
    await Promise.all(concerned.map((connection) => this.#reauthorize(connection)))
  }

  /** Replaces the token of a connection. @throws CloseEvent when the new one is invalid, or belongs to another user */
  async renewToken(connection: AuthorizedConnection, token: string): Promise<void> {
    try {
      const { name, ...actor } = await this.#domain.run(anonymous, identify, { token })
      if (actor.id !== connection.context.actor.id) throw closeEvent('unauthenticated')
      connection.context = { ...connection.context, actor, name, expiry: connection.context.expiry.renew(actor.credential.expiresAt) }
    } catch (error) {
      throw toCloseEvent(error)
    }
    await this.#reauthorize(connection)
  }

  /** Requests new tokens where they are about to expire, and closes connections whose token has expired. */
  checkTokens(): void {
    for (const document of this.#hocuspocus.documents.values()) {
      for (const connection of connectionsOf(document)) {
        const remainingMs = connection.context.expiry.remainingMs()
        if (remainingMs <= 0) connection.close(closeEvent('unauthenticated'))
        else if (remainingMs < requestTokenBeforeMs) connection.requestToken()
      }
    }
  }

  #reauthorize(connection: AuthorizedConnection): Promise<void> {
    let reauthorize = this.#reauthorizations.get(connection)
    if (!reauthorize) this.#reauthorizations.set(connection, (reauthorize = coalesce(() => this.#applyAccess(connection))))
    return reauthorize()
  }

  /** Asks the domain, and makes the connection read-only or writable, or closes it. */
  async #applyAccess(connection: AuthorizedConnection): Promise<void> {
    const { actor } = connection.context
    try {
      await this.#domain.run(actor, assertSessionActive, {})
      const { access } = await this.#domain.run(actor, openDocument, { documentName: connection.document.name })
      connection.context.canSuggest = access === 'suggest'
      if (setReadOnly(connection, access !== 'write') && access !== 'write') this.#metrics.evictions.inc({ to: 'read-only' })
    } catch (error) {
      const refusal = toCloseEvent(error)
      // while the domain cannot be asked, nothing may be written
      if (refusal.reason === 'internal' || refusal.reason === 'unavailable') {
        connection.context.canSuggest = false
        setReadOnly(connection, true)
        this.#retryLater(connection)
        throw error
      }
      this.#metrics.evictions.inc({ to: 'closed' })
      connection.close(refusal)
    }
  }

  #retryLater(connection: AuthorizedConnection) {
    setTimeout(() => {
      if (connection.document.hasConnection(connection as Connection)) this.#reauthorize(connection).catch(() => {})
    }, retryAfterMs).unref()
  }
}

const connectionsOf = (document: Document) => document.getConnections() as AuthorizedConnection[]

/** Makes a connection read-only or writable, and tells the client. Returns whether anything changed. */
function setReadOnly(connection: AuthorizedConnection, isReadOnly: boolean): boolean {
  if (connection.readOnly === isReadOnly) return false
  connection.readOnly = isReadOnly
  connection.send(new OutgoingMessage(connection.messageAddress).writeAuthenticated(isReadOnly).toUint8Array())
  // the client still has the edits that were refused meanwhile; its next edits build on them
  if (!isReadOnly) (connection.webSocket as GuardedSocket).resync(connection)
  return true
}
