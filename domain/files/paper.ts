/** A paper: a document's text as it is shown outside of the editor, whatever the form. All forms are made of what stands here. */
import type { JSONContent } from '@tiptap/core'
import type { BlockSuggestion } from '../documents/prose.ts'

/** A text to be shown: cleaned content, and what its fields and authors are called. */
export interface Paper {
  title: string
  /** Cleaned (`documents/cleaning.ts`): no exporter looks again whether a link is safe. Filled (`filled.ts`): a field without a value is shown as `{{name}}`. */
  content: JSONContent
  /** Names of people by id, for changes. */
  people: Record<string, string>
}

/** Who changed something, by name, and when (ISO 8601). */
export interface Change {
  author: string
  at: string
}

/** Words of one look. A line break is the text "\n". */
export interface Piece {
  text: string
  bold: boolean
  italic: boolean
  underline: boolean
  strike: boolean
  code: boolean
  link: string | undefined
  /** A variable that has no value yet. */
  missing: boolean
  inserted: Change | undefined
  deleted: Change | undefined
}

/** What is suggested for a whole block: that it comes or goes. A block that becomes another kind is shown as it would be. */
export interface BlockChange {
  inserted: Change | undefined
  deleted: Change | undefined
}

export const unchanged: BlockChange = { inserted: undefined, deleted: undefined }

const longAgo = '1970-01-01T00:00:00.000Z'

const changeBy = ({ people }: Paper, author: unknown, at: unknown): Change => ({
  author: people[String(author)] ?? 'Unknown',
  at: typeof at === 'string' ? at : longAgo,
})

/** What is suggested for a block, or for one that it lies in. */
export function changeOf(block: JSONContent, paper: Paper, around: BlockChange = unchanged): BlockChange {
  const text = block.attrs?.suggestion as string | null | undefined
  if (!text) return around
  const { kind, author, at } = JSON.parse(text) as BlockSuggestion
  const change = changeBy(paper, author, at)
  if (kind === 'insert') return { ...around, inserted: change }
  if (kind === 'delete') return { ...around, deleted: change }
  return around
}

/** The words of a block without blocks in it (paragraph, heading, code), look by look. */
export function piecesOf(block: JSONContent, paper: Paper, around: BlockChange): Piece[] {
  return (block.content ?? []).flatMap((part): Piece[] => {
    const marks = new Map((part.marks ?? []).map(({ type, attrs }) => [type, attrs ?? {}]))
    const inserted = marks.get('insertion')
    const deleted = marks.get('deletion')
    const name = part.type === 'variable' ? String(part.attrs?.name ?? '') : ''
    const value = part.type === 'variable' ? ((part.attrs?.value as string | null | undefined) ?? undefined) : undefined
    const text = part.type === 'variable' ? (value ?? `{{${name}}}`) : part.type === 'hardBreak' ? '\n' : (part.text ?? '')
    const look = {
      bold: marks.has('bold'),
      italic: marks.has('italic'),
      underline: marks.has('underline'),
      strike: marks.has('strike'),
      code: marks.has('code'),
      link: marks.get('link')?.href as string | undefined,
      missing: part.type === 'variable' && value === undefined,
      inserted: inserted ? changeBy(paper, inserted.author, inserted.at) : around.inserted,
      deleted: deleted ? changeBy(paper, deleted.author, deleted.at) : around.deleted,
    }
    return text
      .split(/(\n)/)
      .filter(Boolean)
      .map((line) => ({ text: line, ...look }))
  })
}

/** A cell in its place: spans clipped so that no two cells share one. */
export interface Cell {
  block: JSONContent
  head: boolean
  column: number
  columns: number
  rows: number
}

/** Widest table, columns: no page holds more, and spans are for strangers to write. */
const widest = 60

/** A table as rows of cells that fit: every place is covered at most once. */
export function gridOf(table: JSONContent): { rows: { block: JSONContent; cells: Cell[] }[]; columns: number } {
  const given = (table.content ?? []).filter((row) => (row.content ?? []).length > 0)
  const taken = given.map(() => new Set<number>())
  let columns = 1
  const rows = given.map((block, line) => {
    const cells: Cell[] = []
    for (const one of block.content ?? []) {
      let column = 0
      while (taken[line]?.has(column)) column++
      if (column >= widest) break
      let across = 1
      while (across < Number(one.attrs?.colspan ?? 1) && column + across < widest && !taken[line]?.has(column + across)) across++
      const down = Math.min(Number(one.attrs?.rowspan ?? 1), given.length - line)
      for (let row = line; row < line + down; row++) for (let place = column; place < column + across; place++) taken[row]?.add(place)
      columns = Math.max(columns, column + across)
      cells.push({ block: one, head: one.type === 'tableHeader', column, columns: across, rows: down })
    }
    return { block, cells }
  })
  return { rows, columns }
}
