/**
 * Places in a document's text: where an anchor of Yjs points now, which words lie between two places, and who they are to Yjs.
 *
 * A place is a number: 1 for the beginning and the end of each block, 1 for each sign. Numbers hold for one state of the document.
 */
import * as Y from 'yjs'

/** As `textName` of `prose.ts`, which brings the editor's packages with it; a test holds the two together. */
export const rootName = 'default'

/** Two positions as a browser sends them: each the base64 of `Y.encodeRelativePosition`. */
export interface Anchor {
  start: string
  end: string
}

/** Places, the second not before the first. */
export interface Range {
  from: number
  to: number
}

/** A part of one text. `block` is what the text lies in; `index` and `length` are in signs of UTF-16. */
export interface Slice {
  text: Y.XmlText
  block: Y.XmlElement
  index: number
  length: number
}

/** Signs as Yjs knows them: of a client, from a clock, so many. */
export type Signs = [client: number, clock: number, length: number]

/** The pieces of a text that are there, with their place in it. */
export function* piecesOf(text: Y.XmlText): Generator<{ item: Y.Item; index: number }> {
  let index = 0
  for (let item = text._start; item; item = item.right) {
    if (item.deleted) continue
    yield { item, index }
    if (item.countable) index += item.length
  }
}

/** The signs of a part of a text; what is no sign (a picture in the line, say) is told as U+FFFC. */
export function wordsOf({ text, index, length }: Slice): string {
  let words = ''
  for (const { item, index: begin } of piecesOf(text)) {
    if (!item.countable || begin >= index + length || begin + item.length <= index) continue
    const { content } = item
    words += content instanceof Y.ContentString ? content.str.slice(Math.max(0, index - begin), index + length - begin) : '\uFFFC'
  }
  return words
}

/** The words of some parts, blocks separated by line ends. */
export const quoteOf = (slices: Slice[]): string =>
  slices.map((slice, n) => (n > 0 && slices[n - 1]?.block !== slice.block ? '\n' : '') + wordsOf(slice)).join('')

/** Who the signs of some parts are to Yjs, in the order of the text. */
export function signsOf(slices: Slice[]): Signs[] {
  const signs: Signs[] = []
  for (const { text, index, length } of slices) {
    for (const { item, index: begin } of piecesOf(text)) {
      const from = Math.max(begin, index)
      const to = Math.min(begin + item.length, index + length)
      if (item.countable && from < to) signs.push([item.id.client, item.id.clock + from - begin, to - from])
    }
  }
  return signs
}

/** A document's text laid out, as of the moment of the call. */
export class Layout {
  readonly root: Y.XmlFragment
  readonly #document: Y.Doc
  readonly #starts = new Map<unknown, number>()
  readonly #ends = new Map<unknown, number>()
  readonly #texts: { text: Y.XmlText; block: Y.XmlElement; from: number }[] = []

  constructor(document: Y.Doc) {
    this.#document = document
    this.root = document.getXmlFragment(rootName)
    this.#ends.set(this.root, this.#lay(this.root, 0))
  }

  #lay(parent: Y.XmlFragment | Y.XmlElement, begin: number): number {
    let place = begin
    for (const child of parent.toArray()) {
      this.#starts.set(child, place)
      if (child instanceof Y.XmlElement) {
        const end = this.#lay(child, place + 1)
        this.#ends.set(child, end)
        place = end + 1
      } else if (child instanceof Y.XmlText) {
        if (parent instanceof Y.XmlElement) this.#texts.push({ text: child, block: parent, from: place })
        place += child.length
      }
    }
    return place
  }

  /** Where a position points now; undefined where it is none of this text, or what it was bound to is forgotten. */
  placeOf(position: Y.RelativePosition): number | undefined {
    // asking for a root type makes it
    if (position.tname !== null && position.tname !== rootName) return undefined
    if (!position.item && !position.type && !position.tname) return undefined
    const found = Y.createAbsolutePositionFromRelativePosition(position, this.#document)
    if (!found) return undefined
    let { type, index } = found
    // in a block that was deleted: where that block was
    for (let item = type._item; item?.deleted; item = type._item) {
      index = 0
      for (let left = item.left; left; left = left.left) if (!left.deleted && left.countable) index += left.length
      type = item.parent as typeof type
    }
    const start = this.#starts.get(type)
    if (type instanceof Y.XmlText) return start === undefined ? undefined : start + Math.min(index, type.length)
    const end = this.#ends.get(type)
    const child = (type as Y.XmlFragment).toArray?.()[index]
    return child ? this.#starts.get(child) : end
  }

  /** Where an anchor points now. Undefined where it is no anchor in this text. */
  rangeOf({ start, end }: Anchor): Range | undefined {
    const [from, to] = [start, end].map((text) => {
      try {
        return this.placeOf(Y.decodeRelativePosition(Buffer.from(text, 'base64')))
      } catch {
        return undefined
      }
    })
    if (from === undefined || to === undefined) return undefined
    return { from: Math.min(from, to), to: Math.max(from, to) }
  }

  /** The parts of texts between two places. */
  slicesOf({ from, to }: Range): Slice[] {
    return this.#texts.flatMap(({ text, block, from: begin }) => {
      const index = Math.max(0, from - begin)
      const length = Math.min(to - begin, text.length) - index
      return length > 0 ? [{ text, block, index, length }] : []
    })
  }

  /** The text at a place and the block that it lies in, or the empty block there. */
  blockAt(place: number): { block: Y.XmlElement; text: Y.XmlText | undefined; index: number } | undefined {
    const text = this.#texts.find(({ text, from }) => from <= place && place <= from + text.length)
    if (text) return { block: text.block, text: text.text, index: place - text.from }
    for (const [block, end] of this.#ends) {
      if (end === place && block instanceof Y.XmlElement && block.length === 0) return { block, text: undefined, index: 0 }
    }
    return undefined
  }

  /** An anchor that is bound to the first and the last of some words, and grows with what is written between them. */
  anchorOf(slices: Slice[]): Anchor | undefined {
    const [first, last] = [slices[0], slices.at(-1)]
    if (!first || !last) return undefined
    const start = Y.createRelativePositionFromTypeIndex(first.text, first.index, 0)
    const end = Y.createRelativePositionFromTypeIndex(last.text, last.index + last.length, -1)
    return { start: encode(start), end: encode(end) }
  }

  /** What is left of some signs, from the first to the last of them; undefined when all are gone. */
  rangeOfSigns(signs: Signs[]): Range | undefined {
    const left = signs.flatMap((one) => this.#left(one))
    const [first, last] = [left[0], left.at(-1)]
    if (!first || !last) return undefined
    const from = this.placeOf(new Y.RelativePosition(null, null, Y.createID(first[0], first[1]), 0))
    const to = this.placeOf(new Y.RelativePosition(null, null, Y.createID(last[0], last[1] + last[2] - 1), -1))
    return from === undefined || to === undefined ? undefined : { from, to: Math.max(from, to) }
  }

  #left([client, clock, length]: Signs): Signs[] {
    const left: Signs[] = []
    const { store } = this.#document
    const known = Y.getState(store, client)
    for (let at = clock; at < Math.min(clock + length, known); ) {
      const struct = Y.getItem(store, Y.createID(client, at))
      const end = Math.min(struct.id.clock + struct.length, clock + length)
      if (struct instanceof Y.Item && !struct.deleted) left.push([client, at, end - at])
      at = end
    }
    return left
  }

  /**
   * Where words stand that were written after a moment, the nearest to a place: the editor writes words anew when a block is split, joined
   * or made another.
   * @param quote of one block
   * @param vector the state vector of that moment
   */
  findAnew(quote: string, vector: Uint8Array, near: number | undefined): Range | undefined {
    const before = Y.decodeStateVector(vector)
    let best: Range | undefined
    for (const { text, block, from } of this.#texts) {
      const words = wordsOf({ text, block, index: 0, length: text.length })
      for (let at = words.indexOf(quote); at !== -1; at = words.indexOf(quote, at + 1)) {
        const anew = signsOf([{ text, block, index: at, length: quote.length }]).every(
          ([client, clock]) => clock >= (before.get(client) ?? 0),
        )
        const range = { from: from + at, to: from + at + quote.length }
        if (anew && (!best || (near !== undefined && Math.abs(range.from - near) < Math.abs(best.from - near)))) best = range
      }
    }
    return best
  }
}

const encode = (position: Y.RelativePosition) => Buffer.from(Y.encodeRelativePosition(position)).toString('base64')
