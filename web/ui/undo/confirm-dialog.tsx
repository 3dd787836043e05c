import { Alert, Button, Group, Modal, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { toErrorMessage } from '../../lib/problem.ts'

interface ConfirmDialogProps {
  opened: boolean
  title: string
  /** What the action changes, and whether it can be undone. */
  children: ReactNode
  /** The label of the confirm button. */
  buttonLabel: string
  /** Red for an action that removes something. */
  buttonColor?: 'red'
  size?: 'md' | 'lg'
  /** What the confirm button does. The dialog closes when it has succeeded. */
  action: () => Promise<unknown>
  onClose: () => void
}

/** Asks the user to confirm a change, and stays open with the error if the change fails. */
export function ConfirmDialog({ opened, title, children, buttonLabel, buttonColor, size = 'md', action, onClose }: ConfirmDialogProps) {
  const confirming = useMutation({ mutationFn: action, onSuccess: close })
  function close() {
    confirming.reset()
    onClose()
  }
  return (
    <Modal opened={opened} onClose={close} title={title} size={size}>
      {typeof children === 'string' ? <Text>{children}</Text> : children}
      <div role="alert">
        {confirming.error && (
          <Alert color="red" mt="md">
            {toErrorMessage(confirming.error)}
          </Alert>
        )}
      </div>
      <Group justify="flex-end" gap="sm" mt="lg">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button data-autofocus color={buttonColor} loading={confirming.isPending} onClick={() => confirming.mutate()}>
          {buttonLabel}
        </Button>
      </Group>
    </Modal>
  )
}
