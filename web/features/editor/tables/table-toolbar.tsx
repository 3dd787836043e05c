import type { Editor } from '@tiptap/core'
import { BubbleMenu } from '@tiptap/react/menus'
import { Fragment } from 'react'
import { ToolButton } from '../toolbar/tool-button.tsx'
import { isInTable, tableTools } from './table-tools.ts'

/** Room for the toolbar between the page's header and the table, in px. */
const toolbarHeight = 48

/** The place of the table that contains the selection, as far as it is visible below the page's header. */
function findTableRect(editor: Editor) {
  const { node } = editor.view.domAtPos(editor.state.selection.from)
  const table = (node instanceof Element ? node : node.parentElement)?.closest('.tableWrapper')
  if (!table) return null
  return {
    getBoundingClientRect() {
      const { left, right, top, bottom, width } = table.getBoundingClientRect()
      const header = document.querySelector('.editor-header')?.getBoundingClientRect().bottom ?? 0
      const visibleTop = Math.min(Math.max(top, header + toolbarHeight), Math.max(bottom, header + toolbarHeight))
      return new DOMRect(left, visibleTop, width || right - left, Math.max(0, bottom - visibleTop))
    },
    contextElement: table,
  }
}

/** The tools of the table that contains the selection, above it. */
export function TableToolbar({ editor }: { editor: Editor }) {
  return (
    <BubbleMenu
      editor={editor}
      pluginKey="tableToolbar"
      className="bubble-menu table-toolbar"
      role="toolbar"
      aria-label="Table"
      updateDelay={0}
      getReferencedVirtualElement={() => findTableRect(editor)}
      options={{ strategy: 'fixed', placement: 'top', offset: 4, shift: { padding: 8 }, flip: false }}
      shouldShow={({ editor: now, view, element }) =>
        now.isEditable && isInTable(now) && (view.hasFocus() || element.contains(document.activeElement))
      }
    >
      {tableTools.map((group, index) => (
        <Fragment key={group[0]?.label}>
          {index > 0 && <span className="toolbar-separator" aria-hidden="true" />}
          {group.map((tool) => (
            <ToolButton key={tool.label} tool={tool} editor={editor} />
          ))}
        </Fragment>
      ))}
    </BubbleMenu>
  )
}
