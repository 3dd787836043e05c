import { Alert, Button, Group, Stack, TagsInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { request, createRandomKey, queryClient } from '../../lib/api-client.ts'
import type { WebhookRecord } from '../../lib/api-types.ts'
import { toErrorMessage, Problem } from '../../lib/problem.ts'

const suggestedEvents = [
  '*',
  'legal-document.*',
  'comment.*',
  'suggestion.*',
  'version.*',
  'access.*',
  'venture.*',
  'space.*',
  'message.*',
  'notification.*',
]

interface WebhookFormProps {
  audience: string
  onCreated: (webhook: WebhookRecord & { secret: string }) => void
  onClose: () => void
}

/** Registers a webhook. */
export function WebhookForm({ audience, onCreated, onClose }: WebhookFormProps) {
  const [url, setUrl] = useState('')
  const [events, setEvents] = useState<string[]>(['*'])
  const [idempotencyKey] = useState(createRandomKey)
  const creating = useMutation({
    mutationFn: () =>
      request<WebhookRecord & { secret: string }>('POST', '/api/webhooks', {
        body: { url: url.trim(), audience, ...(events.length > 0 && { events }) },
        idempotencyKey: `${idempotencyKey}-${url}-${events.join()}`.slice(0, 255),
      }),
    onSuccess: (webhook) => {
      void queryClient.invalidateQueries({ queryKey: ['webhooks'] })
      onCreated(webhook)
    },
  })
  const fieldErrors = creating.error instanceof Problem ? creating.error.fields : {}
  const eventFieldName = Object.keys(fieldErrors).find((name) => /^\d+$/.test(name) || name === 'events')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        creating.mutate()
      }}
    >
      <Stack gap="md">
        <TextInput
          label="Address"
          type="url"
          required
          data-autofocus
          placeholder="https://example.org/webhooks"
          description="Of your program, in the public internet, by https."
          maxLength={2000}
          value={url}
          error={fieldErrors['url']}
          onChange={(event) => {
            setUrl(event.currentTarget.value)
            creating.reset()
          }}
        />
        <TagsInput
          label="Events"
          description="A name, the beginning of one and .*, or * for all."
          data={suggestedEvents}
          value={events}
          error={eventFieldName && fieldErrors[eventFieldName]}
          onChange={setEvents}
          maxTags={50}
        />
        <div role="alert">
          {creating.error && !fieldErrors['url'] && !eventFieldName && <Alert color="red">{toErrorMessage(creating.error)}</Alert>}
        </div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={creating.isPending} disabled={!url.trim()}>
            Register
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
