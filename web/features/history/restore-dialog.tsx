import { useMutation } from '@tanstack/react-query'
import { request, queryClient } from '../../lib/api-client.ts'
import { showToast } from '../../ui/toast.ts'
import { ConfirmDialog } from './confirm-dialog.tsx'
import type { RestoreRequest } from './restore-request.ts'

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
    <ConfirmDialog
      opened={restoreRequest !== null}
      title={restoreRequest?.title}
      description={restoreRequest?.description}
      buttonLabel={restoreRequest?.buttonLabel}
      mutation={restoring}
      onConfirm={() => restoreRequest && restoring.mutate(restoreRequest)}
      onClose={close}
    />
  )
}
