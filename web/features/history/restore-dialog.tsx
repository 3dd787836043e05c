import { request, queryClient } from '../../lib/api-client.ts'
import { ConfirmDialog } from '../../ui/confirm-dialog.tsx'
import { showToast } from '../../ui/toast.ts'
import type { RestoreRequest } from './restore-request.ts'

interface RestoreDialogProps {
  documentName: string
  restoreRequest: RestoreRequest | null
  onClose: () => void
  onDone: () => void
}

/** Asks for confirmation, because everybody sees the change at once. */
export function RestoreDialog({ documentName, restoreRequest, onClose, onDone }: RestoreDialogProps) {
  async function restore() {
    if (!restoreRequest) return
    const { path, body, successMessage } = restoreRequest
    await request<{ head: number }>('POST', `/api/documents/${documentName}/${path}`, { body })
    showToast(successMessage)
    onDone()
    await queryClient.invalidateQueries({ queryKey: ['history', documentName] })
  }
  return (
    <ConfirmDialog
      opened={restoreRequest !== null}
      title={restoreRequest?.title ?? ''}
      buttonLabel={restoreRequest?.buttonLabel ?? ''}
      action={restore}
      onClose={onClose}
    >
      {restoreRequest?.description}
    </ConfirmDialog>
  )
}
