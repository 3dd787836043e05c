import { Menu } from '@mantine/core'
import type { Editor } from '@tiptap/core'
import { useEditorState } from '@tiptap/react'
import { Check, ChevronDown, type LucideIcon } from 'lucide-react'
import { Fragment, useState } from 'react'
import { ToolbarButton } from '../../../ui/toolbar-button.tsx'
import { readToolState, runTool, type Tool, type ToolState, toShortcut } from './tool.ts'

function ToolItem({ tool, editor, state }: { tool: Tool; editor: Editor; state: ToolState }) {
  const Icon = tool.icon
  return (
    <Menu.Item
      role={tool.isActive ? 'menuitemcheckbox' : 'menuitem'}
      aria-checked={tool.isActive ? state.isActive : undefined}
      disabled={!state.isEnabled}
      leftSection={<Icon size={18} aria-hidden="true" />}
      rightSection={
        state.isActive ? (
          <Check size={16} aria-hidden="true" />
        ) : (
          tool.keys && (
            <span className="tool-menu-keys" aria-hidden="true">
              {toShortcut(tool.keys)}
            </span>
          )
        )
      }
      onMouseDown={(event) => event.preventDefault()}
      onClick={(event) => runTool(tool, editor, event)}
    >
      {tool.label}
    </Menu.Item>
  )
}

interface ToolMenuProps {
  editor: Editor
  label: string
  icon: LucideIcon
  groups: readonly (readonly Tool[])[]
  /** Whether the button shows the icon of the tool that is active, as a list of choices does. */
  isChoice?: boolean
}

/** A button of the toolbar that opens a menu of tools. */
export function ToolMenu({ editor, label, icon, groups, isChoice = false }: ToolMenuProps) {
  const [opened, setOpened] = useState(false)
  const states = useEditorState({
    editor,
    selector: ({ editor: now }) => groups.map((group) => group.map((one) => readToolState(one, now))),
  })
  const active = groups.flat().find((_, index) => states.flat()[index]?.isActive)
  const Icon = (isChoice && active?.icon) || icon
  return (
    <Menu opened={opened} onChange={setOpened} position="bottom-start" radius="md" shadow="md" returnFocus withinPortal>
      <Menu.Target>
        <ToolbarButton
          label={label}
          tooltip={isChoice && active ? `${label}: ${active.label}` : label}
          className="tool-menu-button"
          data-active={(active && !active.isDefault) || undefined}
        >
          <Icon size={18} aria-hidden="true" />
          <ChevronDown size={12} aria-hidden="true" />
        </ToolbarButton>
      </Menu.Target>
      <Menu.Dropdown aria-label={label}>
        {groups.map((group, index) => (
          <Fragment key={group[0]?.label}>
            {index > 0 && <Menu.Divider />}
            {group.map((tool, place) => (
              <ToolItem
                key={tool.label}
                tool={tool}
                editor={editor}
                state={states[index]?.[place] ?? { isActive: false, isEnabled: true }}
              />
            ))}
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
