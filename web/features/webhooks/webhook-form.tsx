import { Stack, TagsInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { request, createRandomKey, queryClient } from '../../lib/api-client.ts'
import type { WebhookRecord } from '../../lib/api-types.ts'
import { toErrorMessage, toFieldErrors } from '../../lib/problem.ts'
import { FormActions, FormError } from '../../ui/form.tsx'

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

type CreatedWebhook = WebhookRecord & { secret: string }

/** Registers webhooks. A repeated request has the same idempotency key, so it registers one. */
function useRegistration(audience: string, onCreated: (webhook: CreatedWebhook) => void) {
  const [idempotencyKey] = useState(createRandomKey)
  return useMutation({
    mutationFn: ({ url, events }: { url: string; events: string[] }) =>
      request<CreatedWebhook>('POST', '/api/webhooks', {
        body: { url: url.trim(), audience, ...(events.length > 0 && { events }) },
        idempotencyKey: `${idempotencyKey}-${url}-${events.join()}`.slice(0, 255),
      }),
    onSuccess: (webhook) => {
      void queryClient.invalidateQueries({ queryKey: ['webhooks'] })
      onCreated(webhook)
    },
  })
}

interface WebhookFormProps {
  audience: string
  onCreated: (webhook: CreatedWebhook) => void
  onClose: () => void
}

/** Registers a webhook. */
export function WebhookForm({ audience, onCreated, onClose }: WebhookFormProps) {
  const [url, setUrl] = useState('')
  const [events, setEvents] = useState<string[]>(['*'])
  const creating = useRegistration(audience, onCreated)
  const fields = toFieldErrors(creating.error)
  const eventField = Object.keys(fields).find((name) => /^\d+$/.test(name) || name === 'events')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        creating.mutate({ url, events })
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
          error={fields['url']}
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
          error={eventField && fields[eventField]}
          onChange={setEvents}
          maxTags={50}
        />
        <FormError message={creating.error && !fields['url'] && !eventField && toErrorMessage(creating.error)} />
        <FormActions submitLabel="Register" isBusy={creating.isPending} isDisabled={!url.trim()} onCancel={onClose} />
      </Stack>
    </form>
  )
}
