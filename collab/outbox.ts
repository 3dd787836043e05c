/**
 * What leaves a socket: whole WebSocket frames, gathered over one turn of the event loop and written at once, since the system
 * call is what a frame costs (hocuspocus 11).
 */
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import { problems } from '../domain/kernel/errors.ts'
import type { Metrics } from '../domain/kernel/metrics.ts'

/** Presence is not worth queueing for a reader who has this much unread: the next state replaces it. Bytes. */
const dropsPresence = 256 * 1024

/** Writes a binary message of a server as a whole WebSocket frame (RFC 6455, 5.2: final, unmasked), its parts one after the other. */
export function webSocketFrame(...parts: Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(head + length)
  frame[0] = 0x82
  if (head === 2) frame[1] = length
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  let at = head
  for (const part of parts) {
    frame.set(part, at)
    at += part.length
  }
  return frame
}

const leaving: Outbox[] = []
const gathering: (() => void)[] = []
let turnEnds = false

/**
 * Calls `gather` once at the end of this turn, before what it puts into outboxes leaves.
 * @param soon after what is being read, not waiting for what other sockets bring in this turn
 */
export function atEndOfTurn(gather: () => void, soon = false): void {
  gathering.push(gather)
  if (soon) process.nextTick(endTurn)
  else awaitEnd()
}

function awaitEnd() {
  if (turnEnds) return
  turnEnds = true
  setImmediate(endTurn)
}

function endTurn() {
  turnEnds = false
  for (const gather of gathering.splice(0)) gather()
  for (const outbox of leaving.splice(0)) outbox.leave()
}

/** One socket's outbox. */
export class Outbox {
  readonly #socket: WebSocket
  readonly #stream: Duplex
  readonly #metrics: Metrics
  readonly #mostUnread: number
  #frames: Buffer[] = []

  /**
   * @param stream what the WebSocket was upgraded on: frames of ours go past `ws`, which frames for each reader anew
   * @param mostUnread bytes; a reader who leaves more than this unread is let go, alone, with 1013, and resyncs when it returns
   */
  constructor(socket: WebSocket, stream: Duplex, { metrics, mostUnread }: { metrics: Metrics; mostUnread: number }) {
    this.#socket = socket
    this.#stream = stream
    this.#metrics = metrics
    this.#mostUnread = mostUnread
  }

  /** Puts in whole frames, one or many. */
  put(frames: Buffer): void {
    if (this.#frames.push(frames) > 1) return
    leaving.push(this)
    awaitEnd()
  }

  /** Whether this reader is so far behind that presence is left out. */
  get behind(): boolean {
    return this.#stream.writableLength > dropsPresence
  }

  /** Writes what was gathered. */
  leave(): void {
    const frames = this.#frames
    if (frames.length === 0) return
    this.#frames = []
    if (this.#socket.readyState !== this.#socket.OPEN) return
    if (this.#stream.writableLength > this.#mostUnread) return this.#letGo()
    const bytes = frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames)
    this.#metrics.traffic.bytesOut += bytes.length
    this.#stream.write(bytes)
  }

  #letGo() {
    this.#metrics.refusals.inc({ problem: 'slow-reader' })
    this.#socket.close(problems['slow-reader'].close, 'slow-reader')
    // it does not read, so it will not read that either
    setTimeout(() => this.#socket.terminate(), 1000).unref()
  }
}
