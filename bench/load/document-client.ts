/**
 * A connection to one document that encodes and decodes frames but holds no Y.Doc.
 *
 * Servers may merge updates and need not send an edit back to its author. So a delivered edit is one Yjs clock of one writer that this
 * client had not received before, however it was framed.
 */
import { once } from 'node:events'
import { createDecoder, readVarUint } from 'lib0/decoding'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { pong, type Protocol } from './protocol.ts'
import type { Writer } from './writer.ts'

/** Counters that all clients of a workload share. */
export class Counters {
  isCounting = false
  /** Edits that were sent between these two times are timed. */
  fromMs = Number.POSITIVE_INFINITY
  untilMs = Number.POSITIVE_INFINITY
  edits = 0
  cursors = 0
  readonly seen: number[] = []
  readonly acknowledged: number[] = []
  /** The first error. */
  error: string | undefined

  isTimed(sentAt: number): boolean {
    return sentAt >= this.fromMs && sentAt < this.untilMs
  }
}

interface Target {
  protocol: Protocol
  url: string
  document: string
  token: string
}

export class DocumentClient {
  readonly writer: Writer | undefined
  readonly #target: Target
  readonly #counters: Counters
  readonly #others: Map<number, Writer>
  /** Received keystrokes, and the newest awareness clock, of each other writer. */
  readonly #edits = new Map<number, number>()
  readonly #cursors = new Map<number, number>()
  readonly #unacknowledged: number[] = []
  #socket!: WebSocket
  #onSynced: (() => void) | undefined
  #isClosing = false

  /** @param writers all writers of the document; `writer` is this client's own, if it writes */
  constructor(target: Target, writers: Writer[], counters: Counters, writer?: Writer) {
    this.writer = writer
    this.#target = target
    this.#others = new Map(writers.filter((other) => other !== writer).map((other) => [other.clientId, other]))
    this.#counters = counters
  }

  /** Resolves when the document is synced. */
  async open(): Promise<void> {
    const { protocol, url, document, token } = this.#target
    this.#socket = new WebSocket(protocol.address(url, document), { perMessageDeflate: false })
    this.#socket.on('message', (data: Buffer) => this.#receive(data))
    this.#socket.on('error', (error) => this.#fail(error.message))
    this.#socket.on('close', (code, reason) => {
      if (!this.#isClosing) this.#fail(`the server closed a connection with ${code} ${reason.toString()}`)
    })
    await once(this.#socket, 'open')
    if (!protocol.hasHandshake) return
    const synced = new Promise<void>((resolve) => (this.#onSynced = resolve))
    for (const frame of protocol.openingFrames(document, token)) this.#socket.send(frame)
    await synced
    if (this.#counters.error) throw new Error(this.#counters.error)
  }

  async close(): Promise<void> {
    this.#isClosing = true
    if (this.#socket.readyState === WebSocket.CLOSED) return
    this.#socket.close()
    await once(this.#socket, 'close')
  }

  sendEdit(): void {
    if (this.writer) this.#send(this.#target.protocol.update(this.#target.document, this.writer.nextUpdate()))
  }

  sendCursor(): void {
    if (this.writer) this.#socket.send(this.#target.protocol.awareness(this.#target.document, this.writer.nextAwareness()))
  }

  /** What has not arrived; undefined when nothing is missing. Of cursors only the newest must arrive. */
  get missing(): string | undefined {
    for (const { clientId, typedAt, movedAt } of this.#others.values()) {
      const received = this.#edits.get(clientId) ?? 0
      if (received < typedAt.length) return `${typedAt.length - received} keystrokes`
      if (movedAt.length > 1 && (this.#cursors.get(clientId) ?? 0) < movedAt.length - 1) return 'the newest cursor'
    }
    return this.#unacknowledged.length > 0 ? `${this.#unacknowledged.length} acknowledgements` : undefined
  }

  #send(frame: Uint8Array) {
    if (this.#target.protocol.hasAcknowledgements) this.#unacknowledged.push(performance.now())
    this.#socket.send(frame)
  }

  #receive(data: Buffer) {
    const { protocol, document } = this.#target
    const message = protocol.parse(data)
    if (message.type === 'update') this.#receiveUpdate(message.payload)
    else if (message.type === 'awareness') this.#receiveAwareness(message.payload)
    else if (message.type === 'acknowledgement') this.#receiveAcknowledgement()
    else if (message.type === 'sync-step-1') this.#send(protocol.emptySyncStep2(document))
    else if (message.type === 'ping') this.#socket.send(pong)
    else if (message.type === 'refusal') this.#fail(`refused: ${message.reason}`)
    else if (message.type === 'sync-step-2') {
      this.#receiveUpdate(message.payload)
      this.#onSynced?.()
    }
  }

  #receiveUpdate(update: Uint8Array) {
    const now = performance.now()
    for (const struct of Y.decodeUpdate(update).structs) {
      const writer = this.#others.get(struct.id.client)
      if (!writer || struct instanceof Y.Skip) continue
      const received = this.#edits.get(writer.clientId) ?? 0
      const end = struct.id.clock + struct.length
      if (struct.id.clock > received) this.#fail(`keystrokes ${received} to ${struct.id.clock - 1} of a writer are missing`)
      for (let clock = received; clock < end; clock++) this.#countEdit(writer.typedAt[clock] ?? now, now)
      if (end > received) this.#edits.set(writer.clientId, end)
    }
  }

  #countEdit(sentAt: number, now: number) {
    if (this.#counters.isCounting) this.#counters.edits++
    if (this.#counters.isTimed(sentAt)) this.#counters.seen.push(now - sentAt)
  }

  #receiveAwareness(states: Uint8Array) {
    const decoder = createDecoder(states)
    for (let left = readVarUint(decoder); left > 0; left--) {
      const clientId = readVarUint(decoder)
      const clock = readVarUint(decoder)
      const stateBytes = readVarUint(decoder)
      decoder.pos += stateBytes
      if (!this.#others.has(clientId) || clock <= (this.#cursors.get(clientId) ?? 0)) continue
      this.#cursors.set(clientId, clock)
      if (this.#counters.isCounting) this.#counters.cursors++
    }
  }

  #receiveAcknowledgement() {
    const sentAt = this.#unacknowledged.shift()
    if (sentAt === undefined) this.#fail('an acknowledgement came without an edit')
    else if (this.#counters.isTimed(sentAt)) this.#counters.acknowledged.push(performance.now() - sentAt)
  }

  #fail(error: string) {
    this.#counters.error ??= `${error} (${this.#target.url})`
    this.#onSynced?.()
  }
}
