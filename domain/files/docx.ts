/** A paper as a Word document (Office Open XML). Changes become tracked changes, which Word accepts and rejects itself. */
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
  LineRuleType,
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
import { type BlockChange, type Change, changeOf, gridOf, type Paper, type Piece, piecesOf, unchanged } from './paper.ts'

/** Width between the margins of an A4 page, twentieths of a point. */
const pageWidth = 9026
/** One step of a list or a quotation. */
const step = 420
/** Word knows nine levels of a list. */
const deepest = 8
const mono = 'Consolas'
const headings = [HeadingLevel.HEADING_1, HeadingLevel.HEADING_2, HeadingLevel.HEADING_3]

type Block = Paragraph | Table

const line = { style: BorderStyle.SINGLE, size: 4, color: 'CED4DA' }
const thin = { top: line, bottom: line, left: line, right: line, insideHorizontal: line, insideVertical: line }

/** Where a block stands: what is suggested around it, how far in, and whose item it begins. */
interface Place {
  change: BlockChange
  indent: number
  depth: number
  quoted: boolean
  item?: { reference: string; level: number } | undefined
  head?: boolean
  cell?: boolean
  /** Behind a table, which has no room of its own below it. */
  below?: boolean
}

class Mapping {
  readonly numbering: { reference: string; levels: ILevelsOptions[] }[] = [{ reference: 'bullets', levels: bullets }]
  readonly #paper: Paper
  #revision = 0

  constructor(paper: Paper) {
    this.#paper = paper
  }

  blocks(parts: JSONContent[] | undefined, place: Place): Block[] {
    const made: Block[] = []
    for (const part of parts ?? []) {
      const below = made.length === 0 ? place.below === true : made.at(-1) instanceof Table
      for (const block of this.#block(part, { ...place, below, change: changeOf(part, this.#paper, place.change) })) {
        // Word would make one of two tables that touch
        if (block instanceof Table && made.at(-1) instanceof Table) made.push(new Paragraph({}))
        made.push(block)
      }
      place = { ...place, item: undefined }
    }
    return made
  }

  #block(part: JSONContent, place: Place): Block[] {
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

  #list(part: JSONContent, place: Place): Block[] {
    const level = Math.min(place.depth, deepest)
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
        change: changeOf(item, this.#paper, place.change),
      }),
    )
  }

  #table(part: JSONContent, place: Place): Table {
    const { rows, columns } = gridOf(part)
    const width = Math.max(2000, pageWidth - place.indent)
    return new Table({
      width: { size: width, type: 'dxa' },
      borders: thin,
      columnWidths: Array.from({ length: columns }, () => Math.floor(width / columns)),
      ...(place.indent > 0 && { indent: { size: place.indent, type: 'dxa' } }),
      rows: rows.map(({ block, cells }) => {
        const change = changeOf(block, this.#paper, place.change)
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

  #paragraph(part: JSONContent, place: Place, more: IParagraphOptions): Paragraph {
    const { change, item, indent, quoted, head, cell } = place
    const children = this.#runs(piecesOf(part, this.#paper, change))
    return new Paragraph({
      ...(head ? { style: 'TableHead' } : quoted ? { style: 'Quote' } : cell && { style: 'TableText' }),
      ...(item ? { numbering: item } : indent + (quoted ? step : 0) > 0 && { indent: { left: indent + (quoted ? step : 0) } }),
      ...more,
      ...(place.below && !more.heading && { spacing: { before: 200 } }),
      ...this.#mark(change),
      children,
    })
  }

  /** A paragraph's own end is tracked too, else accepting the change would leave an empty one. */
  #mark(change: BlockChange): IParagraphOptions {
    return change.inserted || change.deleted ? { run: this.#revisions(change) } : {}
  }

  #revisions({ inserted, deleted }: BlockChange) {
    return { ...(inserted && { insertion: this.#stamp(inserted) }), ...(deleted && { deletion: this.#stamp(deleted) }) }
  }

  #stamp({ author, at }: Change) {
    return { id: ++this.#revision, author, date: `${at.slice(0, 19)}Z` }
  }

  #runs(pieces: Piece[]): ParagraphChild[] {
    const made: ParagraphChild[] = []
    for (let place = 0; place < pieces.length; ) {
      const { link } = pieces[place] as Piece
      let end = place + 1
      while (link && pieces[end]?.link === link) end++
      const runs = pieces.slice(place, end).map((piece) => this.#run(piece))
      made.push(...(link ? [new ExternalHyperlink({ link, children: runs })] : runs))
      place = end
    }
    return made
  }

  #run(piece: Piece): ParagraphChild {
    const options: IRunOptions = {
      ...(piece.text === '\n' ? { break: 1 } : piece.text.includes('\t') ? { children: tabbed(piece.text) } : { text: piece.text }),
      ...(piece.bold && { bold: true }),
      ...(piece.italic && { italics: true }),
      ...(piece.underline && !piece.link && { underline: {} }),
      ...(piece.strike && { strike: true }),
      ...(piece.link ? { style: 'Hyperlink' } : piece.code ? { style: 'CodeWords' } : {}),
      ...(piece.missing && { highlight: 'yellow' as const }),
    }
    // what somebody suggested and somebody else struck is both; the striking is what is to be decided
    if (piece.deleted) return new DeletedTextRun({ ...options, ...this.#stamp(piece.deleted) }) as never
    if (piece.inserted) return new InsertedTextRun({ ...options, ...this.#stamp(piece.inserted) }) as never
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
const every = Array.from({ length: deepest + 1 }, (_, at) => at)
const bullets = every.map((at) => level(at, LevelFormat.BULLET, ['•', '◦', '▪'][at % 3] as string))
const numbers = (from: number, start: number) => every.map((at) => level(at, LevelFormat.DECIMAL, `%${at + 1}.`, at === from ? start : 1))

/** @returns the bytes of a `.docx` */
export async function docxOf(paper: Paper): Promise<Uint8Array> {
  const mapping = new Mapping(paper)
  const children = mapping.blocks(paper.content.content, { change: unchanged, indent: 0, depth: 0, quoted: false })
  if (!(children.at(-1) instanceof Paragraph)) children.push(new Paragraph({}))
  const heading = (size: number, before: number) => ({
    run: { size, bold: true, color: '1A1B1E' },
    paragraph: { spacing: { before, after: 120 }, keepNext: true },
  })
  const gray = { size: 17, color: '868E96' }
  const document = new Document({
    title: paper.title,
    creator: 'SmartStart',
    styles: {
      default: {
        document: { run: { font: 'Calibri', size: 22 }, paragraph: { spacing: { after: 120, line: 276, lineRule: LineRuleType.AUTO } } },
        heading1: heading(34, 360),
        heading2: heading(28, 300),
        heading3: heading(24, 240),
        hyperlink: { run: { color: '1C6DD0', underline: {} } },
      },
      paragraphStyles: [
        {
          id: 'Quote',
          name: 'Quote',
          basedOn: 'Normal',
          run: { italics: true, color: '495057' },
          paragraph: { border: { left: { style: BorderStyle.SINGLE, size: 12, color: 'CED4DA', space: 10 } } },
        },
        { id: 'TableText', name: 'Table Text', basedOn: 'Normal', paragraph: { spacing: { after: 40 } } },
        { id: 'TableHead', name: 'Table Head', basedOn: 'TableText', run: { bold: true } },
        {
          id: 'CodeBlock',
          name: 'Code Block',
          basedOn: 'Normal',
          run: { font: mono, size: 19 },
          paragraph: { spacing: { line: 250, lineRule: LineRuleType.AUTO }, shading: { fill: 'F1F3F5' } as never },
        },
      ],
      characterStyles: [{ id: 'CodeWords', name: 'Code Words', run: { font: mono, size: 20, shading: { fill: 'F1F3F5' } as never } }],
    },
    numbering: { config: mapping.numbering },
    sections: [
      {
        properties: { page: { size: { width: 11906, height: 16838 } } },
        footers: {
          default: new Footer({
            children: [
              new Paragraph({
                alignment: AlignmentType.CENTER,
                children: [
                  new TextRun({ text: `${paper.title}  ·  `, ...gray }),
                  new TextRun({ children: [PageNumber.CURRENT, ' / ', PageNumber.TOTAL_PAGES], ...gray }),
                ],
              }),
            ],
          }),
        },
        children,
      },
    ],
  })
  return new Uint8Array(await Packer.toArrayBuffer(document))
}
