/**
 * Replies to a client that requests the document or all awareness states.
 *
 * A request is a few bytes and its reply may be megabytes. So a connection has one reply of each kind in progress, and a reply is built only
 * while the unread replies of the account are below a limit. Until then requests wait.
 */
import { encodeBinaryFrame } from '../../realtime/websocket.ts'
import type { WriteBuffer } from '../../realtime/write-buffer.ts'

/** Replies of one account that its sockets on this node have not read. */
interface UnreadReplies {
  bytes: number
  waiting: (() => void)[]
}

/** Limits the unread replies of each account, over all its sockets on this node. */
export class ReplyBudget {
  readonly #maxUnreadBytes: number
  readonly #accounts = new Map<string, UnreadReplies>()

  /** @param maxUnreadBytes a reply is started while less than this is unread, so at most one reply more is in memory */
  constructor(maxUnreadBytes: number) {
    this.#maxUnreadBytes = maxUnreadBytes
  }

  /** Whether a reply to this account may be built now. */
  hasRoom(userId: string): boolean {
    return (this.#accounts.get(userId)?.bytes ?? 0) < this.#maxUnreadBytes
  }

  /** Calls back now, or when the account has read enough. */
  whenRoom(userId: string, callback: () => void): void {
    if (this.hasRoom(userId)) return callback()
    this.#accounts.get(userId)?.waiting.push(callback)
  }

  /** Sends a reply of whole messages. They count as unread until they are written or the socket is closed. */
  send(userId: string, buffer: WriteBuffer, prefix: Uint8Array, messages: Uint8Array[], onWritten: () => void = () => {}): void {
    const frames = messages.map((message) => encodeBinaryFrame(prefix, message))
    const bytes = frames.reduce((sum, { length }) => sum + length, 0)
    const unread = this.#accounts.get(userId) ?? { bytes: 0, waiting: [] }
    this.#accounts.set(userId, unread)
    unread.bytes += bytes
    frames.forEach((frame, index) => {
      if (index < frames.length - 1) return buffer.put(frame)
      buffer.put(frame, () => {
        this.#releaseBytes(userId, unread, bytes)
        onWritten()
      })
    })
  }

  #releaseBytes(userId: string, unread: UnreadReplies, bytes: number) {
    unread.bytes -= bytes
    while (unread.bytes < this.#maxUnreadBytes && unread.waiting.length > 0) unread.waiting.shift()?.()
    if (unread.bytes === 0 && unread.waiting.length === 0) this.#accounts.delete(userId)
  }
}

/** Receives replies: one document on one socket. */
export interface ReplyClient {
  readonly replyBudget: ReplyBudget
  readonly buffer: WriteBuffer
  /** Precedes each message. */
  readonly encodedPrefix: Uint8Array
  /** Account that has the document open; undefined when it is not open. */
  readonly userId: string | undefined
}

/** Replies of one kind on one connection. Requests that arrive while a reply is in progress share the next one. */
export class ReplyQueue {
  #isReplying = false
  #isRequested = false
  readonly #client: ReplyClient
  readonly #build: () => Uint8Array[]

  /** @param build returns the messages of the reply; none when the document is no longer open */
  constructor(client: ReplyClient, build: () => Uint8Array[]) {
    this.#client = client
    this.#build = build
  }

  /** Replies now, or after the reply in progress. */
  request(): void {
    this.#isRequested = true
    if (this.#isReplying) return
    this.#isReplying = true
    this.#isRequested = false
    const { replyBudget, buffer, encodedPrefix, userId } = this.#client
    if (userId === undefined) return this.#done()
    replyBudget.whenRoom(userId, () => {
      const messages = this.#build()
      if (messages.length === 0) return this.#done()
      replyBudget.send(userId, buffer, encodedPrefix, messages, this.#done)
    })
  }

  readonly #done = (): void => {
    this.#isReplying = false
    if (this.#isRequested) this.request()
  }
}
