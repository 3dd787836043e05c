/** The bytes of a PDF file and the objects in them by position. All states of the document that the file holds share what was read. */
import { decodeStream } from './filters.ts'
import { PdfDict, PdfError, PdfRef, PdfStream, type PdfValue } from './objects.ts'
import { isWhiteSpace, PdfParser } from './parser.ts'
import { findStartXref, findTableBefore, parseXrefStream, type StartXref, parseXrefTable, type XrefSection } from './xref.ts'

/** Steps of work for one file. A document of 500 pages with 20 signatures takes about three million. */
const maxSteps = 40_000_000
/** Bytes that the streams of one file may unpack to together. */
const maxDecodedBytes = 384 * 1024 * 1024
/** Incremental updates of one file. */
const maxSections = 5000
/** How far a stream without a correct length is searched for its end, over the whole file. */
const maxSearchedBytes = 256 * 1024 * 1024

/** An object as it stands at a position. */
interface PlacedObject {
  number: number
  value: PdfValue
  /** Where it ends. */
  end: number
}

/** Follows a reference in the state of the document in which it is read. */
type Resolve = (value: PdfValue) => PdfValue

export class PdfFile {
  readonly bytes: Uint8Array
  /** Whether a wrong position of a cross-reference section was corrected. */
  isRepaired = false
  /** Bytes before `%PDF-`, from which some programs count positions. */
  readonly #headerOffset: number
  readonly #objects = new Map<number, PlacedObject | PdfError>()
  readonly #sections = new Map<number, XrefSection>()
  readonly #objectStreams = new Map<number, Map<number, PdfValue>>()
  #steps = 0
  #decodedBytes = 0
  #searchedBytes = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#headerOffset = Math.max(0, new TextDecoder('latin1').decode(bytes.subarray(0, 1024)).indexOf('%PDF-'))
  }

  /** Counts work. @throws PdfError when the file asks for more than any document needs */
  spend(steps = 1): void {
    this.#steps += steps
    if (this.#steps > maxSteps) throw new PdfError('The file asks for too much work.')
  }

  /** Decodes a stream within the bounds of the file. */
  decode(stream: PdfStream, resolve: Resolve): Uint8Array {
    const decoded = decodeStream(stream, resolve)
    this.#decodedBytes += decoded.length
    if (this.#decodedBytes > maxDecodedBytes) throw new PdfError('The file unpacks to too much data.')
    return decoded
  }

  /**
   * Reads the cross-reference sections of the state that ends at `end`, newest first.
   * @throws PdfError where the chain is damaged
   */
  readSections(end: number): { sections: XrefSection[][]; end: number; isComplete: boolean } {
    const start = findStartXref(this.bytes, end)
    const newest = start && this.#sectionOf(start, end)
    if (!start || newest === undefined) throw new PdfError('The cross-reference section is missing.')
    const sections: XrefSection[][] = []
    const visited = new Set<number>()
    for (let offset: number | undefined = newest; offset !== undefined; ) {
      if (visited.has(offset) || visited.size >= maxSections) throw new PdfError('The cross-reference sections form a circle.')
      visited.add(offset)
      const section: XrefSection = this.#readSection(offset, end)
      const hybrid = section.trailer.get('XRefStm')
      sections.push(typeof hybrid === 'number' ? [section, this.#readSection(hybrid, end)] : [section])
      offset = this.#previousSection(section, end)
    }
    return { sections, end: start.end, isComplete: start.isComplete }
  }

  /** Where the section before this one stands. Some programs write a wrong position: then it is what the earlier revision ended with. */
  #previousSection({ offset, trailer }: XrefSection, end: number): number | undefined {
    const previous = trailer.get('Prev')
    if (typeof previous !== 'number') return undefined
    if (previous > 0 && this.#findSection(previous, end)) return previous
    this.spend(offset / 100)
    const earlier = findStartXref(this.bytes, offset)
    const found = earlier && this.#sectionOf(earlier, end)
    this.isRepaired ||= found !== undefined
    if (found !== undefined) return found
    if (previous > 0) throw new PdfError('The cross-reference section is missing.')
    return undefined
  }

  /** The position of the section that a `startxref` names, or of the table before it where the position is wrong. */
  #sectionOf({ start, offset }: StartXref, end: number): number | undefined {
    if (this.#findSection(offset, end)) return offset
    const table = findTableBefore(this.bytes, start)
    if (table === undefined || !this.#findSection(table, end)) return undefined
    this.isRepaired = true
    return table
  }

  #readSection(offset: number, end: number): XrefSection {
    const section = this.#findSection(offset, end)
    if (!section) throw new PdfError('The cross-reference section is missing.')
    return section
  }

  #findSection(offset: number, end: number): XrefSection | undefined {
    const known = this.#sections.get(offset)
    if (known) return known
    for (const position of new Set([offset, offset + this.#headerOffset])) {
      if (position >= end) continue
      const parser = new PdfParser(this.bytes, position)
      const section = parser.takeKeyword('xref') ? parseXrefTable(parser, position) : this.#readXrefStream(position)
      if (!section) continue
      this.#sections.set(offset, section)
      return section
    }
    return undefined
  }

  #readXrefStream(position: number): XrefSection | undefined {
    try {
      const { value } = this.objectAt(position, (length) => length)
      if (value instanceof PdfStream)
        return parseXrefStream(
          value,
          this.decode(value, (same) => same),
          position,
        )
    } catch (error) {
      if (!(error instanceof PdfError)) throw error
    }
    return undefined
  }

  /** The indirect object at a position. @throws PdfError where there is none */
  objectAt(offset: number, resolve: Resolve): PlacedObject {
    const known = this.#objects.get(offset)
    if (known instanceof PdfError) throw known
    if (known) return known
    this.spend(10)
    try {
      const object = this.#parseObject(offset, resolve)
      this.#objects.set(offset, object)
      return object
    } catch (error) {
      if (error instanceof PdfError) this.#objects.set(offset, error)
      throw error
    }
  }

  #parseObject(offset: number, resolve: Resolve): PlacedObject {
    for (const position of new Set([offset, offset + this.#headerOffset])) {
      const parser = new PdfParser(this.bytes, position)
      const number = parser.takeInteger()
      const generation = parser.takeInteger()
      if (number === undefined || generation === undefined || !parser.takeKeyword('obj')) continue
      const value = parser.parseValue()
      if (!(value instanceof PdfDict) || !parser.takeKeyword('stream')) return { number, value, end: parser.position }
      const raw = this.#streamBytes(parser.position, value, resolve)
      return { number, value: new PdfStream(value, raw), end: raw.byteOffset - this.bytes.byteOffset + raw.length }
    }
    throw new PdfError('An object is missing.')
  }

  #streamBytes(keywordEnd: number, dict: PdfDict, resolve: Resolve): Uint8Array {
    const { bytes } = this
    let start = keywordEnd
    if (bytes[start] === 13) start++
    if (bytes[start] === 10) start++
    const length = resolve(dict.get('Length'))
    if (typeof length === 'number' && Number.isInteger(length) && length >= 0 && start + length <= bytes.length) {
      const parser = new PdfParser(bytes, start + length)
      while (isWhiteSpace(bytes[parser.position])) parser.position++
      if (parser.takeKeyword('endstream')) return bytes.subarray(start, start + length)
    }
    return bytes.subarray(start, this.#findEndStream(start))
  }

  #findEndStream(start: number): number {
    const word = 'endstream'
    for (let position = start; ; position++) {
      position = this.bytes.indexOf(0x65, position)
      if (position < 0) throw new PdfError('A stream does not end.')
      let matched = 1
      while (matched < word.length && this.bytes[position + matched] === word.charCodeAt(matched)) matched++
      if (matched < word.length) continue
      this.#searchedBytes += position - start
      if (this.#searchedBytes > maxSearchedBytes) throw new PdfError('The file asks for too much work.')
      let end = position
      if (this.bytes[end - 1] === 10) end--
      if (this.bytes[end - 1] === 13) end--
      return Math.max(start, end)
    }
  }

  /** The objects of the object stream at a position, by number. */
  objectsInStream(offset: number, resolve: Resolve): Map<number, PdfValue> {
    const known = this.#objectStreams.get(offset)
    if (known) return known
    const { value: stream } = this.objectAt(offset, resolve)
    if (!(stream instanceof PdfStream)) throw new PdfError('An object stream is missing.')
    const decoded = this.decode(stream, resolve)
    const [count, first] = [resolve(stream.dict.get('N')), resolve(stream.dict.get('First'))]
    if (typeof count !== 'number' || typeof first !== 'number' || count > decoded.length) throw new PdfError('An object stream is damaged.')
    const objects = new Map<number, PdfValue>()
    const header = new PdfParser(decoded, 0, false)
    for (let index = 0; index < count; index++) {
      const number = header.takeInteger()
      const position = header.takeInteger()
      if (number === undefined || position === undefined) throw new PdfError('An object stream is damaged.')
      this.spend(10)
      const value = new PdfParser(decoded, first + position, false).parseValue()
      // an object stream holds no streams and no bare references
      if (!(value instanceof PdfRef)) objects.set(number, value)
    }
    this.#objectStreams.set(offset, objects)
    return objects
  }
}
