/**
 * The guarded socket: what Hocuspocus takes for a WebSocket. It reads each frame once, hands it to its document's channel, refuses
 * what is no frame or too often, and keeps the connection alive.
 */
import type { Duplex } from 'node:stream'
import type { Connection, Hocuspocus, WebSocketLike } from '@hocuspocus/server'
import type { WebSocket } from 'ws'
import { parseDocumentName } from '../domain/documents/document.ts'
import type { Stored } from '../domain/documents/snapshot.ts'
import { type ProblemCode, problems } from '../domain/kernel/errors.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import { Channel } from './channel.ts'
import { tryAgainLater } from './close.ts'
import { denialMessage, frameType, type Message, prefixOf, readFrame, readHead, readMessage, readReason } from './frame.ts'
import type { Admitted, LiveDocument } from './live-document.ts'
import { Outbox, webSocketFrame } from './outbox.ts'

type Client = ReturnType<Hocuspocus['handleConnection']>

/** Numbers that bound what one socket may ask of a node. */
export interface SocketLimits {
  /** Messages a second; ten seconds' worth may come at once. */
  messages: number
  documentsPerSocket: number
  documentBytes: number
  unreadBytes: number
}

/** What all sockets of a node have. */
export interface SocketHouse {
  metrics: Metrics
  limits: SocketLimits
  /** What to wait for before a frame is taken; undefined for nothing (`pulse.ts`). */
  missed: () => Promise<void> | undefined
}

interface Heard {
  bytes: Buffer
  binary: boolean
}

/** What may come before its document is open, over all documents of a socket; as Hocuspocus has it. */
const mostWaiting = { frames: 1000, bytes: 5 * 1024 * 1024 }
const mostBadNames = 100
/** Refusals that may be none a moment later. */
const passing = new Set<string>(['unavailable', 'internal'] satisfies ProblemCode[])
/** Seconds of messages that may come at once. */
const burst = 10

export class GuardedSocket implements WebSocketLike {
  /** Whether its frames carry no address, and its client is told no acknowledgements. */
  protected readonly plain: boolean = false
  /** Users whose tokens opened documents on it. */
  readonly accounts: string[] = []
  protected readonly ws: WebSocket
  protected readonly outbox: Outbox
  protected readonly metrics: Metrics
  readonly #limits: SocketLimits
  readonly #channels = new Map<string, Channel>()
  #badNames: Set<string> | undefined
  readonly #missed: SocketHouse['missed']
  #held: Heard[] | undefined
  #recent: Channel | undefined
  #client: Client | undefined
  #allowed: number
  #allowedAt = performance.now()

  /** @param stream what the WebSocket was upgraded on */
  constructor(ws: WebSocket, stream: Duplex, { metrics, limits, missed }: SocketHouse) {
    this.ws = ws
    this.outbox = new Outbox(ws, stream, { metrics, mostUnread: limits.unreadBytes })
    this.metrics = metrics
    this.#limits = limits
    this.#missed = missed
    this.#allowed = limits.messages * burst
  }

  /** Joins the socket with what Hocuspocus made for it. */
  attach(client: Client): void {
    this.#client = client
    this.ws.on('message', (data, binary) => this.#heed({ bytes: data as Buffer, binary }))
    this.ws.on('pong', () => {
      client.lastMessageReceivedAt = Date.now()
    })
    this.ws.on('close', (code, reason) => {
      client.handleClose({ code, reason: reason.toString() })
      for (const channel of this.#channels.values()) channel.close()
      this.#channels.clear()
    })
  }

  get readyState(): number {
    return this.ws.readyState
  }

  /** Sends what was put, and closes. */
  close(code?: number, reason?: string): void {
    this.outbox.leave()
    this.ws.close(code, reason)
  }

  terminate(): void {
    this.ws.terminate()
  }

  /** Keeps proxies and the client's watchdog (30 s without a message) from taking silence for death. */
  keepAlive(): void {
    if (this.ws.readyState !== this.ws.OPEN) return
    this.ws.ping()
    this.outbox.put(webSocketFrame(this.ping()))
  }

  /** A message that says nothing. */
  protected ping(): Uint8Array {
    return Uint8Array.of(frameType.ping)
  }

  /** What Hocuspocus sends: its handshake and its farewells. */
  send(data: Uint8Array): void {
    const { address, type, rest } = readHead(data)
    const channel = this.#channels.get(address)
    const ends = type === frameType.close || (type === frameType.auth && rest[0] === 1)
    if (channel && ends) {
      if (channel.leaving && type === frameType.close) return
      channel.close()
    }
    this.pass(data, type, rest)
  }

  /** Writes a frame of Hocuspocus'. */
  protected pass(data: Uint8Array, type: number, rest: Uint8Array): void {
    // a provider that is refused never asks again; one whose socket ends does
    if (type === frameType.auth && rest[0] === 1 && passing.has(readReason(rest))) return this.close(tryAgainLater, 'unavailable')
    this.outbox.put(webSocketFrame(data))
  }

  /** A document is open on this socket. */
  join(connection: Connection<Admitted>, live: LiveDocument): void {
    // closed again while the hooks ran
    if (!connection.document.hasConnection(connection as Connection)) return
    this.#channels.get(connection.messageAddress)?.join(connection, live)
  }

  /** What is kept of a document that is being opened on this socket by somebody who may. */
  preview(documentName: string, stored: Stored): void {
    const opening = [...this.#channels.values()].filter(({ address, opening }) => opening && address.split('\0')[0] === documentName)
    // of several on one socket, the door does not tell which
    if (opening.length === 1) opening[0]?.preview(stored)
  }

  /** Asks the client for what it has more than we do. */
  resync({ messageAddress }: Connection<Admitted>): void {
    this.#channels.get(messageAddress)?.resync()
  }

  /** Takes a message at once, or when this node has heard what it missed. */
  #heed(message: Heard) {
    const missed = this.#missed()
    if (!missed && !this.#held) return this.#take(message)
    if (this.#held) return void this.#held.push(message)
    this.#held = [message]
    this.ws.pause()
    void missed?.then(() => {
      const held = this.#held ?? []
      this.#held = undefined
      for (const one of held) this.#take(one)
      this.ws.resume()
    })
  }

  #take({ bytes, binary }: Heard) {
    // it was told to go: what it sends until it does, it will send again
    if (this.ws.readyState !== this.ws.OPEN) return
    this.metrics.traffic.bytesIn += bytes.length
    if (!this.#allows()) return this.refuse('rate-limited')
    if (!binary) return this.refuse('invalid-input')
    this.receive(bytes)
  }

  /** Takes a frame of the client: an address, then a message. */
  protected receive(bytes: Buffer): void {
    if (bytes.length === 1) {
      if (bytes[0] === frameType.ping) this.outbox.put(webSocketFrame(Uint8Array.of(frameType.pong)))
      else if (bytes[0] !== frameType.pong) this.refuse('invalid-input')
      return
    }
    const recent = this.#recent
    try {
      if (recent && startsWith(bytes, recent.prefixBytes)) {
        const message = readMessage(bytes, recent.prefixBytes.length)
        // only with a token is a document opened, and that is counted
        if (message.type !== frameType.auth) return this.deliver(recent, message)
      }
      const { address, message } = readFrame(bytes)
      const [name, session] = address.split('\0')
      if (!parseDocumentName(name as string) || (session?.length ?? 0) > 64) return this.#refuseName(address, message)
      const channel = this.channelOf(address, message)
      if (channel) this.deliver(channel, message)
    } catch {
      this.refuse('invalid-input')
    }
  }

  protected deliver(channel: Channel, message: Message): void {
    this.#recent = channel
    channel.receive(message)
    if (!channel.joined) this.#boundWaiting()
  }

  /** The channel of an address; undefined when the document is refused. */
  protected channelOf(address: string, { type }: Message): Channel | undefined {
    let channel = this.#channels.get(address)
    const opens = !channel || (channel.shut && type === frameType.auth)
    if (opens && !this.#hasRoom()) {
      this.metrics.refusals.inc({ problem: 'too-many-documents' })
      if (type === frameType.auth) this.outbox.put(webSocketFrame(prefixOf(address), denialMessage('too-many-documents')))
      return undefined
    }
    if (!channel) {
      const { outbox, metrics, plain } = this
      channel = new Channel({
        address,
        plain,
        outbox,
        metrics,
        limits: this.#limits,
        forward: (bytes) => this.#client?.handleMessage(bytes),
      })
      this.#channels.set(address, channel)
    }
    return channel
  }

  /** Whether one more document may be opened. Lets go of those that are shut when there are many. */
  #hasRoom(): boolean {
    const most = this.#limits.documentsPerSocket
    if (this.#channels.size < most) return true
    const shut = [...this.#channels.values()].filter((channel) => channel.shut)
    if (this.#channels.size > 2 * most) for (const { address } of shut) this.#channels.delete(address)
    return this.#channels.size - shut.length < most
  }

  #boundWaiting() {
    let frames = 0
    let bytes = 0
    for (const channel of this.#channels.values()) {
      frames += channel.waitingFrames
      bytes += channel.waitingBytes
    }
    if (frames > mostWaiting.frames || bytes > mostWaiting.bytes) this.refuse('rate-limited')
  }

  #allows(): boolean {
    const { messages } = this.#limits
    if (this.#allowed < messages) {
      const now = performance.now()
      this.#allowed = Math.min(messages * burst, this.#allowed + ((now - this.#allowedAt) / 1000) * messages)
      this.#allowedAt = now
    }
    return --this.#allowed >= 0
  }

  /** Closes the socket, with a reason that the client is told. */
  refuse(problem: ProblemCode): void {
    this.metrics.refusals.inc({ problem })
    this.close(this.codeOf(problem), problem)
  }

  /** The close code that tells of a problem. */
  protected codeOf(problem: ProblemCode): number {
    return problems[problem].close
  }

  #refuseName(address: string, { type }: Message) {
    this.metrics.refusals.inc({ problem: 'invalid-input' })
    const bad = (this.#badNames ??= new Set())
    if (type === frameType.auth && bad.size < mostBadNames) {
      bad.add(address)
      this.outbox.put(webSocketFrame(prefixOf(address), denialMessage('invalid-input')))
    } else if (!bad.has(address)) this.refuse('invalid-input')
  }
}

function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length <= prefix.length) return false
  // addresses differ late, in their ids
  for (let at = prefix.length - 1; at >= 0; at--) if (bytes[at] !== prefix[at]) return false
  return true
}
