/**
 * The room of a document: its connections on this node, and what is broadcast to them.
 *
 * A broadcast costs one system call for each recipient. The first change after a pause is sent at the end of the turn in which it came.
 * Changes that follow within a window are sent together, as one write for each recipient. The window grows with the number of recipients,
 * because that is how many writes it saves. A pair has none. If the recent rate predicts exactly one more change within the window, a
 * change waits for that one only; if it predicts none, it is sent at once.
 */
import { encodeBinaryFrame } from '../../realtime/websocket.ts'
import { atEndOfTurn } from '../../realtime/write-buffer.ts'

/** A connection that receives what is broadcast in a room. */
export interface Recipient {
  /** The encoded prefix stands before every message. Recipients with the same prefix share encoded frames. */
  readonly prefix: string
  readonly encodedPrefix: Uint8Array
  /** Sends whole WebSocket frames. */
  sendFrames(frames: Buffer): void
  readonly unreadBytes: number
}

interface OutgoingMessage {
  message: Uint8Array
  /** The recipient that sent it. It does not receive its own message. */
  author: unknown
  /** The frame for the prefix that was encoded last. Recipients with the same prefix usually follow each other. */
  frame: Buffer | undefined
  prefix: string | undefined
}

/** A recipient with more unread bytes than this is not sent awareness: the next state replaces it. */
const maxUnreadForAwarenessBytes = 256 * 1024
/** Half of the window is the usual delay in a crowd. */
const windowMs = { perRecipient: 4, max: 40 }
/** Up to so many recipients save nothing by waiting. */
const smallRoomRecipients = 3
/** When changes wait for one other only, one is sent at once after so many that waited. */
const maxConsecutiveWaits = 4
/** Weight of the latest gap in the moving average, and the longest gap that counts. */
const gapAverage = { weight: 0.2, maxMs: 200 }

export class DocumentRoom {
  readonly recipients = new Set<Recipient>()
  #updates: OutgoingMessage[] = []
  readonly #awareness = new Map<number, OutgoingMessage>()
  #sentAt = 0
  /** Time of the latest change, and the average gap between changes in milliseconds. */
  #receivedAt = 0
  #averageGapMs = gapAverage.maxMs
  /** Whether a change waits for one more, and how many have waited in a row. */
  #isWaitingForOneMore = false
  #consecutiveWaits = 0
  #timer: NodeJS.Timeout | undefined
  #isDueThisTurn = false

  /** Broadcasts an edit: a sync message. */
  broadcastUpdate(message: Uint8Array, author: unknown): void {
    if (this.recipients.size === 0) return
    this.#updates.push({ message, author, frame: undefined, prefix: undefined })
    this.#schedule()
  }

  /** Broadcasts an awareness message. It replaces a waiting message of the same client. */
  broadcastAwareness(client: number, message: Uint8Array, author: unknown): void {
    if (this.recipients.size === 0) return
    this.#awareness.set(client, { message, author, frame: undefined, prefix: undefined })
    this.#schedule()
  }

  #schedule() {
    const now = performance.now()
    this.#averageGapMs += gapAverage.weight * (Math.min(gapAverage.maxMs, now - this.#receivedAt) - this.#averageGapMs)
    this.#receivedAt = now
    if (this.#isDueThisTurn) return
    const readers = this.recipients.size
    const due = readers <= smallRoomRecipients ? now : this.#dueAt(now, Math.min(windowMs.max, windowMs.perRecipient * readers))
    if (due - now >= 0.5) {
      this.#timer ??= setTimeout(this.#send, due - now)
      return
    }
    this.#isDueThisTurn = true
    // for few recipients right after this read: there is nothing to collect
    atEndOfTurn(this.#send, readers <= smallRoomRecipients)
  }

  /** When waiting changes are sent, if no other comes. */
  #dueAt(now: number, window: number): number {
    const next = this.#sentAt + window
    // awareness may always wait
    if (this.#averageGapMs > window) return this.#updates.length > 0 ? now : Math.max(now, next)
    if (this.#averageGapMs <= window / 2) return Math.max(now, next)
    // one more was expected, and this is it
    if (this.#isWaitingForOneMore) return now
    this.#isWaitingForOneMore = true
    this.#consecutiveWaits = (this.#consecutiveWaits + 1) % (maxConsecutiveWaits + 1)
    return now >= next || this.#consecutiveWaits === 0 ? now : now + window
  }

  readonly #send = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#isWaitingForOneMore = false
    this.#isDueThisTurn = false
    this.#sentAt = performance.now()
    const updates = this.#updates
    const awareness = [...this.#awareness.values()]
    this.#updates = []
    // `Map.clear()` allocates a new table, so an empty map is left alone
    if (awareness.length > 0) this.#awareness.clear()
    const all = awareness.length > 0 ? [...updates, ...awareness] : updates
    if (all.length === 1) return this.#sendOne(all[0] as OutgoingMessage, awareness.length > 0)
    const authors = new Set<unknown>()
    for (const { author } of all) authors.add(author)
    const framesByPrefix = new Map<string, Buffer>()
    for (const recipient of this.recipients) {
      const isLate = awareness.length > 0 && isLagging(recipient)
      if (isLate || authors.has(recipient)) {
        const items = (isLate ? updates : all).filter(({ author }) => author !== recipient)
        if (items.length > 0) recipient.sendFrames(encodeFrames(items, recipient))
        continue
      }
      let frames = framesByPrefix.get(recipient.prefix)
      if (!frames) framesByPrefix.set(recipient.prefix, (frames = encodeFrames(all, recipient)))
      recipient.sendFrames(frames)
    }
  }

  #sendOne(message: OutgoingMessage, canSkip: boolean) {
    for (const recipient of this.recipients) {
      if (recipient === message.author || (canSkip && isLagging(recipient))) continue
      recipient.sendFrames(encodeFrame(message, recipient.prefix, recipient.encodedPrefix))
    }
  }

  /** The document is unloaded. */
  close(): void {
    clearTimeout(this.#timer)
    this.recipients.clear()
  }
}

/** Whether a recipient has so much unread that awareness is left out. */
const isLagging = ({ unreadBytes }: Recipient): boolean => unreadBytes > maxUnreadForAwarenessBytes

function encodeFrames(messages: OutgoingMessage[], { prefix, encodedPrefix }: Recipient): Buffer {
  if (messages.length === 1) return encodeFrame(messages[0] as OutgoingMessage, prefix, encodedPrefix)
  return Buffer.concat(messages.map((item) => encodeFrame(item, prefix, encodedPrefix)))
}

function encodeFrame(message: OutgoingMessage, prefix: string, encodedPrefix: Uint8Array): Buffer {
  if (message.prefix !== prefix || !message.frame) {
    message.frame = encodeBinaryFrame(encodedPrefix, message.message)
    message.prefix = prefix
  }
  return message.frame
}
