import './toolbar.css'
import { Toolbar as Bar, Tooltip, UnstyledButton } from '@mantine/core'
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
import { Fragment, type KeyboardEvent, type ReactNode, type Ref } from 'react'
import { LinkTool } from './link-tool.tsx'
import { ModeSwitch } from './mode-switch.tsx'

interface Tool {
  label: string
  keys?: string
  icon: LucideIcon
  act: (chain: ChainedCommands) => ChainedCommands
  /** Whether what it makes is at the caret now; tools without it do something once. */
  pressed?: (editor: Editor) => boolean
  possible?: (editor: Editor) => boolean
}

const mac = /Mac|iPhone|iPad/.test(navigator.userAgent)
const keysOf = (keys: string) => (mac ? keys.replace('Ctrl+', '⌘').replace('Alt+', '⌥').replace('Shift+', '⇧') : keys)

const heading = (level: 1 | 2 | 3, icon: LucideIcon): Tool => ({
  label: `Heading ${level}`,
  keys: `Ctrl+Alt+${level}`,
  icon,
  act: (chain) => chain.toggleHeading({ level }),
  pressed: (editor) => editor.isActive('heading', { level }),
})
const mark = (name: string, label: string, keys: string, icon: LucideIcon): Tool => ({
  label,
  keys,
  icon,
  act: (chain) => chain.toggleMark(name),
  pressed: (editor) => editor.isActive(name),
  possible: (editor) => editor.can().toggleMark(name),
})

const groups: Tool[][] = [
  [
    { label: 'Undo', keys: 'Ctrl+Z', icon: Undo2, act: (chain) => chain.undo(), possible: (editor) => editor.can().undo() },
    { label: 'Redo', keys: 'Ctrl+Shift+Z', icon: Redo2, act: (chain) => chain.redo(), possible: (editor) => editor.can().redo() },
  ],
  [heading(1, Heading1), heading(2, Heading2), heading(3, Heading3)],
  [
    mark('bold', 'Bold', 'Ctrl+B', Bold),
    mark('italic', 'Italic', 'Ctrl+I', Italic),
    mark('underline', 'Underline', 'Ctrl+U', Underline),
    mark('strike', 'Strikethrough', 'Ctrl+Shift+S', Strikethrough),
    mark('code', 'Code', 'Ctrl+E', Code),
  ],
  [
    {
      label: 'Bulleted list',
      keys: 'Ctrl+Shift+8',
      icon: List,
      act: (chain) => chain.toggleBulletList(),
      pressed: (editor) => editor.isActive('bulletList'),
    },
    {
      label: 'Numbered list',
      keys: 'Ctrl+Shift+7',
      icon: ListOrdered,
      act: (chain) => chain.toggleOrderedList(),
      pressed: (editor) => editor.isActive('orderedList'),
    },
    {
      label: 'Quote',
      keys: 'Ctrl+Shift+B',
      icon: Quote,
      act: (chain) => chain.toggleBlockquote(),
      pressed: (editor) => editor.isActive('blockquote'),
    },
    { label: 'Divider', icon: Minus, act: (chain) => chain.setHorizontalRule() },
  ],
]
const tools = groups.flat()

function ToolButton({ tool, editor, pressed, possible }: { tool: Tool; editor: Editor; pressed: boolean; possible: boolean }) {
  const Icon = tool.icon
  return (
    <Tooltip label={tool.keys ? `${tool.label} (${keysOf(tool.keys)})` : tool.label}>
      <UnstyledButton
        className="tool"
        data-toolbar-toggle
        aria-label={tool.label}
        aria-pressed={tool.pressed ? pressed : undefined}
        aria-disabled={!possible || undefined}
        data-pressed={pressed || undefined}
        onMouseDown={(event) => event.preventDefault()}
        onClick={(event) => {
          if (!possible) return
          // By keyboard the focus stays on the tool, so that several can be pressed in a row.
          const byPointer = event.detail > 0
          tool.act(byPointer ? editor.chain().focus() : editor.chain()).run()
        }}
      >
        <Icon size={18} aria-hidden="true" />
      </UnstyledButton>
    </Tooltip>
  )
}

/** The tools for the text at the caret, and after them those of its kind of document. Arrow keys move along them, Escape goes back to the text. */
export function Toolbar({ editor, ref, children }: { editor: Editor; ref: Ref<HTMLDivElement>; children?: ReactNode }) {
  const { pressed, possible } = useEditorState({
    editor,
    selector: ({ editor: now }) => ({
      pressed: tools.map((tool) => tool.pressed?.(now) ?? false),
      possible: tools.map((tool) => tool.possible?.(now) ?? true),
    }),
  })

  // In the capture phase: an open tooltip would keep the key for itself.
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === 'Escape') editor.commands.focus()
  }

  return (
    <div className="toolbar-strip">
      <div className="toolbar-tools">
        <Bar ref={ref} className="toolbar" withBorder={false} aria-label="Text" aria-keyshortcuts="Alt+F10" onKeyDownCapture={onKeyDown}>
          {groups.map((group, index) => (
            <Fragment key={group[0]?.label}>
              {index > 0 && <span className="tool-gap" aria-hidden="true" />}
              {group.map((tool) => (
                <ToolButton
                  key={tool.label}
                  tool={tool}
                  editor={editor}
                  pressed={pressed[tools.indexOf(tool)] ?? false}
                  possible={possible[tools.indexOf(tool)] ?? true}
                />
              ))}
            </Fragment>
          ))}
          <LinkTool editor={editor} />
          {children}
        </Bar>
      </div>
      <ModeSwitch editor={editor} />
    </div>
  )
}
