import { Badge, Button, Group, Loader, Menu, Text } from '@mantine/core'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { request, queryClient, withQuery } from '../../lib/api-client.ts'
import type { Page, WebhookDelivery, WebhookRecord } from '../../lib/api-types.ts'
import { DeliveryRow } from '../deliveries/delivery-row.tsx'
import { formatRelativeTime, formatDateTime } from '../../lib/time-format.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'

/** The deliveries of a webhook, newest first, refetched while it is open. */
function DeliveryLog({ id }: { id: string }) {
  const path = `/api/webhooks/${id}/deliveries`
  const list = useInfiniteQuery({
    queryKey: ['webhooks', 'log', id],
    queryFn: ({ pageParam, signal }) =>
      request<Page<WebhookDelivery>>('GET', withQuery(path, { cursor: pageParam, limit: 10 }), { signal }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: 2000,
  })
  const resending = useMutation({
    mutationFn: (deliveryId: string) => request('POST', `${path}/${deliveryId}/resend`, { body: {} }),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['webhooks', 'log', id] }),
  })
  const deliveries = list.data?.pages.flatMap(({ items }) => items) ?? []
  if (list.isPending) return <Loader type="dots" aria-label="Loading" />
  if (deliveries.length === 0)
    return (
      <Text size="sm" c="dimmed" role="status">
        It was told nothing yet.
      </Text>
    )
  return (
    <>
      <ul className="delivery-list" data-plain aria-label="What it was told">
        {deliveries.map((delivery) => (
          <DeliveryRow
            key={delivery.id}
            delivery={delivery}
            title={delivery.event ?? 'An event that is not kept any more'}
            isBusy={resending.isPending && resending.variables === delivery.id}
            onResend={() => resending.mutate(delivery.id)}
          />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button size="xs" variant="subtle" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          More
        </Button>
      )}
    </>
  )
}

interface WebhookRowProps {
  webhook: WebhookRecord
  onSecret: (secret: string) => void
}

/** One webhook: its state, its deliveries, its actions. */
export function WebhookRow({ webhook, onSecret }: WebhookRowProps) {
  const { id, url, events, state, reason, failingSince, rotatingUntil, createdAt } = webhook
  const [open, setOpen] = useState(false)
  const updating = useMutation({
    mutationFn: (step: () => Promise<unknown>) => step(),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  const path = `/api/webhooks/${id}`
  const test = () =>
    updating.mutate(async () => {
      await request('POST', `${path}/test`, { body: {} })
      setOpen(true)
    })
  const rotate = () =>
    updating.mutate(async () => onSecret((await request<{ secret: string }>('POST', `${path}/rotate`, { body: {} })).secret))
  const setState = (to: WebhookRecord['state']) => updating.mutate(() => request('PATCH', path, { body: { state: to } }))
  const active = state === 'active'
  return (
    <li className="webhook-row">
      <Group gap="xs">
        <span className="webhook-url">{url}</span>
        <Badge variant="light" color={!active ? 'red' : failingSince ? 'yellow' : 'pine'}>
          {!active ? 'Disabled' : failingSince ? 'Failing' : 'Active'}
        </Badge>
      </Group>
      <Text size="sm" c="dimmed">
        {events.includes('*') ? 'All events' : events.join(', ')} · registered {formatRelativeTime(createdAt)}
        {failingSince && active && ` · not reached since ${formatDateTime(failingSince)}`}
        {rotatingUntil && ` · the secret before is good until ${formatDateTime(rotatingUntil)}`}
      </Text>
      {reason && <Text size="sm">{reason}</Text>}
      <Group gap="xs">
        <Button size="xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide the log' : 'Log'}
        </Button>
        {active ? (
          <Button size="xs" variant="default" loading={updating.isPending} onClick={test}>
            Send a test
          </Button>
        ) : (
          <Button size="xs" variant="default" loading={updating.isPending} onClick={() => setState('active')}>
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
            <Menu.Item onClick={rotate}>New secret</Menu.Item>
            {active && <Menu.Item onClick={() => setState('disabled')}>Disable</Menu.Item>}
            <Menu.Item color="red" onClick={() => updating.mutate(() => request('DELETE', path))}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      {open && <DeliveryLog id={id} />}
    </li>
  )
}
