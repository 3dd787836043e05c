/**
 * One document on one socket. Sync and awareness messages are handled here, synchronously; all others are forwarded to Hocuspocus. An edit
 * is acknowledged when it is committed.
 */
import type { Connection } from '@hocuspocus/server'
import { assertStateVectorWithinLimits } from '../../domain/documents/limits/update-limits.ts'
import type { StoredDocument } from '../../domain/documents/journal/snapshot.ts'
import { DomainError, type ProblemCode } from '../../domain/kernel/errors.ts'
import type { Metrics } from '../../domain/kernel/metrics.ts'
import { AckTracker } from './ack-tracker.ts'
import { ApplyError } from '../document/atomic-changes.ts'
import { encodeAwareness, type AwarenessOwner } from '../document/awareness-codec.ts'
import { closeEvent } from './close-codes.ts'
import { isNoOpUpdate, isEmptyUpdate } from '../document/no-op-update.ts'
import { frameType, type Message, encodeAddress, emptySyncStep1, encodeSyncStep1, syncStatusMessages, syncKind } from './protocol-codec.ts'
import type { ConnectionContext } from './connection-context.ts'
import type { LiveDocument } from '../document/live-document.ts'
import type { ClientOrigin } from '../document/update-origin.ts'
import { encodeBinaryFrame } from '../../realtime/websocket.ts'
import type { WriteBuffer } from '../../realtime/write-buffer.ts'
import { ReplyQueue, type ReplyBudget, type ReplyClient } from './replies.ts'
import { PendingFrames } from './pending-frames.ts'
import { encodeStored, encodeSyncReply } from './sync-replies.ts'
import type { Recipient } from '../document/broadcaster.ts'

export interface DocumentConnectionOptions {
  address: string
  /** Plain y-websocket: messages carry no address, and edits are not acknowledged. */
  isPlain: boolean
  buffer: WriteBuffer
  metrics: Metrics
  replyBudget: ReplyBudget
  limits: { documentBytes: number }
  /** Forwards a frame to Hocuspocus. */
  forward(bytes: Uint8Array): void
}

export class DocumentConnection implements Recipient, ReplyClient {
  readonly address: string
  readonly prefix: string
  readonly encodedPrefix: Uint8Array
  readonly #options: DocumentConnectionOptions
  #connection: Connection<ConnectionContext> | undefined
  #document: LiveDocument | undefined
  #origin: ClientOrigin | undefined
  readonly #pendingFrames = new PendingFrames()
  readonly #acks = new AckTracker()
  #isClosed = false
  /** Whether the client requested the document while it was closed here: a reconnecting provider does so before it sends its token. */
  #requestedWhileClosed = false
  /** Whether a token is being checked. */
  #isAuthenticating = false
  #hasSentSnapshot = false
  #isClosing = false
  #understandsClose = false
  /** State vector of the client's last request. */
  #stateVector: Uint8Array = new Uint8Array()
  readonly #documentReplies = new ReplyQueue(this, () => this.#buildSyncReply())
  readonly #awarenessReplies = new ReplyQueue(this, () => this.#buildAwarenessReply())

  constructor(options: DocumentConnectionOptions) {
    this.#options = options
    this.address = options.address
    this.prefix = options.isPlain ? '' : options.address
    this.encodedPrefix = options.isPlain ? new Uint8Array() : encodeAddress(options.address)
  }

  /** Whether it was refused or closed. Until the client authenticates again, its frames are dropped. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Whether a token for the document is being checked. */
  get isAuthenticating(): boolean {
    return this.#isAuthenticating
  }

  /** Whether the document is open. */
  get isOpen(): boolean {
    return this.#document !== undefined
  }

  /** Frames that arrived before the document was open. */
  get pendingFrames(): { count: number; bytes: number } {
    return this.#pendingFrames
  }

  /** Sends what is stored to a client that has nothing yet, while the document is being loaded: that takes longest when it is opened. */
  sendSnapshotEarly(userId: string, stored: StoredDocument): void {
    const { replyBudget, buffer } = this.#options
    if (!this.#pendingFrames.requestsWholeDocument || this.#isClosing || !replyBudget.hasRoom(userId)) return
    const messages = encodeStored(stored)
    if (!messages) return
    replyBudget.send(userId, buffer, this.encodedPrefix, messages)
    // at once, because loading blocks this thread
    buffer.flush()
    this.#hasSentSnapshot = true
  }

  /** The document is open. The client receives broadcasts from now on, and frames that arrived before are processed. */
  open(connection: Connection<ConnectionContext>, live: LiveDocument): void {
    this.#connection = connection
    this.#document = live
    this.#isAuthenticating = false
    this.#origin = { source: 'connection', connection, recipient: this }
    live.room.recipients.add(this)
    for (const frame of this.#pendingFrames.takeAll()) this.receive(frame)
    // after the client's own state, so that it does not receive what its former socket still holds
    this.#awarenessReplies.request()
  }

  /** The document is closed on this connection. */
  close(): void {
    this.#document?.room.recipients.delete(this)
    this.#document?.awareness.removeSource(this)
    this.#document = undefined
    this.#connection = undefined
    this.#origin = undefined
    this.#isAuthenticating = false
    this.#hasSentSnapshot = false
    this.#isClosing = false
    this.#pendingFrames.clear()
    this.#acks.reset()
    this.#isClosed = true
  }

  /** Processes a frame of the client. */
  receive(frame: Message): void {
    const { type } = frame
    if (type === frameType.auth) {
      // after a close frame that still waits it opens the document again; otherwise it opens the document or renews the token
      if (this.#isClosing) return this.#queueFrame(frame)
      this.#isClosed = false
      this.#isAuthenticating = true
      this.#understandsClose = frame.providerVersion !== undefined
      if (this.#requestedWhileClosed) this.#pendingFrames.push(emptySyncStep1)
      this.#requestedWhileClosed = false
      return this.#options.forward(frame.bytes)
    }
    if (this.#isClosed) {
      this.#requestedWhileClosed ||= frame.kind === syncKind.step1
      return
    }
    const live = this.#document
    const connection = this.#connection
    // it closes what was never opened
    if (type === frameType.close && !live && !this.#isAuthenticating) return this.close()
    if (!live || !connection) return this.#queueFrame(frame)
    if (type === frameType.close) return this.#closeForClient(connection)
    try {
      if (type === frameType.awareness) this.#receiveAwareness(frame.payload as Uint8Array, live, connection)
      else if (type === frameType.queryAwareness) this.#awarenessReplies.request()
      else if (type !== frameType.sync) this.#options.forward(frame.bytes)
      else if (frame.kind === syncKind.step1) this.#receiveSyncStep1(frame.payload as Uint8Array, live)
      else this.#receiveUpdate(frame, live, connection)
    } catch (error) {
      // the document was discarded and its connections are closed (`registry.ts`)
      if (error instanceof ApplyError) return
      if (error instanceof DomainError) return this.refuse(error.code)
      // a payload that cannot be decoded closes this document; others on the socket stay open
      this.refuse('invalid-input')
    }
  }

  /** Closes the document on this connection, and tells the client the reason. */
  refuse(problem: ProblemCode): void {
    this.#options.metrics.refusals.inc({ problem })
    this.#connection?.close(closeEvent(problem))
  }

  /** Asks the client for everything that we do not have: when it gets write access back, or when an update builds on missing ones. */
  resync(): void {
    // the reply to an earlier request will contain everything the client has by then
    if (!this.#document || this.#acks.isRequestPending) return
    this.#acks.noteRequest()
    this.sendMessage(encodeSyncStep1(this.#document.document))
  }

  /** Sends a message of this document. */
  sendMessage(message: Uint8Array): void {
    this.#options.buffer.put(encodeBinaryFrame(this.encodedPrefix, message))
  }

  sendFrames(frames: Buffer): void {
    this.#options.buffer.put(frames)
  }

  get unreadBytes(): number {
    return this.#options.buffer.unreadBytes
  }

  get replyBudget(): ReplyBudget {
    return this.#options.replyBudget
  }
  get buffer(): WriteBuffer {
    return this.#options.buffer
  }

  get userId(): string | undefined {
    return this.#connection?.context.actor.id
  }

  /** Whether the client understands that one document of a socket is closed. Providers before version 3 do not. */
  get understandsClose(): boolean {
    return this.#understandsClose
  }

  /** Whether the client closed the document itself, so that it needs no close message. */
  get isClosing(): boolean {
    return this.#isClosing
  }

  #queueFrame(frame: Message) {
    if (frame.type === frameType.close) this.#isClosing = true
    this.#pendingFrames.push(frame)
  }

  #closeForClient(connection: Connection<ConnectionContext>) {
    this.#isClosing = true
    connection.close({ code: 1000, reason: 'provider_initiated' })
    this.close()
  }

  #receiveAwareness(states: Uint8Array, { awareness }: LiveDocument, { context }: Connection<ConnectionContext>) {
    const owner: AwarenessOwner = { userId: context.actor.id, name: context.name }
    const returned = awareness.receive(states, owner, this)
    if (typeof returned === 'string') return this.refuse(returned)
    if (!returned) return
    awareness.bumpClocks()
    this.#awarenessReplies.request()
  }

  #receiveSyncStep1(stateVector: Uint8Array, live: LiveDocument) {
    assertStateVectorWithinLimits(live.document, stateVector)
    this.#acks.restart(stateVector)
    this.#stateVector = stateVector
    this.#documentReplies.request()
  }

  #buildSyncReply(): Uint8Array[] {
    return this.#document ? encodeSyncReply(this.#document, this.#stateVector, this.#hasSentSnapshot) : []
  }

  #buildAwarenessReply(): Uint8Array[] {
    const states = this.#document?.awareness.states(this) ?? []
    return states.length > 0 ? [encodeAwareness(states)] : []
  }

  #receiveUpdate({ kind, payload }: Message, live: LiveDocument, connection: Connection<ConnectionContext>) {
    const update = payload as Uint8Array
    const { due, answersRequest } = this.#acks.trackUpdate(kind, update)
    if (connection.readOnly) {
      // what the document already has, and clean-ups that Yjs makes in every client, are not edits
      if (isEmptyUpdate(update) || isNoOpUpdate(live.document, update)) return this.#acknowledge(due, live)
      const { canSuggest, actor } = connection.context
      if (!canSuggest || !live.suggestionCheck.isSuggestion(update, actor.id)) {
        this.#acks.defer(due)
        return this.#sendStatus(0, 1)
      }
    }
    // updates that only delete are accepted, so that a document can be made smaller
    if (update[0] !== 0 && live.sizeBytes + update.length > this.#options.limits.documentBytes) return this.refuse('document-too-large')
    if (!isEmptyUpdate(update) && !live.applyClientUpdate(update, this.#origin as ClientOrigin)) {
      // its predecessors are missing, so it is not acknowledged. Ask the client for everything that it has, unless this update is
      // already the answer to such a request: it would be the same again
      this.#acks.defer(due)
      if (!answersRequest) this.resync()
      return
    }
    this.#acknowledge(due, live)
  }

  #acknowledge(count: number, live: LiveDocument) {
    if (count === 0 || this.#options.isPlain) return
    if (!live.hasUncommitted) return this.#sendStatus(1, count)
    const { traffic } = this.#options.metrics
    const { generation } = this.#acks
    traffic.heldAcknowledgements++
    live.whenCommitted((committed) => {
      traffic.heldAcknowledgements--
      // when the journal refused, the document is being closed. When the client has started to count anew, it does not expect
      // acknowledgements of earlier edits
      if (committed && this.#acks.generation === generation) this.#sendStatus(1, count)
    })
  }

  #sendStatus(status: 0 | 1, count: number) {
    if (this.#options.isPlain) return
    for (let left = count; left > 0; left--) this.sendMessage(syncStatusMessages[status])
  }
}
