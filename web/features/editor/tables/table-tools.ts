/** The tools of tables. */
import type { Editor } from '@tiptap/core'
import {
  BetweenHorizontalEnd,
  BetweenHorizontalStart,
  BetweenVerticalEnd,
  BetweenVerticalStart,
  type LucideIcon,
  PanelTop,
  TableCellsMerge,
  TableCellsSplit,
  TableColumnsSplit,
  TableRowsSplit,
  Trash2,
} from 'lucide-react'
import type { ChainedCommands } from '@tiptap/core'
import type { Tool } from '../toolbar/tool.ts'

/** Whether the selection is in a table. */
export const isInTable = (editor: Editor): boolean => editor.isActive('table')

type TableCommand =
  | 'addRowBefore'
  | 'addRowAfter'
  | 'deleteRow'
  | 'addColumnBefore'
  | 'addColumnAfter'
  | 'deleteColumn'
  | 'toggleHeaderRow'
  | 'mergeCells'
  | 'splitCell'
  | 'deleteTable'

const tableTool = (command: TableCommand, label: string, icon: LucideIcon): Tool => ({
  label,
  icon,
  run: (chain: ChainedCommands) => chain[command](),
  isEnabled: (editor) => isInTable(editor) && editor.can()[command](),
})

/** The tools of the table that contains the selection, in groups. */
export const tableTools: readonly (readonly Tool[])[] = [
  [
    tableTool('addRowBefore', 'Add row above', BetweenHorizontalEnd),
    tableTool('addRowAfter', 'Add row below', BetweenHorizontalStart),
    tableTool('deleteRow', 'Delete row', TableRowsSplit),
  ],
  [
    tableTool('addColumnBefore', 'Add column before', BetweenVerticalEnd),
    tableTool('addColumnAfter', 'Add column after', BetweenVerticalStart),
    tableTool('deleteColumn', 'Delete column', TableColumnsSplit),
  ],
  [
    tableTool('toggleHeaderRow', 'Header row', PanelTop),
    tableTool('mergeCells', 'Merge cells', TableCellsMerge),
    tableTool('splitCell', 'Split cell', TableCellsSplit),
  ],
  [tableTool('deleteTable', 'Delete table', Trash2)],
]
