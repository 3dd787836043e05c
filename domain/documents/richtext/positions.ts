/**
 * Positions in a document's text: resolves anchors, reads the words between two positions, and finds the character ids of Yjs.
 *
 * A position is a number: each start and end of a block counts 1, and each character counts 1. Positions are valid for one state of the
 * document.
 */
import * as Y from 'yjs'
import { type Anchor, decodePosition, encodeEnd, encodeStart } from './anchor.ts'
import { characterEnd, characterStart } from './words.ts'
import { inlineAtoms } from './yjs-content.ts'

/** Same as `textName` of `schema.ts`, which imports the editor's packages; a test compares the two. */
export const rootName = 'default'

/** Two positions, the second not before the first. */
export interface TextRange {
  from: number
  to: number
}

/** A part of one text. `block` contains the text; `index` and `length` are in UTF-16 code units. */
export interface TextSlice {
  text: Y.XmlText
  block: Y.XmlElement
  index: number
  length: number
}

/** Characters by their Yjs ids: client, first clock, count. */
export type CharacterRange = [client: number, clock: number, length: number]

/** The items of a text that are not deleted, with their index in it. */
export function* visibleItems(text: Y.XmlText): Generator<{ item: Y.Item; index: number }> {
  let index = 0
  for (let item = text._start; item; item = item.right) {
    if (item.deleted) continue
    yield { item, index }
    if (item.countable) index += item.length
  }
}

/** The characters of a slice; embedded objects (such as a picture) are U+FFFC. */
export function readText({ text, index, length }: TextSlice): string {
  let words = ''
  for (const { item, index: begin } of visibleItems(text)) {
    if (!item.countable || begin >= index + length || begin + item.length <= index) continue
    const { content } = item
    words += content instanceof Y.ContentString ? content.str.slice(Math.max(0, index - begin), index + length - begin) : '\uFFFC'
  }
  return words
}

/** The text that an inline element shows: of a field, of a cross reference, or a line break. */
export function readAtom(atom: Y.XmlElement, readField: (name: string) => string): string {
  if (atom.nodeName === 'hardBreak') return '\n'
  if (atom.nodeName === 'crossReference') return String(atom.getAttribute('text') ?? '')
  return readField(String(atom.getAttribute('name') ?? ''))
}

/** The text of slices; blocks are separated by line breaks. */
export const readQuote = (slices: TextSlice[]): string =>
  slices.map((slice, n) => (n > 0 && slices[n - 1]?.block !== slice.block ? '\n' : '') + readText(slice)).join('')

/** Widens a slice so that it divides no character of the text: neither a surrogate pair nor a grapheme. */
function widenToCharacters(slice: TextSlice): TextSlice {
  const { text, block, index, length } = slice
  if (index === 0 && length === text.length) return slice
  const words = readText({ text, block, index: 0, length: text.length })
  const start = characterStart(words, index)
  return { text, block, index: start, length: characterEnd(words, index + length) - start }
}

/** The ids of the characters of slices, in text order. */
export function characterRangesOf(slices: TextSlice[]): CharacterRange[] {
  const ranges: CharacterRange[] = []
  for (const { text, index, length } of slices) {
    for (const { item, index: begin } of visibleItems(text)) {
      const from = Math.max(begin, index)
      const to = Math.min(begin + item.length, index + length)
      if (item.countable && from < to) ranges.push([item.id.client, item.id.clock + from - begin, to - from])
    }
  }
  return ranges
}

/** An index of all positions in a document's text at the time of its creation. */
export class PositionIndex {
  readonly root: Y.XmlFragment
  readonly #document: Y.Doc
  readonly #starts = new Map<unknown, number>()
  readonly #ends = new Map<unknown, number>()
  readonly #texts: { text: Y.XmlText; block: Y.XmlElement; from: number }[] = []
  /** Fields, cross references and line breaks. */
  readonly #atoms: { atom: Y.XmlElement; from: number }[] = []

  constructor(document: Y.Doc) {
    this.#document = document
    this.root = document.getXmlFragment(rootName)
    this.#ends.set(this.root, this.#indexChildren(this.root, 0))
  }

  #indexChildren(parent: Y.XmlFragment | Y.XmlElement, begin: number): number {
    let place = begin
    for (const child of parent.toArray()) {
      this.#starts.set(child, place)
      if (child instanceof Y.XmlElement) {
        if (inlineAtoms.includes(child.nodeName)) this.#atoms.push({ atom: child, from: place })
        const end = this.#indexChildren(child, place + 1)
        this.#ends.set(child, end)
        place = end + 1
      } else if (child instanceof Y.XmlText) {
        if (parent instanceof Y.XmlElement) this.#texts.push({ text: child, block: parent, from: place })
        place += child.length
      }
    }
    return place
  }

  /** The current position of a relative position; undefined where it is not in this text, or its item was collected. */
  resolvePosition(position: Y.RelativePosition): number | undefined {
    // requesting a root type would create it
    if (position.tname !== null && position.tname !== rootName) return undefined
    if (!position.item && !position.type && !position.tname) return undefined
    const found = Y.createAbsolutePositionFromRelativePosition(position, this.#document)
    if (!found) return undefined
    let { type, index } = found
    // in a deleted block: where that block was
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

  /** The current range of an anchor; undefined where it is not in this text. */
  resolveAnchor({ start, end }: Anchor): TextRange | undefined {
    const [from, to] = [start, end].map((text) => {
      try {
        return this.resolvePosition(decodePosition(text))
      } catch {
        return undefined
      }
    })
    if (from === undefined || to === undefined) return undefined
    return { from: Math.min(from, to), to: Math.max(from, to) }
  }

  /** The slices of text between two positions. A position within a character counts the whole character. */
  slicesIn({ from, to }: TextRange): TextSlice[] {
    return this.#texts.flatMap(({ text, block, from: begin }) => {
      const index = Math.max(0, from - begin)
      const length = Math.min(to - begin, text.length) - index
      return length > 0 ? [widenToCharacters({ text, block, index, length })] : []
    })
  }

  /**
   * The text of a range as a reader sees it: with fields and cross references. Blocks are separated by line breaks.
   * @param readField gives what a field shows, by its name
   */
  quote(range: TextRange, readField: (name: string) => string): string {
    const texts = this.slicesIn(range).map((slice) => ({
      from: this.#starts.get(slice.text) ?? 0,
      block: slice.block,
      words: readText(slice),
    }))
    const atoms = this.#atoms
      .filter(({ from }) => from >= range.from && from < range.to)
      .map(({ atom, from }) => ({ from, block: atom.parent, words: readAtom(atom, readField) }))
    return [...texts, ...atoms]
      .toSorted((one, other) => one.from - other.from)
      .reduce(
        ({ quote, last }, { block, words }) => ({ quote: quote + (last && last !== block ? '\n' : '') + words, last: block as unknown }),
        {
          quote: '',
          last: undefined as unknown,
        },
      ).quote
  }

  /** The text at a position and its block, or the empty block there. A position within a character is moved to its end. */
  blockAt(place: number): { block: Y.XmlElement; text: Y.XmlText | undefined; index: number } | undefined {
    const text = this.#texts.find(({ text, from }) => from <= place && place <= from + text.length)
    if (text) {
      const words = readText({ ...text, index: 0, length: text.text.length })
      return { block: text.block, text: text.text, index: characterEnd(words, place - text.from) }
    }
    for (const [block, end] of this.#ends) {
      if (end === place && block instanceof Y.XmlElement && block.length === 0) return { block, text: undefined, index: 0 }
    }
    return undefined
  }

  /** An anchor bound to the first and last character of slices; it grows with text inserted between them. */
  createAnchor(slices: TextSlice[]): Anchor | undefined {
    const [first, last] = [slices[0], slices.at(-1)]
    if (!first || !last) return undefined
    return { start: encodeStart(first.text, first.index), end: encodeEnd(last.text, last.index + last.length) }
  }

  /** The range from the first to the last remaining character; undefined when all are deleted. */
  rangeOfCharacters(characters: CharacterRange[]): TextRange | undefined {
    const left = characters.flatMap((one) => this.#remaining(one))
    const [first, last] = [left[0], left.at(-1)]
    if (!first || !last) return undefined
    const from = this.resolvePosition(new Y.RelativePosition(null, null, Y.createID(first[0], first[1]), 0))
    const to = this.resolvePosition(new Y.RelativePosition(null, null, Y.createID(last[0], last[1] + last[2] - 1), -1))
    return from === undefined || to === undefined ? undefined : { from, to: Math.max(from, to) }
  }

  #remaining([client, clock, length]: CharacterRange): CharacterRange[] {
    const left: CharacterRange[] = []
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
   * Widens a range to a quote that covers it in one block: when a word is split and joined again, the editor writes half of it anew.
   * @param quote of one block
   */
  widenToQuote(quote: string, range: TextRange): TextRange {
    const first = this.slicesIn(range)[0]
    const texts = first ? this.#texts.filter(({ block }) => block === first.block) : []
    const words = texts.map(({ text, block }) => readText({ text, block, index: 0, length: text.length }))
    const all = words.join('')
    /** The position of a character of the block, or of its end. */
    const placeAt = (index: number, end: boolean) => {
      let left = index
      for (const [n, { from }] of texts.entries()) {
        const { length } = words[n] as string
        if (left < length || (end && left === length)) return from + left
        left -= length
      }
      return undefined
    }
    for (let at = all.indexOf(quote); at !== -1; at = all.indexOf(quote, at + 1)) {
      const [from, to] = [placeAt(at, false), placeAt(at + quote.length, true)]
      if (from !== undefined && to !== undefined && from <= range.from && to >= range.to) return { from, to }
    }
    return range
  }

  /**
   * Finds a quote in text that was written after a point in time, nearest to a position: the editor writes words anew when a block is
   * split, joined or changed.
   * @param quote of one block
   * @param vector the state vector of that point in time
   */
  relocateQuote(quote: string, vector: Uint8Array, near: number | undefined): TextRange | undefined {
    const before = Y.decodeStateVector(vector)
    let best: TextRange | undefined
    for (const { text, block, from } of this.#texts) {
      const words = readText({ text, block, index: 0, length: text.length })
      for (let at = words.indexOf(quote); at !== -1; at = words.indexOf(quote, at + 1)) {
        const isNewer = characterRangesOf([{ text, block, index: at, length: quote.length }]).every(
          ([client, clock]) => clock >= (before.get(client) ?? 0),
        )
        const range = { from: from + at, to: from + at + quote.length }
        if (isNewer && (!best || (near !== undefined && Math.abs(range.from - near) < Math.abs(best.from - near)))) best = range
      }
    }
    return best
  }
}
