import '../deliveries/deliveries.css'
import { Button, Modal, NativeSelect, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { request, withQuery } from '../../lib/api-client.ts'
import type { Page, WebhookRecord } from '../../lib/api-types.ts'
import { ListStatus } from '../../ui/list-status.tsx'
import { WorkspacePage } from '../../ui/workspace-page.tsx'
import { useOwnAudiences } from './own-audiences.ts'
import { SecretDialog } from './secret-dialog.tsx'
import { WebhookForm } from './webhook-form.tsx'
import { WebhookRow } from './webhook-row.tsx'

function useWebhooks(audience: string) {
  return useQuery({
    queryKey: ['webhooks', audience],
    queryFn: ({ signal }) => request<Page<WebhookRecord>>('GET', withQuery('/api/webhooks', { audience, limit: 100 }), { signal }),
    enabled: audience !== '',
    refetchInterval: 5000,
  })
}

/** The webhooks of an audience: register, test, disable, delete. */
export function WebhooksPage() {
  const [query, setQuery] = useSearchParams()
  const audiences = useOwnAudiences()
  const audience = query.get('audience') ?? audiences[0]?.value ?? ''
  const [isAdding, dialog] = useDisclosure(false)
  const [secret, setSecret] = useState('')
  const list = useWebhooks(audience)
  const webhooks = list.data?.items ?? []
  const isListed = audiences.some(({ value }) => value === audience)
  const addButton = (
    <Button leftSection={<Plus size={17} aria-hidden="true" />} onClick={dialog.open} disabled={!audience}>
      Add
    </Button>
  )
  return (
    <WorkspacePage title="Webhooks" actions={addButton}>
      <Text c="dimmed">Programs of yours that are told over HTTP what happens here, signed by the Standard Webhooks specification.</Text>
      <div className="filters">
        <NativeSelect
          label="They hear"
          style={{ flexBasis: '24rem' }}
          value={audience}
          onChange={(event) => setQuery({ audience: event.currentTarget.value }, { replace: true })}
          data={isListed || !audience ? audiences : [...audiences, { value: audience, label: audience }]}
        />
      </div>
      <ListStatus list={list} isEmpty={webhooks.length === 0} emptyText="No program hears this yet." />
      {webhooks.length > 0 && (
        <ul className="delivery-list" aria-label="Webhooks">
          {webhooks.map((webhook) => (
            <WebhookRow key={webhook.id} webhook={webhook} onSecret={setSecret} />
          ))}
        </ul>
      )}
      <Modal opened={isAdding} onClose={dialog.close} title="Add a webhook">
        <WebhookForm
          audience={audience}
          onClose={dialog.close}
          onCreated={(webhook) => {
            dialog.close()
            setSecret(webhook.secret)
          }}
        />
      </Modal>
      <SecretDialog secret={secret} onClose={() => setSecret('')} />
    </WorkspacePage>
  )
}
