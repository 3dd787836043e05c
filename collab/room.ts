/**
 * Those who have one document open on this node, and what they are told.
 *
 * The first change goes out with the turn in which it came. What follows it within the window is gathered, and goes as one write for
 * each reader: a system call a reader is what an edit costs, so a crowd that writes shares them (hocuspocus 7, 11). Where by the pace
 * of late only one more comes in time, a change waits for that one and no longer; where none does, it does not wait. The window grows
 * with the readers, since one more write for each of them is what it saves; a pair has none.
 */
import { atEndOfTurn, webSocketFrame } from './outbox.ts'

/** Someone who is told. */
export interface Reader {
  /** What stands before every message to them. Readers with the same hear the same bytes. */
  readonly prefix: string
  readonly prefixBytes: Uint8Array
  /** Takes whole WebSocket frames. */
  hear(frames: Buffer): void
  /** Whether they are so far behind that presence is left out. */
  readonly behind: boolean
}

interface Item {
  message: Uint8Array
  /** Who brought it, and does not hear it again. */
  author: unknown
  /** As it goes to readers with one prefix, the last ones asked for; they come in runs. */
  frame: Buffer | undefined
  prefix: string | undefined
}

/** Milliseconds of window for each reader, and at most: half of it is the middle of a crowd, below the 25 ms that a reader may wait. */
const windowFor = { each: 4, most: 40 }
/** So few gain nothing by waiting. */
const few = 3
/** Where a change waits for one other only, half of them wait: after so many one that need not, so that most do not. */
const waitInARow = 4
/** How much of the pace is that of the latest two changes; and the longest pause that is taken for pace, milliseconds. */
const pace = { latest: 0.2, longest: 200 }

export class Room {
  readonly readers = new Set<Reader>()
  #edits: Item[] = []
  readonly #presence = new Map<number, Item>()
  #toldAt = 0
  /** When the latest change came, and how long one comes after another. Milliseconds. */
  #cameAt = 0
  #gap = pace.longest
  /** When the change came that waits for one more; and how many did in a row. */
  #since: number | undefined
  #waited = 0
  #timer: NodeJS.Timeout | undefined
  #atEnd = false

  /** Tells an edit: a sync message. */
  tell(message: Uint8Array, author: unknown): void {
    if (this.readers.size === 0) return
    this.#edits.push({ message, author, frame: undefined, prefix: undefined })
    this.#schedule()
  }

  /** Tells where a client is: an awareness message, which replaces what was to be told of the same client. */
  show(client: number, message: Uint8Array, author: unknown): void {
    if (this.readers.size === 0) return
    this.#presence.set(client, { message, author, frame: undefined, prefix: undefined })
    this.#schedule()
  }

  #schedule() {
    const now = performance.now()
    this.#gap += pace.latest * (Math.min(pace.longest, now - this.#cameAt) - this.#gap)
    this.#cameAt = now
    if (this.#atEnd) return
    const readers = this.readers.size
    const due = readers <= few ? now : this.#dueAt(now, Math.min(windowFor.most, windowFor.each * readers))
    if (due - now >= 0.5) {
      this.#timer ??= setTimeout(this.#go, due - now)
      return
    }
    this.#atEnd = true
    // those few are told as soon as may be: there is nothing to share
    atEndOfTurn(this.#go, readers <= few)
  }

  /** When what waits is told, if nothing else comes. */
  #dueAt(now: number, window: number): number {
    const next = this.#toldAt + window
    // where a person is may always wait for what they write
    if (this.#gap > window) return this.#edits.length > 0 ? now : Math.max(now, next)
    if (this.#gap <= window / 2) return Math.max(now, next)
    // one more is expected in time, and with it all go
    if (this.#since !== undefined) return now
    this.#since = now
    this.#waited = (this.#waited + 1) % (waitInARow + 1)
    return now >= next || this.#waited === 0 ? now : now + window
  }

  readonly #go = (): void => {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#since = undefined
    this.#atEnd = false
    this.#toldAt = performance.now()
    const edits = this.#edits
    const presence = [...this.#presence.values()]
    this.#edits = []
    // a map that is cleared is made anew, and what it was outlives the young
    if (presence.length > 0) this.#presence.clear()
    const all = presence.length > 0 ? [...edits, ...presence] : edits
    if (all.length === 1) return this.#tellOne(all[0] as Item, presence.length > 0)
    const authors = new Set<unknown>()
    for (const { author } of all) authors.add(author)
    const made = new Map<string, Buffer>()
    for (const reader of this.readers) {
      const behind = presence.length > 0 && reader.behind
      if (behind || authors.has(reader)) {
        const items = (behind ? edits : all).filter(({ author }) => author !== reader)
        if (items.length > 0) reader.hear(framesOf(items, reader))
        continue
      }
      let frames = made.get(reader.prefix)
      if (!frames) made.set(reader.prefix, (frames = framesOf(all, reader)))
      reader.hear(frames)
    }
  }

  #tellOne(item: Item, droppable: boolean) {
    for (const reader of this.readers) {
      if (reader === item.author || (droppable && reader.behind)) continue
      reader.hear(frameOf(item, reader.prefix, reader.prefixBytes))
    }
  }

  /** The document goes out of memory. */
  close(): void {
    clearTimeout(this.#timer)
    this.readers.clear()
  }
}

function framesOf(items: Item[], { prefix, prefixBytes }: Reader): Buffer {
  if (items.length === 1) return frameOf(items[0] as Item, prefix, prefixBytes)
  return Buffer.concat(items.map((item) => frameOf(item, prefix, prefixBytes)))
}

function frameOf(item: Item, prefix: string, prefixBytes: Uint8Array): Buffer {
  if (item.prefix !== prefix || !item.frame) {
    item.frame = webSocketFrame(prefixBytes, item.message)
    item.prefix = prefix
  }
  return item.frame
}
