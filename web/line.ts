import { HocuspocusProviderWebsocket, MessageType, WebSocketStatus } from '@hocuspocus/provider'
import { createDecoder, readVarInt, readVarString, readVarUint } from 'lib0/decoding'

const STEP_TWO = 1
const UPDATE = 2

/** How far one document's talk with the server has come on the present socket. */
export interface Talk {
  /** Nothing but a token may be sent before one was. */
  silent: boolean
  /** The server has been sent everything that it lacked when it was asked. */
  offered: boolean
  /** Edits on their way: sent, and neither acknowledged nor refused. */
  onTheWay: number
  /** The server has refused an edit. */
  refused: boolean
}

const silence: Talk = { silent: true, offered: false, onTheWay: 0, refused: false }

/**
 * The one WebSocket of the workspace, which all open documents share.
 *
 * It counts acknowledgements on the wire, by document and by socket. The provider's own count starts at
 * one again with each connection while acknowledgements of older frames still come in, so just after a
 * reconnect it can reach zero too early; a "Saved" that is shown to people must not.
 * For the same reason frames are never queued while there is no connection: the handshake offers the
 * server all that it lacks anyway, once.
 */
export class Line extends HocuspocusProviderWebsocket {
  private readonly talks = new Map<string, Talk>()
  private readonly watchers = new Map<string, (talk: Talk) => void>()

  constructor(url: string) {
    super({ url, delay: 500, minDelay: 500, maxDelay: 8000 })
    this.on('status', ({ status }: { status: WebSocketStatus }) => {
      if (status !== WebSocketStatus.Connected) for (const name of this.watchers.keys()) this.change(name, silence)
    })
    window.addEventListener('online', this.hurry)
    window.addEventListener('offline', this.doubt)
    document.addEventListener('visibilitychange', this.hurry)
  }

  /** Tells of every change in a document's talk. */
  watch(documentName: string, watcher: (talk: Talk) => void): () => void {
    this.watchers.set(documentName, watcher)
    return () => {
      this.watchers.delete(documentName)
      this.talks.delete(documentName)
    }
  }

  override send(frame: Uint8Array): void {
    if (this.webSocket?.readyState !== WebSocket.OPEN) return
    // A pong has no document and is one byte long.
    if (frame.length === 1) return super.send(frame)
    const decoder = createDecoder(frame)
    const name = readVarString(decoder)
    const type = readVarUint(decoder)
    const talk = this.talks.get(name) ?? silence
    if (type === MessageType.Auth) {
      if (talk.silent) this.change(name, { ...silence, silent: false })
    } else if (talk.silent) {
      return
    } else if (type === MessageType.Sync) {
      const step = readVarUint(decoder)
      if (step === STEP_TWO || step === UPDATE) {
        this.change(name, { ...talk, onTheWay: talk.onTheWay + 1, offered: talk.offered || step === STEP_TWO })
      }
    }
    super.send(frame)
  }

  override onMessage(event: MessageEvent): void {
    const frame = new Uint8Array(event.data as ArrayBuffer)
    if (frame.length > 1) this.read(frame)
    super.onMessage(event)
  }

  private read(frame: Uint8Array) {
    const decoder = createDecoder(frame)
    const name = readVarString(decoder)
    const type = readVarUint(decoder)
    const talk = this.talks.get(name) ?? silence
    if (type === MessageType.SyncStatus) {
      const accepted = readVarInt(decoder) === 1
      this.change(name, { ...talk, onTheWay: Math.max(0, talk.onTheWay - 1), refused: talk.refused || !accepted })
    } else if (type === MessageType.CLOSE) {
      this.change(name, silence)
    }
  }

  /** After the server refused a document: it hears nothing more of it until a new token is shown. */
  hush(documentName: string): void {
    this.change(documentName, silence)
  }

  /** After the server allows again what it refused: nothing counts as offered until it is offered anew. */
  offerAgain(documentName: string): void {
    const talk = this.talks.get(documentName) ?? silence
    this.change(documentName, { ...talk, offered: false, refused: false })
  }

  private change(name: string, talk: Talk) {
    if (!this.watchers.has(name)) return
    this.talks.set(name, talk)
    this.watchers.get(name)?.(talk)
  }

  private readonly hurry = () => {
    if (document.visibilityState === 'visible' && this.shouldConnect && this.status === WebSocketStatus.Disconnected) void this.connect()
  }

  /** A cut cable closes no socket. Dropping it shows the truth within a second, and on a local server costs nothing. */
  private readonly doubt = () => {
    if (this.status === WebSocketStatus.Connected) this.emit('close', { event: { code: 4408, reason: 'offline' } })
  }

  override destroy(): void {
    window.removeEventListener('online', this.hurry)
    window.removeEventListener('offline', this.doubt)
    document.removeEventListener('visibilitychange', this.hurry)
    super.destroy()
  }
}
