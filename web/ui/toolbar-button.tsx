import './toolbar-button.css'
import { Tooltip, UnstyledButton } from '@mantine/core'
import type { MouseEvent, ReactNode, Ref } from 'react'

interface ToolbarButtonProps {
  label: string
  /** By default the label. */
  tooltip?: string
  /** Of a toggle: whether it is on. */
  isPressed?: boolean | undefined
  /** Of a button that opens something: whether it is open. */
  isExpanded?: boolean
  isDisabled?: boolean
  onClick: (event: MouseEvent) => void
  ref?: Ref<HTMLButtonElement>
  /** The icon. */
  children: ReactNode
}

/** A button of an editor's toolbar. A click leaves the focus in the text. */
export function ToolbarButton({ label, tooltip = label, isPressed, isExpanded, isDisabled, onClick, ref, children }: ToolbarButtonProps) {
  return (
    <Tooltip label={tooltip}>
      <UnstyledButton
        ref={ref}
        className="toolbar-button"
        data-toolbar-toggle
        aria-label={label}
        aria-pressed={isPressed}
        aria-expanded={isExpanded}
        aria-disabled={isDisabled || undefined}
        data-pressed={isPressed || isExpanded || undefined}
        onMouseDown={(event) => event.preventDefault()}
        onClick={onClick}
      >
        {children}
      </UnstyledButton>
    </Tooltip>
  )
}
