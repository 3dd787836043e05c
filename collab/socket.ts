/**
 * The guarded socket: what Hocuspocus takes for a WebSocket. It holds an acknowledgement until the edit is committed,
 * refuses what is no frame, and keeps the connection alive.
 */
import { type Connection, type Hocuspocus, OutgoingMessage, type WebSocketLike } from '@hocuspocus/server'
import type { RawData, WebSocket } from 'ws'
import { parseDocumentName } from '../domain/documents/document.ts'
import { problems } from '../domain/kernel/errors.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'
import { tryAgainLater } from './close.ts'
import { type Frame, frameType, holds, payloadReads, permissionDenied, readFrame, readHead, syncKind } from './frame.ts'
import type { LiveDocuments } from './live.ts'

type Client = ReturnType<Hocuspocus['handleConnection']>

/** What is under way for one document on one socket. */
interface Channel {
  /** Updates whose acknowledgement has not passed yet, in the order in which they came, and how many the client waits for by each. */
  unanswered: { update: Uint8Array; acknowledgements: number; answers: boolean }[]
  /** Acknowledgements that the client still waits for, because the update was refused or lacked what it builds on. */
  owed: number
  /** State vectors sent beside the protocol's own, to be given what the client has more. */
  asked: number
  /** Refused or closed: until the client authenticates again, what it sends is dropped. */
  shut: boolean
}

/** A reader that has this much unread is let go, alone; it resyncs when it returns. */
const mostUnread = 16 * 1024 * 1024
const mostBadNames = 100

export class GuardedSocket implements WebSocketLike {
  readonly #socket: WebSocket
  readonly #live: LiveDocuments
  readonly #metrics: Metrics
  readonly #channels = new Map<string, Channel>()
  readonly #badNames = new Set<string>()
  #client: Client | undefined

  constructor(socket: WebSocket, { live, metrics }: { live: LiveDocuments; metrics: Metrics }) {
    this.#socket = socket
    this.#live = live
    this.#metrics = metrics
  }

  /** Joins the socket with what Hocuspocus made for it. */
  attach(client: Client): void {
    this.#client = client
    this.#socket.on('message', (data, binary) => this.#receive(data, binary))
    this.#socket.on('pong', () => {
      client.lastMessageReceivedAt = Date.now()
    })
    this.#socket.on('close', (code, reason) => {
      this.#channels.clear()
      client.handleClose({ code, reason: reason.toString() })
    })
  }

  get readyState(): number {
    return this.#socket.readyState
  }

  close(code?: number, reason?: string): void {
    this.#socket.close(code, reason)
  }

  terminate(): void {
    this.#socket.terminate()
  }

  /** Keeps proxies and the provider's watchdog (30 s) from taking silence for death. */
  keepAlive(): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    this.#socket.ping()
    this.#write(Uint8Array.of(frameType.ping))
  }

  /** What Hocuspocus sends. An acknowledgement waits for the commit; all else goes at once. */
  send(data: Uint8Array): void {
    const { address, type, rest } = readHead(data)
    const channel = this.#channels.get(address)
    if (!channel) return this.#write(data)
    if (type === frameType.syncStatus) this.#answer(address, channel, data, rest[0] === 1)
    else {
      const refused = type === frameType.auth && rest[0] === 1
      if (refused || type === frameType.close) this.#shut(channel)
      this.#write(data)
    }
  }

  /** Asks the client for all that it has more than we do: after it could not write and can again, or when an update lacked its ground. */
  resync(connection: Connection): void {
    const channel = this.#channels.get(connection.messageAddress)
    if (!channel) return
    channel.asked++
    this.#write(
      new OutgoingMessage(connection.messageAddress).createSyncMessage().writeFirstSyncStepFor(connection.document).toUint8Array(),
    )
  }

  #write(data: Uint8Array) {
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#socket.bufferedAmount > mostUnread) {
      this.#metrics.refusals.inc({ problem: 'slow-reader' })
      this.#socket.close(tryAgainLater, 'slow-reader')
      // it does not read, so it will not read that either
      setTimeout(() => this.#socket.terminate(), 1000).unref()
      return
    }
    this.#socket.send(data)
  }

  #answer(address: string, channel: Channel, status: Uint8Array, applied: boolean) {
    const { update, acknowledgements, answers } = channel.unanswered.shift() ?? { update: undefined, acknowledgements: 1, answers: false }
    const name = address.split('\0')[0] as string
    const document = this.#live.document(name)
    if (!applied) {
      channel.owed += acknowledgements
      return this.#write(status)
    }
    if (update && document && this.#live.lacked(name) && !holds(document, update)) {
      // it builds on updates that never came: they are missing, so nothing is acknowledged; the client sends the rest
      channel.owed += acknowledgements
      // unless this is already all that it has: asked again it would say the same, for ever
      if (answers) return
      const connection = document.getConnections().find((one) => one.webSocket === this && one.messageAddress === address)
      if (connection) this.resync(connection)
      return
    }
    const acknowledge = () => {
      for (let left = acknowledgements; left > 0; left--) this.#write(status)
    }
    const committed = this.#live.committed(name)
    if (!committed) return acknowledge()
    this.#metrics.held.inc()
    void committed
      .then(
        acknowledge,
        // refused by the journal: the document is being closed, and nothing is acknowledged
        () => {},
      )
      .then(() => this.#metrics.held.dec())
  }

  #receive(data: RawData, binary: boolean) {
    const bytes = data as Buffer
    if (!binary) return this.#refuse()
    if (bytes.length === 1) {
      if (bytes[0] === frameType.ping) this.#write(Uint8Array.of(frameType.pong))
      else if (bytes[0] !== frameType.pong) this.#refuse()
      return
    }
    let frame: Frame
    try {
      frame = readFrame(bytes)
    } catch {
      return this.#refuse()
    }
    const [name, session] = frame.address.split('\0')
    if (!parseDocumentName(name as string) || (session?.length ?? 0) > 64) return this.#refuseName(frame)
    const channel = this.#channelOf(frame)
    if (!channel) return
    if (!payloadReads(frame)) return this.#closeDocument(frame)
    if (frame.type === frameType.sync) this.#note(channel, frame)
    this.#client?.handleMessage(bytes)
  }

  /** The frame's channel; undefined when the frame is to be dropped. */
  #channelOf({ address, type }: Frame): Channel | undefined {
    let channel = this.#channels.get(address)
    if (!channel) {
      channel = { unanswered: [], owed: 0, asked: 0, shut: false }
      this.#channels.set(address, channel)
    }
    if (type === frameType.auth) channel.shut = false
    return channel.shut ? undefined : channel
  }

  #note(channel: Channel, { kind, payload }: Frame) {
    if (kind === syncKind.step1) {
      // the client counts anew from here
      channel.owed = 0
      channel.asked = 0
      return
    }
    const answers = kind === syncKind.step2 && channel.asked > 0
    // the answer to our question holds all that was refused before, so it settles what is owed; the client did not count it itself
    channel.unanswered.push({ update: payload as Uint8Array, acknowledgements: answers ? channel.owed : 1, answers })
    if (answers) {
      channel.asked--
      channel.owed = 0
    }
  }

  #shut(channel: Channel) {
    channel.unanswered = []
    channel.owed = 0
    channel.asked = 0
    channel.shut = true
  }

  #refuse() {
    this.#metrics.refusals.inc({ problem: 'invalid-input' })
    this.#socket.close(problems['invalid-input'].close, 'invalid-input')
  }

  #refuseName({ address, type }: Frame) {
    this.#metrics.refusals.inc({ problem: 'invalid-input' })
    if (type === frameType.auth && this.#badNames.size < mostBadNames) {
      this.#badNames.add(address)
      this.#write(permissionDenied(address, 'invalid-input'))
    } else if (!this.#badNames.has(address)) this.#refuse()
  }

  /** A payload that does not decode ends this document's connection; the socket's others go on. */
  #closeDocument({ address }: Frame) {
    this.#metrics.refusals.inc({ problem: 'invalid-input' })
    const name = address.split('\0')[0] as string
    const connection = this.#live
      .document(name)
      ?.getConnections()
      .find((one) => one.webSocket === this && one.messageAddress === address)
    if (connection) connection.close({ code: problems['invalid-input'].close, reason: 'invalid-input' })
    else this.#refuse()
  }
}
