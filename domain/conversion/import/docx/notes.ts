/** Footnotes and endnotes, as a numbered list at the end of the text. */
import type { WordPackage } from './package/package.ts'
import { childrenOf, type XmlElement } from './package/xml.ts'

type NoteKind = 'footnote' | 'endnote'

/** A note that the text refers to. */
export interface Note {
  /** The part that holds it. */
  part: string
  element: XmlElement
}

/** The notes of a document in the order of their references. */
export class Notes {
  readonly #sources: Record<NoteKind, { part: string; elements: Map<string, XmlElement> }>
  readonly #numbers = new Map<string, number>()
  readonly referenced: Note[] = []

  constructor(file: WordPackage) {
    const source = (kind: NoteKind) => {
      const found = file.related(`${kind}s`)
      const elements = childrenOf(found?.root, `w:${kind}`).map((element) => [element.attributes['w:id'] ?? '', element] as const)
      return { part: found?.name ?? '', elements: new Map(elements) }
    }
    this.#sources = { footnote: source('footnote'), endnote: source('endnote') }
  }

  /** The number of a note that the text refers to; undefined where the file has no such note. */
  refer(kind: NoteKind, id: string): number | undefined {
    const key = `${kind} ${id}`
    const known = this.#numbers.get(key)
    if (known !== undefined) return known
    const { part, elements } = this.#sources[kind]
    const element = elements.get(id)
    if (!element) return undefined
    const number = this.referenced.push({ part, element })
    this.#numbers.set(key, number)
    return number
  }
}
