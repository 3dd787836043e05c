/**
 * Those who have one document open on this node, and what they are told.
 *
 * The first change goes out with the turn in which it came. What follows it within the window is gathered, and goes as one
 * write for each reader: a system call a reader is what an edit costs, so a crowd that writes shares them (hocuspocus 7, 11).
 * The window grows with the readers, since one more write for each of them is what it saves; a pair has none.
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

export class Room {
  readonly readers = new Set<Reader>()
  #edits: Item[] = []
  readonly #presence = new Map<number, Item>()
  #toldAt = 0
  #timer: NodeJS.Timeout | undefined
  #due = Number.POSITIVE_INFINITY
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
    if (this.#atEnd) return
    const readers = this.readers.size
    const now = performance.now()
    const due = readers <= few ? now : Math.max(now, this.#toldAt + Math.min(windowFor.most, windowFor.each * readers))
    if (due >= this.#due) return
    clearTimeout(this.#timer)
    this.#due = due
    if (due - now < 0.5) {
      this.#atEnd = true
      // those few are told as soon as may be: there is nothing to share
      atEndOfTurn(this.#go, readers <= few)
    } else this.#timer = setTimeout(this.#go, due - now)
  }

  readonly #go = (): void => {
    clearTimeout(this.#timer)
    this.#due = Number.POSITIVE_INFINITY
    this.#atEnd = false
    this.#toldAt = performance.now()
    const edits = this.#edits
    const presence = [...this.#presence.values()]
    this.#edits = []
    this.#presence.clear()
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
