import { Alert, Button, Group, Modal, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { toErrorMessage } from '../../lib/problem.ts'

interface ConfirmDialogProps {
  opened: boolean
  title: string | undefined
  description: ReactNode
  /** The label of the confirm button. */
  buttonLabel: string | undefined
  buttonColor?: 'red'
  /** The mutation that the confirm button starts. */
  mutation: { isPending: boolean; error: Error | null }
  onConfirm: () => void
  onClose: () => void
}

/** Asks the user to confirm a change, and stays open with the error if the change fails. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { opened, title, description, buttonLabel, buttonColor, mutation, onConfirm, onClose } = props
  return (
    <Modal opened={opened} onClose={onClose} title={title} size="md">
      <Text mb="lg">{description}</Text>
      <div role="alert">
        {mutation.error && (
          <Alert color="red" mb="md">
            {toErrorMessage(mutation.error)}
          </Alert>
        )}
      </div>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button data-autofocus color={buttonColor} loading={mutation.isPending} onClick={onConfirm}>
          {buttonLabel}
        </Button>
      </Group>
    </Modal>
  )
}
