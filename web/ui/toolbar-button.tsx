import './toolbar-button.css'
import { Tooltip, UnstyledButton } from '@mantine/core'
import type { ComponentProps, MouseEvent, ReactNode, Ref } from 'react'

interface ToolbarButtonProps extends Omit<ComponentProps<'button'>, 'onClick' | 'ref' | 'style'> {
  label: string
  /** By default the label. */
  tooltip?: string
  /** Of a toggle: whether it is on. */
  isPressed?: boolean | undefined
  /** Of a button that opens something: whether it is open. */
  isExpanded?: boolean
  isDisabled?: boolean | undefined
  /** Absent where the button is the target of a menu. */
  onClick?: (event: MouseEvent<HTMLButtonElement>) => void
  ref?: Ref<HTMLButtonElement>
  /** The icon. */
  children: ReactNode
}

/** A button of an editor's toolbar. A click leaves the focus in the text. */
export function ToolbarButton({
  label,
  tooltip = label,
  isPressed,
  isExpanded,
  isDisabled,
  className = '',
  children,
  ...rest
}: ToolbarButtonProps) {
  return (
    <Tooltip label={tooltip}>
      <UnstyledButton
        {...rest}
        className={`toolbar-button ${className}`}
        data-toolbar-toggle
        aria-label={label}
        aria-pressed={isPressed}
        aria-expanded={isExpanded ?? rest['aria-expanded']}
        aria-disabled={isDisabled || undefined}
        data-pressed={isPressed || isExpanded || rest['aria-expanded'] === true || undefined}
        onMouseDown={(event) => event.preventDefault()}
      >
        {children}
      </UnstyledButton>
    </Tooltip>
  )
}
