/** A state of a document: what a reader sees when the file ends at a certain byte. */
import type { PdfFile } from './file.ts'
import { PdfDict, PdfError, PdfRef, PdfStream, type PdfValue } from './objects.ts'
import type { XrefEntry, XrefSection } from './xref.ts'

/** References to references. */
const maxReferences = 32

export class PdfDocument {
  readonly file: PdfFile
  readonly trailer: PdfDict
  /** Where the trailing `%%EOF` of this state ends. */
  readonly end: number
  /** Whether this state ends with `%%EOF`. */
  readonly isComplete: boolean
  /** Positions of the cross-reference sections, oldest first: one for each revision. */
  readonly revisions: number[]
  readonly #entries = new Map<number, { entry: XrefEntry; revision: number }>()
  /** Objects behind it do not belong to this state. */
  readonly #limit: number
  /** Object streams that are being read: one that contains itself must not be followed. */
  readonly #opening = new Set<number>()

  /** Reads the state of the file that ends at `end`. @throws PdfError where it has none */
  constructor(file: PdfFile, end = file.bytes.length) {
    this.file = file
    this.#limit = end
    const read = file.readSections(end)
    this.end = read.end
    this.isComplete = read.isComplete
    this.revisions = read.sections.map(([section]) => (section as XrefSection).offset).reverse()
    const newest = read.sections[0]?.[0]
    if (!newest) throw new PdfError('The file has no trailer.')
    this.trailer = newest.trailer
    read.sections.forEach((sections, index) => this.#addSections(sections, read.sections.length - index))
  }

  #addSections([table, hybrid]: XrefSection[], revision: number): void {
    for (const [number, entry] of table?.entries ?? []) {
      // objects that the stream of a hybrid file adds are free in its table
      const shown = entry.kind === 'free' ? (hybrid?.entries.get(number) ?? entry) : entry
      if (!this.#entries.has(number)) this.#entries.set(number, { entry: shown, revision })
    }
    for (const [number, entry] of hybrid?.entries ?? []) if (!this.#entries.has(number)) this.#entries.set(number, { entry, revision })
    this.file.spend((table?.entries.size ?? 0) + 1)
  }

  /** The revision in which an object was last written, counted from 1; undefined where it does not exist. */
  revisionOf(number: number): number | undefined {
    return this.#entries.get(number)?.revision
  }

  /** Where an object stands. Two states that say the same for a number share the object. */
  locationOf(number: number): string | undefined {
    const entry = this.#entries.get(number)?.entry
    if (entry?.kind === 'offset') return entry.offset < this.#limit ? `${entry.offset}` : undefined
    if (entry?.kind !== 'compressed') return undefined
    const stream = this.#entries.get(entry.stream)?.entry
    return stream?.kind === 'offset' && stream.offset < this.#limit ? `${stream.offset}/${number}` : undefined
  }

  /** The object of a number; null where it is free or missing. @throws PdfError where it is damaged */
  get(number: number): PdfValue {
    const entry = this.#entries.get(number)?.entry
    if (entry === undefined || entry.kind === 'free') return null
    this.file.spend()
    if (entry.kind === 'offset') {
      if (entry.offset >= this.#limit) return null
      const object = this.file.objectAt(entry.offset, this.#resolveLength)
      return object.number === number && object.end <= this.#limit ? object.value : null
    }
    const stream = this.#entries.get(entry.stream)?.entry
    if (stream?.kind !== 'offset' || this.file.objectAt(stream.offset, this.#resolveLength).end > this.#limit) return null
    if (this.#opening.has(entry.stream)) throw new PdfError('An object stream contains itself.')
    this.#opening.add(entry.stream)
    try {
      return this.file.objectsInStream(stream.offset, this.#resolveLength).get(number) ?? null
    } finally {
      this.#opening.delete(entry.stream)
    }
  }

  /** Lengths of streams are numbers: what else they refer to is not followed, so that reading a stream never begins another. */
  readonly #resolveLength = (value: PdfValue): PdfValue => {
    if (!(value instanceof PdfRef)) return value
    const entry = this.#entries.get(value.number)?.entry
    if (entry?.kind === 'compressed') return this.get(value.number)
    if (entry?.kind !== 'offset') return null
    const object = this.file.objectAt(entry.offset, () => null)
    return object.number === value.number && !(object.value instanceof PdfStream) ? object.value : null
  }

  /** Follows references. */
  readonly resolve = (value: PdfValue): PdfValue => {
    let current = value
    for (let count = 0; current instanceof PdfRef; count++) {
      if (count > maxReferences) throw new PdfError('References form a circle.')
      current = this.get(current.number)
    }
    return current
  }

  /** The dictionary that a value is or refers to; that of a stream too. */
  dictOf(value: PdfValue): PdfDict | undefined {
    const found = this.resolve(value)
    return found instanceof PdfDict ? found : found instanceof PdfStream ? found.dict : undefined
  }

  /** The value of a key, followed. */
  read(dict: PdfDict | undefined, key: string): PdfValue {
    return dict ? this.resolve(dict.get(key)) : null
  }

  /** The items of an array, as they are written. */
  itemsOf(value: PdfValue): PdfValue[] {
    const found = this.resolve(value)
    return Array.isArray(found) ? found : []
  }

  /** The catalog. @throws PdfError where there is none */
  get catalog(): PdfDict {
    const catalog = this.resolve(this.trailer.get('Root'))
    if (!(catalog instanceof PdfDict)) throw new PdfError('The file has no catalog.')
    return catalog
  }
}
