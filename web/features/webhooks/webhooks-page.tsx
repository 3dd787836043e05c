import '../deliveries/deliveries.css'
import { Alert, Button, Group, Loader, Modal, NativeSelect, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Copy, Plus } from 'lucide-react'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { request, withQuery } from '../../lib/api-client.ts'
import { copyText } from '../../lib/clipboard.ts'
import type { Page, Role, Venture, WebhookRecord } from '../../lib/api-types.ts'
import { PageHeader } from '../../ui/page-header.tsx'
import { usePageTitle } from '../../lib/page-title.ts'
import { toErrorMessage } from '../../lib/problem.ts'
import { useSession } from '../../lib/session.ts'
import { showToast } from '../../ui/toast.ts'
import { WebhookForm } from './webhook-form.tsx'
import { WebhookRow } from './webhook-row.tsx'

interface OwnedItem {
  id: string
  name: string
  role: Role
}

/** The audiences that the user may register webhooks for: owned ventures and spaces, the user, and for administrators the platform. */
function useOwnAudiences(): { value: string; label: string }[] {
  const { user } = useSession()
  const ventures = useQuery({
    queryKey: ['ventures'],
    queryFn: ({ signal }) => request<Page<Venture>>('GET', '/api/ventures?limit=100', { signal }),
  })
  const spaces = useQuery({
    queryKey: ['spaces'],
    queryFn: ({ signal }) => request<Page<OwnedItem>>('GET', '/api/spaces?limit=100', { signal }),
  })
  const owned = (kind: string, word: string, items: readonly OwnedItem[] = []) =>
    items.filter(({ role }) => role === 'owner').map(({ id, name }) => ({ value: `${kind}:${id}`, label: `${word}: ${name}` }))
  return [
    ...(user ? [{ value: `user:${user.id}`, label: 'What I myself am told' }] : []),
    ...owned('venture', 'Venture', ventures.data?.items),
    ...owned('space', 'Space', spaces.data?.items),
    ...(user?.role === 'admin' ? [{ value: 'platform', label: 'What is announced to everybody' }] : []),
  ]
}

/** The secret of a webhook, shown once. */
function SecretNotice({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Stack gap="md">
      <Text>
        By this secret your program tells that what comes is from here. It is shown this once: keep it where your program keeps its secrets.
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
  )
}

/** The webhooks of an audience: register, test, disable, delete. */
export function WebhooksPage() {
  usePageTitle('Webhooks')
  const [query, setQuery] = useSearchParams()
  const audiences = useOwnAudiences()
  const audience = query.get('audience') ?? audiences[0]?.value ?? ''
  const [isAdding, dialog] = useDisclosure(false)
  const [secret, setSecret] = useState('')
  const list = useQuery({
    queryKey: ['webhooks', audience],
    queryFn: ({ signal }) => request<Page<WebhookRecord>>('GET', withQuery('/api/webhooks', { audience, limit: 100 }), { signal }),
    enabled: audience !== '',
    refetchInterval: 5000,
  })
  const webhooks = list.data?.items ?? []
  const isListed = audiences.some(({ value }) => value === audience)
  return (
    <>
      <PageHeader>
        <Button leftSection={<Plus size={17} aria-hidden="true" />} onClick={dialog.open} disabled={!audience}>
          Add
        </Button>
      </PageHeader>
      <main id="main" className="page" tabIndex={-1}>
        <Title order={1} fz="1.8rem">
          Webhooks
        </Title>
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
        {list.isPending && audience && <Loader type="dots" aria-label="Loading" />}
        {list.error && <Alert color="red">{toErrorMessage(list.error)}</Alert>}
        {list.data && webhooks.length === 0 && (
          <Text role="status" c="dimmed">
            No program hears this yet.
          </Text>
        )}
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
        <Modal
          opened={secret !== ''}
          onClose={() => setSecret('')}
          title="The secret"
          closeOnClickOutside={false}
          closeOnEscape={false}
          withCloseButton={false}
        >
          <SecretNotice secret={secret} onClose={() => setSecret('')} />
        </Modal>
      </main>
    </>
  )
}
