/** Renders an export as a Word document (Office Open XML). Changes become tracked changes, which Word can accept and reject. */
import type { JSONContent } from '@tiptap/core'
import {
  AlignmentType,
  BorderStyle,
  CheckBox,
  Document,
  Footer,
  HeadingLevel,
  type IParagraphOptions,
  Packer,
  PageNumber,
  Paragraph,
  type ParagraphChild,
  Tab,
  Table,
  TableCell,
  TableLayoutType,
  TableRow,
  TextRun,
} from 'docx'
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import { isRightToLeft } from '../direction.ts'
import {
  type BlockChange,
  readBlockChange,
  layOutTable,
  type ExportModel,
  readNumber,
  readPieces,
  readTypeChange,
  type TypeChange,
  unchanged,
} from '../export-model.ts'
import { WordComments } from './comments.ts'
import { clauseIndent, type ListReference, listStep, resolveListIds, WordLists } from './numbering.ts'
import { RunWriter } from './runs.ts'
import { styles } from './styles.ts'

/** Width between the margins of an A4 page, twentieths of a point. */
const pageWidth = 9026
/** Space between the sides of a cell and its text. */
const cellMargin = 100
/** The narrowest column: narrower, no letter fits. */
const minColumnWidth = 200
/** Word supports nine list levels. */
const maxListLevel = 8
const headings = Object.values(HeadingLevel).filter((level) => level.startsWith('Heading'))

type Block = Paragraph | Table

const line = { style: BorderStyle.SINGLE, size: 4, color: 'CED4DA' }
const thin = { top: line, bottom: line, left: line, right: line, insideHorizontal: line, insideVertical: line }

/** The context of a block: the suggestion around it, its indent, and its list item. */
interface BlockPlace {
  change: BlockChange
  indent: number
  /** Width of the page or cell around it. */
  width: number
  /** How many lists are around it. */
  depth: number
  quoted: boolean
  /** Set for the first block of a list item: its list, or the state of its task. */
  item?: ListReference | undefined
  task?: { checked: boolean } | undefined
  head?: boolean
  cell?: boolean
  /** After a table, which has no space of its own below it. */
  below?: boolean
}

const page: BlockPlace = { change: unchanged, indent: 0, width: pageWidth, depth: 0, quoted: false }

class DocxBuilder {
  readonly lists: WordLists
  readonly comments: WordComments
  readonly #paper: ExportModel
  readonly #runs: RunWriter

  constructor(paper: ExportModel) {
    this.#paper = paper
    this.lists = new WordLists(paper.listStyles)
    this.comments = new WordComments(paper)
    this.#runs = new RunWriter(paper, this.comments)
  }

  /** The blocks of the whole text. */
  document(): Block[] {
    const whole = this.comments.whole()
    const children = this.blocks(this.#paper.content.content, page)
    const rest = this.comments.rest()
    if (rest.length > 0 || !(children.at(-1) instanceof Paragraph)) children.push(new Paragraph({ children: rest }))
    return whole.length > 0 ? [new Paragraph({ children: whole }), ...children] : children
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
      place = { ...place, item: undefined, task: undefined }
    }
    return made
  }

  #block(part: JSONContent, place: BlockPlace): Block[] {
    switch (part.type) {
      case 'horizontalRule':
        return [new Paragraph({ thematicBreak: true, ...this.#mark(place.change) })]
      case 'blockquote':
        return this.blocks(part.content, { ...place, quoted: true })
      case 'bulletList':
      case 'orderedList':
      case 'taskList':
        return this.#list(part, place)
      case 'table':
        return [this.#table(part, place)]
      default:
        return [this.#paragraph(part, place)]
    }
  }

  #list(part: JSONContent, place: BlockPlace): Block[] {
    const level = Math.min(place.depth, maxListLevel)
    const item =
      part.type === 'orderedList'
        ? this.lists.ordered(level, Number(part.attrs?.start ?? 1))
        : part.type === 'bulletList'
          ? this.lists.bullets(level)
          : undefined
    const inner = { ...place, depth: place.depth + 1, indent: place.indent + listStep }
    return (part.content ?? []).flatMap((one, at) =>
      this.blocks(one.content, {
        ...inner,
        below: at === 0 && place.below === true,
        item,
        task: item ? undefined : { checked: one.attrs?.checked === true },
        change: readBlockChange(one, this.#paper, place.change),
      }),
    )
  }

  #table(part: JSONContent, place: BlockPlace): Table {
    const { rows, columns } = layOutTable(part)
    const width = Math.max(minColumnWidth, place.width - place.indent)
    const column = Math.max(minColumnWidth, Math.floor(width / columns))
    return new Table({
      width: { size: column * columns, type: 'dxa' },
      layout: TableLayoutType.FIXED,
      borders: thin,
      columnWidths: Array.from({ length: columns }, () => column),
      ...(place.indent > 0 && { indent: { size: place.indent, type: 'dxa' } }),
      rows: rows.map(({ block, cells }) => {
        const change = readBlockChange(block, this.#paper, place.change)
        return new TableRow({
          ...this.#revisions(change),
          ...(block === rows[0]?.block && cells.every(({ head }) => head) && { tableHeader: true }),
          children: cells.map(({ block: cell, head, columns: columnSpan, rows: rowSpan }) => {
            const cellChange = readBlockChange(cell, this.#paper, change)
            const inside = { ...page, width: column * columnSpan - 2 * cellMargin, change: cellChange, head, cell: true }
            const inner = this.blocks(cell.content, inside)
            if (!(inner.at(-1) instanceof Paragraph)) inner.push(new Paragraph({}))
            return new TableCell({
              columnSpan,
              rowSpan,
              width: { size: column * columnSpan, type: 'dxa' },
              margins: { top: 60, bottom: 60, left: cellMargin, right: cellMargin },
              children: inner,
              ...(head && { shading: { fill: 'F1F3F5' } }),
            })
          }),
        })
      }),
    })
  }

  #paragraph(part: JSONContent, place: BlockPlace): Paragraph {
    const { change, task, head, quoted, cell } = place
    const pieces = readPieces(part, this.#paper, change)
    const rightToLeft = isRightToLeft(part, pieces.map(({ text }) => text).join(''))
    const children = this.#runs.paragraph(part, pieces, rightToLeft)
    const changed = readTypeChange(part, this.#paper)
    return new Paragraph({
      ...(head ? { style: 'TableHead' } : quoted ? { style: 'Quote' } : cell && { style: 'TableText' }),
      ...this.#position(part, place),
      ...readStyle(part),
      ...(place.below && part.type === 'paragraph' && { spacing: { before: 200 } }),
      ...(rightToLeft && { bidirectional: true }),
      ...this.#mark(change),
      ...(changed && { revision: { ...this.#former(changed.was), ...this.#runs.stamp(changed.change) } }),
      children: task ? [...createTaskBox(task.checked), ...children] : children,
    })
  }

  /** The style and the number that a paragraph had before a suggested change. */
  #former(was: TypeChange['was']): IParagraphOptions {
    const numbering = this.lists.former(was.attrs)
    return { ...readStyle(was), ...(numbering && { numbering: { ...numbering, custom: true } }) }
  }

  /** The list and the indent of a paragraph. */
  #position(part: JSONContent, { item, task, indent, quoted }: BlockPlace): IParagraphOptions {
    const left = indent + (quoted ? listStep : 0)
    const numbered = this.lists.numbered(part)
    // a style of its own would hide the indent of the list
    if (numbered) {
      const text = left + clauseIndent(readNumber(part)?.indent ?? 0)
      return { numbering: { ...numbered, custom: true }, ...(left > 0 && { indent: { left: text, hanging: clauseIndent(0) } }) }
    }
    if (item) return { numbering: item }
    if (task) return { indent: { left, hanging: 300 } }
    return left > 0 ? { indent: { left } } : {}
  }

  /** A paragraph's end is tracked, too; otherwise accepting the change would leave an empty paragraph. */
  #mark(change: BlockChange): IParagraphOptions {
    return change.inserted || change.deleted ? { run: this.#revisions(change) } : {}
  }

  #revisions({ inserted, deleted }: BlockChange) {
    return {
      ...(inserted && { insertion: this.#runs.stamp(inserted) }),
      ...(deleted && { deletion: this.#runs.stamp(deleted) }),
    }
  }
}

/** The style of a kind of block. */
function readStyle({ type, attrs }: { type?: string; attrs?: Record<string, unknown> | undefined }): IParagraphOptions {
  if (type === 'codeBlock') return { style: 'CodeBlock' }
  const heading = type === 'heading' ? headings[Number(attrs?.level) - 1] : undefined
  return heading ? { heading } : {}
}

const boxFont = 'Segoe UI Symbol'

/** A check box that can be ticked in Word. */
const createTaskBox = (checked: boolean): ParagraphChild[] => [
  new CheckBox({ checked, checkedState: { value: '2611', font: boxFont }, uncheckedState: { value: '2610', font: boxFont } }),
  new TextRun({ children: [new Tab()] }),
]

/** @returns the bytes of a `.docx` */
export async function renderDocx(paper: ExportModel): Promise<Uint8Array> {
  const builder = new DocxBuilder(paper)
  const children = builder.document()
  const document = new Document({
    title: paper.title,
    creator: 'SmartStart',
    styles,
    numbering: { config: [] },
    ...(builder.comments.options.length > 0 && { comments: { children: builder.comments.options } }),
    sections: [
      {
        properties: { page: { size: { width: 11906, height: 16838 } } },
        footers: { default: createFooter(paper.title) },
        children,
      },
    ],
  })
  const parts = unzipSync(new Uint8Array(await Packer.toArrayBuffer(document)))
  parts['word/numbering.xml'] = strToU8(builder.lists.toXml())
  parts['word/document.xml'] = strToU8(resolveListIds(strFromU8(parts['word/document.xml'] as Uint8Array)))
  return zipSync(parts)
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
