/**
 * Even tables: every row is as wide as the widest, as `TableMap` of prosemirror-tables counts. When two people add a row and a column at
 * the same time, the merged table is uneven. The server fills it, in the text and wherever the text is read, so all readers see the same cells.
 *
 * A cell that a repair added has the attribute `filler`. When two nodes, or a node and an editor, repair the same table, the surplus empty
 * fillers are removed again, so repairs do not accumulate.
 */
import { type Node, Fragment } from '@tiptap/pm/model'
import { TableMap } from '@tiptap/pm/tables'
import * as Y from 'yjs'
import { proseSchema } from './schema.ts'

/** Most columns and rows that a cell spans; `sanitize.ts` reads attributes by the same bounds. */
export const maxColumns = 100
export const maxRows = 1000
/** Tables with more slots are not repaired: `TableMap` stores a number per slot and compares each row with all rows before it. */
const maxSlots = 100_000

interface Cell {
  colspan: number
  rowspan: number
  /** Added by a repair and still empty. */
  filler: boolean
}

/** The changes that make a table even. Rows and cells are numbered as before the repair. */
interface Repair {
  /** New spans of cells that overlap another cell or reach below the last row. */
  spans: { row: number; cell: number; colspan: number; rowspan: number }[]
  surplus: { row: number; cell: number }[]
  /** How many cells each row lacks at its end. */
  missing: number[]
}

/** Computes the repair of a table: undefined where it is even, `empty` where it has no cell. */
function planRepair(rows: readonly (readonly Cell[])[]): Repair | 'empty' | undefined {
  const cells = rows.reduce((sum, row) => sum + row.length, 0)
  const widest = rows.reduce((most, row) => Math.max(most, widthOf(row)), 0)
  if (cells === 0) return 'empty'
  const spanning = rows.some((row) => row.some(({ rowspan }) => rowspan > 1))
  if (widest * rows.length > maxSlots || (spanning && rows.length * cells > 100 * maxSlots)) return undefined
  if (!spanning && rows.every((row) => widthOf(row) === widest)) return undefined
  if (!TableMap.get(createStub(rows)).problems) return undefined
  const plan = planWithoutFillers(rows)
  // a filler between cells keeps them in their columns; without it a repair could be uneven again, without end
  return plan && isEven(applyPlan(rows, plan)) ? plan : planWithAllCells(rows)
}

interface NumberedCell extends Cell {
  row: number
  place: number
}

const numberCells = (rows: readonly (readonly Cell[])[]): NumberedCell[][] =>
  rows.map((row, at) => row.map((cell, place) => ({ ...cell, row: at, place })))

const isEven = (rows: readonly (readonly Cell[])[]) => !TableMap.get(createStub(rows)).problems

/** Keeps every cell. */
function planWithAllCells(rows: readonly (readonly Cell[])[]): Repair {
  const kept = numberCells(rows)
  const missing = removeOverlaps(kept)
  return { spans: newSpans(rows, kept), surplus: [], missing }
}

/** Counts without fillers, and uses existing ones first for what a row lacks; undefined where all cells are fillers. */
function planWithoutFillers(rows: readonly (readonly Cell[])[]): Repair | undefined {
  const all = numberCells(rows)
  const kept = all.map((row) => row.filter(({ filler }) => !filler))
  if (kept.every((row) => row.length === 0)) return undefined
  const missing = removeOverlaps(kept)
  const repair: Repair = { spans: newSpans(rows, kept), surplus: [], missing }
  for (const [at, row] of all.entries()) {
    const fillers = row.filter(({ filler }) => filler)
    const used = Math.min(fillers.length, missing[at] as number)
    missing[at] = (missing[at] as number) - used
    for (const { place } of fillers.slice(used)) repair.surplus.push({ row: at, cell: place })
  }
  return repair
}

/** The cells whose spans were changed. */
const newSpans = (rows: readonly (readonly Cell[])[], kept: readonly (readonly NumberedCell[])[]): Repair['spans'] =>
  kept.flat().flatMap(({ row, place, colspan, rowspan }) => {
    const before = rows[row]?.[place]
    return before?.colspan === colspan && before.rowspan === rowspan ? [] : [{ row, cell: place, colspan, rowspan }]
  })

/** The cells as they are after a repair. */
function applyPlan(rows: readonly (readonly Cell[])[], { spans, surplus, missing }: Repair): Cell[][] {
  const applied: (Cell | undefined)[][] = rows.map((row) => [...row])
  for (const { row, cell, colspan, rowspan } of spans) (applied[row] as Cell[])[cell] = { colspan, rowspan, filler: false }
  for (const { row, cell } of surplus) (applied[row] as (Cell | undefined)[])[cell] = undefined
  return applied.map((row, at) => [
    ...row.filter((cell) => cell !== undefined),
    ...Array.from({ length: missing[at] ?? 0 }, () => ({ colspan: 1, rowspan: 1, filler: true })),
  ])
}

const widthOf = (row: readonly Cell[]) => row.reduce((sum, { colspan }) => sum + colspan, 0)

/** After this many rounds of shortening, every span becomes 1. Real tables need one or two. */
const maxRounds = 20

/** Shortens spans until no cell overlaps another or ends below the table. @returns how many cells each row lacks then */
function removeOverlaps(rows: Cell[][]): number[] {
  const cells = rows.flat()
  for (let round = 0; ; round++) {
    const missing = rows.map(() => 0)
    const shorter = new Map<Cell, { columns: number; rows: number }>()
    for (const problem of TableMap.get(createStub(rows)).problems ?? []) {
      if (problem.type === 'missing') missing[problem.row] = (missing[problem.row] as number) + problem.n
      if (problem.type !== 'collision' && problem.type !== 'overlong_rowspan') continue
      const cell = cells[cellAt(rows, problem.pos)] as Cell
      const by = shorter.get(cell) ?? { columns: 0, rows: 0 }
      if (problem.type === 'collision') by.columns = Math.max(by.columns, problem.n)
      else by.rows = Math.max(by.rows, problem.n)
      shorter.set(cell, by)
    }
    if (shorter.size === 0) return missing
    for (const [cell, by] of shorter) {
      if (cell.colspan > by.columns && cell.rowspan > by.rows) {
        cell.colspan -= by.columns
        cell.rowspan -= by.rows
      } else Object.assign(cell, { colspan: 1, rowspan: 1 })
    }
    if (round >= maxRounds) for (const cell of cells) Object.assign(cell, { colspan: 1, rowspan: 1 })
  }
}

/** The number of the cell at a position of the stub. A row start and a row end are one position each, a cell is two. */
function cellAt(rows: Cell[][], position: number): number {
  let [start, number] = [1, 0]
  for (const row of rows) {
    const end = start + 2 * row.length
    if (position < end) return number + (position - start) / 2
    number += row.length
    start = end + 2
  }
  return -1
}

/** An empty table with these spans, for `TableMap`. */
function createStub(rows: readonly (readonly Cell[])[]): Node {
  const { table, tableRow, tableCell } = proseSchema.nodes as Record<'table' | 'tableRow' | 'tableCell', (typeof proseSchema.nodes)[string]>
  return table.create(
    null,
    rows.map((row) =>
      tableRow.create(
        null,
        row.map(({ colspan, rowspan }) => tableCell.create({ colspan, rowspan })),
      ),
    ),
  )
}

const isCell = (name: string) => name === 'tableCell' || name === 'tableHeader'
const spanOf = (given: unknown, most: number) =>
  typeof given === 'number' && Number.isInteger(given) && given >= 1 && given <= most ? given : 1

/** The cells of a table in a live document, row by row. */
function readCells(table: Y.XmlElement): { rows: Y.XmlElement[]; cells: Y.XmlElement[][]; spans: Cell[][] } {
  const rows = childrenOf(table, (name) => name === 'tableRow')
  const cells = rows.map((row) => childrenOf(row, isCell))
  const spans = cells.map((row) =>
    row.map((cell) => ({
      colspan: spanOf(cell.getAttribute('colspan'), maxColumns),
      rowspan: spanOf(cell.getAttribute('rowspan'), maxRows),
      filler: cell.getAttribute('filler') !== undefined && isEmptyCell(cell),
    })),
  )
  return { rows, cells, spans }
}

/** Whether `repairTable` would change the table. */
export const needsTableRepair = (table: Y.XmlElement): boolean => planRepair(readCells(table).spans) !== undefined

/**
 * Makes a table of a live document even, in the current transaction. No text is lost: it adds empty cells, shortens spans, and removes only
 * empty cells that an earlier repair added, or a table without any cell. @returns whether it changed the table
 */
export function repairTable(table: Y.XmlElement): boolean {
  const { rows, cells, spans } = readCells(table)
  const repair = planRepair(spans)
  if (!repair) return false
  if (repair === 'empty') {
    const parent = table.parent as Y.XmlFragment
    parent.delete(parent.toArray().indexOf(table), 1)
    return true
  }
  for (const { row, cell, colspan, rowspan } of repair.spans) {
    cells[row]?.[cell]?.setAttribute('colspan', colspan as unknown as string)
    cells[row]?.[cell]?.setAttribute('rowspan', rowspan as unknown as string)
  }
  for (const [at, row] of rows.entries()) {
    const missing = repair.missing[at] ?? 0
    const name = cells[at]?.[0]?.nodeName ?? 'tableCell'
    if (missing > 0)
      row.insert(
        row.length,
        Array.from({ length: missing }, () => createFillerCell(name)),
      )
  }
  for (const { row, cell } of repair.surplus.toReversed()) {
    const parent = rows[row] as Y.XmlElement
    parent.delete(parent.toArray().indexOf(cells[row]?.[cell] as Y.XmlElement), 1)
  }
  return true
}

const childrenOf = (parent: Y.XmlElement, wanted: (name: string) => boolean) =>
  parent.toArray().filter((child): child is Y.XmlElement => child instanceof Y.XmlElement && wanted(child.nodeName))

function createFillerCell(name: string): Y.XmlElement {
  const cell = new Y.XmlElement(name)
  for (const [key, value] of Object.entries({ colspan: 1, rowspan: 1, filler: true })) cell.setAttribute(key, value as unknown as string)
  cell.insert(0, [new Y.XmlElement('paragraph')])
  return cell
}

/** Whether a cell contains at most one paragraph, which is empty. */
function isEmptyCell(cell: Y.XmlElement): boolean {
  const [paragraph, ...more] = cell.toArray()
  if (more.length > 0) return false
  return (
    !paragraph ||
    (paragraph instanceof Y.XmlElement &&
      paragraph.nodeName === 'paragraph' &&
      paragraph.toArray().every((text) => text instanceof Y.XmlText && text.length === 0))
  )
}

/** The tables that a transaction may have made uneven: new tables, and those whose rows, cells or spans changed. */
export function findTouchedTables(transaction: Y.Transaction): Set<Y.XmlElement> {
  const tables = new Set<Y.XmlElement>()
  const note = (type: Y.AbstractType<any> | null) => {
    let table = type
    if (table instanceof Y.XmlElement && isCell(table.nodeName)) table = table.parent
    if (table instanceof Y.XmlElement && table.nodeName === 'tableRow') table = table.parent
    if (table instanceof Y.XmlElement && table.nodeName === 'table' && !table._item?.deleted) tables.add(table)
  }
  for (const type of transaction.changed.keys()) note(type as Y.AbstractType<any>)
  for (const type of findAddedTypes(transaction)) note(type)
  return tables
}

/** The types that a transaction added and that still exist. Takes time linear in the size of what it added. */
export function* findAddedTypes({ doc, beforeState, afterState }: Y.Transaction): Generator<Y.AbstractType<any>> {
  // `afterState` is set only when the transaction ends
  const state =
    afterState.size > 0 ? afterState : new Map([...doc.store.clients.keys()].map((client) => [client, Y.getState(doc.store, client)]))
  for (const [client, clock] of state) {
    const before = beforeState.get(client) ?? 0
    if (clock <= before) continue
    const structs = doc.store.clients.get(client) ?? []
    for (let at = Y.findIndexSS(structs as Y.Item[], before); at < structs.length; at++) {
      const struct = structs[at]
      if (struct instanceof Y.Item && !struct.deleted && struct.content instanceof Y.ContentType && struct.id.clock >= before)
        yield struct.content.type
    }
  }
}

/** An even copy of a table node; undefined where it has no cell. */
export function repairTableNode(table: Node): Node | undefined {
  const rows = table.content.content
  const repair = planRepair(
    rows.map((row) =>
      row.content.content.map(({ attrs, textContent, content }) => ({
        colspan: spanOf(attrs.colspan, maxColumns),
        rowspan: spanOf(attrs.rowspan, maxRows),
        filler: attrs.filler !== null && textContent === '' && content.size <= 2,
      })),
    ),
  )
  if (!repair) return table
  if (repair === 'empty') return undefined
  const { spans, surplus, missing } = repair
  const fixed = rows.map((row, at) => {
    const cells = row.content.content.map((cell, place) => {
      const span = spans.find((one) => one.row === at && one.cell === place)
      return span ? cell.type.create({ ...cell.attrs, colspan: span.colspan, rowspan: span.rowspan }, cell.content) : cell
    })
    const type = cells[0]?.type ?? proseSchema.nodes.tableCell
    const added = Array.from({ length: missing[at] ?? 0 }, () => type?.createAndFill() as Node)
    const stays = cells.filter((_, place) => !surplus.some((one) => one.row === at && one.cell === place))
    return row.copy(Fragment.fromArray([...stays, ...added]))
  })
  return table.copy(Fragment.fromArray(fixed))
}
