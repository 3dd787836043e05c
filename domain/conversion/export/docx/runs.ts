/** Runs of an exported Word document: text with its format, links, fields, tracked changes and comments. */
import {
  Bookmark,
  BuilderElement,
  DeletedTextRun,
  ExternalHyperlink,
  InsertedTextRun,
  type IRunOptions,
  type ParagraphChild,
  Tab,
  TextRun,
} from 'docx'
import type { JSONContent } from '@tiptap/core'
import { isListStyleId } from '../../../documents/richtext/list-styles.ts'
import { hasRightToLeft, readLevels } from '../direction.ts'
import type { Change, ExportModel, TextFormat, TextPiece } from '../export-model.ts'
import type { WordComments } from './comments.ts'

/** Text in one direction. */
interface Part {
  text: string
  rightToLeft: boolean
}
type Piece = TextPiece & { parts: Part[] }

/** Writes the runs of a document. */
export class RunWriter {
  readonly #comments: WordComments
  readonly #bookmarks: WordBookmarks
  #revision = 0

  constructor(paper: ExportModel, comments: WordComments) {
    this.#comments = comments
    this.#bookmarks = new WordBookmarks(paper.content)
  }

  /** The attributes of a tracked change. */
  stamp({ author, at }: Change): { id: number; author: string; date: string } {
    return { id: ++this.#revision, author, date: `${at.slice(0, 19)}Z` }
  }

  /** The children of a paragraph, in its bookmark where it has one. */
  paragraph(block: JSONContent, pieces: TextPiece[], rightToLeft: boolean): ParagraphChild[] {
    const runs = this.#runs(splitByDirection(pieces, rightToLeft))
    const id = this.#bookmarks.claim(block)
    return id ? [new Bookmark({ id, children: runs })] : runs
  }

  #runs(pieces: Piece[]): ParagraphChild[] {
    const made: ParagraphChild[] = []
    for (let place = 0; place < pieces.length; ) {
      const { link } = pieces[place] as Piece
      let end = place + 1
      while (link && pieces[end]?.link === link) end++
      const runs = pieces.slice(place, end).flatMap((piece) => this.#commented(piece))
      made.push(...(link ? [new ExternalHyperlink({ link, children: runs })] : runs))
      place = end
    }
    return made
  }

  #commented(piece: Piece): ParagraphChild[] {
    const before = this.#comments.begin(piece.threads)
    return [...before, ...this.#field(piece), ...this.#comments.end(piece.threads)]
  }

  /** A cross reference is a field, which Word can update. */
  #field(piece: Piece): ParagraphChild[] {
    const name = piece.reference && !piece.deleted ? this.#bookmarks.find(piece.reference.target) : undefined
    const runs = piece.parts.map((part) => this.#run(piece, part))
    if (!name) return runs
    const code = (...children: NonNullable<IRunOptions['children']>) => this.#tracked(piece, { ...readLook(piece), children })
    return [
      code(fieldMark('begin')),
      code(instruction(` REF ${name} ${fieldSwitches[piece.reference?.kind ?? ''] ?? ''}\\h `)),
      code(fieldMark('separate')),
      ...runs,
      code(fieldMark('end')),
    ]
  }

  #run(piece: Piece, { text, rightToLeft }: Part): ParagraphChild {
    const { formatted } = piece
    const words = text.includes('\t') ? { children: text.split(/(\t)/).map((part) => (part === '\t' ? new Tab() : part)) } : { text }
    return this.#tracked(piece, {
      ...(text === '\n' ? { break: 1 } : words),
      ...readLook(piece),
      ...(piece.missing && { highlight: 'yellow' as const }),
      ...(rightToLeft && { rightToLeft: true }),
      ...(formatted && { revision: { ...readLook(formatted.before), ...this.stamp(formatted.change) } }),
    })
  }

  /** Text that one person inserted and another deleted has both changes; only the deletion is shown. */
  #tracked({ inserted, deleted }: Piece, options: IRunOptions): ParagraphChild {
    if (deleted) return new DeletedTextRun({ ...options, ...this.stamp(deleted) })
    if (inserted) return new InsertedTextRun({ ...options, ...this.stamp(inserted) })
    return new TextRun(options)
  }
}

const readLook = (format: TextFormat): IRunOptions => ({
  ...(format.link ? { style: 'Hyperlink' } : format.code ? { style: 'CodeWords' } : {}),
  ...(format.bold && { bold: true }),
  ...(format.italic && { italics: true }),
  ...(format.underline && !format.link && { underline: {} }),
  ...(format.strike && { strike: true }),
  ...(format.superscript ? { superScript: true } : format.subscript && { subScript: true }),
})

/**
 * Switches of a REF field. `\n` is the number of the paragraph alone, `\w` with the numbers that contain it; `\r`, which is relative to the
 * place of the field, would change what the text says when Word updates it.
 */
const fieldSwitches: Record<string, string> = { number: '\\n ', fullNumber: '\\w ' }

const fieldMark = (type: 'begin' | 'separate' | 'end') =>
  new BuilderElement<{ type: string }>({ name: 'w:fldChar', attributes: { type: { key: 'w:fldCharType', value: type } } })
const instruction = (text: string) =>
  new BuilderElement<{ space: string }>({
    name: 'w:instrText',
    attributes: { space: { key: 'xml:space', value: 'preserve' } },
    children: [text as never],
  })

/** Splits text where its direction changes: Word takes the direction of a run from its properties. */
function splitByDirection(pieces: TextPiece[], rightToLeft: boolean): Piece[] {
  const text = pieces.map((piece) => piece.text).join('')
  if (!rightToLeft && !hasRightToLeft(text)) return pieces.map((piece) => ({ ...piece, parts: [{ text: piece.text, rightToLeft: false }] }))
  const levels = readLevels(text, rightToLeft)
  let place = 0
  return pieces.map((piece) => {
    const parts: Part[] = []
    for (const character of piece.text) {
      const odd = (levels[place] ?? 0) % 2 === 1
      place += character.length
      const last = parts.at(-1)
      if (last && (last.rightToLeft === odd || piece.reference)) last.text += character
      else parts.push({ text: character, rightToLeft: odd })
    }
    return { ...piece, parts }
  })
}

/** Names of bookmarks: Word takes letters, digits and `_`, at most 40, and each name once. */
class WordBookmarks {
  readonly #names = new Map<string, string>()
  readonly #claimed = new Set<string>()

  constructor(content: JSONContent) {
    const taken = new Set<string>()
    const walk = (part: JSONContent) => {
      const id: unknown = part.attrs?.bookmark
      if (isListStyleId(id) && !this.#names.has(id)) {
        let name = /^[A-Za-z_]\w{0,39}$/.test(id) ? id : `_Ref${this.#names.size + 1}`
        while (taken.has(name.toLowerCase())) name = `_Ref${taken.size + 1}_${this.#names.size}`
        taken.add(name.toLowerCase())
        this.#names.set(id, name)
      }
      for (const child of part.content ?? []) walk(child)
    }
    walk(content)
  }

  /** The name for a paragraph's own bookmark; undefined where it has none, or another paragraph has it already. */
  claim(block: JSONContent): string | undefined {
    const id: unknown = block.attrs?.bookmark
    if (!isListStyleId(id) || this.#claimed.has(id)) return undefined
    this.#claimed.add(id)
    return this.#names.get(id)
  }

  find(id: string): string | undefined {
    return this.#names.get(id)
  }
}
