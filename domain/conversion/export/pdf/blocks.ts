/** The blocks of a PDF: headings, paragraphs with their numbers, lists, tasks, tables. */
import type { JSONContent } from '@tiptap/core'
import type { Content, ContentTable, ContentText, TableCell } from 'pdfmake/interfaces.js'
import { isRightToLeft } from '../direction.ts'
import { type BlockChange, type ExportModel, layOutTable, readBlockChange, readInlineText, readNumber, unchanged } from '../export-model.ts'
import { type BlockLook, type PdfText, textSize } from './inline.ts'

/** Maximum nesting of blocks: deeper, a page has no width left. */
const maxBlockDepth = 12
type Margin = [number, number, number, number]
const headings: readonly { look: BlockLook; margin: Margin }[] = [
  { look: { fontSize: 19, bold: true }, margin: [0, 16, 0, 6] },
  { look: { fontSize: 15, bold: true }, margin: [0, 13, 0, 5] },
  { look: { fontSize: 12.5, bold: true }, margin: [0, 10, 0, 4] },
  { look: { fontSize: 11.5, bold: true }, margin: [0, 9, 0, 4] },
  { look: { fontSize: textSize, bold: true, italics: true }, margin: [0, 8, 0, 3] },
  { look: { fontSize: textSize, bold: true, italics: true, color: '#495057' }, margin: [0, 8, 0, 3] },
]
/** Between the margins of an A4 page, points. */
const pageWidth = 595.28 - 2 * 72
/** Width of a list marker, a quotation bar, and the sides of a cell. */
const [signWidth, barWidth, cellSides] = [18, 18, 9]
/** Width of the number of a numbered paragraph, and of a character in it. */
const [clauseWidth, clauseCharacterWidth] = [30, 0.55]
/** The narrowest text that is set: narrower, each letter has a line. */
const minWidth = 12

interface BlockPlace {
  change: BlockChange
  depth: number
  /** Remaining width, points. */
  width: number
  /** Blocks in a table cell or list item have less space between them. */
  close?: boolean
  head?: boolean
}

/** Builds the blocks of a document. */
export class PdfBlocks {
  readonly #paper: ExportModel
  readonly #text: PdfText

  constructor(paper: ExportModel, text: PdfText) {
    this.#paper = paper
    this.#text = text
  }

  /** The blocks of the whole text. */
  document(): Content[] {
    return this.#blocks(this.#paper.content.content, { change: unchanged, depth: 0, width: pageWidth })
  }

  #blocks(parts: JSONContent[] | undefined, place: BlockPlace): Content[] {
    return (parts ?? []).flatMap((part) => this.#block(part, { ...place, change: readBlockChange(part, this.#paper, place.change) }))
  }

  #block(part: JSONContent, place: BlockPlace): Content[] {
    const flat = place.depth >= maxBlockDepth
    switch (part.type) {
      case 'heading': {
        const { look, margin } = headings[Number(part.attrs?.level) - 1] ?? (headings[0] as (typeof headings)[number])
        return [this.#paragraph(part, place, look, margin, true)]
      }
      case 'codeBlock': {
        const { content } = this.#text.block(part, { change: place.change, width: place.width - barWidth, look: {}, code: true })
        return [createBox([content], 'code')]
      }
      case 'horizontalRule':
        return [
          { canvas: [{ type: 'line', x1: 0, y1: 0, x2: place.width, y2: 0, lineWidth: 0.7, lineColor: '#ced4da' }], margin: [0, 6, 0, 10] },
        ]
      case 'blockquote':
        return flat
          ? this.#blocks(part.content, place)
          : [createBox(this.#blocks(part.content, { ...inside(place, barWidth), close: true }), 'quote')]
      case 'bulletList':
      case 'orderedList':
      case 'taskList':
        return flat ? (part.content ?? []).flatMap((item) => this.#blocks(item.content, place)) : [this.#list(part, place)]
      case 'table':
        return flat
          ? (part.content ?? []).flatMap((row) => (row.content ?? []).flatMap((cell) => this.#blocks(cell.content, place)))
          : [this.#table(part, inside(place, 0))]
      default:
        return [this.#paragraph(part, place, place.head ? { bold: true } : {}, [0, 0, 0, place.close ? 3 : 8])]
    }
  }

  /** A paragraph or heading, with its number before it where it has one. */
  #paragraph(part: JSONContent, place: BlockPlace, look: BlockLook, margin: Margin, isHeading = false): Content {
    const more = (isHeading && { outline: true }) as Partial<ContentText>
    const headline = isHeading && { headlineLevel: 1 }
    const { label, indent = 0 } = readNumber(part) ?? {}
    const set = (width: number) => this.#text.block(part, { change: place.change, width: Math.max(minWidth, width), look, more })
    if (!label) return { ...(set(place.width).content as object), margin, ...headline } as Content
    const left = indent * clauseWidth
    const marker = Math.max(clauseWidth, clauseCharacterWidth * (look.fontSize ?? textSize) * (label.length + 0.5))
    const { content, rightToLeft } = set(place.width - left - marker)
    return {
      ...(hang({ label: this.#text.label(label, look), content: [content], width: marker, indent: left, rightToLeft, margin }) as object),
      ...headline,
    } as Content
  }

  #list(part: JSONContent, place: BlockPlace): Content {
    const isOrdered = part.type === 'orderedList'
    const start = Number(part.attrs?.start ?? 1)
    const margin: Margin = place.close ? [0, 2, 0, 2] : [0, 0, 0, 8]
    const inner = { ...inside(place, signWidth), close: true }
    const items = (part.content ?? []).map((item) =>
      this.#blocks(item.content, { ...inner, change: readBlockChange(item, this.#paper, place.change) }),
    )
    const fromRight = (part.content ?? []).map((item) => startsFromRight(item))
    if (part.type === 'taskList' || fromRight.some(Boolean)) {
      const labels = (part.content ?? []).map((item, at) => {
        if (part.type === 'taskList') return item.attrs?.checked ? '☑' : '☐'
        return isOrdered ? (fromRight[at] ? `.${start + at}` : `${start + at}.`) : '•'
      })
      const stack = items.map((content, at) =>
        hang({ label: this.#text.label(labels[at] as string), content, width: signWidth, indent: 0, rightToLeft: fromRight[at] === true }),
      )
      return { stack, margin }
    }
    const stacks = items.map((stack): Content => ({ stack }))
    return (isOrdered ? { ol: stacks, start, margin } : { ul: stacks, margin }) as Content
  }

  #table(part: JSONContent, place: BlockPlace): ContentTable {
    const { rows, columns } = layOutTable(part)
    // in points: as a share of the page, a column would grow with its longest word, off the page
    const column = Math.max(10, place.width / columns - cellSides)
    const body = rows.map(({ block, cells }) => {
      const change = readBlockChange(block, this.#paper, place.change)
      const row: TableCell[] = Array.from({ length: columns }, () => ({ text: '' }))
      for (const { block: cell, head, column: at, columns: colSpan, rows: rowSpan } of cells) {
        const width = column * colSpan + cellSides * (colSpan - 1)
        const cellChange = readBlockChange(cell, this.#paper, change)
        const stack = this.#blocks(cell.content, { ...place, width, change: cellChange, close: true, head })
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
}

const inside = (place: BlockPlace, width: number): BlockPlace => ({ ...place, depth: place.depth + 1, width: place.width - width })

/** Whether the first paragraph of a list item is from the right. */
function startsFromRight(item: JSONContent): boolean {
  const [first] = item.content ?? []
  return first !== undefined && isRightToLeft(first, (first.content ?? []).map(readInlineText).join(''))
}

interface Hanging {
  label: ContentText
  content: Content[]
  width: number
  indent: number
  rightToLeft: boolean
  margin?: Margin
}

/** Content with a label in the space before it: at the left, or at the right of text from the right. */
function hang({ label, content, width, indent, rightToLeft, margin }: Hanging): Content {
  const columns = [
    { width: indent, text: '' },
    { width, stack: [label] },
    { width: '*', stack: content },
  ]
  const sides = rightToLeft ? [columns[2], { width, stack: [{ ...label, alignment: 'right' }] }, columns[0]] : columns
  return { columns: sides, ...(margin && { margin }) } as Content
}

function createBox(stack: Content[], layout: 'quote' | 'code'): ContentTable {
  return { table: { widths: ['*'], body: [[{ stack }]] }, layout, margin: [0, 2, 0, 10] }
}
