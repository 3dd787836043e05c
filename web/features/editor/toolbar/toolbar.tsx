import './toolbar.css'
import { Toolbar as Bar } from '@mantine/core'
import type { ChainedCommands, Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import {
  Bold,
  Code,
  Heading1,
  Heading2,
  Heading3,
  Italic,
  List,
  ListOrdered,
  type LucideIcon,
  Minus,
  Quote,
  Redo2,
  Strikethrough,
  Underline,
  Undo2,
} from 'lucide-react'
import {
  Fragment,
  type MouseEvent,
  type ReactNode,
  type RefObject,
  type KeyboardEvent as ReactKeyboardEvent,
  useEffect,
  useRef,
} from 'react'
import { ToolbarButton } from '../../../ui/toolbar-button.tsx'
import { LinkTool } from './link-tool.tsx'
import { SuggestingSwitch } from './suggesting-switch.tsx'

interface Tool {
  label: string
  keys?: string
  icon: LucideIcon
  run: (chain: ChainedCommands) => ChainedCommands
  /** Whether the format is active at the caret. Tools that run once have none. */
  isActive?: (editor: Editor) => boolean
  isEnabled?: (editor: Editor) => boolean
}

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent)
const toShortcut = (keys: string) => (isMac ? keys.replace('Ctrl+', '⌘').replace('Alt+', '⌥').replace('Shift+', '⇧') : keys)

const headingTool = (level: 1 | 2 | 3, icon: LucideIcon): Tool => ({
  label: `Heading ${level}`,
  keys: `Ctrl+Alt+${level}`,
  icon,
  run: (chain) => chain.toggleHeading({ level }),
  isActive: (editor) => editor.isActive('heading', { level }),
})
const markTool = (name: string, label: string, keys: string, icon: LucideIcon): Tool => ({
  label,
  keys,
  icon,
  run: (chain) => chain.toggleMark(name),
  isActive: (editor) => editor.isActive(name),
  isEnabled: (editor) => editor.can().toggleMark(name),
})

const groups: Tool[][] = [
  [
    { label: 'Undo', keys: 'Ctrl+Z', icon: Undo2, run: (chain) => chain.undo(), isEnabled: (editor) => editor.can().undo() },
    { label: 'Redo', keys: 'Ctrl+Shift+Z', icon: Redo2, run: (chain) => chain.redo(), isEnabled: (editor) => editor.can().redo() },
  ],
  [headingTool(1, Heading1), headingTool(2, Heading2), headingTool(3, Heading3)],
  [
    markTool('bold', 'Bold', 'Ctrl+B', Bold),
    markTool('italic', 'Italic', 'Ctrl+I', Italic),
    markTool('underline', 'Underline', 'Ctrl+U', Underline),
    markTool('strike', 'Strikethrough', 'Ctrl+Shift+S', Strikethrough),
    markTool('code', 'Code', 'Ctrl+E', Code),
  ],
  [
    {
      label: 'Bulleted list',
      keys: 'Ctrl+Shift+8',
      icon: List,
      run: (chain) => chain.toggleBulletList(),
      isActive: (editor) => editor.isActive('bulletList'),
    },
    {
      label: 'Numbered list',
      keys: 'Ctrl+Shift+7',
      icon: ListOrdered,
      run: (chain) => chain.toggleOrderedList(),
      isActive: (editor) => editor.isActive('orderedList'),
    },
    {
      label: 'Quote',
      keys: 'Ctrl+Shift+B',
      icon: Quote,
      run: (chain) => chain.toggleBlockquote(),
      isActive: (editor) => editor.isActive('blockquote'),
    },
    { label: 'Divider', icon: Minus, run: (chain) => chain.setHorizontalRule() },
  ],
]
const tools = groups.flat()

function ToolButton({ tool, editor, isActive, isEnabled }: { tool: Tool; editor: Editor; isActive: boolean; isEnabled: boolean }) {
  const Icon = tool.icon
  function runTool({ detail }: MouseEvent) {
    if (!isEnabled) return
    // With the keyboard the focus stays on the toolbar, so that several tools can be used in a row.
    const isPointer = detail > 0
    tool.run(isPointer ? editor.chain().focus() : editor.chain()).run()
  }
  return (
    <ToolbarButton
      label={tool.label}
      tooltip={tool.keys && `${tool.label} (${toShortcut(tool.keys)})`}
      isPressed={tool.isActive && isActive}
      isDisabled={!isEnabled}
      onClick={runTool}
    >
      <Icon size={18} aria-hidden="true" />
    </ToolbarButton>
  )
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

/** The formatting toolbar, followed by the tools of the document's kind. Arrow keys move along it, Escape returns to the text. */
export function Toolbar({ editor, children }: { editor: Editor; children?: ReactNode }) {
  const toolbar = useToolbarShortcut()
  const { isActive, isEnabled } = useEditorState({
    editor,
    selector: ({ editor: now }) => ({
      isActive: tools.map((tool) => tool.isActive?.(now) ?? false),
      isEnabled: tools.map((tool) => tool.isEnabled?.(now) ?? true),
    }),
  })

  // In the capture phase, because an open tooltip stops Escape.
  function onKeyDown(event: ReactKeyboardEvent) {
    if (event.key === 'Escape') editor.commands.focus()
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
          {groups.map((group, index) => (
            <Fragment key={group[0]?.label}>
              {index > 0 && <span className="toolbar-separator" aria-hidden="true" />}
              {group.map((tool) => (
                <ToolButton
                  key={tool.label}
                  tool={tool}
                  editor={editor}
                  isActive={isActive[tools.indexOf(tool)] ?? false}
                  isEnabled={isEnabled[tools.indexOf(tool)] ?? true}
                />
              ))}
            </Fragment>
          ))}
          <LinkTool editor={editor} />
          {children}
        </Bar>
      </div>
      <SuggestingSwitch editor={editor} />
    </div>
  )
}
