import { Alert, Button, Group, Modal, PasswordInput, Stack, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import { toErrorMessage, Problem } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'

/** Changes the user's password. Mounted only while the dialog is open, so that no password stays in memory. */
function ChangePasswordForm({ onClose }: { onClose: () => void }) {
  const [currentPassword, setCurrent] = useState('')
  const [newPassword, setNew] = useState('')
  const saving = useMutation({
    mutationFn: () => request('PUT', '/api/auth/password', { body: { currentPassword, newPassword } }),
    onSuccess: () => {
      showToast('Your password was changed.')
      void queryClient.invalidateQueries({ queryKey: ['sessions'] })
      onClose()
    },
  })
  const fields = saving.error instanceof Problem ? saving.error.fields : {}
  const visibilityToggleProps = { 'aria-label': 'Show the password', tabIndex: 0 }

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
        <div role="alert">
          {saving.error && Object.keys(fields).length === 0 && <Alert color="red">{toErrorMessage(saving.error)}</Alert>}
        </div>
        <PasswordInput
          label="Current password"
          required
          data-autofocus
          autoComplete="current-password"
          value={currentPassword}
          onChange={(event) => setCurrent(event.currentTarget.value)}
          error={fields['currentPassword']}
          visibilityToggleButtonProps={visibilityToggleProps}
        />
        <PasswordInput
          label="New password"
          description="At least 8 characters. A short sentence is best."
          required
          autoComplete="new-password"
          maxLength={200}
          value={newPassword}
          onChange={(event) => setNew(event.currentTarget.value)}
          error={fields['newPassword']}
          visibilityToggleButtonProps={visibilityToggleProps}
        />
        <Group justify="flex-end" mt="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={saving.isPending}>
            Change password
          </Button>
        </Group>
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
