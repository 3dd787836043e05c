import { PasswordInput, type PasswordInputProps } from '@mantine/core'

interface PasswordFieldProps extends Omit<PasswordInputProps, 'value' | 'onChange'> {
  /** A new password is described, and is not filled in by the browser. */
  isNew?: boolean
  value: string
  onChange: (password: string) => void
}

/** A password, with a button that shows it. */
export function PasswordField({ isNew = false, onChange, ...props }: PasswordFieldProps) {
  return (
    <PasswordInput
      required
      autoComplete={isNew ? 'new-password' : 'current-password'}
      description={isNew ? 'At least 8 characters. A short sentence is best.' : undefined}
      maxLength={isNew ? 200 : undefined}
      onChange={(event) => onChange(event.currentTarget.value)}
      visibilityToggleButtonProps={{ 'aria-label': 'Show the password', tabIndex: 0 }}
      {...props}
    />
  )
}
