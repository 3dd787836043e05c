/**
 * The guarded socket stands for a WebSocket towards Hocuspocus. It decodes each frame once, dispatches it to the connection of its
 * document, enforces limits of format and rate, and keeps the connection alive.
 */
import type { Duplex } from 'node:stream'
import type { Connection, Hocuspocus, WebSocketLike } from '@hocuspocus/server'
import type { WebSocket } from 'ws'
import { parseDocumentName } from '../../domain/documents/document.ts'
import type { StoredDocument } from '../../domain/documents/journal/snapshot.ts'
import { type ProblemCode, problems } from '../../domain/kernel/errors.ts'
import type { Metrics } from '../../domain/kernel/metrics.ts'
import { DocumentConnection } from './document-connection.ts'
import { tryAgainLaterCode } from './close-codes.ts'
import { MessageRate } from './message-rate.ts'
import {
  encodePermissionDenied,
  frameType,
  type Message,
  encodeAddress,
  readFrame,
  readHeader,
  readMessage,
  readReason,
  hasPrefix,
} from './protocol-codec.ts'
import type { ReplyBudget } from './replies.ts'
import type { SocketContext, SocketLimits } from './socket-context.ts'
import type { ConnectionContext } from './connection-context.ts'
import type { LiveDocument } from '../document/live-document.ts'
import { closeWebSocket, encodeBinaryFrame } from '../../realtime/websocket.ts'
import { type BufferOwner, WriteBuffer } from '../../realtime/write-buffer.ts'

type Client = ReturnType<Hocuspocus['handleConnection']>

interface RawMessage {
  bytes: Buffer
  isBinary: boolean
}

/** Frames that may wait for their documents to be opened, over all documents of a socket. The same as in Hocuspocus. */
const maxPending = { frames: 1000, bytes: 5 * 1024 * 1024 }
const maxBadNames = 100
/** Problems that may be over a moment later. */
const temporaryProblems = new Set<string>(['unavailable', 'internal'] satisfies ProblemCode[])

export class GuardedSocket implements WebSocketLike, BufferOwner {
  /** Plain y-websocket: frames carry no address, and edits are not acknowledged. */
  protected readonly isPlain: boolean = false
  /** Users whose tokens opened documents on this socket. */
  readonly userIds: string[] = []
  protected readonly ws: WebSocket
  protected readonly buffer: WriteBuffer
  protected readonly metrics: Metrics
  readonly #limits: SocketLimits
  readonly #replyBudget: ReplyBudget
  readonly #connections = new Map<string, DocumentConnection>()
  #refusedAddresses: Set<string> | undefined
  readonly #pendingCatchUp: SocketContext['pendingCatchUp']
  #pausedMessages: RawMessage[] | undefined
  #lastConnection: DocumentConnection | undefined
  #client: Client | undefined
  readonly #rate: MessageRate

  /** @param stream what the WebSocket was upgraded on */
  constructor(ws: WebSocket, stream: Duplex, { metrics, limits, replyBudget, pendingCatchUp }: SocketContext) {
    this.ws = ws
    this.buffer = new WriteBuffer(stream, this)
    this.metrics = metrics
    this.#limits = limits
    this.#replyBudget = replyBudget
    this.#pendingCatchUp = pendingCatchUp
    this.#rate = new MessageRate(limits.messagesPerSecond)
  }

  /** Connects the socket with its client connection of Hocuspocus. */
  attach(client: Client): void {
    this.#client = client
    this.ws.on('message', (data, binary) => this.#receiveMessage({ bytes: data as Buffer, isBinary: binary }))
    this.ws.on('pong', () => {
      client.lastMessageReceivedAt = Date.now()
    })
    this.ws.on('close', (code, reason) => {
      client.handleClose({ code, reason: reason.toString() })
      for (const connection of this.#connections.values()) connection.close()
      this.#connections.clear()
    })
  }

  get readyState(): number {
    return this.ws.readyState
  }

  get isOpen(): boolean {
    return this.ws.readyState === this.ws.OPEN
  }

  get maxUnreadBytes(): number {
    return this.#limits.unreadBytes
  }

  onWrite(bytes: number): void {
    this.metrics.traffic.bytesOut += bytes
  }

  onSlowReader(): void {
    this.metrics.refusals.inc({ problem: 'slow-reader' })
    closeWebSocket(this.ws, 'slow-reader')
  }

  /** Flushes the buffer and closes. */
  close(code?: number, reason?: string): void {
    this.buffer.flush()
    this.ws.close(code, reason)
  }

  terminate(): void {
    this.ws.terminate()
  }

  /** Keeps proxies and the client's watchdog (30 s without a message) from closing a silent connection. */
  keepAlive(): void {
    if (!this.isOpen) return
    this.ws.ping()
    this.buffer.put(encodeBinaryFrame(this.keepAliveMessage()))
  }

  /**
   * A message that every provider counts as activity and otherwise ignores: awareness without states, to an empty address. Only provider 4
   * understands the ping of one byte; older ones throw.
   */
  protected keepAliveMessage(): Uint8Array {
    return Uint8Array.of(0, frameType.awareness, 1, 0)
  }

  /** Sends a frame of Hocuspocus: its handshake and its close messages. */
  send(data: Uint8Array): void {
    const { address, type, payload } = readHeader(data)
    const connection = this.#connections.get(address)
    const closesDocument = type === frameType.close || (type === frameType.auth && payload[0] === 1)
    if (connection && closesDocument) {
      if (connection.isClosing && type === frameType.close) return
      connection.close()
      // older providers do not understand a close message and would go on typing; all of them stop at a permission denial
      if (type === frameType.close && !connection.understandsClose && !this.isPlain)
        this.buffer.put(encodeBinaryFrame(connection.encodedPrefix, encodePermissionDenied(readReason(type, payload))))
    }
    this.writeHocuspocusFrame(data, type, payload)
  }

  /** Writes a frame of Hocuspocus. */
  protected writeHocuspocusFrame(data: Uint8Array, type: number, payload: Uint8Array): void {
    // a provider never retries after a denial, but reconnects when its socket is closed
    if (type === frameType.auth && payload[0] === 1 && temporaryProblems.has(readReason(type, payload)))
      return this.close(tryAgainLaterCode, 'unavailable')
    this.buffer.put(encodeBinaryFrame(data))
  }

  /** A document is open on this socket. */
  openDocument(connection: Connection<ConnectionContext>, live: LiveDocument): void {
    // it was closed while the hooks ran
    if (!connection.document.hasConnection(connection as Connection)) return
    this.#connections.get(connection.messageAddress)?.open(connection, live)
  }

  /** Sends what is stored of a document that an authorized user is opening on this socket. */
  sendSnapshotEarly(documentName: string, userId: string, stored: StoredDocument): void {
    const candidates = [...this.#connections.values()].filter(
      ({ address, isAuthenticating }) => isAuthenticating && address.split('\0')[0] === documentName,
    )
    // Hocuspocus does not say for which of several connections a document is loaded
    if (candidates.length === 1) candidates[0]?.sendSnapshotEarly(userId, stored)
  }

  /** Asks the client for everything that we do not have. */
  resync({ messageAddress }: Connection<ConnectionContext>): void {
    this.#connections.get(messageAddress)?.resync()
  }

  /** Processes a message now, or after this node has caught up. */
  #receiveMessage(message: RawMessage) {
    const catchUp = this.#pendingCatchUp()
    if (!catchUp && !this.#pausedMessages) return this.#processMessage(message)
    if (this.#pausedMessages) return void this.#pausedMessages.push(message)
    this.#pausedMessages = [message]
    this.ws.pause()
    void catchUp?.then(() => {
      const paused = this.#pausedMessages ?? []
      this.#pausedMessages = undefined
      for (const one of paused) this.#processMessage(one)
      this.ws.resume()
    })
  }

  #processMessage({ bytes, isBinary }: RawMessage) {
    // it is closing; the client will send unacknowledged edits again
    if (!this.isOpen) return
    this.metrics.traffic.bytesIn += bytes.length
    if (!this.#rate.take()) return this.refuse('rate-limited')
    if (!isBinary) return this.refuse('invalid-input')
    this.receiveFrame(bytes)
  }

  /** Processes a frame of the client: an address, then a message. */
  protected receiveFrame(bytes: Buffer): void {
    if (bytes.length === 1) {
      if (bytes[0] === frameType.ping) this.buffer.put(encodeBinaryFrame(Uint8Array.of(frameType.pong)))
      else if (bytes[0] !== frameType.pong) this.refuse('invalid-input')
      return
    }
    const recent = this.#lastConnection
    try {
      if (recent && hasPrefix(bytes, recent.encodedPrefix)) {
        const message = readMessage(bytes, recent.encodedPrefix.length)
        // a token opens a document, which is counted below
        if (message.type !== frameType.auth) return this.deliver(recent, message)
      }
      const { address, message } = readFrame(bytes)
      const [name, session] = address.split('\0')
      if (!parseDocumentName(name as string) || (session?.length ?? 0) > 64) return this.#refuseAddress(address, message)
      const channel = this.findOrCreateConnection(address, message)
      if (channel) this.deliver(channel, message)
    } catch {
      this.refuse('invalid-input')
    }
  }

  protected deliver(connection: DocumentConnection, message: Message): void {
    this.#lastConnection = connection
    connection.receive(message)
    if (!connection.isOpen) this.#limitPendingFrames()
  }

  /** The connection of an address; undefined when the document is refused. */
  protected findOrCreateConnection(address: string, { type }: Message): DocumentConnection | undefined {
    let connection = this.#connections.get(address)
    const isNew = !connection || (connection.isClosed && type === frameType.auth)
    if (isNew && !this.#canOpenDocument()) {
      this.metrics.refusals.inc({ problem: 'too-many-documents' })
      if (type === frameType.auth) this.buffer.put(encodeBinaryFrame(encodeAddress(address), encodePermissionDenied('too-many-documents')))
      return undefined
    }
    if (!connection) {
      const { buffer, metrics, isPlain } = this
      connection = new DocumentConnection({
        address,
        isPlain,
        buffer,
        metrics,
        replyBudget: this.#replyBudget,
        limits: this.#limits,
        forward: (bytes) => this.#client?.handleMessage(bytes),
      })
      this.#connections.set(address, connection)
    }
    return connection
  }

  /** Whether one more document may be opened. Removes closed connections when there are many. */
  #canOpenDocument(): boolean {
    const max = this.#limits.documentsPerSocket
    if (this.#connections.size < max) return true
    const closed = [...this.#connections.values()].filter((channel) => channel.isClosed)
    if (this.#connections.size > 2 * max) for (const { address } of closed) this.#connections.delete(address)
    return this.#connections.size - closed.length < max
  }

  #limitPendingFrames() {
    let frames = 0
    let bytes = 0
    for (const connection of this.#connections.values()) {
      frames += connection.pendingFrames.count
      bytes += connection.pendingFrames.bytes
    }
    if (frames > maxPending.frames || bytes > maxPending.bytes) this.refuse('rate-limited')
  }

  /** Closes the socket, and tells the client the reason. */
  refuse(problem: ProblemCode): void {
    this.metrics.refusals.inc({ problem })
    this.close(this.closeCodeOf(problem), problem)
  }

  /** The close code of a problem. */
  protected closeCodeOf(problem: ProblemCode): number {
    return problems[problem].close
  }

  #refuseAddress(address: string, { type }: Message) {
    this.metrics.refusals.inc({ problem: 'invalid-input' })
    const bad = (this.#refusedAddresses ??= new Set())
    if (type === frameType.auth && bad.size < maxBadNames) {
      bad.add(address)
      this.buffer.put(encodeBinaryFrame(encodeAddress(address), encodePermissionDenied('invalid-input')))
    } else if (!bad.has(address)) this.refuse('invalid-input')
  }
}
