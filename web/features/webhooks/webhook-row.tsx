import { Badge, Button, Group, Menu, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { request, queryClient } from '../../lib/api-client.ts'
import type { WebhookRecord } from '../../lib/api-types.ts'
import { formatRelativeTime, formatDateTime } from '../../lib/time-format.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { ConfirmDialog } from '../../ui/undo/confirm-dialog.tsx'
import { showToast } from '../../ui/toast.ts'
import { DeliveryLog } from './delivery-log.tsx'

/** The address, state, events and times of a webhook. */
function WebhookSummary({ webhook }: { webhook: WebhookRecord }) {
  const { url, events, state, reason, failingSince, rotatingUntil, createdAt } = webhook
  const isActive = state === 'active'
  return (
    <>
      <Group gap="xs">
        <span className="webhook-url">{url}</span>
        <Badge variant="light" color={!isActive ? 'red' : failingSince ? 'yellow' : 'pine'}>
          {!isActive ? 'Disabled' : failingSince ? 'Failing' : 'Active'}
        </Badge>
      </Group>
      <Text size="sm" c="dimmed">
        {events.includes('*') ? 'All events' : events.join(', ')} · registered {formatRelativeTime(createdAt)}
        {failingSince && isActive && ` · not reached since ${formatDateTime(failingSince)}`}
        {rotatingUntil && ` · the secret before is good until ${formatDateTime(rotatingUntil)}`}
      </Text>
      {reason && <Text size="sm">{reason}</Text>}
    </>
  )
}

/** The actions on a webhook. One runs at a time. */
function useWebhookActions(id: string) {
  const updating = useMutation({
    mutationFn: (action: () => Promise<unknown>) => action(),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  const path = `/api/webhooks/${id}`
  return {
    isBusy: updating.isPending,
    sendTest: (onSent: () => void) => updating.mutate(() => request('POST', `${path}/test`, { body: {} }).then(onSent)),
    rotateSecret: (onSecret: (secret: string) => void) =>
      updating.mutate(() => request<{ secret: string }>('POST', `${path}/rotate`, { body: {} }).then(({ secret }) => onSecret(secret))),
    setState: (state: WebhookRecord['state']) => updating.mutate(() => request('PATCH', path, { body: { state } })),
    remove: async () => {
      await request('DELETE', path)
      await queryClient.invalidateQueries({ queryKey: ['webhooks'] })
    },
  }
}

interface WebhookRowProps {
  webhook: WebhookRecord
  onSecret: (secret: string) => void
}

/** One webhook: its state, its deliveries, its actions. */
export function WebhookRow({ webhook, onSecret }: WebhookRowProps) {
  const { id, state, url } = webhook
  const [isLogOpen, setIsLogOpen] = useState(false)
  const [isDeleting, setIsDeleting] = useState(false)
  const actions = useWebhookActions(id)
  const isActive = state === 'active'
  return (
    <li className="webhook-row">
      <WebhookSummary webhook={webhook} />
      <Group gap="xs">
        <Button size="xs" variant="default" aria-expanded={isLogOpen} onClick={() => setIsLogOpen(!isLogOpen)}>
          {isLogOpen ? 'Hide the log' : 'Log'}
        </Button>
        {isActive ? (
          <Button size="xs" variant="default" loading={actions.isBusy} onClick={() => actions.sendTest(() => setIsLogOpen(true))}>
            Send a test
          </Button>
        ) : (
          <Button size="xs" variant="default" loading={actions.isBusy} onClick={() => actions.setState('active')}>
            Enable
          </Button>
        )}
        <Menu position="bottom-start" radius="md">
          <Menu.Target>
            <Button size="xs" variant="subtle" rightSection={<ChevronDown size={14} aria-hidden="true" />}>
              More
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => actions.rotateSecret(onSecret)}>New secret</Menu.Item>
            {isActive && <Menu.Item onClick={() => actions.setState('disabled')}>Disable</Menu.Item>}
            <Menu.Item color="red" onClick={() => setIsDeleting(true)}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      {isLogOpen && <DeliveryLog id={id} />}
      <ConfirmDialog
        opened={isDeleting}
        title="Delete this webhook?"
        buttonLabel="Delete"
        buttonColor="red"
        action={actions.remove}
        onClose={() => setIsDeleting(false)}
      >
        {url} receives no more events. Its signing secret and its log are deleted. You cannot undo this.
      </ConfirmDialog>
    </li>
  )
}
