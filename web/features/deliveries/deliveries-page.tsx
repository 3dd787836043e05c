import './deliveries.css'
import { NativeSelect, Text } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useSearchParams } from 'wouter'
import { request, queryClient } from '../../lib/api-client.ts'
import type { DeliveryRecord } from '../../lib/api-types.ts'
import { usePagedQuery } from '../../lib/paged-query.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { ListStatus } from '../../ui/list-status.tsx'
import { LoadMore } from '../../ui/load-more.tsx'
import { showToast } from '../../ui/toast.ts'
import { WorkspacePage } from '../../ui/workspace-page.tsx'
import { DeliveryRow, deliveryStateLabels } from './delivery-row.tsx'

const channelLabels: Record<DeliveryRecord['channel'], string> = { in_app: 'Inbox', email: 'E-mail', push: 'Push', webhook: 'Webhook' }
const channelOptions = Object.entries(channelLabels).map(([value, label]) => ({ value, label }))
const stateOptions = Object.entries(deliveryStateLabels).map(([value, { label }]) => ({ value, label }))

const toTitle = ({ channel, event, notificationIds }: DeliveryRecord): string => {
  if (channel === 'webhook') return `Webhook: ${event ?? 'an event that is not kept any more'}`
  return notificationIds.length > 1 ? `${channelLabels[channel]}: ${notificationIds.length} notifications` : channelLabels[channel]
}

interface FilterProps {
  label: string
  value: string
  options: { value: string; label: string }[]
  onChange: (value: string) => void
}

/** Shows the deliveries of one channel or state only. */
function Filter({ label, value, options, onChange }: FilterProps) {
  return (
    <NativeSelect
      label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[{ value: '', label: 'All' }, ...options]}
    />
  )
}

function useResend() {
  return useMutation({
    mutationFn: (id: string) => request('POST', `/api/deliveries/${id}/resend`, { body: {} }),
    onSuccess: () => showToast('It is on its way again.'),
    onError: (error) => showToast(toErrorMessage(error), 'red'),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['deliveries'] }),
  })
}

/** All deliveries: e-mail, push, webhooks and inbox. For administrators. */
export function DeliveriesPage() {
  const [query, setQuery] = useSearchParams()
  const filters = { channel: query.get('channel') ?? '', state: query.get('state') ?? '' }
  const { list, items: deliveries } = usePagedQuery<DeliveryRecord>({
    queryKey: ['deliveries', filters],
    path: '/api/deliveries',
    query: { ...filters, limit: 30 },
    refetchInterval: 5000,
  })
  const resending = useResend()
  const isFiltered = filters.channel !== '' || filters.state !== ''
  const setFilter = (name: keyof typeof filters, value: string) =>
    setQuery(Object.fromEntries(Object.entries({ ...filters, [name]: value }).filter(([, text]) => text)), { replace: true })

  return (
    <WorkspacePage title="Deliveries">
      <Text c="dimmed">What SmartStart tells people and programs, by every way, and what became of it.</Text>
      <div className="filters">
        <Filter label="Way" value={filters.channel} options={channelOptions} onChange={(channel) => setFilter('channel', channel)} />
        <Filter label="State" value={filters.state} options={stateOptions} onChange={(state) => setFilter('state', state)} />
      </div>
      <ListStatus
        list={list}
        isEmpty={deliveries.length === 0}
        emptyText={isFiltered ? 'Nothing of that kind.' : 'Nothing has left yet.'}
      />
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
    </WorkspacePage>
  )
}
