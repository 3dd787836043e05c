/** Reads tables (ECMA-376 17.4): cells over several columns and rows, rows that begin late, header rows. Widths are not kept. */
import type { Block, TableBlock, TableCellBlock, TableRowBlock } from './blocks.ts'
import type { ReaderContext } from './context.ts'
import { child, resolvedChildren, switchOf, toInteger, valueOf, type XmlElement } from './package/xml.ts'

/** Maximum columns of the grid; Word has 63. */
const maxGridColumns = 200

/** Reads the blocks of a cell. */
export type ReadBlocks = (elements: readonly XmlElement[], inHeader: boolean) => Block[]

/** A cell with its place in the grid. */
interface GridCell extends TableCellBlock {
  column: number
}

/** The rows or cells in an element, also those in content controls. */
function* partsOf(element: XmlElement, name: string): Generator<XmlElement> {
  for (const one of resolvedChildren(element)) {
    if (one.name === name) yield one
    else if (['w:sdt', 'w:sdtContent', 'w:customXml', 'w:ins', 'w:del', 'w:smartTag'].includes(one.name)) yield* partsOf(one, name)
  }
}

const spanOf = (text: string | undefined) => Math.min(maxGridColumns, Math.max(0, toInteger(text) ?? 0))

/** Reads `w:tbl`. */
export function readTable(element: XmlElement, context: ReaderContext, readBlocks: ReadBlocks): TableBlock {
  const rows: { cells: GridCell[]; suggestion: TableRowBlock['suggestion'] }[] = []
  /** The cells that go on in the next row, by their first column. */
  let open = new Map<number, GridCell>()
  let inHeader = true
  for (const row of partsOf(element, 'w:tr')) {
    const properties = child(row, 'w:trPr')
    inHeader &&= switchOf(properties, 'w:tblHeader') === true
    const suggestion = readRowChange(properties, context)
    const grid = new GridRow(open, inHeader, (elements) => readBlocks(elements, inHeader))
    const cells = [...partsOf(row, 'w:tc')]
    if (cells.some(hasCellChange))
      context.warnings.add('Tracked changes of single table cells were left out: the cells are as in the file.')
    grid.skip(spanOf(valueOf(properties, 'w:gridBefore')))
    for (const cell of cells) grid.add(cell)
    grid.skip(spanOf(valueOf(properties, 'w:gridAfter')))
    context.changes.row = undefined
    open = grid.open
    rows.push({ cells: grid.cells, suggestion })
  }
  const indent = toInteger(child(child(element, 'w:tblPr'), 'w:tblInd')?.attributes['w:w']) ?? 0
  return { kind: 'table', indent, rows: compress(rows) }
}

/** Whether a cell was inserted, deleted or merged on its own: suggestions are on whole rows. */
const hasCellChange = (cell: XmlElement): boolean =>
  ['w:cellIns', 'w:cellDel', 'w:cellMerge'].some((name) => child(child(cell, 'w:tcPr'), name) !== undefined)

/** The tracked insertion or deletion of a row. */
function readRowChange(properties: XmlElement | undefined, { changes }: ReaderContext): TableRowBlock['suggestion'] {
  const deleted = child(properties, 'w:del')
  const inserted = child(properties, 'w:ins')
  const change = deleted ?? inserted
  if (!change) {
    changes.keepOnly([])
    return undefined
  }
  const attributes = changes.open(change)
  changes.row = attributes.id
  changes.keepOnly([attributes.id])
  return { ...attributes, kind: deleted ? 'delete' : 'insert' }
}

/** Places the cells of a row in the grid. */
class GridRow {
  readonly cells: GridCell[] = []
  /** The cells that may go on in the next row. */
  readonly open = new Map<number, GridCell>()
  readonly #above: ReadonlyMap<number, GridCell>
  readonly #header: boolean
  readonly #readBlocks: (elements: readonly XmlElement[]) => Block[]
  #column = 0

  constructor(above: ReadonlyMap<number, GridCell>, header: boolean, readBlocks: (elements: readonly XmlElement[]) => Block[]) {
    this.#above = above
    this.#header = header
    this.#readBlocks = readBlocks
  }

  /** Leaves columns out: they become an empty cell. */
  skip(columns: number): void {
    if (columns > 0) this.#place([], columns)
  }

  add(element: XmlElement): void {
    const properties = child(element, 'w:tcPr')
    const blocks = this.#readBlocks(element.children)
    const columns = Math.max(1, spanOf(valueOf(properties, 'w:gridSpan')))
    const merge = child(properties, 'w:vMerge')
    const goesOn = merge && (merge.attributes['w:val'] ?? 'continue') === 'continue'
    const before = this.cells.at(-1)
    if (before && valueOf(properties, 'w:hMerge') === 'continue') {
      before.columns += columns
      addBlocks(before, blocks)
      this.#column += columns
      return
    }
    const above = goesOn ? this.#above.get(this.#column) : undefined
    if (above && above.columns === columns) {
      above.rows++
      addBlocks(above, blocks)
      this.open.set(this.#column, above)
      this.#column += columns
      return
    }
    const cell = this.#place(blocks, columns)
    if (merge) this.open.set(cell.column, cell)
  }

  #place(blocks: Block[], columns: number): GridCell {
    const cell = { column: this.#column, columns, rows: 1, header: this.#header, blocks }
    this.cells.push(cell)
    this.#column += columns
    return cell
  }
}

/** Adds the words of a merged cell; it usually has none. */
function addBlocks(cell: GridCell, blocks: Block[]): void {
  cell.blocks.push(...blocks.filter((block) => block.kind === 'table' || block.content.length > 0))
}

/** Leaves out columns of the grid at which no cell begins: the widths of cells made them. */
function compress(rows: { cells: GridCell[]; suggestion: TableRowBlock['suggestion'] }[]): TableRowBlock[] {
  const starts = [...new Set(rows.flatMap(({ cells }) => cells.map(({ column }) => column)))].toSorted((one, other) => one - other)
  const numbers = new Map(starts.map((start, at) => [start, at]))
  const columnAt = (column: number): number => numbers.get(column) ?? starts.findIndex((start) => start >= column)
  return rows.map(({ cells, suggestion }) => ({
    suggestion,
    cells: cells.map(({ column, columns, rows: down, header, blocks }) => {
      const end = columnAt(column + columns)
      return { columns: Math.max(1, (end < 0 ? starts.length : end) - columnAt(column)), rows: down, header, blocks }
    }),
  }))
}
