import './deliveries.css'
import { Alert, Loader, NativeSelect, Text, Title } from '@mantine/core'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useSearchParams } from 'wouter'
import { request, queryClient, withQuery } from '../../lib/api-client.ts'
import type { DeliveryRecord, Page } from '../../lib/api-types.ts'
import { DeliveryRow, deliveryStateLabels } from './delivery-row.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { usePageTitle } from '../../lib/page-title.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { showToast } from '../../ui/toast.ts'

const channelLabels: Record<DeliveryRecord['channel'], string> = { in_app: 'Inbox', email: 'E-mail', push: 'Push', webhook: 'Webhook' }

const toTitle = ({ channel, event, notificationIds }: DeliveryRecord): string => {
  if (channel === 'webhook') return `Webhook: ${event ?? 'an event that is not kept any more'}`
  return notificationIds.length > 1 ? `${channelLabels[channel]}: ${notificationIds.length} notifications` : channelLabels[channel]
}

/** All deliveries: e-mail, push, webhooks and inbox. For administrators. */
export function DeliveriesPage() {
  usePageTitle('Deliveries')
  const [query, setQuery] = useSearchParams()
  const channel = query.get('channel') ?? ''
  const state = query.get('state') ?? ''
  const list = useInfiniteQuery({
    queryKey: ['deliveries', { channel, state }],
    queryFn: ({ pageParam, signal }) =>
      request<Page<DeliveryRecord>>('GET', withQuery('/api/deliveries', { channel, state, cursor: pageParam, limit: 30 }), { signal }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: 5000,
  })
  const resending = useMutation({
    mutationFn: (id: string) => request('POST', `/api/deliveries/${id}/resend`, { body: {} }),
    onSuccess: () => showToast('It is on its way again.'),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['deliveries'] }),
  })
  const deliveries = list.data?.pages.flatMap(({ items }) => items) ?? []
  const setFilter = (name: string, value: string) =>
    setQuery(Object.fromEntries(Object.entries({ channel, state, [name]: value }).filter(([, text]) => text)), { replace: true })

  return (
    <>
      <PageHeader />
      <main id="main" className="page" tabIndex={-1}>
        <Title order={1} fz="1.8rem">
          Deliveries
        </Title>
        <Text c="dimmed">What SmartStart tells people and programs, by every way, and what became of it.</Text>
        <div className="filters">
          <NativeSelect
            label="Way"
            value={channel}
            onChange={(event) => setFilter('channel', event.currentTarget.value)}
            data={[{ value: '', label: 'All' }, ...Object.entries(channelLabels).map(([value, label]) => ({ value, label }))]}
          />
          <NativeSelect
            label="State"
            value={state}
            onChange={(event) => setFilter('state', event.currentTarget.value)}
            data={[{ value: '', label: 'All' }, ...Object.entries(deliveryStateLabels).map(([value, { label }]) => ({ value, label }))]}
          />
        </div>
        {list.isPending && <Loader type="dots" aria-label="Loading" />}
        {list.error && <Alert color="red">{toErrorMessage(list.error)}</Alert>}
        {list.data && deliveries.length === 0 && (
          <Text role="status" c="dimmed">
            {channel || state ? 'Nothing of that kind.' : 'Nothing has left yet.'}
          </Text>
        )}
        {deliveries.length > 0 && (
          <ul className="delivery-list" aria-label="Deliveries">
            {deliveries.map((delivery) => (
              <DeliveryRow
                key={delivery.id}
                delivery={delivery}
                title={toTitle(delivery)}
                target={delivery.channel === 'push' ? undefined : delivery.target}
                isBusy={resending.isPending && resending.variables === delivery.id}
                onResend={delivery.channel === 'in_app' ? undefined : () => resending.mutate(delivery.id)}
              />
            ))}
          </ul>
        )}
        <LoadMore list={list} />
      </main>
    </>
  )
}
