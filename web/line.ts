import { HocuspocusProviderWebsocket, MessageType, WebSocketStatus } from '@hocuspocus/provider'
import { createDecoder, readVarInt, readVarString, readVarUint } from 'lib0/decoding'

const STEP_ONE = 0
const STEP_TWO = 1
const UPDATE = 2

/** How far one document's talk with the server has come on the present socket. */
export interface Talk {
  /** It has not begun: nothing is sent but a token and then the question what the server has. */
  silent: boolean
  /** The server has been sent everything that it lacked when it was asked. */
  offered: boolean
  /** Acknowledgements to come: one for what is offered, one for each edit since. */
  awaited: number
  /** How many of them the server has refused. It gives them when the edits come again and are let in. */
  refused: number
}

const silence: Talk = { silent: true, offered: false, awaited: 0, refused: 0 }

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
    const step = type === MessageType.Sync ? readVarUint(decoder) : undefined
    if (talk.silent && type !== MessageType.Auth && step !== STEP_ONE) return
    // With this question the server counts anew: it owes an acknowledgement for our answer to its own, which covers all before.
    if (step === STEP_ONE) this.change(name, { silent: false, offered: false, awaited: 1, refused: 0 })
    else if (step === STEP_TWO) this.change(name, { ...talk, offered: true })
    else if (step === UPDATE) this.change(name, { ...talk, awaited: talk.awaited + 1 })
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
      const awaited = accepted ? Math.max(0, talk.awaited - 1) : talk.awaited
      this.change(name, { ...talk, awaited, refused: Math.min(awaited, accepted ? talk.refused : talk.refused + 1) })
    } else if (type === MessageType.CLOSE) {
      this.change(name, silence)
    }
  }

  /** After the server refused a document: it hears nothing more of it until a new token is shown. */
  hush(documentName: string): void {
    this.change(documentName, silence)
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
