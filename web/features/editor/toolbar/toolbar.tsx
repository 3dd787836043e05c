import './toolbar.css'
import { Toolbar as Bar } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { ALargeSmall, Ellipsis, Pilcrow } from 'lucide-react'
import { type ReactNode, type RefObject, type KeyboardEvent as ReactKeyboardEvent, useEffect, useMemo, useRef } from 'react'
import type { LiveDocument } from '../../../lib/collab/live-document.ts'
import { TableTool } from '../tables/table-tool.tsx'
import { LinkTool } from './link-tool.tsx'
import { SuggestingSwitch } from './suggesting-switch.tsx'
import { ToolButton } from './tool-button.tsx'
import { ToolMenu } from './tool-menu.tsx'
import { blockTools, clauseTool, formatTools, historyTools, listTools, moreFormatTools, moreTools } from './tools.ts'
import type { Tool } from './tool.ts'

const blockMenu = [blockTools]
const moreFormatMenu = [moreFormatTools]

const separator = <span className="toolbar-separator" aria-hidden="true" />

function ToolButtons({ tools, editor }: { tools: readonly Tool[]; editor: Editor }) {
  return tools.map((tool) => <ToolButton key={tool.label} tool={tool} editor={editor} />)
}

/** Alt+F10 focuses the toolbar, as in other editors. Returns the ref of the toolbar. */
function useToolbarShortcut(): RefObject<HTMLDivElement | null> {
  const toolbar = useRef<HTMLDivElement>(null)
  useEffect(() => {
    function focusToolbar(event: KeyboardEvent) {
      if (!event.altKey || event.key !== 'F10') return
      event.preventDefault()
      toolbar.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
    }
    document.addEventListener('keydown', focusToolbar)
    return () => document.removeEventListener('keydown', focusToolbar)
  }, [])
  return toolbar
}

interface ToolbarProps {
  editor: Editor
  liveDocument: LiveDocument
  /** Whether the user may edit, and not only suggest. */
  canWrite: boolean
  children?: ReactNode
}

/** The formatting toolbar, followed by the tools of the document's kind. Arrow keys move along it, Escape returns to the text. */
export function Toolbar({ editor, liveDocument, canWrite, children }: ToolbarProps) {
  const toolbar = useToolbarShortcut()
  const clauses = useMemo(() => clauseTool(liveDocument.doc), [liveDocument])

  // In the capture phase, because an open tooltip stops Escape.
  function onKeyDown(event: ReactKeyboardEvent) {
    const isInMenu = (event.target as Element).closest('[role="menu"]') !== null
    if (event.key === 'Escape' && !isInMenu) editor.commands.focus()
  }

  return (
    <div className="toolbar-strip">
      <div className="toolbar-tools">
        <Bar
          ref={toolbar}
          className="toolbar"
          withBorder={false}
          aria-label="Text"
          aria-keyshortcuts="Alt+F10"
          onKeyDownCapture={onKeyDown}
        >
          <ToolButtons tools={historyTools} editor={editor} />
          {separator}
          <ToolMenu editor={editor} label="Text style" icon={Pilcrow} groups={blockMenu} isChoice />
          {separator}
          <ToolButtons tools={formatTools} editor={editor} />
          <ToolMenu editor={editor} label="More formatting" icon={ALargeSmall} groups={moreFormatMenu} />
          {separator}
          <ToolButtons tools={listTools} editor={editor} />
          <ToolButton tool={clauses} editor={editor} />
          {separator}
          <LinkTool editor={editor} />
          <TableTool editor={editor} />
          <ToolMenu editor={editor} label="More tools" icon={Ellipsis} groups={moreTools} />
          {children}
        </Bar>
      </div>
      <SuggestingSwitch editor={editor} documentName={liveDocument.name} canWrite={canWrite} />
    </div>
  )
}
