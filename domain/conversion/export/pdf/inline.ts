/** The text of a block of a PDF: from the left as pdfmake sets it, or in lines of its own where some of it is from the right. */
import type { JSONContent } from '@tiptap/core'
import type { Content, ContentText } from 'pdfmake/interfaces.js'
import { hasRightToLeft, isRightToLeft } from '../direction.ts'
import { type BlockChange, type ExportModel, readPieces, type TextPiece } from '../export-model.ts'
import { layOutLines, type StyledText } from './bidi-lines.ts'
import { type FontCoverage, type FontRun, removeInvisible, settleSpaces } from './font-coverage.ts'

const green = '#2b8a3e'
const red = '#c92a2a'
/** Size of the text of a paragraph, points. */
export const textSize = 10.5
/** A line that is broken here is a little shorter than there is space, so that it is not broken again. */
const fill = 0.99
/** How much smaller pdfmake sets raised and lowered text. */
const raisedShare = 0.58

/** How the text of a block looks. */
export interface BlockLook {
  fontSize?: number
  bold?: boolean
  italics?: boolean
  color?: string
}

/** The text of a block, to be set in some width. */
export interface BlockText {
  content: Content
  rightToLeft: boolean
}

interface Options {
  change: BlockChange
  width: number
  look: BlockLook
  code?: boolean
  /** Properties of the block that belong to its text (heading, outline). */
  more?: Partial<ContentText>
}

type Style = Partial<ContentText> & { run: Omit<FontRun, 'text'> }

/** Writes the texts of a PDF. */
export class PdfText {
  readonly #paper: ExportModel
  readonly #glyphs: FontCoverage

  constructor(paper: ExportModel, glyphs: FontCoverage) {
    this.#paper = paper
    this.#glyphs = glyphs
  }

  /** The text of a paragraph, heading or code block. */
  block(part: JSONContent, { change, width, look, code = false, more = {} }: Options): BlockText {
    const pieces = readPieces(part, this.#paper, change)
    const all = pieces.map(({ text }) => text).join('')
    const rightToLeft = isRightToLeft(part, all)
    if (rightToLeft || hasRightToLeft(all))
      return { content: this.#lines(pieces, { rightToLeft, width, look, code, more, all }), rightToLeft }
    const text = pieces.flatMap((piece) => this.#piece({ ...piece, text: removeInvisible(piece.text) }, code, look))
    // an empty paragraph is as high as a line
    const shown = text.length > 0 ? text.map(({ text: words, style }) => toInline(words, style)) : [' ']
    return { content: { text: shown, ...look, ...more, ...(code && { preserveLeadingSpaces: true }) } as ContentText, rightToLeft }
  }

  /** A short text of its own, such as a number or a title. */
  label(text: string, look: BlockLook = {}): ContentText {
    const runs = this.#glyphs.runs(removeInvisible(settleSpaces(text)), look)
    return { ...look, text: runs.map((run) => toInline(run.text, { run, ...toFont(run) })) } as ContentText
  }

  #lines(
    pieces: TextPiece[],
    place: { rightToLeft: boolean; width: number; look: BlockLook; code: boolean; more: object; all: string },
  ): Content {
    const { look, rightToLeft, more, all, code, width } = place
    const measure = ({ text, style }: StyledText<Style>) => {
      const size = (style.sup || style.sub ? raisedShare : 1) * (Number(style.fontSize) || look.fontSize || textSize)
      const face = {
        bold: style.bold === true || look.bold === true,
        italics: style.italics !== false && (style.italics === true || look.italics === true),
      }
      return this.#glyphs.measure({ ...style.run, text }, size, face)
    }
    const texts = pieces.flatMap((piece) => this.#piece({ ...piece, code: false }, false, look))
    const lines = layOutLines(texts, { rightToLeft, width: width * fill, measure })
    const stack = lines.map((line, place): ContentText => {
      const text = line.map(({ text: words, style }) => ({ ...toInline(words, style), noWrap: true }))
      return {
        text: text.length > 0 ? text : [' '],
        ...look,
        alignment: rightToLeft ? 'right' : 'left',
        ...(place === 0 && Object.keys(more).length > 0 && { ...more, outlineText: all }),
        ...(code && { preserveLeadingSpaces: true }),
      } as ContentText
    })
    return { stack }
  }

  #piece(piece: TextPiece, code: boolean, look: BlockLook): StyledText<Style>[] {
    const lines = [
      ...(piece.underline || piece.inserted || piece.formatted || piece.link ? ['underline' as const] : []),
      ...(piece.strike || piece.deleted ? ['lineThrough' as const] : []),
    ]
    const color = piece.deleted ? red : piece.inserted ? green : piece.link ? '#1c6dd0' : undefined
    const shown = settleSpaces(piece.text)
    // the fixed-width font of PDF only has Latin characters
    const fixed = (piece.code || code) && /^[\n\x20-\x7e\xa0-\xac\xae-\xff]*$/.test(shown)
    const face = { bold: piece.bold || look.bold === true, italics: piece.italic || look.italics === true }
    return this.#glyphs.runs(shown, face).map((run) => ({
      text: run.text,
      style: {
        run: { font: run.font, upright: run.upright },
        ...(piece.bold && { bold: true }),
        ...(piece.italic && { italics: true }),
        ...(lines.length > 0 && { decoration: lines.length === 1 ? lines[0] : lines }),
        ...(color && { color }),
        // a suggested format
        ...(piece.formatted && { decorationStyle: 'dotted' as const, decorationColor: green }),
        ...(piece.link && { link: piece.link }),
        ...(piece.superscript ? { sup: true } : piece.subscript && { sub: true }),
        ...(piece.missing && { background: '#fff3bf' }),
        ...(piece.code && !piece.missing && { background: '#f1f3f5' }),
        ...(fixed ? { font: 'Courier', fontSize: 9.5 } : toFont(run)),
      } as Style,
    }))
  }
}

const toFont = ({ font, upright }: Omit<FontRun, 'text'>) => ({ ...(font && { font }), ...(upright && { italics: false }) })

const toInline = (text: string, style: Style): ContentText => ({ ...style, text, run: undefined }) as ContentText
