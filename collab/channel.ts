/**
 * One document on one socket: what a client sends of it, and what it hears.
 *
 * Sync and awareness are handled here, in the turn in which they come; the rest of the protocol is Hocuspocus' (hocuspocus 11).
 * An acknowledgement leaves when the edit is committed.
 */
import type { Connection } from '@hocuspocus/server'
import { encodeStateAsUpdate, snapshot, snapshotContainsUpdate } from 'yjs'
import type { Stored } from '../domain/documents/snapshot.ts'
import type { ProblemCode } from '../domain/kernel/errors.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import { Acknowledgements } from './acknowledgement.ts'
import { closing } from './close.ts'
import { frameType, type Message, prefixOf, questionOf, statusMessages, syncKind, syncMessage } from './frame.ts'
import type { Admitted, LiveDocument, Origin } from './live-document.ts'
import { type Outbox, webSocketFrame } from './outbox.ts'
import { awarenessMessage } from './presence.ts'
import type { Reader } from './room.ts'

export interface ChannelOptions {
  address: string
  /** Whether the address stands before each message, and edits are acknowledged: not so for plain y-websocket clients. */
  plain: boolean
  outbox: Outbox
  metrics: Metrics
  limits: { documentBytes: number }
  /** Hands a frame on to Hocuspocus. */
  forward(bytes: Uint8Array): void
}

/** As if the client had asked for the document while it has nothing of it: an empty state vector. */
const questionForAll: Message = { type: frameType.sync, kind: syncKind.step1, payload: Uint8Array.of(0), bytes: new Uint8Array() }

/** Rows after a snapshot; more are cheaper as one update. */
const mostPreviewed = 200

/** An update that brings nothing: no structs, no deletions. */
const isEmpty = (update: Uint8Array) => update.length === 2 && update[0] === 0 && update[1] === 0

export class Channel implements Reader {
  readonly address: string
  readonly prefix: string
  readonly prefixBytes: Uint8Array
  readonly #told: ChannelOptions
  #connection: Connection<Admitted> | undefined
  #live: LiveDocument | undefined
  #origin: Origin | undefined
  /** What came before the document was open, in order. */
  #waiting: Message[] = []
  #waitingBytes = 0
  readonly #acknowledgements = new Acknowledgements()
  #shut = false
  /** It asked for the document while it was shut: a provider that tries again asks before its token is on the way. */
  #asksAgain = false
  /** A token is on its way through the door. */
  #opening = false
  #previewed = false
  #leaving = false

  constructor(told: ChannelOptions) {
    this.#told = told
    this.address = told.address
    this.prefix = told.plain ? '' : told.address
    this.prefixBytes = told.plain ? new Uint8Array() : prefixOf(told.address)
  }

  /** Refused or closed: until the client authenticates again, what it sends is dropped. */
  get shut(): boolean {
    return this.#shut
  }

  /** Whether a token for the document is on its way through the door. */
  get opening(): boolean {
    return this.#opening
  }

  /** Whether the document is open on this channel. */
  get joined(): boolean {
    return this.#live !== undefined
  }

  /** Bytes that came before the document was open. */
  get waitingBytes(): number {
    return this.#waitingBytes
  }

  get waitingFrames(): number {
    return this.#waiting.length
  }

  /**
   * Answers a client that has nothing yet with what is kept, while the document is still on its way into memory: that is the longest
   * part of opening it. The rows after the snapshot go first, since with the answer the client takes itself for synced.
   */
  preview({ snapshot, tail }: Stored): void {
    const asked = this.#waiting.filter(({ kind }) => kind === syncKind.step1)
    const hasNothing = asked.length === 1 && asked[0]?.payload?.length === 1 && asked[0].payload[0] === 0
    if (!snapshot || tail.length > mostPreviewed || !hasNothing || this.#leaving) return
    for (const { update } of tail) this.tell(syncMessage(syncKind.update, update))
    this.tell(syncMessage(syncKind.step2, snapshot.state))
    // at once: what follows holds this thread for as long as it takes
    this.#told.outbox.leave()
    this.#previewed = true
  }

  /** The document is open: the client hears it from now on, and what it sent meanwhile is taken. */
  join(connection: Connection<Admitted>, live: LiveDocument): void {
    this.#connection = connection
    this.#live = live
    this.#opening = false
    this.#origin = { source: 'connection', connection, reader: this }
    live.room.readers.add(this)
    const waiting = this.#waiting
    this.#waiting = []
    this.#waitingBytes = 0
    for (const frame of waiting) this.receive(frame)
    // after its own, so that who returns is not told what an older socket of theirs still brings
    this.#tellPresence()
  }

  /** The document is no longer open here. */
  close(): void {
    this.#live?.room.readers.delete(this)
    this.#live?.presence.leave(this)
    this.#live = undefined
    this.#connection = undefined
    this.#origin = undefined
    this.#opening = false
    this.#previewed = false
    this.#leaving = false
    this.#waiting = []
    this.#waitingBytes = 0
    this.#acknowledgements.end()
    this.#shut = true
  }

  /** Takes a frame of the client. */
  receive(frame: Message): void {
    const { type } = frame
    if (type === frameType.auth) {
      // after a farewell that still waits, it opens the document anew; else it opens it, or brings a new token
      if (this.#leaving) return this.#wait(frame)
      this.#shut = false
      this.#opening = true
      if (this.#asksAgain) this.#waiting.push(questionForAll)
      this.#asksAgain = false
      return this.#told.forward(frame.bytes)
    }
    if (this.#shut) {
      this.#asksAgain ||= frame.kind === syncKind.step1
      return
    }
    const live = this.#live
    const connection = this.#connection
    // a farewell to what was never opened
    if (type === frameType.close && !live && !this.#opening) return this.close()
    if (!live || !connection) return this.#wait(frame)
    if (type === frameType.close) return this.#leave(connection)
    try {
      if (type === frameType.awareness) this.#show(frame.payload as Uint8Array, live, connection)
      else if (type === frameType.queryAwareness) this.#tellPresence()
      else if (type !== frameType.sync) this.#told.forward(frame.bytes)
      else if (frame.kind === syncKind.step1) this.#answer(frame.payload as Uint8Array, live)
      else this.#edit(frame, live, connection)
    } catch {
      // a payload that does not decode ends this document's connection; the socket's others go on
      this.refuse('invalid-input')
    }
  }

  /** Closes the document on this channel, with a reason that the client is told. */
  refuse(problem: ProblemCode): void {
    this.#told.metrics.refusals.inc({ problem })
    this.#connection?.close(closing(problem))
  }

  /** Asks the client for all that it has more than we do: after it could not write and can again, or when an update lacked its ground. */
  resync(): void {
    if (!this.#live) return
    this.#acknowledgements.ask()
    this.tell(questionOf(this.#live.document))
  }

  /** Sends a message of this document. */
  tell(message: Uint8Array): void {
    this.#told.outbox.put(webSocketFrame(this.prefixBytes, message))
  }

  hear(frames: Buffer): void {
    this.#told.outbox.put(frames)
  }

  get behind(): boolean {
    return this.#told.outbox.behind
  }

  /** Whether the client said farewell itself, and needs no telling that the document is closed. */
  get leaving(): boolean {
    return this.#leaving
  }

  #wait(frame: Message) {
    if (frame.type === frameType.close) this.#leaving = true
    if (frame.kind === syncKind.step1) this.#forgetEdits()
    this.#waiting.push(frame)
    this.#waitingBytes += frame.bytes.length
  }

  /**
   * What a client sent before it asked for the document it tells again when it answers our question, and it counts only that: an
   * acknowledgement for each would be taken for those of later edits. Not so what it sent before a farewell.
   */
  #forgetEdits() {
    const farewell = this.#waiting.findLastIndex(({ type }) => type === frameType.close)
    this.#waiting = this.#waiting.filter(({ kind }, place) => place <= farewell || kind === undefined || kind === syncKind.step1)
    this.#waitingBytes = this.#waiting.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  #leave(connection: Connection<Admitted>) {
    this.#leaving = true
    connection.close({ code: 1000, reason: 'provider_initiated' })
    this.close()
  }

  #show(states: Uint8Array, { presence }: LiveDocument, { context }: Connection<Admitted>) {
    const returned = presence.take(states, context.actor.userId, this)
    if (!returned) return
    presence.raise()
    this.#tellPresence()
  }

  #tellPresence() {
    const here = this.#live?.presence.all(this) ?? []
    if (here.length > 0) this.tell(awarenessMessage(here))
  }

  #answer(stateVector: Uint8Array, live: LiveDocument) {
    this.#acknowledgements.begin(stateVector)
    this.tell(questionOf(live.document))
    if (this.#previewed && live.untouched) return
    this.tell(syncMessage(syncKind.step2, encodeStateAsUpdate(live.document, stateVector)))
  }

  #edit({ kind, payload }: Message, live: LiveDocument, connection: Connection<Admitted>) {
    const update = payload as Uint8Array
    const { due, answers } = this.#acknowledgements.take(kind, update)
    if (connection.readOnly) {
      if (kind === syncKind.step2 && (isEmpty(update) || snapshotContainsUpdate(snapshot(live.document), update)))
        return this.#acknowledge(due, live)
      this.#acknowledgements.owe(due)
      return this.#status(0, 1)
    }
    // what only deletes is let through, or nobody could make it smaller
    if (update[0] !== 0 && live.size + update.length > this.#told.limits.documentBytes) return this.refuse('document-too-large')
    if (!isEmpty(update) && !live.edit(update, this.#origin as Origin)) {
      // it builds on updates that never came: they are missing, so nothing is acknowledged; the client sends the rest,
      // unless this is already all that it has: asked again it would say the same, for ever
      this.#acknowledgements.owe(due)
      if (!answers) this.resync()
      return
    }
    this.#acknowledge(due, live)
  }

  #acknowledge(due: number, live: LiveDocument) {
    if (due === 0 || this.#told.plain) return
    if (!live.uncommitted) return this.#status(1, due)
    const { traffic } = this.#told.metrics
    const { count } = this.#acknowledgements
    traffic.held++
    live.settled((committed) => {
      traffic.held--
      // when the journal refused, the document is being closed and nothing is acknowledged; nor is it to a client who asked or opened
      // anew meanwhile: it counts from there
      if (committed && this.#acknowledgements.count === count) this.#status(1, due)
    })
  }

  #status(status: 0 | 1, count: number) {
    if (this.#told.plain) return
    for (let left = count; left > 0; left--) this.tell(statusMessages[status])
  }
}
