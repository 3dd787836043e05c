/** What is read of a Word file before lists and quotations are put together: paragraphs and tables in their order. */
import type { JSONContent } from '@tiptap/core'
import type { BlockSuggestion } from '../../../documents/richtext/schema.ts'
import type { ChangeAttributes } from './changes.ts'
import { isMarker } from './markers.ts'
import type { ParagraphNumbering } from './definitions/numbering.ts'

/** A paragraph. */
export interface ParagraphBlock {
  kind: 'paragraph'
  type: 'paragraph' | 'heading' | 'codeBlock' | 'horizontalRule'
  /** Of a heading, 1 to 6. */
  level: number
  dir: 'ltr' | 'rtl' | null
  quoted: boolean
  /** Distance from the margin, twentieths of a point. */
  indent: number
  numbering: ParagraphNumbering | undefined
  /** The state of the check box that it begins with. */
  checked: boolean | undefined
  content: JSONContent[]
  /** A tracked change of its end. */
  markChange: { kind: 'insert' | 'delete'; attributes: ChangeAttributes } | undefined
  suggestion: BlockSuggestion | undefined
  /** The id by which cross references find it. */
  bookmark: string | undefined
}

export interface TableCellBlock {
  columns: number
  rows: number
  header: boolean
  blocks: Block[]
}

export interface TableRowBlock {
  cells: TableCellBlock[]
  suggestion: BlockSuggestion | undefined
}

/** A table. */
export interface TableBlock {
  kind: 'table'
  indent: number
  rows: TableRowBlock[]
}

export type Block = ParagraphBlock | TableBlock

/** All paragraphs of blocks, also those in tables, in order. */
export function* allParagraphs(blocks: readonly Block[]): Generator<ParagraphBlock> {
  for (const block of blocks) {
    if (block.kind === 'paragraph') yield block
    else for (const { cells } of block.rows) for (const cell of cells) yield* allParagraphs(cell.blocks)
  }
}

/** The text of inline nodes, without the markers of comments. */
export const inlineText = (content: readonly JSONContent[]): string =>
  content.map((node) => (isMarker(node) ? '' : (node.text ?? (node.type === 'hardBreak' ? '\n' : String(node.attrs?.text ?? ''))))).join('')
