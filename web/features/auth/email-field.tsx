import { TextInput, type TextInputProps } from '@mantine/core'

interface EmailFieldProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string
  onChange: (email: string) => void
}

/** The e-mail address of an account. */
export function EmailField({ onChange, ...props }: EmailFieldProps) {
  return (
    <TextInput
      label="E-mail"
      type="email"
      size="md"
      required
      autoComplete="email"
      inputMode="email"
      onChange={(event) => onChange(event.currentTarget.value)}
      {...props}
    />
  )
}
