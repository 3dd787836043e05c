import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { Table } from 'lucide-react'
import { ToolButton } from '../toolbar/tool-button.tsx'
import { ToolMenu } from '../toolbar/tool-menu.tsx'
import type { Tool } from '../toolbar/tool.ts'
import { isInTable, tableTools } from './table-tools.ts'

const insertTool: Tool = {
  label: 'Insert table',
  icon: Table,
  run: (chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true }),
  isEnabled: (editor) => editor.can().insertTable(),
}

/** Inserts a table; in a table it is the menu of its tools, which keyboards reach. */
export function TableTool({ editor }: { editor: Editor }) {
  const inTable = useEditorState({ editor, selector: ({ editor: now }) => isInTable(now) })
  if (inTable) return <ToolMenu editor={editor} label="Table" icon={Table} groups={tableTools} />
  return <ToolButton editor={editor} tool={insertTool} />
}
