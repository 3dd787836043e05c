import { Modal, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import { toErrorMessage, toFieldErrors } from '../../lib/problem.ts'
import { FormActions, FormError } from '../../ui/form.tsx'
import { PasswordField } from '../../ui/password-field.tsx'
import { showToast } from '../../ui/toast.ts'

/** Changes the user's password. Mounted only while the dialog is open, so that no password stays in memory. */
function ChangePasswordForm({ onClose }: { onClose: () => void }) {
  const [currentPassword, setCurrentPassword] = useState('')
  const [newPassword, setNewPassword] = useState('')
  const saving = useMutation({
    mutationFn: () => request('PUT', '/api/auth/password', { body: { currentPassword, newPassword } }),
    onSuccess: () => {
      showToast('Your password was changed.')
      void queryClient.invalidateQueries({ queryKey: ['sessions'] })
      onClose()
    },
  })
  const fields = toFieldErrors(saving.error)

  function submit(event: FormEvent) {
    event.preventDefault()
    saving.mutate()
  }

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          Your other devices will be signed out.
        </Text>
        <FormError message={saving.error && Object.keys(fields).length === 0 && toErrorMessage(saving.error)} />
        <PasswordField
          label="Current password"
          data-autofocus
          value={currentPassword}
          onChange={setCurrentPassword}
          error={fields['currentPassword']}
        />
        <PasswordField label="New password" isNew value={newPassword} onChange={setNewPassword} error={fields['newPassword']} />
        <FormActions submitLabel="Change password" isBusy={saving.isPending} mt="xs" onCancel={onClose} />
      </Stack>
    </form>
  )
}

export function ChangePasswordDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Change password">
      <ChangePasswordForm onClose={onClose} />
    </Modal>
  )
}
