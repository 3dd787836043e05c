/** Uneven tables have rows of different lengths, for example after two people add a row and a column at once. The server repairs them. */
import { Extension } from '@tiptap/core'
import type { Node } from '@tiptap/pm/model'
import type { Command, EditorState, Transaction } from '@tiptap/pm/state'
import {
  addRowAfter,
  addRowBefore,
  fixTablesKey,
  mergeCells,
  splitCell,
  TableMap,
  toggleHeaderCell,
  toggleHeaderColumn,
  toggleHeaderRow,
} from '@tiptap/pm/tables'

/** Whether a document contains an uneven table. */
export function hasUnevenTable(doc: Node): boolean {
  let uneven = false
  doc.descendants((node) => {
    if (node.type.spec['tableRole'] === 'table') uneven ||= Boolean(TableMap.get(node).problems)
    return !uneven && !node.isTextblock
  })
  return uneven
}

/** Whether a transaction is the table extension's repair of uneven tables. */
export const isTableRepair = (tr: Transaction): boolean => tr.getMeta(fixTablesKey) !== undefined

/** Whether the selection is in an uneven table. */
function isInUnevenTable({ selection: { $from } }: EditorState): boolean {
  for (let depth = $from.depth; depth > 0; depth--) {
    const node = $from.node(depth)
    if (node.type.spec['tableRole'] === 'table') return Boolean(TableMap.get(node).problems)
  }
  return false
}

const inEvenTable =
  (command: Command): Command =>
  (state, dispatch) =>
    !isInUnevenTable(state) && command(state, dispatch)

const merge = inEvenTable(mergeCells)
const addBefore = inEvenTable(addRowBefore)
const addAfter = inEvenTable(addRowAfter)
const toggleCell = inEvenTable(toggleHeaderCell)
const toggleColumn = inEvenTable(toggleHeaderColumn)
const toggleRow = inEvenTable(toggleHeaderRow)

/** Replaces commands of the table extension that throw in an uneven table. They do nothing until the server has repaired it. */
export const evenTableCommands = Extension.create({
  name: 'evenTableCommands',
  // Lower than the table extension's, so that these commands replace its own.
  priority: 50,
  addCommands: () => ({
    mergeCells:
      () =>
      ({ state, dispatch }) =>
        merge(state, dispatch),
    mergeOrSplit:
      () =>
      ({ state, dispatch }) =>
        merge(state, dispatch) || splitCell(state, dispatch),
    addRowBefore:
      () =>
      ({ state, dispatch }) =>
        addBefore(state, dispatch),
    addRowAfter:
      () =>
      ({ state, dispatch }) =>
        addAfter(state, dispatch),
    toggleHeaderCell:
      () =>
      ({ state, dispatch }) =>
        toggleCell(state, dispatch),
    toggleHeaderColumn:
      () =>
      ({ state, dispatch }) =>
        toggleColumn(state, dispatch),
    toggleHeaderRow:
      () =>
      ({ state, dispatch }) =>
        toggleRow(state, dispatch),
  }),
})
