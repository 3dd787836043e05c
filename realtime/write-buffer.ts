/**
 * Buffers writes to one client. Frames of one turn of the event loop are written with one system call, which is most of what a small frame
 * costs. A client with too much unread is disconnected.
 */
import type { Writable } from 'node:stream'

/** The connection that a buffer belongs to. */
export interface BufferOwner {
  /** Whether it can be written to. Frames for a closed connection are dropped. */
  readonly isOpen: boolean
  /** With more unread bytes than this the client is disconnected. */
  readonly maxUnreadBytes: number
  /** Disconnects the client. */
  onSlowReader(): void
  /** Counts written bytes. */
  onWrite?(bytes: number): void
}

/** Buffers flushed in one turn of the event loop: some milliseconds of writes. */
const flushesPerTurn = 250
/** Frames up to this total are copied into one buffer. Larger frames are not copied, because clients share them. */
const maxCopiedBytes = 16 * 1024

const dirtyBuffers: WriteBuffer[] = []
const callbacks: (() => void)[] = []
let isScheduled = false

/**
 * Calls back once at the end of this turn of the event loop, before buffers are flushed.
 * @param isUrgent call back right after the current read, without waiting for other sockets that are readable in this turn
 */
export function atEndOfTurn(callback: () => void, isUrgent = false): void {
  callbacks.push(callback)
  if (isUrgent) process.nextTick(endTurn)
  else schedule()
}

function schedule() {
  if (isScheduled) return
  isScheduled = true
  setImmediate(endTurn)
}

function endTurn() {
  isScheduled = false
  for (const call of callbacks.splice(0)) call()
  for (const buffer of dirtyBuffers.splice(0, flushesPerTurn)) buffer.flush()
  if (dirtyBuffers.length > 0) schedule()
}

export class WriteBuffer {
  readonly #stream: Writable
  readonly #owner: BufferOwner
  /** Usually one frame, stored without an array: an event leaves one for each of thousands of subscribers. */
  #frames: Buffer | Buffer[] | undefined
  #onWritten: (() => void)[] | undefined

  /** @param stream what a WebSocket was upgraded on, or a response. Frames are complete, because `ws` would encode them for each client. */
  constructor(stream: Writable, owner: BufferOwner) {
    this.#stream = stream
    this.#owner = owner
  }

  /**
   * Appends whole frames, one or several. They may be shared with other clients.
   * @param onWritten called when the operating system has taken them, or the client is gone
   */
  put(frame: Buffer, onWritten?: () => void): void {
    if (onWritten) (this.#onWritten ??= []).push(onWritten)
    if (this.#frames === undefined) {
      this.#frames = frame
      dirtyBuffers.push(this)
      schedule()
    } else if (Array.isArray(this.#frames)) this.#frames.push(frame)
    else this.#frames = [this.#frames, frame]
  }

  /** Bytes that were written but not read. */
  get unreadBytes(): number {
    return this.#stream.writableLength
  }

  /** Writes what was appended since the last flush. */
  flush(): void {
    const frames = this.#frames
    if (frames === undefined) return
    const onWritten = this.#onWritten
    const callback = onWritten && (() => onWritten.forEach((call) => call()))
    this.#frames = undefined
    this.#onWritten = undefined
    const { isOpen, maxUnreadBytes } = this.#owner
    if (!isOpen || this.unreadBytes > maxUnreadBytes) {
      callback?.()
      if (isOpen) this.#owner.onSlowReader()
      return
    }
    this.#write(frames, callback)
  }

  #write(frames: Buffer | Buffer[], callback: (() => void) | undefined) {
    const bytes = Array.isArray(frames) ? frames.reduce((sum, { length }) => sum + length, 0) : frames.length
    this.#owner.onWrite?.(bytes)
    if (!Array.isArray(frames)) return void this.#stream.write(frames, callback)
    if (bytes <= maxCopiedBytes) return void this.#stream.write(Buffer.concat(frames, bytes), callback)
    this.#stream.cork()
    const last = frames.pop() as Buffer
    for (const frame of frames) this.#stream.write(frame)
    this.#stream.write(last, callback)
    this.#stream.uncork()
  }

  /** Drops what was not written. */
  drop(): void {
    this.#frames = undefined
    this.#onWritten = undefined
  }

  /** Resolves when the client has read something, is gone, or after `timeoutMs`. Disconnects a client that has read nothing. */
  async whenRead(timeoutMs: number): Promise<void> {
    const before = this.unreadBytes
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#stream.off('drain', done)
        this.#stream.off('close', done)
        resolve()
      }
      const timer = setTimeout(done, timeoutMs)
      this.#stream.on('drain', done)
      this.#stream.on('close', done)
    })
    if (this.unreadBytes >= before) this.#owner.onSlowReader()
  }
}
