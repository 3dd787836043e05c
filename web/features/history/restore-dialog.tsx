import { Alert, Button, Group, Modal, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'

/** A change of the current text from its history, to be confirmed. */
export interface RestoreRequest {
  title: string
  description: ReactNode
  /** The endpoint below the document. */
  path: 'restore' | 'undo'
  body: Record<string, unknown>
  /** The label of the confirm button. */
  buttonLabel: string
  successMessage: string
}

interface RestoreDialogProps {
  documentName: string
  restoreRequest: RestoreRequest | null
  onClose: () => void
  onDone: () => void
}

/** Asks for confirmation, because everybody sees the change at once. */
export function RestoreDialog({ documentName, restoreRequest, onClose, onDone }: RestoreDialogProps) {
  const restoring = useMutation({
    mutationFn: ({ path, body }: RestoreRequest) => request<{ head: number }>('POST', `/api/documents/${documentName}/${path}`, { body }),
    onSuccess: (_, { successMessage }) => {
      showToast(successMessage)
      close()
      onDone()
      return queryClient.invalidateQueries({ queryKey: ['history', documentName] })
    },
  })
  function close() {
    restoring.reset()
    onClose()
  }
  return (
    <Modal opened={restoreRequest !== null} onClose={close} title={restoreRequest?.title} size="md">
      <Text mb="lg">{restoreRequest?.description}</Text>
      <div role="alert">
        {restoring.error && (
          <Alert color="red" mb="md">
            {toErrorMessage(restoring.error)}
          </Alert>
        )}
      </div>
      <Group justify="flex-end" gap="sm">
        <Button variant="default" onClick={close}>
          Cancel
        </Button>
        <Button data-autofocus loading={restoring.isPending} onClick={() => restoreRequest && restoring.mutate(restoreRequest)}>
          {restoreRequest?.buttonLabel}
        </Button>
      </Group>
    </Modal>
  )
}
