import './deliveries.css'
import { Alert, Button, Group, Loader, Modal, NativeSelect, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Copy, Plus } from 'lucide-react'
import { useState } from 'react'
import { useSearchParams } from 'wouter'
import { ask, withQuery } from './client.ts'
import { copyText } from './clipboard.ts'
import type { Page, Role, Venture, WebhookRecord } from './contract.ts'
import { Header } from './header.tsx'
import { useTitle } from './lost.tsx'
import { explain } from './problem.ts'
import { useSession } from './session.ts'
import { say } from './toast.ts'
import { WebhookForm } from './webhook-form.tsx'
import { WebhookRow } from './webhook-row.tsx'

interface Named {
  id: string
  name: string
  role: Role
}

/** Of what I may have programs told: what I own, myself, and for administrators the platform. */
function useAudiences(): { value: string; label: string }[] {
  const { user } = useSession()
  const ventures = useQuery({
    queryKey: ['ventures'],
    queryFn: ({ signal }) => ask<Page<Venture>>('GET', '/api/ventures?limit=100', { signal }),
  })
  const spaces = useQuery({
    queryKey: ['spaces'],
    queryFn: ({ signal }) => ask<Page<Named>>('GET', '/api/spaces?limit=100', { signal }),
  })
  const owned = (kind: string, word: string, items: readonly Named[] = []) =>
    items.filter(({ role }) => role === 'owner').map(({ id, name }) => ({ value: `${kind}:${id}`, label: `${word}: ${name}` }))
  return [
    ...(user ? [{ value: `user:${user.id}`, label: 'What I myself am told' }] : []),
    ...owned('venture', 'Venture', ventures.data?.items),
    ...owned('space', 'Space', spaces.data?.items),
    ...(user?.role === 'admin' ? [{ value: 'platform', label: 'What is announced to everybody' }] : []),
  ]
}

/** A secret, this once. */
function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Stack gap="md">
      <Text>
        By this secret your program tells that what comes is from here. It is shown this once: keep it where your program keeps its secrets.
      </Text>
      <code className="secret">{secret}</code>
      <Group justify="space-between">
        <Button
          variant="default"
          leftSection={<Copy size={16} aria-hidden="true" />}
          onClick={() => void copyText(secret).then((copied) => copied && say('The secret is copied.'))}
        >
          Copy
        </Button>
        <Button onClick={onClose}>I have it</Button>
      </Group>
    </Stack>
  )
}

/** Programs that are told what happens: found by what they hear, registered, tried, looked after. */
export function Webhooks() {
  useTitle('Webhooks')
  const [query, setQuery] = useSearchParams()
  const audiences = useAudiences()
  const audience = query.get('audience') ?? audiences[0]?.value ?? ''
  const [adding, add] = useDisclosure(false)
  const [secret, setSecret] = useState('')
  const list = useQuery({
    queryKey: ['webhooks', audience],
    queryFn: ({ signal }) => ask<Page<WebhookRecord>>('GET', withQuery('/api/webhooks', { audience, limit: 100 }), { signal }),
    enabled: audience !== '',
    refetchInterval: 5000,
  })
  const found = list.data?.items ?? []
  const known = audiences.some(({ value }) => value === audience)
  return (
    <>
      <Header>
        <Button leftSection={<Plus size={17} aria-hidden="true" />} onClick={add.open} disabled={!audience}>
          Add
        </Button>
      </Header>
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
            data={known || !audience ? audiences : [...audiences, { value: audience, label: audience }]}
          />
        </div>
        {list.isPending && audience && <Loader type="dots" aria-label="Loading" />}
        {list.error && <Alert color="red">{explain(list.error)}</Alert>}
        {list.data && found.length === 0 && (
          <Text role="status" c="dimmed">
            No program hears this yet.
          </Text>
        )}
        {found.length > 0 && (
          <ul className="delivery-list" aria-label="Webhooks">
            {found.map((webhook) => (
              <WebhookRow key={webhook.id} webhook={webhook} onSecret={setSecret} />
            ))}
          </ul>
        )}
        <Modal opened={adding} onClose={add.close} title="Add a webhook">
          <WebhookForm
            audience={audience}
            onClose={add.close}
            onMade={(made) => {
              add.close()
              setSecret(made.secret)
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
          <Secret secret={secret} onClose={() => setSecret('')} />
        </Modal>
      </main>
    </>
  )
}
