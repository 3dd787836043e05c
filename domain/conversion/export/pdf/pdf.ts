/** Renders an export as a PDF: tagged, with bookmarks and page numbers. It loads no URL, and no file except the fonts. */
import { createRequire } from 'node:module'
import type { JSONContent } from '@tiptap/core'
import type { Content, ContentTable, ContentText, TableCell, TDocumentDefinitions } from 'pdfmake/interfaces.js'
import { dejaVu, FontCoverage } from './font-coverage.ts'
import {
  type BlockChange,
  readBlockChange,
  layOutTable,
  type ExportModel,
  type TextPiece,
  readNumber,
  readPieces,
  unchanged,
} from '../export-model.ts'
import { UnreadableFileError } from '../../unreadable-file.ts'

const require = createRequire(import.meta.url)

/** Maximum nesting of blocks: deeper, a page has no width left. */
const maxBlockDepth = 12
const headingStyles = [
  { fontSize: 19, margin: [0, 16, 0, 6] },
  { fontSize: 15, margin: [0, 13, 0, 5] },
  { fontSize: 12.5, margin: [0, 10, 0, 4] },
  { fontSize: 11.5, margin: [0, 9, 0, 4] },
  { fontSize: 10.5, italics: true, margin: [0, 8, 0, 3] },
  { fontSize: 10.5, italics: true, color: '#495057', margin: [0, 8, 0, 3] },
] as const
/** Between the margins of an A4 page, points. */
const pageWidth = 595.28 - 2 * 72
/** The lowest position of a heading on a page, as a share of the height between the margins. */
const maxHeadingPosition = 0.92
/** Width of a list marker, a quotation bar, and the sides of a cell. */
const [signWidth, barWidth, cellSides] = [18, 18, 9]
/** Width of the number of a numbered paragraph. */
const clauseWidth = 30
const orderedTypes = ['decimal', 'lower-alpha', 'lower-roman']
const green = '#2b8a3e'
const red = '#c92a2a'

interface BlockPlace {
  change: BlockChange
  depth: number
  /** How many ordered lists are around it. */
  ordered: number
  /** Remaining width, points. */
  width: number
  /** Blocks in a table cell or list item have less space between them. */
  close?: boolean
  head?: boolean
}

class PdfBuilder {
  readonly #paper: ExportModel
  readonly #glyphs: FontCoverage
  constructor(paper: ExportModel, glyphs: FontCoverage) {
    this.#paper = paper
    this.#glyphs = glyphs
  }

  blocks(parts: JSONContent[] | undefined, place: BlockPlace): Content[] {
    return (parts ?? []).flatMap((part) => this.#block(part, { ...place, change: readBlockChange(part, this.#paper, place.change) }))
  }

  #block(part: JSONContent, place: BlockPlace): Content[] {
    const inner = { ...place, depth: place.depth + 1 }
    const flat = place.depth >= maxBlockDepth
    switch (part.type) {
      case 'heading': {
        const look = headingStyles[Number(part.attrs?.level) - 1] ?? headingStyles[2]
        return [
          this.#numbered(part, {
            ...this.#text(part, place),
            ...look,
            margin: [...look.margin],
            bold: true,
            headlineLevel: 1,
            outline: true,
          } as ContentText),
        ]
      }
      case 'codeBlock':
        return [createBox([{ ...this.#text(part, place, true), margin: [0, 0, 0, 0] }], 'code')]
      case 'horizontalRule':
        return [
          { canvas: [{ type: 'line', x1: 0, y1: 0, x2: place.width, y2: 0, lineWidth: 0.7, lineColor: '#ced4da' }], margin: [0, 6, 0, 10] },
        ]
      case 'blockquote':
        return flat
          ? this.blocks(part.content, place)
          : [createBox(this.blocks(part.content, { ...inner, width: place.width - barWidth, close: true }), 'quote')]
      case 'bulletList':
      case 'orderedList': {
        if (flat) return (part.content ?? []).flatMap((item) => this.blocks(item.content, place))
        const items = (part.content ?? []).map((item): Content => {
          const change = readBlockChange(item, this.#paper, place.change)
          const ordered = place.ordered + (part.type === 'orderedList' ? 1 : 0)
          return { stack: this.blocks(item.content, { ...inner, ordered, width: place.width - signWidth, change, close: true }) }
        })
        const margin = place.close ? ([0, 2, 0, 2] as const) : ([0, 0, 0, 8] as const)
        return part.type === 'bulletList'
          ? [{ ul: items, margin: [...margin] }]
          : [{ ol: items, start: Number(part.attrs?.start ?? 1), type: orderedTypes[place.ordered % 3], margin: [...margin] } as Content]
      }
      case 'taskList':
        return (part.content ?? []).map((item) => this.#task(item, place, flat))
      case 'table':
        return flat
          ? (part.content ?? []).flatMap((row) => (row.content ?? []).flatMap((cell) => this.blocks(cell.content, place)))
          : [this.#table(part, inner)]
      default:
        return [this.#numbered(part, { ...this.#text(part, place), margin: [0, 0, 0, place.close ? 3 : 8] })]
    }
  }

  /** A paragraph or heading with its number before it, where it has one. */
  #numbered(part: JSONContent, text: ContentText): Content {
    const label = readNumber(part)?.label
    if (!label) return text
    const { margin, ...look } = text
    const [first = { text: '' }, ...more] = this.#glyphs
      .runs(label)
      .map(({ text: shown, fallback }) => ({ ...look, text: shown, ...(fallback && { font: 'DejaVu' }) }))
    const level = Math.max(0, Number(part.attrs?.listLevel ?? 0) - 1)
    const marker = more.length > 0 ? { ...look, text: [first, ...more] } : first
    return this.#hang(marker as ContentText, look as ContentText, {
      margin,
      width: Math.max(clauseWidth, 8 * label.length),
      left: level * clauseWidth,
    })
  }

  /** A text with a marker in the space before it. */
  #hang(
    marker: Content,
    content: Content,
    { margin, width, left }: { margin: ContentText['margin']; width: number; left: number },
  ): Content {
    return {
      columns: [
        { width: left, text: '' },
        { width, stack: [marker] },
        { width: '*', stack: [content] },
      ],
      ...(margin && { margin }),
    } as Content
  }

  #task(item: JSONContent, place: BlockPlace, flat: boolean): Content {
    const change = readBlockChange(item, this.#paper, place.change)
    const stack = this.blocks(item.content, { ...place, depth: place.depth + 1, width: place.width - signWidth, change, close: true })
    if (flat) return { stack }
    const box = { text: item.attrs?.checked ? '☑' : '☐', font: 'DejaVu' }
    return {
      columns: [
        { width: signWidth, stack: [box] },
        { width: '*', stack },
      ],
    }
  }

  #table(part: JSONContent, place: BlockPlace): ContentTable {
    const { rows, columns } = layOutTable(part)
    // in points: as a share of the page, a column would grow with its longest word, off the page
    const column = Math.max(10, place.width / columns - cellSides)
    const body = rows.map(({ block, cells }) => {
      const change = readBlockChange(block, this.#paper, place.change)
      const row: TableCell[] = Array.from({ length: columns }, () => ({ text: '' }))
      for (const { block: cell, head, column: at, columns: colSpan, rows: rowSpan } of cells) {
        const stack = this.blocks(cell.content, { ...place, width: column * colSpan, change, close: true, head })
        row[at] = { stack, colSpan, rowSpan, ...(head && { fillColor: '#f1f3f5' }) }
      }
      return row
    })
    const headed = rows.length > 1 && rows[0]?.cells.every(({ head, rows: span }) => head && span === 1)
    return {
      table: {
        widths: Array.from({ length: columns }, () => column),
        headerRows: headed ? 1 : 0,
        body: body.length > 0 ? body : [['']],
      },
      layout: 'grid',
      margin: [0, 2, 0, 10],
    }
  }

  #text(part: JSONContent, place: BlockPlace, code = false): ContentText {
    const pieces = readPieces(part, this.#paper, place.change)
    const text = pieces.flatMap((piece) => this.#piece(piece, code, place.head === true))
    // an empty paragraph is as high as a line
    return { text: text.length > 0 ? text : [' '], ...(code && { preserveLeadingSpaces: true }) }
  }

  #piece(piece: TextPiece, code: boolean, head: boolean): ContentText[] {
    const lines = [
      ...(piece.underline || piece.inserted || piece.link ? ['underline' as const] : []),
      ...(piece.strike || piece.deleted ? ['lineThrough' as const] : []),
    ]
    const color = piece.deleted ? red : piece.inserted ? green : piece.link ? '#1c6dd0' : undefined
    // the fixed-width font of PDF only has Latin characters
    const fixed = (piece.code || code) && /^[\n\x20-\x7e\xa0-\xff]*$/.test(piece.text)
    return this.#glyphs.runs(piece.text).map(
      ({ text, fallback }) =>
        ({
          text,
          ...((piece.bold || head) && { bold: true }),
          ...(piece.italic && { italics: true }),
          ...(lines.length > 0 && { decoration: lines.length === 1 ? lines[0] : lines }),
          ...(color && { color }),
          ...(piece.link && { link: piece.link }),
          ...(piece.superscript ? { sup: true } : piece.subscript && { sub: true }),
          ...(piece.missing && { background: '#fff3bf' }),
          ...(piece.code && !piece.missing && { background: '#f1f3f5' }),
          ...(fixed ? { font: 'Courier', fontSize: 9.5 } : fallback && { font: 'DejaVu' }),
        }) as ContentText,
    )
  }
}

function createBox(stack: Content[], layout: 'quote' | 'code'): ContentTable {
  return { table: { widths: ['*'], body: [[{ stack }]] }, layout, margin: [0, 2, 0, 10] }
}

const zero = () => 0
const layouts = {
  grid: {
    hLineWidth: () => 0.6,
    vLineWidth: () => 0.6,
    hLineColor: () => '#ced4da',
    vLineColor: () => '#ced4da',
    paddingTop: () => 4,
    paddingBottom: () => 2,
  },
  quote: { hLineWidth: zero, vLineWidth: (at: number) => (at === 0 ? 2 : 0), vLineColor: () => '#ced4da', paddingLeft: () => 12 },
  code: {
    hLineWidth: zero,
    vLineWidth: zero,
    fillColor: () => '#f1f3f5',
    paddingTop: () => 7,
    paddingBottom: () => 7,
    paddingLeft: () => 9,
  },
}

/** @returns the bytes of a `.pdf` @throws UnreadableFileError where the fonts lack a letter */
export async function renderPdf(paper: ExportModel): Promise<Uint8Array> {
  const { default: pdfmake } = await import('pdfmake')
  const { Roboto } = require('pdfmake/fonts/Roboto.js') as { Roboto: Record<'normal' | 'bold' | 'italics' | 'bolditalics', string> }
  const { Courier } = require('pdfmake/standard-fonts/Courier.js') as { Courier: typeof Roboto }
  const fonts = new Set([Roboto, Courier, dejaVu].flatMap((font) => Object.values(font)))
  pdfmake.setFonts({ Roboto, Courier, DejaVu: dejaVu })
  pdfmake.setUrlAccessPolicy(() => false)
  pdfmake.setLocalAccessPolicy((path) => fonts.has(path))
  pdfmake.setTableLayouts(layouts)
  const glyphs = await FontCoverage.of(Roboto.normal)
  const content = new PdfBuilder(paper, glyphs).blocks(paper.content.content, { change: unchanged, depth: 0, ordered: 0, width: pageWidth })
  const title = glyphs.runs(paper.title).map(({ text, fallback }) => ({ text, ...(fallback && { font: 'DejaVu' }) }))
  if (glyphs.missing.size > 0) {
    const some = [...glyphs.missing].slice(0, 12).join(' ')
    throw new UnreadableFileError(`The PDF fonts lack some letters of this document: ${some}. Export it as Word, HTML or Markdown.`)
  }
  // created each time: pdfmake changes its input
  const definition: TDocumentDefinitions = {
    tagged: true,
    displayTitle: true,
    language: 'en',
    pageSize: 'A4',
    pageMargins: [72, 64, 72, 64],
    info: { title: paper.title, creator: 'SmartStart', producer: 'SmartStart' },
    defaultStyle: { font: 'Roboto', fontSize: 10.5, lineHeight: 1.25 },
    content,
    footer: (page: number, pages: number) => ({
      text: [...title, `  ·  ${page} / ${pages}`],
      alignment: 'center',
      fontSize: 8,
      color: '#868e96',
      margin: [72, 24, 72, 0],
    }),
    // a heading needs space for two lines below it on the same page
    pageBreakBefore: (node) => node.headlineLevel === 1 && node.startPosition.verticalRatio > maxHeadingPosition,
  } as TDocumentDefinitions
  return new Uint8Array(await pdfmake.createPdf(definition).getBuffer())
}
