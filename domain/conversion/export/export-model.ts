/** The export model: a document's text independent of the format. All renderers read it. */
import type { JSONContent } from '@tiptap/core'
import type { ListStyle, ParagraphNumber } from '../../documents/richtext/list-styles.ts'
import type { BlockSuggestion } from '../../documents/richtext/schema.ts'

/** A comment of a thread, by its author's name; `at` is ISO 8601. */
export interface ExportComment {
  author: string
  at: string
  text: string
}

/** A comment thread of the text. Its words have the mark `comment`, whose attribute `threads` has its place in the list. */
export interface ExportThread {
  resolved: boolean
  comments: ExportComment[]
}

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
  /** How numbered paragraphs are counted; their numbers are in `attrs.number` (`documents/richtext/list-styles.ts`). */
  listStyles: ReadonlyMap<string, ListStyle>
  /** Comment threads; none where the export has no comments. */
  threads: ExportThread[]
}

/** The author of a change, by name, and its time (ISO 8601). */
export interface Change {
  author: string
  at: string
}

/** How text looks. */
export interface TextFormat {
  bold: boolean
  italic: boolean
  underline: boolean
  strike: boolean
  code: boolean
  superscript: boolean
  subscript: boolean
  link: string | undefined
}

/** Text with one format. A line break is the text "\n". */
export interface TextPiece extends TextFormat {
  text: string
  /** A variable without a value. */
  missing: boolean
  inserted: Change | undefined
  deleted: Change | undefined
  /** A suggested change of format, which the text already has, and its format before. */
  formatted: { change: Change; before: TextFormat } | undefined
  /** The target of a cross reference, and what it shows of it. */
  reference: { target: string; kind: string } | undefined
  /** Places in `ExportModel.threads` of the threads about this text. */
  threads: number[]
}

/** The suggestion on a block: to insert or delete it. A change of type is shown as applied. */
export interface BlockChange {
  inserted: Change | undefined
  deleted: Change | undefined
}

/** The suggestion to change the type of a block, and its type before. */
export interface TypeChange {
  change: Change
  was: { type: string; attrs: Record<string, unknown> }
}

export const unchanged: BlockChange = { inserted: undefined, deleted: undefined }

const epoch = '1970-01-01T00:00:00.000Z'

/** @param given the attributes of a suggestion */
const toChange = ({ people }: ExportModel, given: { author?: unknown; at?: unknown }): Change => ({
  author: people[String(given.author)] ?? 'Unknown',
  at: typeof given.at === 'string' ? given.at : epoch,
})

/** The suggestion on a block, or on one that contains it. */
export function readBlockChange(block: JSONContent, paper: ExportModel, around: BlockChange = unchanged): BlockChange {
  const text = block.attrs?.suggestion as string | null | undefined
  if (!text) return around
  const suggestion = JSON.parse(text) as BlockSuggestion
  const { kind } = suggestion
  const change = toChange(paper, suggestion)
  if (kind === 'insert') return { ...around, inserted: change }
  if (kind === 'delete') return { ...around, deleted: change }
  return around
}

/** The suggestion to change a block's type; undefined where there is none. */
export function readTypeChange(block: JSONContent, paper: ExportModel): TypeChange | undefined {
  const text = block.attrs?.suggestion as string | null | undefined
  if (!text) return undefined
  const suggestion = JSON.parse(text) as BlockSuggestion
  const { kind, was } = suggestion
  return kind === 'change' && was ? { change: toChange(paper, suggestion), was } : undefined
}

/** The number of a paragraph or heading; undefined where it has none. */
export const readNumber = (block: JSONContent): ParagraphNumber | undefined => block.attrs?.number as ParagraphNumber | undefined

/** The text of an inline node: variables as their value or name, cross references as what they show. */
export function readInlineText({ type, text, attrs }: JSONContent): string {
  if (type === 'variable') return (attrs?.value as string | null | undefined) ?? `{{${String(attrs?.name ?? '')}}}`
  if (type === 'crossReference') return String(attrs?.shown ?? attrs?.text ?? '')
  return type === 'hardBreak' ? '\n' : (text ?? '')
}

type Marks = NonNullable<JSONContent['marks']>

const readFormat = (marks: Marks): TextFormat => {
  const has = (name: string) => marks.some(({ type }) => type === name)
  return {
    bold: has('bold'),
    italic: has('italic'),
    underline: has('underline'),
    strike: has('strike'),
    code: has('code'),
    superscript: has('superscript'),
    subscript: has('subscript'),
    link: marks.find(({ type }) => type === 'link')?.attrs?.href as string | undefined,
  }
}

/** The suggested changes of format on some text: who made the first one, and the format before all of them. */
function readFormatChange(marks: Marks, paper: ExportModel): TextPiece['formatted'] {
  const changes = marks.filter(({ type }) => type === 'formatChange')
  const first = changes[0]
  if (!first) return undefined
  const added = changes.flatMap(({ attrs }) => (attrs?.added ?? []) as Marks).map(({ type }) => type)
  const removed = changes.flatMap(({ attrs }) => (attrs?.removed ?? []) as Marks)
  const before = readFormat([...marks.filter(({ type }) => !added.includes(type)), ...removed])
  return { change: toChange(paper, first.attrs ?? {}), before }
}

/** The text of a block without child blocks (paragraph, heading, code), split by format. */
export function readPieces(block: JSONContent, paper: ExportModel, around: BlockChange): TextPiece[] {
  return (block.content ?? []).flatMap((part): TextPiece[] => {
    const marks = part.marks ?? []
    const find = (name: string) => marks.find(({ type }) => type === name)?.attrs
    const [inserted, deleted] = [find('insertion'), find('deletion')]
    const look = {
      ...readFormat(marks),
      missing: part.type === 'variable' && (part.attrs?.value ?? null) === null,
      inserted: inserted ? toChange(paper, inserted) : around.inserted,
      deleted: deleted ? toChange(paper, deleted) : around.deleted,
      formatted: readFormatChange(marks, paper),
      reference: readReference(part),
      threads: (find('comment')?.threads as number[] | undefined) ?? [],
    }
    return readInlineText(part)
      .split(/(\r\n?|\n)/)
      .filter(Boolean)
      .map((line) => ({ text: /^[\r\n]/.test(line) ? '\n' : line, ...look }))
  })
}

function readReference({ type, attrs }: JSONContent): TextPiece['reference'] {
  const target: unknown = type === 'crossReference' ? attrs?.target : undefined
  return typeof target === 'string' ? { target, kind: String(attrs?.kind) } : undefined
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
