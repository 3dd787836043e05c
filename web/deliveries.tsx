import './deliveries.css'
import { Alert, Loader, NativeSelect, Text, Title } from '@mantine/core'
import { useInfiniteQuery, useMutation } from '@tanstack/react-query'
import { useSearchParams } from 'wouter'
import { ask, queries, withQuery } from './client.ts'
import type { DeliveryRecord, Page } from './contract.ts'
import { DeliveryRow, stateWords } from './delivery-row.tsx'
import { Header } from './header.tsx'
import { LoadMore } from './load-more.tsx'
import { useTitle } from './lost.tsx'
import { explain } from './problem.ts'
import { say } from './toast.ts'

const channelWords: Record<DeliveryRecord['channel'], string> = { in_app: 'Inbox', email: 'E-mail', push: 'Push', webhook: 'Webhook' }

const titleOf = ({ channel, event, notificationIds }: DeliveryRecord): string => {
  if (channel === 'webhook') return `Webhook: ${event ?? 'an event that is not kept any more'}`
  return notificationIds.length > 1 ? `${channelWords[channel]}: ${notificationIds.length} notifications` : channelWords[channel]
}

/** Everything that left or is to leave, for administrators. */
export function Deliveries() {
  useTitle('Deliveries')
  const [query, setQuery] = useSearchParams()
  const channel = query.get('channel') ?? ''
  const state = query.get('state') ?? ''
  const list = useInfiniteQuery({
    queryKey: ['deliveries', { channel, state }],
    queryFn: ({ pageParam, signal }) =>
      ask<Page<DeliveryRecord>>('GET', withQuery('/api/deliveries', { channel, state, cursor: pageParam, limit: 30 }), { signal }),
    initialPageParam: '',
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchInterval: 5000,
  })
  const resending = useMutation({
    mutationFn: (id: string) => ask('POST', `/api/deliveries/${id}/resend`, { body: {} }),
    onSuccess: () => say('It is on its way again.'),
    onError: (error) => say(explain(error), 'red'),
    onSettled: () => queries.invalidateQueries({ queryKey: ['deliveries'] }),
  })
  const found = list.data?.pages.flatMap(({ items }) => items) ?? []
  const choose = (name: string, value: string) =>
    setQuery(Object.fromEntries(Object.entries({ channel, state, [name]: value }).filter(([, text]) => text)), { replace: true })

  return (
    <>
      <Header />
      <main id="main" className="page" tabIndex={-1}>
        <Title order={1} fz="1.8rem">
          Deliveries
        </Title>
        <Text c="dimmed">What SmartStart tells people and programs, by every way, and what became of it.</Text>
        <div className="filters">
          <NativeSelect
            label="Way"
            value={channel}
            onChange={(event) => choose('channel', event.currentTarget.value)}
            data={[{ value: '', label: 'All' }, ...Object.entries(channelWords).map(([value, label]) => ({ value, label }))]}
          />
          <NativeSelect
            label="State"
            value={state}
            onChange={(event) => choose('state', event.currentTarget.value)}
            data={[{ value: '', label: 'All' }, ...Object.entries(stateWords).map(([value, { label }]) => ({ value, label }))]}
          />
        </div>
        {list.isPending && <Loader type="dots" aria-label="Loading" />}
        {list.error && <Alert color="red">{explain(list.error)}</Alert>}
        {list.data && found.length === 0 && (
          <Text role="status" c="dimmed">
            {channel || state ? 'Nothing of that kind.' : 'Nothing has left yet.'}
          </Text>
        )}
        {found.length > 0 && (
          <ul className="delivery-list" aria-label="Deliveries">
            {found.map((delivery) => (
              <DeliveryRow
                key={delivery.id}
                delivery={delivery}
                title={titleOf(delivery)}
                target={delivery.channel === 'push' ? undefined : delivery.target}
                busy={resending.isPending && resending.variables === delivery.id}
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
