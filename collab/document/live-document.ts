/**
 * A document in the memory of this node: its room, its awareness states, and the position up to which it follows the journal.
 *
 * An edit of a client is broadcast at once and appended to the journal. So are the edits that Yjs makes by itself. When a change throws,
 * nothing of it is broadcast or journaled: the state of Yjs is then unreliable, and the document is discarded.
 */
import type { Connection, Document } from '@hocuspocus/server'
import * as Y from 'yjs'
import type { Commit, Journal } from '../../domain/documents/journal/journal.ts'
import { applyStoredUpdate, assertUpdateWithinLimits } from '../../domain/documents/limits/update-limits.ts'
import { containsUpdate, isUpdate } from '../../domain/documents/update-containment.ts'
import { applyWithoutCleanUp } from '../../domain/documents/journal/replica.ts'
import { applyStoredDocument, type StoredDocument } from '../../domain/documents/journal/snapshot.ts'
import { mayContainSuggestion } from '../../domain/suggestions/typed.ts'
import { formatAuthor } from '../../domain/kernel/actor.ts'
import type { Log } from '../../domain/kernel/log.ts'
import type { Metrics } from '../../domain/kernel/metrics.ts'
import { DomainError } from '../../domain/kernel/errors.ts'
import { markWriteActivity } from '../../domain/kernel/scheduling.ts'
import { ApplyError, AtomicChanges, catchRefusal } from './atomic-changes.ts'
import { FormatCleanUps } from './format-clean-up.ts'
import { collectGarbageInSlices } from './garbage-collection.ts'
import { PendingCommits } from './pending-commits.ts'
import { SuggestionCheck } from './suggestion-check.ts'
import { syncKind, encodeSyncMessage } from '../socket/protocol-codec.ts'
import { JournalFollower, type JournalRange } from './journal-follower.ts'
import type { ConnectionContext } from '../socket/connection-context.ts'
import { encodeAwareness } from './awareness-codec.ts'
import { type AwarenessUsage, DocumentAwareness, type OwnedAwarenessState } from './awareness.ts'
import { DocumentRoom } from './broadcaster.ts'
import { type ClientOrigin, journalOrigin, remoteCleanUpOrigin, type ServerOrigin, type UpdateOrigin, yjsOrigin } from './update-origin.ts'

/** Receives what happens in a document. */
export interface LiveDocumentListener {
  /** Edits of this node are committed as this range. */
  onCommitted(range: JournalRange & { updates: Uint8Array[] }): void
  /** A client of this node joined, changed its awareness state or left. */
  onAwareness(whereabouts: OwnedAwarenessState): void
  /** The journal refused an edit, or no longer has rows that are missing here. So the document differs from the journal. */
  onRefused(): void
  /** A change threw, and the state of Yjs is unreliable. @param connection of the client whose edit it was, if any */
  onApplyError(error: unknown, connection: Connection<ConnectionContext> | undefined): void
}

export class LiveDocument {
  readonly id: string
  readonly document: Document
  readonly room = new DocumentRoom()
  readonly awareness: DocumentAwareness
  /** What was journaled since the snapshot, and the size of the snapshot. */
  tailRows = 0
  tailBytes = 0
  snapshotBytes = 0
  /** Whether a client of this node may have made a suggestion of which nobody was notified yet. */
  hasNewSuggestions = false
  /** When Hocuspocus was last asked to call the store hook. */
  storeRequestedAt = 0
  readonly #journal: Journal
  readonly #log: Log
  readonly #listener: LiveDocumentListener
  /** Checks the edits of commenters. */
  readonly suggestionCheck: SuggestionCheck
  readonly #pendingCommits = new PendingCommits()
  #hasDroppedStructs = false
  /** Whether it is still exactly what was loaded. */
  isUnmodified = false
  readonly #follower: JournalFollower
  readonly #changes: AtomicChanges<UpdateOrigin>
  /** The newest of the journal rows that are being applied. */
  #applyingSeq: number | undefined
  readonly #cleanUps = new FormatCleanUps(
    (update) => {
      this.#journalUpdate(null, update)
      this.#pendingCommits.extendWaiters()
    },
    () => this.#notifyWaiters(),
  )
  /** The newest row that this node wrote. */
  #committedSeq = 0
  #unpublished: Uint8Array[] = []

  constructor(
    id: string,
    document: Document,
    { journal, metrics, log, usage }: { journal: Journal; metrics: Metrics; log: Log; usage: AwarenessUsage },
    listener: LiveDocumentListener,
  ) {
    this.id = id
    this.document = document
    this.suggestionCheck = new SuggestionCheck(document)
    collectGarbageInSlices(document, (error) =>
      log.error({ error: String(error) }, 'deleted content could not be collected and stays in memory'),
    )
    this.#journal = journal
    this.#log = log
    this.#listener = listener
    this.#changes = new AtomicChanges((update, origin) => this.#onUpdate(update, origin))
    this.#follower = new JournalFollower({
      readRows: (after) => journal.rowsAfter(id, after),
      apply: (range) => this.#applyRange(range),
      onRowsGone: () => this.#refuseEdits(),
      onCaughtUp: (rows) => metrics.gaps.inc(rows),
      onReadError: (error) => log.warn({ error: String(error) }, 'missing journal rows could not be read; retrying'),
    })
    this.awareness = new DocumentAwareness((whereabouts, source) => {
      this.room.broadcastAwareness(whereabouts.client, encodeAwareness([whereabouts]), source)
      if (typeof source !== 'string') listener.onAwareness(whereabouts)
    }, usage)
  }

  /** Loads what is stored. From then on edits are accepted. */
  load(stored: StoredDocument): void {
    const { document } = this
    const { snapshot, tail } = stored
    if (applyWithoutCleanUp(document, () => applyStoredDocument(document, stored, journalOrigin)))
      this.#log.error({ document: document.name }, 'content nested too deeply was left out; its rows stay in the journal')
    this.snapshotBytes = snapshot?.state.length ?? 0
    this.#addToTail(tail.map(({ update }) => update))
    this.isUnmodified = true
    document.on('update', (update: Uint8Array, origin: UpdateOrigin | null) =>
      this.#changes.collect(update, origin ?? (this.#applyingSeq ? remoteCleanUpOrigin : yjsOrigin)),
    )
    document.on('afterTransaction', () => this.#dropPendingStructs())
    this.#follower.start(tail.at(-1)?.seq ?? snapshot?.seq ?? 0)
  }

  /** Every journal row up to this one is applied. */
  get head(): number {
    return this.#follower.head
  }

  /**
   * Applies an update of a client.
   * @returns whether the document has all of it now: false when it builds on updates that never arrived
   * @throws DomainError too-complex when it exceeds a limit
   * @throws ApplyError when it could not be applied
   * @throws when it is not an update
   */
  applyClientUpdate(update: Uint8Array, origin: ClientOrigin): boolean {
    this.#hasDroppedStructs = false
    // refused as a whole, before anything is applied
    assertUpdateWithinLimits(this.document, update)
    try {
      this.#changes.run(() => Y.applyUpdate(this.document, update, origin))
    } catch (error) {
      // Yjs decodes the whole update before it applies any of it
      throw isUpdate(update) ? this.#reportApplyError(error, origin.connection) : error
    }
    return !this.#hasDroppedStructs || containsUpdate(this.document, update)
  }

  /**
   * Makes a server edit.
   * @param actor its author (`authorOf`); null for SmartStart itself
   * @throws DomainError as `change` does
   * @throws ApplyError when it could not be applied
   */
  edit<T>(actor: string | null, change: (document: Y.Doc) => T): T {
    const makeChange = () => catchRefusal(() => change(this.document))
    try {
      const { result, refusal } = this.#changes.run(() =>
        this.document.transact(makeChange, { source: 'local', actor } satisfies ServerOrigin),
      )
      if (refusal) throw refusal
      return result as T
    } catch (error) {
      throw error instanceof DomainError ? error : this.#reportApplyError(error)
    }
  }

  /** Whether an edit of this node waits for its commit. */
  get hasUncommitted(): boolean {
    return this.#pendingCommits.hasPending || this.#cleanUps.hasPending
  }

  /** Calls back with true when every edit so far is committed, at once if that is already so, or with false when the journal refused one. */
  whenCommitted(callback: (committed: boolean) => void): void {
    if (this.hasUncommitted) this.#pendingCommits.whenCommitted(callback)
    else callback(true)
  }

  /** Resolves with true when every edit so far is committed, or with false when the journal refused one. */
  committed(): Promise<boolean> {
    return new Promise((resolve) => this.whenCommitted(resolve))
  }

  /** The newest row that this node wrote; 0 if it wrote none. */
  get committedSeq(): number {
    return this.#committedSeq
  }

  /** About what is stored of it. */
  get sizeBytes(): number {
    return this.snapshotBytes + this.tailBytes
  }

  /** Takes a committed range of the journal: applies it if it is next, otherwise when the rows before it are applied. */
  receiveRange(range: JournalRange): void {
    this.#follower.receiveRange(range)
  }

  /** The document is unloaded. */
  close(): void {
    this.#cleanUps.close()
    this.suggestionCheck.close()
    this.#pendingCommits.notifyWaiters()
    this.#follower.close()
    this.awareness.close()
    this.room.close()
  }

  /** Applies rows of other nodes, which are next in the journal. */
  #applyRange({ to, updates }: JournalRange) {
    if (!updates) return
    this.isUnmodified = false
    const { document } = this
    this.#applyingSeq = to
    try {
      this.#changes.run(() =>
        document.transact(() => {
          for (const update of updates) applyStoredUpdate(document, update, { origin: journalOrigin })
        }, journalOrigin),
      )
    } catch (error) {
      throw this.#reportApplyError(error)
    } finally {
      this.#applyingSeq = undefined
    }
    this.#addToTail(updates)
    this.#cleanUps.dropJournaled(updates)
  }

  #addToTail(updates: Uint8Array[]) {
    this.tailRows += updates.length
    for (const { length } of updates) this.tailBytes += length
  }

  #onUpdate(update: Uint8Array, origin: UpdateOrigin) {
    this.isUnmodified = false
    markWriteActivity()
    this.room.broadcastUpdate(encodeSyncMessage(syncKind.update, update), origin.recipient)
    if ((origin as unknown) === journalOrigin) return
    if (
      origin === remoteCleanUpOrigin &&
      this.#cleanUps.defer(update, this.#pendingCommits.hasPending || this.#committedSeq > (this.#applyingSeq ?? 0))
    )
      return
    if (!this.hasNewSuggestions && origin.connection) this.hasNewSuggestions = mayContainSuggestion(update)
    this.#journalUpdate(origin.connection ? formatAuthor(origin.connection.context.actor) : (origin.actor ?? null), update)
  }

  #journalUpdate(actor: string | null, update: Uint8Array) {
    this.#addToTail([update])
    this.#unpublished.push(update)
    this.#pendingCommits.add()
    this.#journal.enqueue(this.id, actor, update, this.#onSettled)
  }

  readonly #onSettled = (commit: Commit | undefined): void => {
    if (!commit) return this.#refuseEdits()
    this.#pendingCommits.markCommitted()
    // all edits of a batch have the same commit; the first one publishes it
    if (commit.to > this.#committedSeq) this.#publishCommit(commit)
    this.#notifyWaiters()
  }

  /** Calls those that wait for edits that are committed now. */
  #notifyWaiters() {
    if (!this.#cleanUps.hasPending) this.#pendingCommits.notifyWaiters()
  }

  #publishCommit({ from, to }: Commit) {
    this.#committedSeq = to
    this.receiveRange({ from, to })
    this.#listener.onCommitted({ from, to, updates: this.#unpublished.splice(0, to - from) })
  }

  #reportApplyError(error: unknown, connection?: Connection<ConnectionContext>): ApplyError {
    this.#listener.onApplyError(error, connection)
    return new ApplyError('A change could not be applied.', { cause: error })
  }

  #refuseEdits() {
    this.#listener.onRefused()
    this.#pendingCommits.rejectWaiters()
  }

  /**
   * Yjs keeps structs that build on updates that never arrived, and adds them in whichever transaction brings those updates: under another
   * author's name, or past the journal. So they are dropped. The client still has them, and is asked for them.
   */
  #dropPendingStructs() {
    const { store } = this.document
    if (store.pendingStructs === null && store.pendingDs === null) return
    store.pendingStructs = null
    store.pendingDs = null
    this.#hasDroppedStructs = true
  }
}
