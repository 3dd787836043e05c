/** The export model: a document's text independent of the format. All renderers read it. */
import type { JSONContent } from '@tiptap/core'
import type { BlockSuggestion } from '../../documents/richtext/schema.ts'

/** The text to export, and the names of its authors. */
export interface ExportModel {
  title: string
  /**
   * Sanitized (`documents/richtext/sanitize.ts`), so renderers do not check links again. Variables are filled in (`fill-variables.ts`); one
   * without a value is shown as `{{name}}`.
   */
  content: JSONContent
  /** Names of people by id, for changes. */
  people: Record<string, string>
}

/** The author of a change, by name, and its time (ISO 8601). */
export interface Change {
  author: string
  at: string
}

/** Text with one format. A line break is the text "\n". */
export interface TextPiece {
  text: string
  bold: boolean
  italic: boolean
  underline: boolean
  strike: boolean
  code: boolean
  superscript: boolean
  subscript: boolean
  link: string | undefined
  /** A variable without a value. */
  missing: boolean
  inserted: Change | undefined
  deleted: Change | undefined
}

/** The suggestion on a block: to insert or delete it. A change of type is shown as applied. */
export interface BlockChange {
  inserted: Change | undefined
  deleted: Change | undefined
}

export const unchanged: BlockChange = { inserted: undefined, deleted: undefined }

const epoch = '1970-01-01T00:00:00.000Z'

const toChange = ({ people }: ExportModel, author: unknown, at: unknown): Change => ({
  author: people[String(author)] ?? 'Unknown',
  at: typeof at === 'string' ? at : epoch,
})

/** The suggestion on a block, or on one that contains it. */
export function readBlockChange(block: JSONContent, paper: ExportModel, around: BlockChange = unchanged): BlockChange {
  const text = block.attrs?.suggestion as string | null | undefined
  if (!text) return around
  const { kind, author, at } = JSON.parse(text) as BlockSuggestion
  const change = toChange(paper, author, at)
  if (kind === 'insert') return { ...around, inserted: change }
  if (kind === 'delete') return { ...around, deleted: change }
  return around
}

/** The text of an inline node: variables as their value or name, cross references as what they show. */
export function readInlineText({ type, text, attrs }: JSONContent): string {
  if (type === 'variable') return (attrs?.value as string | null | undefined) ?? `{{${String(attrs?.name ?? '')}}}`
  if (type === 'crossReference') return String(attrs?.shown ?? attrs?.text ?? '')
  return type === 'hardBreak' ? '\n' : (text ?? '')
}

/** The text of a block without child blocks (paragraph, heading, code), split by format. */
export function readPieces(block: JSONContent, paper: ExportModel, around: BlockChange): TextPiece[] {
  return (block.content ?? []).flatMap((part): TextPiece[] => {
    const marks = new Map((part.marks ?? []).map(({ type, attrs }) => [type, attrs ?? {}]))
    const inserted = marks.get('insertion')
    const deleted = marks.get('deletion')
    const value = part.type === 'variable' ? ((part.attrs?.value as string | null | undefined) ?? undefined) : undefined
    const text = readInlineText(part)
    const look = {
      bold: marks.has('bold'),
      italic: marks.has('italic'),
      underline: marks.has('underline'),
      strike: marks.has('strike'),
      code: marks.has('code'),
      superscript: marks.has('superscript'),
      subscript: marks.has('subscript'),
      link: marks.get('link')?.href as string | undefined,
      missing: part.type === 'variable' && value === undefined,
      inserted: inserted ? toChange(paper, inserted.author, inserted.at) : around.inserted,
      deleted: deleted ? toChange(paper, deleted.author, deleted.at) : around.deleted,
    }
    return text
      .split(/(\n)/)
      .filter(Boolean)
      .map((line) => ({ text: line, ...look }))
  })
}

/** A cell with its position; spans are clipped so that cells do not overlap. */
export interface Cell {
  block: JSONContent
  head: boolean
  column: number
  columns: number
  rows: number
}

/** Maximum columns of a table: a page holds no more, and clients may write any span. */
const maxTableColumns = 60

/** Lays out a table as rows of cells that do not overlap. */
export function layOutTable(table: JSONContent): { rows: { block: JSONContent; cells: Cell[] }[]; columns: number } {
  const given = (table.content ?? []).filter((row) => (row.content ?? []).length > 0)
  const taken = given.map(() => new Set<number>())
  let columns = 1
  const rows = given.map((block, line) => {
    const cells: Cell[] = []
    for (const one of block.content ?? []) {
      let column = 0
      while (taken[line]?.has(column)) column++
      if (column >= maxTableColumns) break
      let across = 1
      while (across < Number(one.attrs?.colspan ?? 1) && column + across < maxTableColumns && !taken[line]?.has(column + across)) across++
      const down = Math.min(Number(one.attrs?.rowspan ?? 1), given.length - line)
      for (let row = line; row < line + down; row++) for (let place = column; place < column + across; place++) taken[row]?.add(place)
      columns = Math.max(columns, column + across)
      cells.push({ block: one, head: one.type === 'tableHeader', column, columns: across, rows: down })
    }
    return { block, cells }
  })
  return { rows, columns }
}
