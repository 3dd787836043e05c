/** Texts of evidence pages: lines from people are shown plainly, wrapped, and from the right where their script is. */
import type { Content } from 'pdfmake/interfaces.js'
import { type BlockLook, type PdfText, textSize } from '../../../conversion/export/pdf/inline.ts'
import { unchanged } from '../../../conversion/export/export-model.ts'
import { toPlainName } from '../plain-name.ts'

/** Between the margins of a page, points. */
export const pageWidth = 595.28 - 2 * 72
/** Width of the widest letters, as a share of their size. */
const widestLetter = 0.93

export const grey = '#5c636a'
export const lineGrey = '#ced4da'

/** Writes the lines of evidence pages. */
export class EvidenceText {
  readonly #text: PdfText

  constructor(text: PdfText) {
    this.#text = text
  }

  /** A text of ours, or one that was made plain. */
  line(text: string, width: number, look: BlockLook = {}): Content {
    const block = { type: 'paragraph', content: [{ type: 'text', text }] }
    return this.#text.block(block, { change: unchanged, width, look }).content
  }

  /** A text that a person or program entered. @param maxCharacters longer ones are cut, with an ellipsis */
  entered(text: string, width: number, { maxCharacters = 200, ...look }: BlockLook & { maxCharacters?: number } = {}): Content {
    const perLine = Math.max(8, Math.floor(width / ((look.fontSize ?? textSize) * widestLetter)))
    return this.line(breakWords(toPlainName(text, maxCharacters), perLine), width, look)
  }

  /** Rows of a label and a value. */
  details(rows: readonly (readonly [string, string | undefined])[], width: number, labelWidth = 92): Content {
    const size = { fontSize: 8.5 }
    const body = rows
      .filter((row): row is readonly [string, string] => row[1] !== undefined && row[1] !== '')
      .map(([label, value]) => [
        this.line(label, labelWidth, { ...size, color: grey }),
        this.entered(value, width - labelWidth, { ...size, maxCharacters: 300 }),
      ])
    return { table: { widths: [labelWidth, width - labelWidth], body }, layout: 'details' }
  }
}

/** Breaks words that may be wider than a line: pdfmake would set them over its end. */
const breakWords = (text: string, perLine: number): string => text.replace(new RegExp(`(\\S{${perLine}})(?=\\S)`, 'gu'), '$1\n')

/** A time as it is shown: `2026-11-30 00:12:33 UTC`. */
export function toShownTime(at: string | undefined): string | undefined {
  if (at === undefined) return undefined
  const time = new Date(at)
  return Number.isNaN(time.getTime()) ? undefined : `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** A hash in groups that people can compare. */
export const toShownHash = (hash: string): string => hash.replace(/(.{8})(?=.)/g, '$1 ')
