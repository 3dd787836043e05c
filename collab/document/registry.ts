/** The documents in the memory of this node: loaded from snapshot and journal tail, compacted, unloaded. */
import type { Connection, Document, Hocuspocus } from '@hocuspocus/server'
import { isFrozen, parseDocumentName } from '../../domain/documents/document.ts'
import type { Journal } from '../../domain/documents/journal/journal.ts'
import { loadStoredDocument, type StoredDocument } from '../../domain/documents/journal/snapshot.ts'
import type { Section } from '../../domain/documents/sections/section.ts'
import { system } from '../../domain/kernel/actor.ts'
import type { ProblemCode } from '../../domain/kernel/errors.ts'
import type { Executor } from '../../domain/kernel/executor.ts'
import type { Log } from '../../domain/kernel/log.ts'
import type { Metrics } from '../../domain/kernel/metrics.ts'
import { recordTypedSuggestions } from '../../domain/suggestions/typed.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { retryWhileUnavailable } from '../retry-while-unavailable.ts'
import { closeEvent } from '../socket/close-codes.ts'
import type { ConnectionContext } from '../socket/connection-context.ts'
import { AwarenessUsage } from './awareness.ts'
import { Compactor } from './compaction.ts'
import { FailedEdits } from './failed-edits.ts'
import { LiveDocument, type LiveDocumentListener } from './live-document.ts'
import { BlockRepairs } from './schema-repair.ts'
import { repairSections } from './section-repair.ts'

/** Close code of Hocuspocus ("Reset Connection"): the client reconnects. */
const resetConnectionCode = 4205
/** Edits make Hocuspocus call the store hook at most once in this time. */
const storeRequestIntervalMs = 1000

export interface DocumentRegistryOptions {
  hocuspocus: Hocuspocus
  domain: Executor
  journal: Journal
  log: Log
  metrics: Metrics
  cluster: Cluster
  /** The sections of each kind of document. */
  sections: Readonly<Record<string, readonly Section[]>>
}

export class DocumentRegistry {
  readonly #options: DocumentRegistryOptions
  readonly #documents = new Map<string, LiveDocument>()
  /** Names of discarded documents whose last edits may still be on their way to the journal. */
  readonly #discarded = new Set<string>()
  readonly #failedEdits = new FailedEdits()
  readonly #awarenessUsage = new AwarenessUsage()
  readonly #compactor: Compactor
  readonly #blockRepairs = new WeakMap<Document, BlockRepairs>()

  constructor(options: DocumentRegistryOptions) {
    const { domain, log } = options
    this.#options = options
    this.#compactor = new Compactor({ domain, log, isLoaded: (live) => this.#documents.get(live.document.name) === live })
  }

  /** How many documents are in memory. */
  get count(): number {
    return this.#documents.size
  }

  readonly get = (name: string): LiveDocument | undefined => this.#documents.get(name)

  /**
   * Loads what is stored into a document that is being opened. From then on edits are accepted.
   * @param onStored called with what is stored, before the document is loaded from it
   */
  async load(document: Document, onStored: (stored: StoredDocument) => void): Promise<void> {
    const { domain, journal, cluster } = this.#options
    const live = this.#createLiveDocument(document)
    // before the journal is read, so that no range of another node is missed
    cluster.subscribe(live)
    try {
      // edits of the discarded document may not be in the journal yet
      if (this.#discarded.delete(document.name)) await journal.drain()
      const stored = await retryWhileUnavailable(() => domain.run(system, loadStoredDocument, { id: live.id }))
      onStored(stored)
      live.load(stored)
      this.#startRepairs(live)
    } catch (error) {
      live.close()
      cluster.unsubscribe(live)
      // otherwise Hocuspocus keeps the document and the timer of its awareness
      document.destroy()
      throw error
    }
    this.#documents.set(document.name, live)
    this.#reportCount()
  }

  /**
   * A document is loaded. Replaces what Hocuspocus does for each edit: it builds payloads and calls hooks that are not used here, and
   * sends the edit to each connection, which the room does. Only the store hook is still requested.
   */
  loaded(document: Document): void {
    const live = this.#documents.get(document.name) as LiveDocument
    const getConnections = document.getConnections.bind(document)
    let isBroadcasting = false
    document.getConnections = () => {
      if (!isBroadcasting) return getConnections()
      isBroadcasting = false
      return []
    }
    // the room has its own awareness; this one would run a timer for each document
    document.awareness.destroy()
    document.onUpdate(() => {
      isBroadcasting = true
      this.#requestStore(live)
    })
    this.#blockRepairs.get(document)?.checkAll()
  }

  /** Resolves when every edit so far is committed or refused, of one document or of all. */
  async committed(name: string | undefined): Promise<void> {
    if (name !== undefined) return void (await this.#documents.get(name)?.committed())
    await Promise.all([...this.#documents.values()].map((live) => live.committed()))
  }

  /** The store hook: records new suggestions, and writes a snapshot if one is due. Never rejects. */
  async store(document: Document): Promise<void> {
    const live = this.#documents.get(document.name)
    if (live?.document !== document) return
    // the next edit requests another call
    live.storeRequestedAt = 0
    await this.#recordTypedSuggestions(live)
    await this.#compactor.compact(live)
  }

  /** Stops compaction. Resolves when none is in progress. */
  stopCompaction(): Promise<void> {
    return this.#compactor.stop()
  }

  /** Refuses to unload a document with uncommitted edits; unloads it when they are committed. @throws CloseEvent */
  beforeUnload(document: Document): void {
    const live = this.#documents.get(document.name)
    // a discarded document of this name: unloading it would unload the new one
    if (live?.document !== document) throw closeEvent('conflict')
    if (!live.hasUncommitted) return
    live.whenCommitted((isCommitted) => {
      if (isCommitted) void this.#options.hocuspocus.unloadDocument(document)
    })
    throw closeEvent('unavailable')
  }

  /** A document was unloaded. */
  unloaded(name: string): void {
    const live = this.#documents.get(name)
    if (live) this.#remove(live)
  }

  #createLiveDocument(document: Document): LiveDocument {
    const { journal, metrics, log, cluster } = this.#options
    const listener: LiveDocumentListener = {
      onCommitted: (range) => cluster.publishRange(live, range),
      onAwareness: (state) => cluster.publishAwareness(live, state),
      onRefused: () => this.#discard(live, 'conflict'),
      onApplyError: (error, connection) => this.#handleApplyError(live, error, connection),
    }
    const parts = { journal, metrics, log, usage: this.#awarenessUsage }
    const live: LiveDocument = new LiveDocument(parseName(document.name).id, document, parts, listener)
    return live
  }

  #startRepairs(live: LiveDocument) {
    const { domain, metrics, sections, log } = this.#options
    repairSections(live, sections[parseName(live.document.name).kind] ?? [], (count) => metrics.repairedEntries.inc(count))
    const blockRepairs = new BlockRepairs(live, {
      canWrite: async () => !(await domain.run(system, isFrozen, { id: live.id })),
      onRepaired: (count) => metrics.repairedBlocks.inc(count),
      onCheckError: (error) => log.warn({ error: String(error) }, 'blocks of a document could not be checked'),
    })
    this.#blockRepairs.set(live.document, blockRepairs)
  }

  #requestStore(live: LiveDocument) {
    const { hocuspocus: instance } = this.#options
    const { document } = live
    const now = Date.now()
    if (now - live.storeRequestedAt < storeRequestIntervalMs) return
    live.storeRequestedAt = now
    const payload = { instance, document, documentName: document.name, clientsCount: document.getConnectionsCount() }
    // the store hook never rejects
    void instance.storeDocumentHooks(document, { ...payload, lastContext: {}, lastTransactionOrigin: undefined })
  }

  /** Records suggestions that were made in the text, when they are committed, so that people are notified. */
  async #recordTypedSuggestions(live: LiveDocument) {
    if (!live.hasNewSuggestions || !(await live.committed())) return
    live.hasNewSuggestions = false
    try {
      await this.#options.domain.run(system, recordTypedSuggestions, { documentName: live.document.name })
    } catch (error) {
      live.hasNewSuggestions = true
      this.#options.log.warn({ error: String(error) }, 'suggestions could not be recorded; retrying after the next edit')
    }
  }

  /** A change threw. A client whose edits fail again is closed for good: it would send them again and again. */
  #handleApplyError(live: LiveDocument, error: unknown, connection: Connection<ConnectionContext> | undefined) {
    const { log, metrics } = this.#options
    const { name } = live.document
    metrics.discards.inc()
    log.error({ document: name, error: (error as Error)?.stack ?? String(error) }, 'an edit could not be applied; reloading the document')
    if (connection && this.#failedEdits.note(name, connection.context.actor.id)) connection.close(closeEvent('cannot-apply'))
    this.#discard(live, 'internal')
  }

  /** The document in memory differs from the journal. Its clients reconnect, and are asked for what the journal does not have. */
  #discard(live: LiveDocument, reason: ProblemCode) {
    const { document } = live
    if (this.#documents.get(document.name) !== live) return
    this.#remove(live)
    this.#discarded.add(document.name)
    this.#options.hocuspocus.documents.delete(document.name)
    for (const connection of document.getConnections()) (connection as Connection).webSocket.close(resetConnectionCode, reason)
    document.destroy()
  }

  #remove(live: LiveDocument) {
    live.close()
    this.#options.cluster.unsubscribe(live)
    this.#documents.delete(live.document.name)
    this.#reportCount()
  }

  #reportCount() {
    this.#options.metrics.documents.set(this.#documents.size)
  }
}

function parseName(name: string) {
  const parsed = parseDocumentName(name)
  if (!parsed) throw closeEvent('invalid-input')
  return parsed
}
