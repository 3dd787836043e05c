import { Popover } from '@mantine/core'
import type { LucideIcon } from 'lucide-react'
import { type ReactNode, useEffect, useRef } from 'react'
import { ToolbarButton } from './toolbar-button.tsx'

interface ToolbarPopoverProps {
  label: string
  tooltip?: string
  icon: LucideIcon
  isPressed?: boolean
  opened: boolean
  onChange: (opened: boolean) => void
  /** Called when the user closes it by Escape or by a click outside. */
  onDismiss: () => void
  children: ReactNode
}

/** A button of an editor's toolbar with a form below it. */
export function ToolbarPopover({ label, tooltip, icon: Icon, isPressed, opened, onChange, onDismiss, children }: ToolbarPopoverProps) {
  const button = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    // On a phone the button may be scrolled out of view, and its popover with it.
    if (opened) button.current?.scrollIntoView({ inline: 'center', block: 'nearest' })
  }, [opened])
  return (
    <Popover
      opened={opened}
      onChange={onChange}
      onDismiss={onDismiss}
      position="bottom"
      trapFocus
      withinPortal
      hideDetached={false}
      shadow="md"
      radius="md"
      width={300}
    >
      <Popover.Target>
        <ToolbarButton ref={button} label={label} tooltip={tooltip} isPressed={isPressed} onClick={() => onChange(!opened)}>
          <Icon size={18} aria-hidden="true" />
        </ToolbarButton>
      </Popover.Target>
      <Popover.Dropdown aria-label={label}>{children}</Popover.Dropdown>
    </Popover>
  )
}
