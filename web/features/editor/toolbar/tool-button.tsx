import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { ToolbarButton } from '../../../ui/toolbar-button.tsx'
import { readToolState, runTool, type Tool, toShortcut } from './tool.ts'

/** A button that runs a tool. */
export function ToolButton({ tool, editor }: { tool: Tool; editor: Editor }) {
  const { isActive, isEnabled } = useEditorState({ editor, selector: ({ editor: now }) => readToolState(tool, now) })
  const Icon = tool.icon
  return (
    <ToolbarButton
      label={tool.label}
      tooltip={tool.keys && `${tool.label} (${toShortcut(tool.keys)})`}
      isPressed={tool.isActive && isActive}
      isDisabled={!isEnabled}
      onClick={(event) => isEnabled && runTool(tool, editor, event)}
    >
      <Icon size={18} aria-hidden="true" />
    </ToolbarButton>
  )
}
