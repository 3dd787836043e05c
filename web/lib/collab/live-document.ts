import { HocuspocusProvider, WebSocketStatus } from '@hocuspocus/provider'
import { IndexeddbPersistence } from 'y-indexeddb'
import { Doc } from 'yjs'
import { preventCleanUpWithoutAccess } from './format-clean-up.ts'
import { clearUnsentMarks, databaseName, markUnsent, listUnsentMarks } from './offline-store.ts'
import type { ProviderWebsocket, SyncProgress } from './provider-websocket.ts'
import { getAccessToken, onTokenRenewed, renewAccessToken } from '../session.ts'

/** Refusals that no retry changes. */
const finalRefusals = new Set(['not-found', 'forbidden'])

export interface LiveDocumentState {
  /** Whether the document is stored in this browser; `unavailable` if the browser does not allow it. */
  localCopy: 'loading' | 'stored' | 'unavailable'
  connection: 'connecting' | 'online' | 'offline'
  /** The server's state has arrived at least once. */
  isSynced: boolean
  /** The access that the server grants; null until it has answered. */
  scope: 'read-write' | 'readonly' | null
  /** The server has acknowledged all edits. */
  isSaved: boolean
  /** The server has rejected an edit that is still in this document. */
  hasRefusedEdits: boolean
  /** Why the server refused or closed this document. */
  refusal: string | null
}

/** A document in this browser: the Yjs document, its copy in IndexedDB, and its connection to the server. */
export class LiveDocument {
  readonly name: string
  readonly userId: string
  readonly doc = new Doc()
  readonly provider: HocuspocusProvider
  state: LiveDocumentState = {
    localCopy: 'loading',
    connection: 'connecting',
    isSynced: false,
    scope: null,
    isSaved: false,
    hasRefusedEdits: false,
    refusal: null,
  }

  isClosed = false
  private readonly localCopy: IndexeddbPersistence
  private readonly socket: ProviderWebsocket
  private readonly listeners = new Set<() => void>()
  private readonly unsentMarks: string[]
  private readonly cleanups: (() => void)[] = []
  private failures = 0
  private retryTimer: ReturnType<typeof setTimeout> | undefined

  constructor(userId: string, name: string, socket: ProviderWebsocket) {
    this.name = name
    this.userId = userId
    this.socket = socket
    this.unsentMarks = listUnsentMarks(userId, name)
    // Before the provider, so that an edit is marked as unsent before it is sent.
    this.doc.on('update', this.onUpdate)
    preventCleanUpWithoutAccess(this.doc, () => this.state.scope === 'read-write')
    this.provider = new HocuspocusProvider({ name, document: this.doc, websocketProvider: socket, token: getAccessToken })
    this.localCopy = new IndexeddbPersistence(databaseName(userId, name), this.doc)

    this.provider.on('authenticated', this.onAuthenticated)
    this.provider.on('authenticationFailed', ({ reason }: { reason: string }) => this.onRefusal(reason))
    this.provider.on('close', ({ event }: { event: { reason: string } }) => this.onClose(event.reason))
    this.provider.on('synced', () => this.setState({ isSynced: true }))
    this.cleanups.push(
      socket.watchProgress(name, this.onProgress),
      // The connection outlives an access token: send the new one before the old one expires.
      onTokenRenewed(() => this.provider.isAuthenticated && void this.provider.sendToken()),
    )
    void this.attachWhenLoaded()
  }

  /** The rich text of the document. */
  get text() {
    return this.doc.getXmlFragment('default')
  }

  get awareness() {
    return this.provider.awareness as NonNullable<HocuspocusProvider['awareness']>
  }

  /** Attaches once the stored copy is loaded, so that the handshake sends all of it in one frame. */
  private async attachWhenLoaded() {
    const timedOut = new Promise<'unavailable'>((resolve) => setTimeout(resolve, 2000, 'unavailable'))
    const loaded = this.localCopy.whenSynced.then(() => 'stored' as const)
    const loadedOrUnavailable = this.localCopy._db.then(
      () => loaded,
      () => 'unavailable' as const,
    )
    this.setState({ localCopy: await Promise.race([loaded, loadedOrUnavailable, timedOut]) })
    void loaded.then(() => this.setState({ localCopy: 'stored' }))
    const offlineTimer = setTimeout(() => this.state.connection === 'connecting' && this.setState({ connection: 'offline' }), 6000)
    this.cleanups.push(() => clearTimeout(offlineTimer))
    if (!this.isClosed) this.provider.attach()
  }

  private readonly onUpdate = (_update: Uint8Array, origin: unknown) => {
    if (origin !== this.provider && origin !== this.localCopy) markUnsent(this.userId, this.name)
  }

  private readonly onProgress = (progress: SyncProgress) => {
    const isSaved = progress.hasSentMissing && progress.pendingAcks === 0
    if (isSaved) clearUnsentMarks(this.unsentMarks)
    this.setState({ isSaved, hasRefusedEdits: progress.refusedEdits > 0 || (this.state.hasRefusedEdits && !isSaved) })
    if (progress.hasSentMissing && this.provider.isAuthenticated) this.setState({ connection: 'online' })
  }

  private readonly onAuthenticated = ({ scope }: { scope: 'read-write' | 'readonly' }) => {
    this.failures = 0
    this.setState({ scope, refusal: null })
  }

  private onRefusal(reason: string) {
    this.socket.resetProgress(this.name)
    if (finalRefusals.has(reason)) {
      this.setState({ refusal: reason, connection: 'offline' })
      // A document that the user may no longer read is deleted from this browser, unless it has unsent edits.
      if (!this.hasUnsentEdits) void this.localCopy.clearData()
      return
    }
    this.setState({ connection: 'offline' })
    clearTimeout(this.retryTimer)
    this.retryTimer = setTimeout(() => void this.reauthenticate(reason), Math.min(30_000, 1000 * 2 ** this.failures++))
  }

  /**
   * The provider does not reopen a document that the server closed. Detaching does not help: the server would keep the close message for
   * the next handshake and close again.
   */
  private async reauthenticate(reason: string) {
    if (this.isClosed || this.socket.status !== WebSocketStatus.Connected) return
    if (reason === 'unauthenticated') await renewAccessToken().catch(() => {})
    await this.provider.onOpen(new Event('open'))
  }

  private onClose(reason: string) {
    if (this.socket.status !== WebSocketStatus.Connected) this.setState({ connection: 'offline' })
    else if (reason !== 'provider_initiated') this.onRefusal(reason)
  }

  private setState(change: Partial<LiveDocumentState>) {
    const changedKeys = Object.keys(change) as (keyof LiveDocumentState)[]
    if (this.isClosed || changedKeys.every((key) => this.state[key] === change[key])) return
    this.state = { ...this.state, ...change }
    for (const listener of this.listeners) listener()
  }

  /** Whether the server lacks edits of this browser. */
  get hasUnsentEdits(): boolean {
    return this.unsentMarks.some((mark) => localStorage.getItem(mark) !== null)
  }

  /** Whether nothing more is expected from the server: it has all edits, or does not accept them. */
  get isSettled(): boolean {
    return this.state.refusal !== null || this.state.scope === 'readonly' || !this.hasUnsentEdits
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Closes the document and deletes what this browser stores of it. */
  async discard(): Promise<void> {
    this.close()
    clearUnsentMarks(this.unsentMarks)
    await this.localCopy.clearData()
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    clearTimeout(this.retryTimer)
    for (const cleanup of this.cleanups.splice(0)) cleanup()
    this.provider.destroy()
    this.doc.destroy()
  }
}
