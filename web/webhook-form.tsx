import { Alert, Button, Group, Stack, TagsInput, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { ask, freshKey, queries } from './client.ts'
import type { WebhookRecord } from './contract.ts'
import { explain, Problem } from './problem.ts'

const usual = ['*', 'documents.*', 'legal.*', 'access.*', 'venture.*', 'space.*', 'notification.*']

interface WebhookFormProps {
  audience: string
  onMade: (made: WebhookRecord & { secret: string }) => void
  onClose: () => void
}

/** Registers a program that is to be told. */
export function WebhookForm({ audience, onMade, onClose }: WebhookFormProps) {
  const [url, setUrl] = useState('')
  const [events, setEvents] = useState<string[]>(['*'])
  const [idempotencyKey] = useState(freshKey)
  const making = useMutation({
    mutationFn: () =>
      ask<WebhookRecord & { secret: string }>('POST', '/api/webhooks', {
        body: { url: url.trim(), audience, ...(events.length > 0 && { events }) },
        idempotencyKey: `${idempotencyKey}-${url}-${events.join()}`.slice(0, 255),
      }),
    onSuccess: (made) => {
      void queries.invalidateQueries({ queryKey: ['webhooks'] })
      onMade(made)
    },
  })
  const wrong = making.error instanceof Problem ? making.error.fields : {}
  const wrongEvent = Object.keys(wrong).find((name) => /^\d+$/.test(name) || name === 'events')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        making.mutate()
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
          error={wrong['url']}
          onChange={(event) => {
            setUrl(event.currentTarget.value)
            making.reset()
          }}
        />
        <TagsInput
          label="Events"
          description="A name, the beginning of one and .*, or * for all."
          data={usual}
          value={events}
          error={wrongEvent && wrong[wrongEvent]}
          onChange={setEvents}
          maxTags={50}
        />
        <div role="alert">{making.error && !wrong['url'] && !wrongEvent && <Alert color="red">{explain(making.error)}</Alert>}</div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={making.isPending} disabled={!url.trim()}>
            Register
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
