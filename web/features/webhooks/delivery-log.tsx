import { Button, Loader, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { request, queryClient } from '../../lib/api-client.ts'
import type { WebhookDelivery } from '../../lib/api-types.ts'
import { usePagedQuery } from '../../lib/paged-query.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'
import { DeliveryRow } from '../deliveries/delivery-row.tsx'

/** The deliveries of a webhook, newest first, refetched while it is open. */
export function DeliveryLog({ id }: { id: string }) {
  const path = `/api/webhooks/${id}/deliveries`
  const queryKey = ['webhooks', 'log', id]
  const { list, items: deliveries } = usePagedQuery<WebhookDelivery>({ queryKey, path, query: { limit: 10 }, refetchInterval: 2000 })
  const resending = useMutation({
    mutationFn: (deliveryId: string) => request('POST', `${path}/${deliveryId}/resend`, { body: {} }),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => queryClient.invalidateQueries({ queryKey }),
  })
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
