import { Button, Group, Modal, Stack, Text } from '@mantine/core'
import { Copy } from 'lucide-react'
import { copyText } from '../../lib/clipboard.ts'
import { showToast } from '../../ui/toast.ts'

interface SecretDialogProps {
  /** Empty while the dialog is closed. */
  secret: string
  onClose: () => void
}

/** Shows the secret of a webhook, once. */
export function SecretDialog({ secret, onClose }: SecretDialogProps) {
  return (
    <Modal
      opened={secret !== ''}
      onClose={onClose}
      title="The secret"
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap="md">
        <Text>
          By this secret your program tells that what comes is from here. It is shown this once: keep it where your program keeps its
          secrets.
        </Text>
        <code className="webhook-secret">{secret}</code>
        <Group justify="space-between">
          <Button
            variant="default"
            leftSection={<Copy size={16} aria-hidden="true" />}
            onClick={() => void copyText(secret).then((copied) => copied && showToast('The secret is copied.'))}
          >
            Copy
          </Button>
          <Button onClick={onClose}>I have it</Button>
        </Group>
      </Stack>
    </Modal>
  )
}
