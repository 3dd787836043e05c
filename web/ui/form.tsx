import { Alert, Button, Group, type MantineSpacing } from '@mantine/core'

/** The error of a form that belongs to none of its fields. */
export function FormError({ message }: { message: string | false | null }) {
  return <div role="alert">{message && <Alert color="red">{message}</Alert>}</div>
}

interface FormActionsProps {
  submitLabel: string
  isBusy: boolean
  isDisabled?: boolean
  mt?: MantineSpacing
  onCancel: () => void
}

/** The buttons at the end of a form in a dialog. */
export function FormActions({ submitLabel, isBusy, isDisabled, mt, onCancel }: FormActionsProps) {
  return (
    <Group justify="flex-end" mt={mt}>
      <Button variant="default" onClick={onCancel}>
        Cancel
      </Button>
      <Button type="submit" loading={isBusy} disabled={isDisabled}>
        {submitLabel}
      </Button>
    </Group>
  )
}
