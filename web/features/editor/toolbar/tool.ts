/** A tool of the editor's toolbars. */
import type { ChainedCommands, Editor } from '@tiptap/core'
import type { LucideIcon } from 'lucide-react'
import type { MouseEvent } from 'react'

export interface Tool {
  label: string
  keys?: string
  icon: LucideIcon
  /** Runs the tool, by a chain of commands or by itself. */
  run: (chain: ChainedCommands, editor: Editor) => ChainedCommands | void
  /** Whether the format is active at the caret. Tools that run once have none. */
  isActive?: (editor: Editor) => boolean
  isEnabled?: (editor: Editor) => boolean
  /** Whether it is active where a person has chosen nothing. */
  isDefault?: boolean
}

/** How a tool is shown now. */
export interface ToolState {
  isActive: boolean
  isEnabled: boolean
}

export const readToolState = (tool: Tool, editor: Editor): ToolState => ({
  isActive: tool.isActive?.(editor) ?? false,
  isEnabled: tool.isEnabled?.(editor) ?? true,
})

/** Runs a tool that was clicked. With the keyboard the focus stays on the toolbar, so that several tools can be used in a row. */
export function runTool(tool: Tool, editor: Editor, { detail }: MouseEvent): void {
  const isPointer = detail > 0
  tool.run(isPointer ? editor.chain().focus() : editor.chain(), editor)?.run()
  // Menus return the focus to their button after the click.
  if (isPointer) requestAnimationFrame(() => editor.isDestroyed || editor.view.hasFocus() || editor.view.focus())
}

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** Keys as the user's system names them. */
export const toShortcut = (keys: string): string => (isMac ? keys.replace('Ctrl+', '⌘').replace('Alt+', '⌥').replace('Shift+', '⇧') : keys)
