/** Renders an export as a Word document (Office Open XML). Changes become tracked changes, which Word can accept and reject. */
import type { JSONContent } from '@tiptap/core'
import {
  AlignmentType,
  BorderStyle,
  DeletedTextRun,
  Document,
  ExternalHyperlink,
  Footer,
  HeadingLevel,
  type ILevelsOptions,
  InsertedTextRun,
  type IParagraphOptions,
  type IRunOptions,
  LevelFormat,
  Packer,
  PageNumber,
  Paragraph,
  type ParagraphChild,
  Tab,
  Table,
  TableCell,
  TableRow,
  TextRun,
} from 'docx'
import { styles } from './docx-styles.ts'
import {
  type BlockChange,
  type Change,
  readBlockChange,
  layOutTable,
  type ExportModel,
  type TextPiece,
  readPieces,
  unchanged,
} from './export-model.ts'

/** Width between the margins of an A4 page, twentieths of a point. */
const pageWidth = 9026
/** Indent of one level of a list or a quotation. */
const step = 420
/** Word supports nine list levels. */
const maxListLevel = 8
const headings = [HeadingLevel.HEADING_1, HeadingLevel.HEADING_2, HeadingLevel.HEADING_3]

type Block = Paragraph | Table

const line = { style: BorderStyle.SINGLE, size: 4, color: 'CED4DA' }
const thin = { top: line, bottom: line, left: line, right: line, insideHorizontal: line, insideVertical: line }

/** The context of a block: the suggestion around it, its indent, and its list item. */
interface BlockPlace {
  change: BlockChange
  indent: number
  depth: number
  quoted: boolean
  item?: { reference: string; level: number } | undefined
  head?: boolean
  cell?: boolean
  /** After a table, which has no space of its own below it. */
  below?: boolean
}

class DocxBuilder {
  readonly numbering: { reference: string; levels: ILevelsOptions[] }[] = [{ reference: 'bullets', levels: bullets }]
  readonly #paper: ExportModel
  #revision = 0

  constructor(paper: ExportModel) {
    this.#paper = paper
  }

  blocks(parts: JSONContent[] | undefined, place: BlockPlace): Block[] {
    const made: Block[] = []
    for (const part of parts ?? []) {
      const below = made.length === 0 ? place.below === true : made.at(-1) instanceof Table
      for (const block of this.#block(part, { ...place, below, change: readBlockChange(part, this.#paper, place.change) })) {
        // Word would merge two adjacent tables
        if (block instanceof Table && made.at(-1) instanceof Table) made.push(new Paragraph({}))
        made.push(block)
      }
      place = { ...place, item: undefined }
    }
    return made
  }

  #block(part: JSONContent, place: BlockPlace): Block[] {
    switch (part.type) {
      case 'heading':
        return [this.#paragraph(part, place, { heading: headings[Number(part.attrs?.level) - 1] ?? HeadingLevel.HEADING_3 })]
      case 'codeBlock':
        return [this.#paragraph(part, place, { style: 'CodeBlock' })]
      case 'horizontalRule':
        return [new Paragraph({ thematicBreak: true, ...this.#mark(place.change) })]
      case 'blockquote':
        return this.blocks(part.content, { ...place, quoted: true })
      case 'bulletList':
      case 'orderedList':
        return this.#list(part, place)
      case 'table':
        return [this.#table(part, place)]
      default:
        return [this.#paragraph(part, place, {})]
    }
  }

  #list(part: JSONContent, place: BlockPlace): Block[] {
    const level = Math.min(place.depth, maxListLevel)
    let reference = 'bullets'
    if (part.type === 'orderedList') {
      reference = `numbers-${this.numbering.length}`
      this.numbering.push({ reference, levels: numbers(level, Number(part.attrs?.start ?? 1)) })
    }
    const inner = { ...place, depth: place.depth + 1, indent: place.indent + step }
    return (part.content ?? []).flatMap((item, at) =>
      this.blocks(item.content, {
        ...inner,
        below: at === 0 && place.below === true,
        item: { reference, level },
        change: readBlockChange(item, this.#paper, place.change),
      }),
    )
  }

  #table(part: JSONContent, place: BlockPlace): Table {
    const { rows, columns } = layOutTable(part)
    const width = Math.max(2000, pageWidth - place.indent)
    return new Table({
      width: { size: width, type: 'dxa' },
      borders: thin,
      columnWidths: Array.from({ length: columns }, () => Math.floor(width / columns)),
      ...(place.indent > 0 && { indent: { size: place.indent, type: 'dxa' } }),
      rows: rows.map(({ block, cells }) => {
        const change = readBlockChange(block, this.#paper, place.change)
        return new TableRow({
          ...this.#revisions(change),
          ...(block === rows[0]?.block && cells.every(({ head }) => head) && { tableHeader: true }),
          children: cells.map(({ block: cell, head, columns: columnSpan, rows: rowSpan }) => {
            const inner = this.blocks(cell.content, { change, indent: 0, depth: 0, quoted: false, head, cell: true })
            if (!(inner.at(-1) instanceof Paragraph)) inner.push(new Paragraph({}))
            const margins = { top: 60, bottom: 60, left: 100, right: 100 }
            return new TableCell({ columnSpan, rowSpan, margins, children: inner, ...(head && { shading: { fill: 'F1F3F5' } }) })
          }),
        })
      }),
    })
  }

  #paragraph(part: JSONContent, place: BlockPlace, more: IParagraphOptions): Paragraph {
    const { change, item, indent, quoted, head, cell } = place
    const children = this.#runs(readPieces(part, this.#paper, change))
    return new Paragraph({
      ...(head ? { style: 'TableHead' } : quoted ? { style: 'Quote' } : cell && { style: 'TableText' }),
      ...(item ? { numbering: item } : indent + (quoted ? step : 0) > 0 && { indent: { left: indent + (quoted ? step : 0) } }),
      ...more,
      ...(place.below && !more.heading && { spacing: { before: 200 } }),
      ...this.#mark(change),
      children,
    })
  }

  /** A paragraph's end is tracked, too; otherwise accepting the change would leave an empty paragraph. */
  #mark(change: BlockChange): IParagraphOptions {
    return change.inserted || change.deleted ? { run: this.#revisions(change) } : {}
  }

  #revisions({ inserted, deleted }: BlockChange) {
    return { ...(inserted && { insertion: this.#stamp(inserted) }), ...(deleted && { deletion: this.#stamp(deleted) }) }
  }

  #stamp({ author, at }: Change) {
    return { id: ++this.#revision, author, date: `${at.slice(0, 19)}Z` }
  }

  #runs(pieces: TextPiece[]): ParagraphChild[] {
    const made: ParagraphChild[] = []
    for (let place = 0; place < pieces.length; ) {
      const { link } = pieces[place] as TextPiece
      let end = place + 1
      while (link && pieces[end]?.link === link) end++
      const runs = pieces.slice(place, end).map((piece) => this.#run(piece))
      made.push(...(link ? [new ExternalHyperlink({ link, children: runs })] : runs))
      place = end
    }
    return made
  }

  #run(piece: TextPiece): ParagraphChild {
    const options: IRunOptions = {
      ...(piece.text === '\n' ? { break: 1 } : piece.text.includes('\t') ? { children: tabbed(piece.text) } : { text: piece.text }),
      ...(piece.bold && { bold: true }),
      ...(piece.italic && { italics: true }),
      ...(piece.underline && !piece.link && { underline: {} }),
      ...(piece.strike && { strike: true }),
      ...(piece.link ? { style: 'Hyperlink' } : piece.code ? { style: 'CodeWords' } : {}),
      ...(piece.missing && { highlight: 'yellow' as const }),
    }
    // text that one person inserted and another deleted has both; only the deletion is shown
    if (piece.deleted) return new DeletedTextRun({ ...options, ...this.#stamp(piece.deleted) })
    if (piece.inserted) return new InsertedTextRun({ ...options, ...this.#stamp(piece.inserted) })
    return new TextRun(options)
  }
}

const tabbed = (text: string) => text.split(/(\t)/).map((part) => (part === '\t' ? new Tab() : part))

const level = (at: number, format: ILevelsOptions['format'], text: string, start = 1): ILevelsOptions => ({
  level: at,
  format: format ?? LevelFormat.DECIMAL,
  text,
  start,
  alignment: AlignmentType.LEFT,
  style: { paragraph: { indent: { left: step * (at + 1), hanging: 300 } } },
})
const every = Array.from({ length: maxListLevel + 1 }, (_, at) => at)
const bullets = every.map((at) => level(at, LevelFormat.BULLET, ['•', '◦', '▪'][at % 3] as string))
const numbers = (from: number, start: number) => every.map((at) => level(at, LevelFormat.DECIMAL, `%${at + 1}.`, at === from ? start : 1))

/** @returns the bytes of a `.docx` */
export async function renderDocx(paper: ExportModel): Promise<Uint8Array> {
  const builder = new DocxBuilder(paper)
  const children = builder.blocks(paper.content.content, { change: unchanged, indent: 0, depth: 0, quoted: false })
  if (!(children.at(-1) instanceof Paragraph)) children.push(new Paragraph({}))
  const document = new Document({
    title: paper.title,
    creator: 'SmartStart',
    styles,
    numbering: { config: builder.numbering },
    sections: [
      {
        properties: { page: { size: { width: 11906, height: 16838 } } },
        footers: { default: createFooter(paper.title) },
        children,
      },
    ],
  })
  return new Uint8Array(await Packer.toArrayBuffer(document))
}

/** A footer with the title, the page number and the number of pages. */
function createFooter(title: string): Footer {
  const gray = { size: 17, color: '868E96' }
  return new Footer({
    children: [
      new Paragraph({
        alignment: AlignmentType.CENTER,
        children: [
          new TextRun({ text: `${title}  ·  `, ...gray }),
          new TextRun({ children: [PageNumber.CURRENT, ' / ', PageNumber.TOTAL_PAGES], ...gray }),
        ],
      }),
    ],
  })
}
