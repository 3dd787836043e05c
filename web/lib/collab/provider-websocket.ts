import { HocuspocusProviderWebsocket, MessageType, WebSocketStatus } from '@hocuspocus/provider'
import { createDecoder, readVarInt, readVarString, readVarUint } from 'lib0/decoding'

const syncStepOne = 0
const syncStepTwo = 1
const syncUpdate = 2

/** The progress of one document's synchronization on the current socket. */
export interface SyncProgress {
  /** Not started: only the token and sync step 1 may be sent. */
  isIdle: boolean
  /** The server has been sent everything that it lacked (sync step 2). */
  hasSentMissing: boolean
  /** Expected acknowledgements: one for sync step 2, one for each later update. */
  pendingAcks: number
  /** Edits that the server has rejected. It acknowledges them once they are sent again and accepted. */
  refusedEdits: number
}

const idle: SyncProgress = { isIdle: true, hasSentMissing: false, pendingAcks: 0, refusedEdits: 0 }

/**
 * The one WebSocket of the workspace, shared by all open documents.
 *
 * It counts acknowledgements by document and socket. The provider's own count restarts with each connection while acknowledgements of older
 * frames still arrive, so just after a reconnect it may reach zero too early, and "Saved" would be wrong.
 * For the same reason frames are never queued while disconnected: the handshake sends everything that the server lacks.
 */
export class ProviderWebsocket extends HocuspocusProviderWebsocket {
  private readonly progressByDocument = new Map<string, SyncProgress>()
  private readonly watchers = new Map<string, (progress: SyncProgress) => void>()

  constructor(url: string) {
    super({ url, delay: 500, minDelay: 500, maxDelay: 8000 })
    this.on('status', ({ status }: { status: WebSocketStatus }) => {
      if (status !== WebSocketStatus.Connected) for (const name of this.watchers.keys()) this.setProgress(name, idle)
    })
    window.addEventListener('online', this.reconnectNow)
    window.addEventListener('offline', this.dropConnection)
    document.addEventListener('visibilitychange', this.reconnectNow)
  }

  /** Reports every change of a document's progress. */
  watchProgress(documentName: string, watcher: (progress: SyncProgress) => void): () => void {
    this.watchers.set(documentName, watcher)
    return () => {
      this.watchers.delete(documentName)
      this.progressByDocument.delete(documentName)
    }
  }

  override send(frame: Uint8Array): void {
    if (this.webSocket?.readyState !== WebSocket.OPEN) return
    // A pong has no document name and is one byte long.
    if (frame.length === 1) return super.send(frame)
    const decoder = createDecoder(frame)
    const name = readVarString(decoder)
    const type = readVarUint(decoder)
    const progress = this.progressByDocument.get(name) ?? idle
    const step = type === MessageType.Sync ? readVarUint(decoder) : undefined
    if (progress.isIdle && type !== MessageType.Auth && step !== syncStepOne) return
    // Sync step 1 restarts the count: the server owes one acknowledgement, for our sync step 2, which covers everything before.
    if (step === syncStepOne) this.setProgress(name, { isIdle: false, hasSentMissing: false, pendingAcks: 1, refusedEdits: 0 })
    else if (step === syncStepTwo) this.setProgress(name, { ...progress, hasSentMissing: true })
    else if (step === syncUpdate) this.setProgress(name, { ...progress, pendingAcks: progress.pendingAcks + 1 })
    super.send(frame)
  }

  override onMessage(event: MessageEvent): void {
    const frame = new Uint8Array(event.data as ArrayBuffer)
    if (frame.length > 1) this.readFrame(frame)
    super.onMessage(event)
  }

  private readFrame(frame: Uint8Array) {
    const decoder = createDecoder(frame)
    const name = readVarString(decoder)
    const type = readVarUint(decoder)
    const progress = this.progressByDocument.get(name) ?? idle
    if (type === MessageType.SyncStatus) {
      const isAccepted = readVarInt(decoder) === 1
      const pendingAcks = isAccepted ? Math.max(0, progress.pendingAcks - 1) : progress.pendingAcks
      this.setProgress(name, {
        ...progress,
        pendingAcks,
        refusedEdits: Math.min(pendingAcks, isAccepted ? progress.refusedEdits : progress.refusedEdits + 1),
      })
    } else if (type === MessageType.CLOSE) {
      this.setProgress(name, idle)
    }
  }

  /** Called after the server refused a document. It gets no more frames until a new token is sent. */
  resetProgress(documentName: string): void {
    this.setProgress(documentName, idle)
  }

  private setProgress(name: string, progress: SyncProgress) {
    if (!this.watchers.has(name)) return
    this.progressByDocument.set(name, progress)
    this.watchers.get(name)?.(progress)
  }

  private readonly reconnectNow = () => {
    if (document.visibilityState === 'visible' && this.shouldConnect && this.status === WebSocketStatus.Disconnected) void this.connect()
  }

  /** The browser is offline, but the socket would stay open until it times out. Close it at once. */
  private readonly dropConnection = () => {
    if (this.status === WebSocketStatus.Connected) this.emit('close', { event: { code: 4408, reason: 'offline' } })
  }

  override destroy(): void {
    window.removeEventListener('online', this.reconnectNow)
    window.removeEventListener('offline', this.dropConnection)
    document.removeEventListener('visibilitychange', this.reconnectNow)
    super.destroy()
  }
}
