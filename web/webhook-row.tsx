import { Badge, Button, Group, Loader, Menu, Text } from '@mantine/core'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { useState } from 'react'
import { ask, queries, withQuery } from './client.ts'
import type { Page, WebhookDelivery, WebhookRecord } from './contract.ts'
import { DeliveryRow } from './delivery-row.tsx'
import { ago, inFull } from './moment.ts'
import { explain } from './problem.ts'
import { say } from './toast.ts'

/** What a webhook was told, newest first, looked at again while it is open. */
function Log({ id }: { id: string }) {
  const path = `/api/webhooks/${id}/deliveries`
  const list = useInfiniteQuery({
    queryKey: ['webhooks', 'log', id],
    queryFn: ({ pageParam, signal }) => ask<Page<WebhookDelivery>>('GET', withQuery(path, { cursor: pageParam, limit: 10 }), { signal }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: 2000,
  })
  const resending = useMutation({
    mutationFn: (deliveryId: string) => ask('POST', `${path}/${deliveryId}/resend`, { body: {} }),
    onError: (error) => say(explain(error), 'red'),
    onSettled: () => queries.invalidateQueries({ queryKey: ['webhooks', 'log', id] }),
  })
  const found = list.data?.pages.flatMap(({ items }) => items) ?? []
  if (list.isPending) return <Loader type="dots" aria-label="Loading" />
  if (found.length === 0)
    return (
      <Text size="sm" c="dimmed" role="status">
        It was told nothing yet.
      </Text>
    )
  return (
    <>
      <ul className="delivery-list" data-plain aria-label="What it was told">
        {found.map((delivery) => (
          <DeliveryRow
            key={delivery.id}
            delivery={delivery}
            title={delivery.event ?? 'An event that is not kept any more'}
            busy={resending.isPending && resending.variables === delivery.id}
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

/** One webhook: whether it is reached, what it was told, and what one can do with it. */
export function WebhookRow({ webhook, onSecret }: WebhookRowProps) {
  const { id, url, events, state, reason, failingSince, rotatingUntil, createdAt } = webhook
  const [open, setOpen] = useState(false)
  const doing = useMutation({
    mutationFn: (step: () => Promise<unknown>) => step(),
    onError: (error) => say(explain(error), 'red'),
    onSettled: () => queries.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  const path = `/api/webhooks/${id}`
  const test = () =>
    doing.mutate(async () => {
      await ask('POST', `${path}/test`, { body: {} })
      setOpen(true)
    })
  const rotate = () => doing.mutate(async () => onSecret((await ask<{ secret: string }>('POST', `${path}/rotate`, { body: {} })).secret))
  const turn = (to: WebhookRecord['state']) => doing.mutate(() => ask('PATCH', path, { body: { state: to } }))
  const active = state === 'active'
  return (
    <li className="webhook">
      <Group gap="xs">
        <span className="webhook-url">{url}</span>
        <Badge variant="light" color={!active ? 'red' : failingSince ? 'yellow' : 'pine'}>
          {!active ? 'Disabled' : failingSince ? 'Failing' : 'Active'}
        </Badge>
      </Group>
      <Text size="sm" c="dimmed">
        {events.includes('*') ? 'All events' : events.join(', ')} · registered {ago(createdAt)}
        {failingSince && active && ` · not reached since ${inFull(failingSince)}`}
        {rotatingUntil && ` · the secret before is good until ${inFull(rotatingUntil)}`}
      </Text>
      {reason && <Text size="sm">{reason}</Text>}
      <Group gap="xs">
        <Button size="xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide the log' : 'Log'}
        </Button>
        {active ? (
          <Button size="xs" variant="default" loading={doing.isPending} onClick={test}>
            Send a test
          </Button>
        ) : (
          <Button size="xs" variant="default" loading={doing.isPending} onClick={() => turn('active')}>
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
            {active && <Menu.Item onClick={() => turn('disabled')}>Disable</Menu.Item>}
            <Menu.Item color="red" onClick={() => doing.mutate(() => ask('DELETE', path))}>
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </Group>
      {open && <Log id={id} />}
    </li>
  )
}
