import { Button, Group, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { Bookmark } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { request, createRandomKey, queryClient } from '../../lib/api-client.ts'
import type { Version } from '../../lib/api-types.ts'
import { toErrorMessage } from '../../lib/problem.ts'

/** Names a revision, so that everybody can find it. */
export function VersionName({ documentName, at }: { documentName: string; at: number }) {
  const [opened, setOpened] = useState(false)
  const [name, setName] = useState('')
  const [key] = useState(createRandomKey)
  const naming = useMutation({
    mutationFn: (given: string) =>
      request<Version>('POST', `/api/documents/${documentName}/versions`, {
        body: { name: given, at },
        idempotencyKey: `${key}${at}${given}`,
      }),
    onSuccess: () => {
      setOpened(false)
      setName('')
      return queryClient.invalidateQueries({ queryKey: ['history', documentName, 'versions'] })
    },
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    if (name.trim()) naming.mutate(name.trim())
  }
  if (!opened)
    return (
      <Button size="xs" px="xs" variant="default" leftSection={<Bookmark size={16} aria-hidden="true" />} onClick={() => setOpened(true)}>
        Name this version
      </Button>
    )
  return (
    <form
      onSubmit={submit}
      className="version-name"
      onKeyDown={(event) => event.key === 'Escape' && (event.preventDefault(), setOpened(false))}
    >
      <TextInput
        size="sm"
        label="Name of this version"
        placeholder="Sent to the lawyers"
        maxLength={200}
        data-autofocus
        // Opens because the user pressed a button.
        autoFocus
        value={name}
        error={naming.error && toErrorMessage(naming.error)}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Group gap="xs" mt="xs">
        <Button type="submit" size="sm" disabled={!name.trim()} loading={naming.isPending}>
          Keep the name
        </Button>
        <Button size="sm" variant="subtle" color="gray" onClick={() => setOpened(false)}>
          Cancel
        </Button>
      </Group>
    </form>
  )
}
