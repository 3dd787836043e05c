import { HocuspocusProvider, WebSocketStatus } from '@hocuspocus/provider'
import { IndexeddbPersistence } from 'y-indexeddb'
import { Doc } from 'yjs'
import { clearNotes, databaseName, noteUnsent, unsentNotes } from './copies.ts'
import type { Line, Talk } from './line.ts'
import { accessToken, onRenewal, renew } from './session.ts'

/** Reasons that no retry will change. */
const FINAL = new Set(['not-found', 'forbidden'])

export interface LiveState {
  /** Whether the copy in this browser is there to keep edits; `unkept` where the browser allows none. */
  copy: 'loading' | 'kept' | 'unkept'
  link: 'connecting' | 'online' | 'offline'
  /** The text of the server has arrived, at least once. */
  synced: boolean
  /** What the server allows; unknown until it was asked. */
  scope: 'read-write' | 'readonly' | null
  /** The server has acknowledged everything. */
  saved: boolean
  /** The server has refused an edit that is still in this copy. */
  editsRefused: boolean
  /** Why the server does not open, or has closed, this document. */
  refusal: string | null
}

/** A document as it lives in this browser: the Yjs document, its copy on disk, and its talk with the server. */
export class LiveDocument {
  readonly name: string
  readonly userId: string
  readonly doc = new Doc()
  readonly provider: HocuspocusProvider
  state: LiveState = { copy: 'loading', link: 'connecting', synced: false, scope: null, saved: false, editsRefused: false, refusal: null }

  closed = false
  private readonly copy: IndexeddbPersistence
  private readonly line: Line
  private readonly listeners = new Set<() => void>()
  private readonly notes: string[]
  private readonly undo: (() => void)[] = []
  private failures = 0
  private retry: ReturnType<typeof setTimeout> | undefined

  constructor(userId: string, name: string, line: Line) {
    this.name = name
    this.userId = userId
    this.line = line
    this.notes = unsentNotes(userId, name)
    // Before the provider hears of an edit, so that it is noted when it is sent.
    this.doc.on('update', this.onUpdate)
    this.provider = new HocuspocusProvider({ name, document: this.doc, websocketProvider: line, token: accessToken })
    this.copy = new IndexeddbPersistence(databaseName(userId, name), this.doc)

    this.provider.on('authenticated', this.onAuthenticated)
    this.provider.on('authenticationFailed', ({ reason }: { reason: string }) => this.onRefusal(reason))
    this.provider.on('close', ({ event }: { event: { reason: string } }) => this.onClose(event.reason))
    this.provider.on('synced', () => this.become({ synced: true }))
    this.undo.push(
      line.watch(name, this.onTalk),
      // The connection lives longer than a token: show the new one before the old one ends.
      onRenewal(() => this.provider.isAuthenticated && void this.provider.sendToken()),
    )
    void this.begin()
  }

  /** The words of the document. */
  get text() {
    return this.doc.getXmlFragment('default')
  }

  get awareness() {
    return this.provider.awareness as NonNullable<HocuspocusProvider['awareness']>
  }

  /** Attaches once the copy is loaded, so that the handshake offers all of it in one frame. */
  private async begin() {
    const slow = new Promise<'unkept'>((resolve) => setTimeout(resolve, 2000, 'unkept'))
    const loaded = this.copy.whenSynced.then(() => 'kept' as const)
    const missing = this.copy._db.then(
      () => loaded,
      () => 'unkept' as const,
    )
    this.become({ copy: await Promise.race([loaded, missing, slow]) })
    void loaded.then(() => this.become({ copy: 'kept' }))
    const patience = setTimeout(() => this.state.link === 'connecting' && this.become({ link: 'offline' }), 6000)
    this.undo.push(() => clearTimeout(patience))
    if (!this.closed) this.provider.attach()
  }

  private readonly onUpdate = (_update: Uint8Array, origin: unknown) => {
    if (origin !== this.provider && origin !== this.copy) noteUnsent(this.userId, this.name)
  }

  private readonly onTalk = (talk: Talk) => {
    const saved = talk.offered && talk.awaited === 0
    if (saved) clearNotes(this.notes)
    this.become({ saved, editsRefused: talk.refused > 0 || (this.state.editsRefused && !saved) })
    if (talk.offered && this.provider.isAuthenticated) this.become({ link: 'online' })
  }

  private readonly onAuthenticated = ({ scope }: { scope: 'read-write' | 'readonly' }) => {
    this.failures = 0
    this.become({ scope, refusal: null })
  }

  private onRefusal(reason: string) {
    this.line.hush(this.name)
    if (FINAL.has(reason)) {
      this.become({ refusal: reason, link: 'offline' })
      // What one may no longer read does not stay on this disk, unless one wrote some of it that nobody else has.
      if (!this.unsent) void this.copy.clearData()
      return
    }
    this.become({ link: 'offline' })
    clearTimeout(this.retry)
    this.retry = setTimeout(() => void this.reopen(reason), Math.min(30_000, 1000 * 2 ** this.failures++))
  }

  /**
   * The provider does not come back to a document that the server closed. Detaching would not do: the
   * server keeps the farewell for the next greeting, and then closes the document again.
   */
  private async reopen(reason: string) {
    if (this.closed || this.line.status !== WebSocketStatus.Connected) return
    if (reason === 'unauthenticated') await renew().catch(() => {})
    await this.provider.onOpen(new Event('open'))
  }

  private onClose(reason: string) {
    if (this.line.status !== WebSocketStatus.Connected) this.become({ link: 'offline' })
    else if (reason !== 'provider_initiated') this.onRefusal(reason)
  }

  private become(change: Partial<LiveState>) {
    const keys = Object.keys(change) as (keyof LiveState)[]
    if (this.closed || keys.every((key) => this.state[key] === change[key])) return
    this.state = { ...this.state, ...change }
    for (const listener of this.listeners) listener()
  }

  /** Whether the server lacks something that was written here. */
  get unsent(): boolean {
    return this.notes.some((note) => localStorage.getItem(note) !== null)
  }

  /** Whether nothing more is to be expected of the server: it has everything, or wants nothing. */
  get settled(): boolean {
    return this.state.refusal !== null || this.state.scope === 'readonly' || !this.unsent
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Closes it, and throws away what this browser holds of it. */
  async discard(): Promise<void> {
    this.close()
    clearNotes(this.notes)
    await this.copy.clearData()
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    clearTimeout(this.retry)
    for (const undo of this.undo.splice(0)) undo()
    this.provider.destroy()
    this.doc.destroy()
  }
}
